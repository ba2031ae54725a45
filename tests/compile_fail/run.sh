#!/bin/sh
# Mistakes in users' tables must not compile, and the compiler must say what is wrong.
#
# Each tests/compile_fail/NAME.c holds one mistake between `#ifndef RIGHT` and `#else`, and its correction between
# `#else` and `#endif`. With -DRIGHT it must compile, which proves that the mistake alone is refused; without, it must
# not, and the compiler's output must contain each text that the file asks for in lines of its own:
#     /* expect: TEXT */          of both compilers
#     /* expect gcc: TEXT */      of gcc alone; likewise clang
# The flags of canteen.pc alone must refuse the mistake, or, where the file says `expect a warning`, warn of it; the
# correction is clean with -Wall -Wextra -Werror besides.
set -u
cd "$(dirname "$0")" || exit
number=0 failed=0

# shellcheck disable=SC2046 # pkg-config's output is a list of arguments
compile()
{
    compiler=$1
    shift
    LC_ALL=C "$compiler" $(pkg-config --cflags canteen) -c -o /dev/null "$@" 2>&1
}

# expected FILE gcc|clang: the texts, one a line.
expected()
{
    sed -n "s|^/\* expect\( $2\)\{0,1\}: \(.*\) \*/\$|\2|p" "$1"
}

right()
{
    output=$(compile "$1" -Wall -Wextra -Werror -DRIGHT "$2") || {
        printf '%s\n' "$output"
        return 1
    }
}

wrong()
{
    texts=$(expected "$2" "${1%-*}")
    [ -n "$texts" ] || {
        echo "$2 expects no message of $1"
        return 1
    }
    werror=$(sed -n 's|^/\* expect a warning \*/$|-Werror|p' "$2")
    if output=$(compile "$1" ${werror:+"$werror"} "$2"); then
        echo "$2 compiles"
        return 1
    fi
    printf '%s\n' "$texts" | while IFS= read -r text; do
        printf '%s\n' "$output" | grep -qF -- "$text" || {
            printf 'no "%s" in:\n%s\n' "$text" "$output"
            exit 1
        }
    done
}

for file in *.c; do
    [ -f "$file" ] || continue
    for compiler in gcc clang-14; do
        for side in right wrong; do
            number=$((number + 1))
            if "$side" "$compiler" "$file"; then
                echo "ok $number - ${file%.c} $side ($compiler)"
            else
                echo "not ok $number - ${file%.c} $side ($compiler)"
                failed=1
            fi
        done
    done
done
echo "1..$number"
exit "$failed"
