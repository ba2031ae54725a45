#!/bin/sh
# Templates as their users meet them: `canteen render` and `canteen embed`, a site made of templates over HTTP, what it
# makes of changed files, and what `check` finds. Needs the programs below BUILD_TREE.
#
# shellcheck disable=SC2016 # backquotes and $ in texts
set -u
cd "$(dirname "$0")/../.." || exit

canteen=$BUILD_TREE/canteen
app=$BUILD_TREE/examples/templates/templates
source_folder=$PWD
work=$(mktemp -d "${TMPDIR:-/tmp}/canteen-templates.XXXXXX") || exit 1
server=
trap 'if [ -n "$server" ]; then kill "$server"; wait "$server"; fi; rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

. tests/support/environment.sh
. tests/support/check.sh
cd "$work" || exit 1

put()
{
    printf '%s' "$2" >"$1"
}

# --- render -----------------------------------------------------------------------------------------------------------

mkdir pages pages/parts
put pages/base.html '<h1>{% block main %}{% endblock %}</h1>'
put pages/parts/item.html '<li>{{ item.name|upper }} {{ item.price }}</li>'
put pages/page.html '{% extends "base.html" %}{% block main %}
{%- for item in items %}{% include "parts/item.html" %}{% endfor %}{{ title }}{% endblock %}'
put values.json '{"items": [{"name": "a<b", "price": 1.5}, {"name": "ü", "price": null}], "title": "T&C"}'

page='<h1><li>A&lt;B 1.5</li><li>Ü None</li>T&amp;C</h1>'
expect 'a page of a folder, with values of JSON' 0 "$page" '' "$canteen" render --json values.json pages/page.html
expect 'the template as an absolute path' 0 "$page" '' "$canteen" render "$work/pages/page.html" --json values.json
cp values.json in
expect 'JSON on standard input' 0 "$page" '' "$canteen" render --json - pages/page.html
expect '--set goes before JSON, the last one first' 0 '<h1><li>A&lt;B 1.5</li><li>Ü None</li>a=b</h1>' '' \
    "$canteen" render --json values.json --set title=x --set title=a=b pages/page.html
put in 'Hello {{ name }}{% if x is defined %}!{% endif %} <{{ html }}>
'
expect 'a template on standard input is not escaped' 0 'Hello Ada <<b>>' '' \
    "$canteen" render - --set name=Ada --set html='<b>'
printf '\357\273\277{%% load i18n %%}a\r\nb\rc{{ name }}' >in
expect 'a byte order mark and other newlines are gone, also of standard input' 0 'a
b
cAda' '' "$canteen" render - --language django --set name=Ada
put static.html '{% load static %}{% static "a b.css" %}{% get_static_prefix %}'
expect 'static files are below /static/' 0 '/static/a%20b.css/static/' '' "$canteen" render static.html
expect 'unless a value says where' 0 '/s/a%20b.css/s/' '' "$canteen" render static.html --set STATIC_URL=/s/
put debug.txt '{% debug %}'
expect 'debug shows the values' 0 "{'context': {'a': 'b'}}" '' "$canteen" render debug.txt --set a=b
put attributes.svg '<svg a="{{ a }}"/>'
put plain.txt '{{ a }}'
expect 'svg is escaped' 0 '<svg a="&#34;"/>' '' "$canteen" render attributes.svg --set 'a="'
expect 'txt is not' 0 '"' '' "$canteen" render plain.txt --set 'a="'
put partials.html '{% partialdef row %}<tr>{{ a }}</tr>{% endpartialdef %}all'
expect 'a partial' 0 '<tr>&lt;</tr>' '' "$canteen" render 'partials.html#row' --set 'a=<'

put lines.txt '# for i in range(2)
{{ i }}
# endfor
{% if 1 %}
x ## comment
  {% endif %}
