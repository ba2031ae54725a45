#!/bin/sh
# docs/templates.md is complete: every tag, filter, test, function, method, attribute and setting of templates that the
# source has stands in the section about it, between backticks; and what the tables of that section name first exists.
set -u
cd "$(dirname "$0")/.." || exit
document=docs/templates.md
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
number=0 failed=0

# rows FILE TABLE: the names of the rows of a table in C, one a line: { "name", ... } or { .name = "name", ... }.
rows()
{
    awk -v table="$2" '
        index($0, table "[] = {") { inside = 1 }
        inside {
            rest = $0
            while (match(rest, /{ *(\.name = )?"[^"]*"/)) {
                name = substr(rest, RSTART, RLENGTH)
                rest = substr(rest, RSTART + RLENGTH)
                gsub(/^[^"]*"|"$/, "", name)
                print name
            }
        }
        inside && /};/ { exit }' "$1"
}

# The text of a section of the document, up to the next heading.
section()
{
    awk -v heading="$1" '
        /^```/ { code = !code }
        !code && /^#/ { inside = $0 ~ "^#+ " heading "$" }
        inside { print }' "$document"
}

# Names that stand first in the text between backticks; of "join(d)" and "date:format" the name.
named()
{
    awk '{
        while (match($0, /`[^`]*`/)) {
            name = substr($0, RSTART + 1, RLENGTH - 2)
            $0 = substr($0, RSTART + RLENGTH)
            if (name ~ /^[A-Za-z_]/)
                sub(/[^A-Za-z0-9_].*/, "", name)
            print name
        }
    }' | LC_ALL=C sort -u
}

# The cells of a column of tables, without heads and rules.
column()
{
    awk -v wanted="$1" '
        /^\|-/ { body = 1; next }
        !/^\|/ { body = 0 }
        body {
            gsub(/\\\|/, "")
            split($0, cell, "|")
            print cell[wanted + 1]
        }'
}

# says NAME: ends a test whose complaints are in the file `problems`.
says()
{
    number=$((number + 1))
    if [ -s "$work/problems" ]; then
        sed 's/^/# /' "$work/problems"
        echo "not ok $number - $1"
        failed=1
    else
        echo "ok $number - $1"
    fi
}

# names COMMAND...: makes the file `names` of what the commands print.
names()
{
    "$@" | LC_ALL=C sort -u >"$work/names"
}

# has_all HEADING: the section has the names, of which there are some.
has_all()
{
    section "$1" | named >"$work/named"
    LC_ALL=C comm -23 "$work/names" "$work/named" | sed "s/^/missing: /" >"$work/problems"
    [ -s "$work/names" ] || echo "the source has none: did its tables move?" >"$work/problems"
    says "\"$1\" has all there are"
}

# has_no_others HEADING COLUMN: a column of its tables has nothing else.
has_no_others()
{
    section "$1" | column "$2" | named >"$work/named"
    LC_ALL=C comm -13 "$work/names" "$work/named" | sed "s/^/not in the source: /" >"$work/problems"
    says "\"$1\" has nothing else"
}

functions()
{
    rows "$template/jinja_globals.c" ct_jinja_globals
    rows "$template/trans.c" ct_translation_globals
    printf '%s\n' get_flashed_messages static url_for
}

methods()
{
    cat "$template"/methods*.c >"$work/methods.c"
    for kind in text list tuple dict int real datetime; do
        rows "$work/methods.c" "ct_${kind}_methods"
    done
    printf '%s\n' year month day hour minute second microsecond
}

of_loops()
{
    rows "$template/loop.c" attributes
    rows "$template/loop.c" methods
}

of_pages()
{
    for table in attributes fields_methods request_methods; do
        rows src/web/template_request.c "$table"
    done
    rows src/web/templates.c providers
    echo url_for
}

settings()
{
    sed -n 's/^ *[A-Z]*(\([a-z_]*template[a-z_]*\),.*/\1/p' src/web/settings_table.c
}

template=src/template
names rows "$template/tags.c" ct_tags
has_all 'Tags'
has_no_others 'Tags' 1
names rows "$template/jinja_filters.c" ct_jinja_filters
has_all "Jinja's filters"
has_no_others "Jinja's filters" 1
names rows "$template/django_filters.c" ct_django_filters
has_all "Django's filters"
has_no_others "Django's filters" 1
names rows "$template/jinja_tests.c" ct_jinja_tests
has_all 'Tests'
has_no_others 'Tests' 1
names functions
has_all 'Functions'
has_no_others 'Functions' 1
names methods
has_all 'Methods'
has_no_others 'Methods' 2
names of_loops
has_all 'Loops'
names of_pages
has_all 'What every page sees'
names settings
has_all 'Settings and limits'
echo "1..$number"
exit "$failed"
