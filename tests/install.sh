#!/bin/sh
# An installation as users meet it: tests/install.sh PREFIX, with PKG_CONFIG_PATH and LD_LIBRARY_PATH pointing there.
set -u
prefix=$1
cd "$(dirname "$0")/.." || exit
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
. tests/support/check.sh

# Unquoted on purpose: pkg-config's output is a list of arguments.
# shellcheck disable=SC2046
compile()
{
    compiler=$1
    shift
    "$compiler" -Wall -Wextra -Werror $(pkg-config --cflags canteen) -o "$work/app" "$work/app.c" "$@"
}

# shellcheck disable=SC2046
links_shared()
{
    compile "$1" $(pkg-config --libs canteen) && ldd "$work/app" | grep -q "$prefix/lib/libcanteen.so.0" && says_version
}

# Without LTO's tools, as anybody's compiler would.
# shellcheck disable=SC2046
links_static()
{
    compile "$1" -fno-lto $(pkg-config --static --libs canteen | sed 's/-lcanteen/-l:libcanteen.a/') &&
        ! ldd "$work/app" | grep -q libcanteen && says_version
}

# With them, and so with the user's warnings for the library too (gcc: the archive's own intermediate code).
# shellcheck disable=SC2046
links_with_lto()
{
    compile gcc $(pkg-config --static --libs canteen | sed 's/-lcanteen/-l:libcanteen.a/') && says_version
}

# Mistakes in what a macro of ours gets are told at the program's own line, and its warnings stay, in any folder.
# shellcheck disable=SC2046
tells_the_programs_line()
{
    {
        cat "$work/app.c"
        echo 'int odd(ct *c);'
        echo 'int odd(ct *c) { struct { int x; } o = { 1 }; ct_json(c, V(o)); return 0; }'
    } >"$work/odd.c"
    "$1" -Wall $(pkg-config --cflags canteen) -c -o /dev/null "$work/odd.c" >"$work/told" 2>&1
    cat "$work/told"
    grep -q 'odd\.c:9:.*error: static.*V() and KV() take no struct' "$work/told" &&
        ! grep 'value\.h:.*error:' "$work/told" && sed -i 's/V(o)/KV("x", 1)/' "$work/odd.c" &&
        "$1" -Wall $(pkg-config --cflags canteen) -c -o /dev/null "$work/odd.c" 2>&1 |
        grep 'odd\.c:9:.*warning: unused variable'
}

says_version()
{
    [ "$("$work/app")" = "$version $version" ]
}

exports_public_names_alone()
{
    ! nm -D --defined-only "$prefix/lib/libcanteen.so" | awk '{ print $NF }' | grep -v '^ct_'
}

version=$(pkg-config --modversion canteen)
cat >"$work/app.c" <<'END'
#include <canteen.h>
#include <stdio.h>

int main(void)
{
    printf("%s %s\n", CT_VERSION, ct_version());
}
END

for file in include/canteen.h include/canteen/app.h lib/libcanteen.a lib/libcanteen.so lib/libcanteen.so.0 \
    lib/pkgconfig/canteen.pc bin/canteen share/man/man1/canteen.1; do
    check "there is $file" test -e "$prefix/$file"
done
for compiler in gcc clang-14; do
    check "a program links to the shared library ($compiler)" links_shared "$compiler"
    check "a program links to the archive ($compiler)" links_static "$compiler"
    check "a mistake inside of V() is told at the program's line ($compiler)" tells_the_programs_line "$compiler"
done
check 'a program links to the archive with LTO, without a warning' links_with_lto
check 'the shared library exports ct_ names alone' exports_public_names_alone
echo "1..$number"
exit "$failed"