end
'
expect 'the options of the syntax' 0 '0
1
x
end' '' "$canteen" render --trim-blocks --lstrip-blocks --line-statement-prefix '#' --line-comment-prefix '##' lines.txt
put both.html "{{ 'it'|default:\"\" }}{{ a.b.c }}'{{ q }}"
expect 'the language as it is told' 0 "it'&#x27;" '' "$canteen" render --language django both.html --set "q='"
expect 'the newline at the end is kept when asked for' 0 'x.' '' \
    sh -c 'printf "x\n" >end.txt; "$1" render end.txt; printf .' sh "$canteen"
expect 'and else dropped' 0 'x
.' '' sh -c 'printf "x\n" >end.txt; "$1" render --keep-trailing-newline end.txt; printf .' sh "$canteen"

put missing.html '{{ nothing }}'
expect 'an undefined name is empty' 0 '' '' "$canteen" render missing.html
expect 'or an error' 1 '' "missing.html:1:4: 'nothing' is undefined
  {{ nothing }}
     ^" "$canteen" render --undefined error missing.html

put bad.html 'first line
  <p>{{ foo|uper }}</p>
'
put includes.html '{% include "bad.html" %}'
expect 'a mistake comes with its place' 1 '' "bad.html:2:13: unknown filter 'uper'; did you mean 'upper'?
    <p>{{ foo|uper }}</p>
              ^" "$canteen" render bad.html
expect 'and with what included it' 1 '' "bad.html:2:13: unknown filter 'uper'; did you mean 'upper'?
    <p>{{ foo|uper }}</p>
              ^
  included by includes.html:1" "$canteen" render includes.html
put late.html 'half a page {{ nothing.more }}'
expect 'a failing page is not printed in part' 1 '' '*' "$canteen" render late.html
expect 'no such template' 1 '' 'canteen render: there is no file none.html' "$canteen" render none.html
expect 'a folder is no template' 1 '' 'canteen render: there is no file pages' "$canteen" render pages
put lost.html '{% include "../values.json" %}{% include "none.html" %}'
expect 'nothing outside of the folder' 1 '' '*' "$canteen" render lost.html
ln -s ../values.json pages/link.html
put pages/links.html '{% include "link.html" %}'
expect 'nor by a link' 1 '' '*' "$canteen" render pages/links.html
expect 'but a link that the user names is read' 0 "$(cat values.json)" '' "$canteen" render pages/link.html
mkfifo pipe.html
printf 'a{{ 1 + 1 }}' >pipe.html &
expect 'and a pipe' 0 'a2' '' "$canteen" render pipe.html
rm pages/link.html
expect 'no such JSON' 1 '' 'canteen render: none.json cannot be read: No such file or directory' \
    "$canteen" render --json none.json plain.txt
put bad.json '{"a": 1,
  "b" 2}'
expect 'broken JSON' 1 '' '*' "$canteen" render --json bad.json plain.txt
case $err in
"canteen render: bad.json: line 2, column 7: "*) result ok 'is told with its place' ;;
*) result failed "is told with its place: $err" ;;
esac
put array.json '[1]'
expect 'JSON that is no object' 1 '' \
    'canteen render: array.json: the values must be a JSON object, as {"name": "value"}' \
    "$canteen" render --json array.json plain.txt
put endless.html '{% for i in range(1000000000) %}{% endfor %}'
expect 'no template runs for ever' 1 '' '*' "$canteen" render endless.html
put large.html '{% for i in range(100000) %}{{ "x" * 1000 }}{% endfor %}'
expect 'nor writes for ever' 1 '' '*' "$canteen" render large.html
put itself.html '{% include "itself.html" %}'
expect 'nor includes itself for ever' 1 '' '*' "$canteen" render itself.html
put memory.html '{% set ns = namespace(t="x" * 1000000) %}
{% for i in range(40) %}{% set ns.t = ns.t ~ ns.t %}{% endfor %}'
expect 'nor takes all memory' 1 '' '*' "$canteen" render memory.html
put wide.txt '{{ "%9999999d"|format(1)|length }}'
expect 'nor as much as the option forbids' 1 '' '*' "$canteen" render --request-memory 1M wide.txt
expect 'which is 64M unless it is given' 0 9999999 '' "$canteen" render wide.txt
put wider.txt '{{ "%99999999d"|format(1)|length }}'
expect 'and no more' 1 '' 'wider.txt:1:17: the page takes more memory than it may (setting request_memory)
  {{ "%99999999d"|format(1)|length }}
                  ^' "$canteen" render wider.txt
