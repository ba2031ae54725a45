#!/bin/sh
# The parts that depend on the processor, on another one: everything compiles for aarch64 without a warning, and fibers
# switch there (under emulation), and by ucontext, as they do here.
set -u
cd "$(dirname "$0")/.." || exit
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
readonly flags='-std=gnu17 -D_GNU_SOURCE -Iinclude -Isrc -O1 -Wall -Wextra -Werror'
readonly fiber_sources='bench/fiber.c src/net/fiber.c src/net/timer.c src/net/switch_ucontext.c
    src/net/switch_aarch64.S src/net/switch_x86_64.S src/base/common.c src/base/time.c'
. tests/support/check.sh

# The headers of libraries are those of this machine, for want of others: what OpenSSL has in the processor's folder is
# the same for all of 64 bits.
# shellcheck disable=SC2086,SC2046 # lists
compiles_for_aarch64()
{
    aarch64-linux-gnu-gcc $flags $(pkg-config --cflags-only-I libpq) -idirafter "/usr/include/$(gcc -dumpmachine)" \
        -fsyntax-only $(find src -name '*.c')
}

# shellcheck disable=SC2086
fibers_on_aarch64()
{
    aarch64-linux-gnu-gcc $flags -static $fiber_sources -o "$work/fiber" && timeout 60 qemu-aarch64 "$work/fiber"
}

# shellcheck disable=SC2086
fibers_by_ucontext()
{
    gcc $flags -DCT_USE_UCONTEXT $fiber_sources -o "$work/fiber" && timeout 60 "$work/fiber"
}

check 'the library compiles for aarch64' compiles_for_aarch64
check 'fibers switch on aarch64' fibers_on_aarch64
check 'fibers switch by ucontext' fibers_by_ucontext
echo "1..$number"
exit "$failed"
