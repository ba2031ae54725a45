#!/bin/sh
# The programs of the documentation compile and do what the text says.
#
# Of README.md and docs/*.md, each ```c block with a main() is compiled as a user would compile it (the flags of
# canteen.pc, and -Werror), and linked. One whose first line is
#     /* run: ARGUMENTS -> TEXT */
# is also run with the arguments, and must end with 0 and print a line that contains the text. One with models is run
# on SQLite and, where _CANTEEN_TEST_POSTGRES names a server or one can be started, on PostgreSQL: with `test` as its
# argument on databases of its own. "/* run on SQLite: ... */" is run there alone.
#
# One program of a document may be a frame for all its ```c blocks without a main(): a line of it that is nothing but
# "/" "* declarations *" "/" is replaced by those that begin with a declaration, and "/" "* statements *" "/" by the
# others, each in braces. A frame in an HTML comment is not shown to readers.
set -u
cd "$(dirname "$0")/.." || exit
work=$(mktemp -d) || exit 1
trap 'postgres_stop; rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
. tests/support/postgres.sh
number=0 failed=0
. tests/support/environment.sh
[ -n "${_CANTEEN_TEST_POSTGRES:-}" ] || postgres_start "${BUILD_TREE:-build}" || exit

# Writes the programs of a file into the work folder: README.md's block at line 12 becomes README.md:12.c.
extract()
{
    awk -v prefix="$work/$(basename "$1")" -v document="$1" '
        function fill(    line, i) {
            split(program, line, "\n")
            program = ""
            for (i = 1; i in line; i++) {
                if (line[i] == "/* declarations */")
                    program = program declarations
                else if (line[i] ~ /^ +\/\* statements \*\/$/)
                    program = program statements
                else
                    program = program line[i] "\n"
            }
        }
        function is_declaration(text) {
            return text ~ /^(CT_|static |extern |#include|const [^\n]*;\n)/ && text !~ /^CT_CHECK/
        }
        /^```c$/ { inside = 1; start = NR; text = ""; next }
        /^```/ && inside {
            inside = 0
            place = "#line " (start + 1) " \"" document "\"\n"
            file = prefix ":" start ".c"
            if (text ~ /int main\(/ && text ~ /\n *\/\* (declarations|statements) \*\/\n/) {
                frame = file
                program = text
            } else if (text ~ /int main\(/) {
                printf "%s", text >file
                close(file)
            } else if (is_declaration(text))
                declarations = declarations place text
            else
                statements = statements "{\n" place text "}\n"
        }
        inside { text = text $0 "\n" }
        END {
            if (frame) {
                fill()
                printf "%s", program >frame
            }
        }' "$1"
}

# shellcheck disable=SC2046 # pkg-config's output is a list of arguments
compiles()
{
    # Statements of a frame show what a call returns, and do nothing with it.
    gcc -Wall -Wextra -Werror -Wno-unused-variable -Wno-unused-but-set-variable $(pkg-config --cflags canteen) \
        -o "$2" "$1" $(pkg-config --libs canteen)
}

# says TEXT COMMAND...: it ends with 0 and prints a line with the text, in an empty folder.
says()
{
    expected=$1
    shift
    rm -rf "$work/folder" && mkdir "$work/folder" || return
    if (cd "$work/folder" && timeout 20 "$@") >"$work/output" 2>"$work/errors" &&
        grep -qF -- "$expected" "$work/output"; then
        return 0
    fi
    sed 's/^/# /' "$work/output" "$work/errors"
    return 1
}

# shellcheck disable=SC2086 # the arguments are split at spaces
runs()
{
    marker=$(sed -n '1s|^/\* run[a-zA-Z ]*: *\(.*\) \*/$|\1|p' "$1")
    [ -n "$marker" ] || return 0
    arguments=${marker%%->*} expected=${marker#*->}
    says "${expected# }" "$2" $arguments || return
    ! grep -q 'MODELS(' "$1" || sed 1q "$1" | grep -q 'run on SQLite' ||
        says "${expected# }" env DATABASE_URL="$_CANTEEN_TEST_POSTGRES" "$2" $arguments
}

for document in ${SNIPPETS_OF:-README.md docs/*.md}; do
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