expect 'but may be more' 0 99999999 '' "$canteen" render --request-memory 1G wider.txt

expect 'standard output that cannot be written' 1 '' '*' \
    sh -c '"$1" render plain.txt --set a=1 >/dev/full' sh "$canteen"
expect 'one standard input cannot be two things' 2 '' \
    'canteen render: standard input can be the template or the JSON, not both' "$canteen" render --json - -
expect '--set wants a value' 2 '' 'canteen render: --set takes NAME=VALUE, not "a"' \
    "$canteen" render --set a plain.txt
expect 'and a name' 2 '' 'canteen render: --set takes NAME=VALUE, not "=a"' "$canteen" render --set =a plain.txt
expect 'no template at all' 2 '' 'canteen render: the argument template is missing
usage: canteen render [OPTION]... TEMPLATE
`canteen help render` says more' "$canteen" render
expect 'an unknown option' 2 '' '*' "$canteen" render --jsn x plain.txt

# --- embed ------------------------------------------------------------------------------------------------------------

mkdir files files/sub
printf 'plain "quoted" \\back ??/ tab\tend\nsecond line\n' >files/a.html
printf 'binary\000\001\377\1779' >files/sub/b.bin
: >files/empty.txt
put files/.hidden hidden
put files/old.html~ backup
cat >main.c <<'END'
#include <canteen/files.h>
#include <stdio.h>

extern const ct_files NAME;

int main(void)
{
    for (size_t i = 0; i < NAME.count; i++) {
        const ct_embedded *file = &NAME.items[i];
        printf("%s %zu %s %d\n", file->path, file->length, file->hash, file->data[file->length]);
        FILE *copy = fopen("copy", "a");
        fwrite(file->data, 1, file->length, copy);
        fclose(copy);
    }
    return 0;
}
END

# embedded NAME FOLDER...: embeds, compiles with everything that compilers could complain of, runs.
embedded()
{
    symbol=$1
    shift
    "$canteen" embed "$@" >files.c || return
    rm -f copy
    "${CC:-cc}" -std=c11 -pedantic -Wall -Wextra -Werror -DNAME="$symbol" -I"$source_folder/include" \
        -o embedded main.c files.c && ./embedded
}

expect 'embedded files compile and are the files' 0 '*' '' embedded files files
case $out in
"a.html 45 "*" 0
empty.txt 0 "*" 0
sub/b.bin 11 "*" 0") result ok 'each with its path and length, those that are hidden or backups left out' ;;
*) result failed "each with its path and length: $out" ;;
esac
cat files/a.html files/sub/b.bin >wanted
expect 'byte for byte' 0 '' '' cmp wanted copy
"$canteen" embed files >first.c
cp -R files other
"$canteen" embed --name files other >second.c
expect 'the same files give the same text' 0 '' '' cmp first.c second.c
put other/a.html changed
"$canteen" embed --name files other >second.c
expect 'other files another one' 1 '*' '' cmp first.c second.c
expect 'several folders, under a name' 0 '*' '' embedded both --name both files/sub pages

# --compress: what is text and gains by it, unless such a file is there.
mkdir assets assets/css
seq 1 2000 >assets/css/site.css
cp assets/css/site.css assets/photo.png
cp assets/css/site.css assets/own.js
put assets/own.js.gz 'by somebody else'
head -c 3000 /dev/urandom >assets/noise.txt
put assets/tiny.txt x
: >assets/empty.txt
cat >unpack.c <<'END'
#include <brotli/decode.h>
#include <stdio.h>

