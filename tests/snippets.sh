#!/bin/sh
# The programs of the documentation compile and do what the text says.
#
# Of README.md and docs/*.md, each ```c block with a main() is compiled as a user would compile it (the flags of
# canteen.pc, and -Werror), and linked. One whose first line is
#     /* run: ARGUMENTS -> TEXT */
# is also run with the arguments, and must end with 0 and print a line that contains the text.
set -u
cd "$(dirname "$0")/.." || exit
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
number=0 failed=0

# Writes the programs of a file into the work folder: README.md's block at line 12 becomes README.md:12.c.
extract()
{
    awk -v prefix="$work/$(basename "$1")" '
        /^```c$/ { inside = 1; start = NR; text = ""; next }
        /^```/ && inside {
            inside = 0
            if (text ~ /int main\(/) {
                file = prefix ":" start ".c"
                printf "%s", text >file
                close(file)
            }
        }
        inside { text = text $0 "\n" }' "$1"
}

# shellcheck disable=SC2046 # pkg-config's output is a list of arguments
compiles()
{
    gcc -Wall -Wextra -Werror $(pkg-config --cflags canteen) -o "$2" "$1" $(pkg-config --libs canteen)
}

# shellcheck disable=SC2086 # the arguments are split at spaces
runs()
{
    marker=$(sed -n '1s|^/\* run: *\(.*\) \*/$|\1|p' "$1")
    [ -n "$marker" ] || return 0
    arguments=${marker%%->*}
    expected=${marker#*->}
    output=$(timeout 10 "$2" $arguments) && printf '%s\n' "$output" | grep -qF -- "${expected# }"
}

for document in README.md docs/*.md; do
    [ -f "$document" ] && extract "$document"
done
for source in "$work"/*.c; do
    [ -f "$source" ] || continue
    number=$((number + 1))
    name=$(basename "$source" .c)
    if compiles "$source" "${source%.c}" && runs "$source" "${source%.c}"; then
        echo "ok $number - $name"
    else
        echo "not ok $number - $name"
        failed=1
    fi
done
echo "1..$number"
exit "$failed"
