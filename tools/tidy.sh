#!/bin/sh
# Checks one file with clang-tidy: tools/tidy.sh TREE FILE. Run by tools/lint.sh, once a file.
#
# A file in which nothing was found is not checked again while all is the same that clang-tidy goes by: the program, its
# settings, the compile command, the file as the preprocessor leaves it, and our files in it as they are, since comments
# and conditions count as well. TREE/tidy/ has a digest of these for each file; a fresh TREE checks everything.
set -eu
tree=$1 file=$2

cache=$tree/tidy/$(printf '%s' "$file" | tr / +)
work=$(mktemp "${TMPDIR:-/tmp}/canteen-tidy.XXXXXX")
trap 'rm -f "$work"' EXIT
trap 'exit 1' HUP INT TERM

# How the file is compiled, in TREE, one command a line; none for one that Meson does not know.
compile_commands()
{
    awk -v file="../$file" '
        /^ *"command": / { command = $0; sub(/^ *"command": "/, "", command); sub(/",$/, "", command) }
        $1 == "\"file\":" && $2 == "\"" file "\"," { gsub(/\\"/, "\"", command); print command }
    ' "$tree/compile_commands.json"
}

# Our files among those that are included, from the line markers.
own_files()
{
    awk -F '"' '/^# [0-9]+ "[^\/<]/ && !seen[$2]++ { print $2 }' "$work"
}

# Fails where there is nothing to go by.
digest()
{
    commands=$(compile_commands)
    printf '%s\n' "$commands" | while read -r command; do
        (cd "$tree" && sh -c "$command -E -MF /dev/null -o -") >>"$work" 2>/dev/null || return 1
    done || return 1
    {
        ls -lL "$(command -v clang-tidy-14)"
        cat .clang-tidy
        printf '%s\n' "$commands"
        cat "$work"
        (cd "$tree" && own_files | xargs ls 2>/dev/null | xargs cat)
    } | sha256sum
}

now=$(digest) || now=
if [ -n "$now" ] && [ -f "$cache" ] && [ "$now" = "$(cat "$cache")" ]; then
    exit 0
fi
clang-tidy-14 --quiet -p "$tree" "$file" 2>/dev/null
mkdir -p "$tree/tidy"
printf '%s\n' "$now" >"$cache"