int main(void)
{
    static unsigned char in[100000], out[100000];
    size_t length = sizeof out;
    if (!BrotliDecoderDecompress(fread(in, 1, sizeof in, stdin), in, &length, out))
        return 1;
    return fwrite(out, 1, length, stdout) != length;
}
END
# content NAME: the embedded file, of what the program `embedded` has written.
content()
{
    awk -v name="$1" '$1 == name { print before, $2 } { before += $2 }' out | {
        read -r skip length
        tail -c "+$((skip + 1))" copy | head -c "$length"
    }
}
expect 'what gains is embedded compressed as well' 0 '*' '' embedded assets --compress assets
cp out compressed
case $(cut -d ' ' -f 1 out | tr '\n' ' ') in
'css/site.css css/site.css.br css/site.css.gz empty.txt noise.txt own.js own.js.br own.js.gz photo.png tiny.txt ')
    result ok 'text alone, and nothing that gains too little' ;;
*) result failed "text alone, and nothing that gains too little: $(cat out)" ;;
esac
cp compressed out
content css/site.css.gz | gzip -dc >unpacked
expect 'by gzip' 0 '' '' cmp unpacked assets/css/site.css
cp compressed out
expect 'a decoder' 0 '' '' "${CC:-cc}" -o unpack unpack.c -lbrotlidec
cp compressed out
content css/site.css.br | ./unpack >unpacked
expect 'by Brotli' 0 '' '' cmp unpacked assets/css/site.css
cp compressed out
content own.js.gz >unpacked
expect 'a file that is there stays' 0 '' '' cmp unpacked assets/own.js.gz
"$canteen" embed --compress assets >first.c
touch assets/css/site.css
"$canteen" embed --compress assets >second.c
expect 'the same files give the same text, compressed too' 0 '' '' cmp first.c second.c
expect 'a path twice' 1 '' 'canteen embed: a.html is both in files and in other' "$canteen" embed files other
expect 'no such folder' 1 '' 'canteen embed: the folder none cannot be read: No such file or directory' \
    "$canteen" embed none
expect 'an empty folder' 0 '' '' sh -c 'mkdir empty && "$1" embed empty >files.c' sh "$canteen"
expect 'which compiles too' 0 '' '' embedded empty empty
expect 'a name that C does not take' 2 '' 'canteen embed: "a-b" cannot be a name in C: give another with --name' \
    "$canteen" embed --name a-b files
expect 'nor a word of C' 2 '' 'canteen embed: "int" is a word of C, which cannot be a name: give another with --name' \
    "$canteen" embed --name int files
cp -R files default
expect 'not even of a folder' 2 '' \
    'canteen embed: "default" is a word of C, which cannot be a name: give one with --name' "$canteen" embed default
for name in linux __a _A size_t ct_files; do
    expect "nor $name" 2 '' '*' "$canteen" embed --name $name files
done
expect 'a name as those in the file' 0 '*' '' embedded items --name items files
expect 'and another' 0 '*' '' embedded data0 --name data0 files
expect 'no folder at all' 2 '' '*' "$canteen" embed

# --- a site -----------------------------------------------------------------------------------------------------------

if ! command -v curl >/dev/null; then
    echo "1..$number"
    exit "$failed"
fi

port=
# serve FOLDER OPTION...: starts the example there, on a port that is free.
serve()
{
    cd "$1" || exit 1
    shift
    port=$((20000 + $$ % 20000))
    for attempt in 1 2 3 4 5; do
        "$app" run --bind "127.0.0.1:$port" --workers 1 "$@" >"$work/log" 2>&1 &
        server=$!
        for wait in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
            if curl -sS -o /dev/null "http://127.0.0.1:$port/order" 2>/dev/null; then
                cd "$work" || exit 1
                return
            fi
            kill -0 "$server" 2>/dev/null || break
            sleep 0.1
        done
        port=$((port + attempt + wait))
    done
    cat "$work/log"
    cd "$work" || exit 1
}

stop()
{
    kill "$server"
    wait "$server"
    server=
}

# get PATH CURL-OPTION...: the body, on standard output.
get()
{
    path=$1
    shift
    curl -sS "$@" "http://127.0.0.1:$port$path"
}

# has NAME TEXT PATH CURL-OPTION...: the page has the text as a line or a part of one.
has()
{
    name=$1 text=$2
    shift 2
    page=$(get "$@")
    case $page in
    *"$text"*) result ok "$name" ;;
    *)
        result failed "$name"
        printf '%s\n--- expected\n%s\n' "$page" "$text"
        ;;
    esac
}

