#!/bin/sh
# Checks the tree: tools/lint.sh [CHECK], all of them unless told; --list names them. Run by `./dev lint`.
set -u
cd "$(dirname "$0")/.." || exit

readonly checks='format text layers banned sizes shell tidy'
readonly banned='strcpy strcat strncpy sprintf vsprintf gets strtok atoi atol atoll atof strerror rand srand localtime
    gmtime ctime asctime alloca system tmpnam tempnam mktemp getrandom'

c_files()
{
    find src include project examples tests fuzz bench -name '*.[ch]' | LC_ALL=C sort
}

shell_files()
{
    printf '%s\n' dev .ci/run
    find tools tests bench examples -name '*.sh'
}

text_files()
{
    c_files
    shell_files
    find . -maxdepth 1 -type f ! -name '.env' ! -name dev
    find tools docs -type f ! -name '*.sh'
    find src examples tests fuzz -name meson.build
    find project -type f ! -name '*.[ch]'
}

check_format()
{
    if c_files | xargs clang-format-14 --dry-run 2>&1 | grep 'clang-format-violations'; then
        echo "./dev format puts it right"
        return 1
    fi
}

check_text()
{
    text_files | xargs awk -f tools/text.awk
}

check_layers()
{
    find src include examples -name '*.[ch]' -exec awk -f tools/layers.awk '{}' +
}

check_banned()
{
    words=$(printf '%s' "$banned" | tr -s ' \n' '||')
    if c_files | grep -vx src/base/random.c | xargs awk -f tools/code.awk |
        grep -E "(^|[^A-Za-z0-9_.>])($words) *\\("; then
        echo "banned functions: each has a safe counterpart (see CONTRIBUTING.md)"
        return 1
    fi
}

check_sizes()
{
    c_files | xargs awk -f tools/code.awk | awk -f tools/sizes.awk
}

# SC2317: functions that are called through a variable look unreachable to it.
check_shell()
{
    shell_files | xargs shellcheck -e SC2317
}

# One file a process, as many at once as there are cores, large files first, with the compile commands of a tree that
# clang builds. The fuzzers are not among them.
check_tidy()
{
    ./dev configure debug clang-14 || return
    find src examples tests/unit tests/wire tests/process bench -name '*.c' -printf '%s %p\n' | sort -rn |
        cut -d ' ' -f 2 | xargs -P "$(nproc)" -n 1 tools/tidy.sh build-debug-clang-14
}

lint()
{
    status=0
    for check in ${1:-$checks}; do
        if "check_$check"; then
            echo "lint: $check is clean" >&2
        else
            echo "lint: $check found something" >&2
            status=1
        fi
    done
    return "$status"
}

if [ "${1:-}" = --list ]; then
    printf '%s\n' "$checks" | tr ' ' '\n'
else
    lint "$@"
fi