serve "$work" # where there is no folder of templates: all is in the program
has 'a page of the program itself' '<title>Books - Corner Books</title>' /books/
has 'values are escaped' 'A &lt;Book&gt; with &#34;Markup&#34;</a> (O,' /books/
has 'a filter of the app' '(BK,' /books/
has 'a test of the app in a macro' 'free)' /books/
has 'a function of the app gives markup' '<span class="stars">***</span>' /books/1
has 'the query in the page' 'Nothing is called &ldquo;&lt;script&gt;&rdquo;.' '/books/?q=%3Cscript%3E'
has "Django's language beside Jinja's" '<li class="even">2. Harold Abelson [HA]</li>' /
has 'in the same layout' '<a href="/order">Order</a>' /
has 'with Django'\''s tags' '<a href="/books/1">the first one</a>; this is /?a=1&amp;b=2.' '/?a=1&b=2'
has 'a date' 'Open since 21 November 2025, 3 authors:' /
has 'a cookie by way of a context processor' 'Hello, A&lt;b.' / -b 'name=A<b'
has 'a form with its error' '<strong class="error">Say who you are.</strong>' /order -d name=
has 'a text' 'thank you for your order of 3 books.' /order -d name=Zoe
has 'the address of the site in it' "http://127.0.0.1:$port/" /order -d name=Zoe
has 'the page of an error' '<p>there is no book 9: <code>/books/9</code></p>' /books/9
expect 'with its status' 0 404 '' get /books/9 -o /dev/null -w '%{http_code}'
expect 'and its type' 0 'text/html; charset=utf-8' '' get /books/9 -o /dev/null -w '%{content_type}'
expect 'HEAD has the length of the page' 0 '*' '' sh -c '
    length=$(curl -sSI "$1" | tr -d "\r" | sed -n "s/^Content-Length: //p")
    [ "$length" -eq "$(curl -sS "$1" | wc -c)" ]' sh "http://127.0.0.1:$port/books/"
stop

mkdir -p site/examples/templates site/templates
cp -R "$source_folder/examples/templates/templates" site/examples/templates/
mine=site/examples/templates/templates
serve site --reload-templates
has 'a page of the folder' '<h1>A &lt;Book&gt;' /books/3
put $mine/books/detail.html 'changed: {{ book.title }}'
sleep 0.2
has 'a changed template is read anew' 'changed: A &lt;Book&gt;' /books/3
sed 's/Corner/{{ site_name|upper }}/; s/{{ site_name }}/{{ site_name|upper }}/' $mine/layout.html >layout.new
cp layout.new $mine/layout.html
sleep 0.2
has 'and so is what others extend' '<title>Books - CORNER BOOKS</title>' /books/
put site/templates/mail.txt 'my own text for {{ name }}'
sleep 0.2
has 'a new file of the user goes first' 'my own text for Zoe' /order -d name=Zoe
rm site/templates/mail.txt
sleep 0.2
has 'until it is removed' 'Dear Zoe,' /order -d name=Zoe
put $mine/books/detail.html '
 {{ book.title|initial }}'
sleep 0.2
expect 'a mistake is a plain 500' 0 500 '' get /books/3 -o /dev/null -w '%{http_code}'
expect 'without what is wrong' 1 '' '' sh -c 'curl -sS "$1" | grep initial' sh "http://127.0.0.1:$port/books/3"
if grep -q "detail.html:2:16: unknown filter 'initial'; did you mean 'initials'" log; then
    result ok 'which the log has, with its place'
else
    result failed 'which the log has, with its place'
    cat log
fi
put $mine/books/detail.html 'mended'
sleep 0.2
has 'and mending it is enough' 'mended' /books/3
stop

# --- check ------------------------------------------------------------------------------------------------------------

# In a folder with templates of the user's own, beside those that are in the program.
mkdir checked checked/templates checked/static
cd checked || exit 1
put static/style.css ''
expect 'check counts templates' 0 '*' '' "$app" check
case $out in
*', 8 templates)') result ok 'those of the program' ;;
*) result failed "those of the program: $out" ;;
esac
put templates/fine.html '{% include "fine2.html" ignore missing %}{{ url_for("books.list") }}{% url "books:list" %}'
put templates/layout.html '{% block main %}{% endblock %}{% block title %}{% endblock %}{{ self.more() }}'
put templates/child.html '{% extends "layout.html" %}{% block main %}{% block more %}{% endblock %}{{ self.title() }}
{%- include ["gone.html", "fine.html"] %}{% include [x, "gone.html"] %}{% include "gone.html" if x ignore missing %}
{%- if self.gone is defined and y is sameas(none) %}{% endif %}{{ twice(x)|default(super()) }}{% endblock %}'
put templates/mine.html '{% macro twice(x) %}{{ x }}{{ x }}{{ caller() }}{% endmacro %}{% set alias = twice %}'
put templates/uses.html '{% extends "layout.html" if x else "mine.html" %}
{%- from "./mine.html" import twice as t, alias %}
{%- from x import anything %}{% block main %}{% call(item) t(1) %}{{ anything() }}{% endcall %}{% endblock %}'
put templates/imports.html '{% from "uses.html" import whatever %}{{ whatever() }}'
put templates/picture.png 'no text'
expect 'and those of the user, one of each name' 0 '*' '' "$app" check
case $out in
*', 13 templates)') result ok 'but no pictures' ;;
*) result failed "but no pictures: $out" ;;
esac
put templates/wrong.html '
{% include "layuot.html" %}{{ url_for("books.lst") }}
{% url "boks:list" %}{% url "nowhere" as x %}'
put templates/files.html '{% load static %}{% static "style.css" %}{% static "stile.css" %}'
put templates/flask.html '{{ url_for("static", filename="style.css") }}{{ url_for("static", filename="css/") }}
{{ url_for("static", filename="styles.css") }}{{ static("nothing/like/it.png") }}'
put templates/syntax.html '{% for x in %}'
put templates/block.html '{% extends "layout.html" %}{% block mian %}{% endblock %}'
put templates/rare.html '{% if x %}{{ x|unknwn }}{% endif %}'
put templates/several.html '{{ a|nofilter }}{% if a is notest %}{% endif %}{% upper %}{% else %}{% endupper %}
{{ a|upper(1, 2) }}{% include "none.html" %}
{{ url_for("none") }}{{ url_fro("x") }}{{ a.
b|nofilter }}'
put templates/parents.html '{% extends "layout.html" if x else x or "none1.html" %}'
put templates/branch.html '{% if x %}{% extends x|default("none2.html") %}{% endif %}'
put templates/lists.html '{% include ["none3.html", "none4.html"] %}{% include ["none.html"] ignore missing %}'
put templates/self.html '{% extends "layout.html" %}{% block main %}{{ self.mian() }}
{% if x %}{{ self.mian() }}{% endif %}{% endblock %}'
put templates/from.html '{% from "mine.html" import twice, twize %}
{% if x %}{% from "mine.html" import x %}{% endif %}'
put templates/endless_a.html '{% extends "endless_b.html" %}'
put templates/endless_b.html '{% extends "./endless_a.html" %}'
put templates/itself.html '{% if x %}{% include "itself.html" %}{% endif %}{% include "other.html" %}'
put templates/other.html 'x{% include "itself.html" %}{% block a %}{% include "other.html" %}{% endblock %}'
put templates/parent.html '{% block main %}{% include "leaf.html" %}{% endblock %}'
put templates/leaf.html '{% extends "layout.html" %}{% block main %}{% include "leaf.html" %}{% endblock %}'
put templates/out.html '{% include "link/passwd" %}'
ln -s /etc templates/link
put templates/cycle.html '{% load static %}{% cycle nosuch %}{% resetcycle nosuch %}{{ x|nofilter }}'
expect 'check names what is wrong' 1 '*' '' "$app" check
cp "$work/out" found

# finds NAME TEXT
finds()
{
    if grep -qF "$2" found; then
        result ok "check finds $1"
    else
        result failed "check finds $1"
        cat found
    fi
}
finds 'syntax' 'error: templates/syntax.html:1:13: '
finds 'templates that are not there' \
    "error: templates/wrong.html:2:12: there is no template 'layuot.html'; did you mean 'layout.html'?"
finds 'routes of url_for' \
    'error: templates/wrong.html:2:39: there is no route "books.lst"; did you mean "books.list"?'
finds 'routes of the tag url' \
    'error: templates/wrong.html:3:8: there is no route "boks.list"; did you mean "books.list"?'
finds 'routes that may be missing' 'warning: templates/wrong.html:3:29: there is no route "nowhere"'
finds 'files of the tag static' \
    'error: templates/files.html:1:52: there is no static file "stile.css"; did you mean "style.css"?'
finds 'files of url_for' \
    'error: templates/flask.html:2:31: there is no static file "styles.css"; did you mean "style.css"?'
finds 'files of the function static' \
    'error: templates/flask.html:2:57: there is no static file "nothing/like/it.png" | '
finds 'blocks that are never shown' \
    "warning: templates/block.html:1:31: the block 'mian' is in no template that this one extends"
finds 'filters' "templates/rare.html:1:16: unknown filter 'unknwn'"
finds 'an unknown filter' "error: templates/several.html:1:6: unknown filter 'nofilter'"
finds 'an unknown test after it' "warning: templates/several.html:1:28: unknown test 'notest'"
finds 'an unknown tag, once' "error: templates/several.html:1:51: unknown tag 'upper'"
finds 'arguments that do not fit' \
    "error: templates/several.html:2:6: the filter 'upper' takes at most 1 argument, 3 given"
finds 'a template in the same file' "error: templates/several.html:2:31: there is no template 'none.html'"
finds 'a route in the same file' 'error: templates/several.html:3:12: there is no route "none"'
finds 'an unknown function' \
    "warning: templates/several.html:3:25: unknown function 'url_fro'; did you mean 'url_for'?"
finds 'what comes last' "error: templates/several.html:4:3: unknown filter 'nofilter'"
finds 'parents in expressions' "error: templates/parents.html:1:41: there is no template 'none1.html'"
finds 'parents in branches' "error: templates/branch.html:1:32: there is no template 'none2.html'"
finds 'lists of which nothing is there' \
    "error: templates/lists.html:1:13: there is none of the templates 'none3.html', 'none4.html'"
finds 'blocks that self does not have' "error: templates/self.html:1:52: there is no block 'mian' in this template"
finds 'those that may be missing' "warning: templates/self.html:2:19: there is no block 'mian' in this template"
finds 'imports of what is not defined' \
    "error: templates/from.html:1:35: the template 'mine.html' defines no 'twize' at its top"
finds 'those in a branch' \
    "warning: templates/from.html:2:38: the template 'mine.html' defines no 'x' at its top"
finds 'parents in a circle' "error: templates/endless_a.html:1:12: the template 'endless_b.html' leads back to this one"
finds 'of two' "error: templates/endless_b.html:1:12: the template 'endless_a.html' leads back to this one"
finds 'includes in a circle' "error: templates/other.html:1:13: the template 'itself.html' leads back to this one"
finds 'links that lead out' \
    'error: templates/out.html:1:12: templates/link/passwd is a link that leads out of its folder'
finds 'a cycle that there is not' "error: templates/cycle.html:1:27: there is no cycle 'nosuch' above"
finds 'a cycle to reset' "error: templates/cycle.html:1:50: there is no cycle 'nosuch' above"
finds 'what follows them' "error: templates/cycle.html:1:64: unknown filter 'nofilter'"
expect 'nothing else' 0 '26 errors, 7 warnings' '' tail -n 1 found
expect 'a program with such templates does not start' 1 '' '*' "$app" run --bind "127.0.0.1:$port"
if grep -q 'error: templates/syntax.html' "$work/err"; then
    result ok 'and says why'
else
    result failed 'and says why'
fi

echo "1..$number"
exit "$failed"
