#!/bin/sh
# What `canteen new` makes, with an installed Canteen: tests/projects.sh PREFIX, with PKG_CONFIG_PATH and
# LD_LIBRARY_PATH pointing there. Every kind builds without a warning and does what its README says.
#
# shellcheck disable=SC2317 # the checks are called through check()
set -u
prefix=$1
cd "$(dirname "$0")/.." || exit
server=
work=$(mktemp -d "${TMPDIR:-/tmp}/canteen-projects.XXXXXX") || exit 1
trap 'if [ -n "$server" ]; then kill "$server"; wait "$server"; fi; rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
. tests/support/environment.sh
PATH=$prefix/bin:$PATH
export PATH
. tests/support/check.sh
cd "$work" || exit 1

# refuses CODE TEXT ARGUMENT...: `canteen new` ends with the code and says the text, whole.
refuses()
{
    code=$1 text=$2
    shift 2
    canteen new "$@" >out 2>err
    got=$?
    cat out err
    [ "$got" -eq "$code" ] && [ ! -s out ] && [ "$(cat err)" = "canteen new: $text" ]
}

mode_of()
{
    stat -c %a "$1"
}

files_of()
{
    (cd "$1" && find . -type f | LC_ALL=C sort | xargs)
}

holds()
{
    files_of "$1"
    [ "$(files_of "$1")" = "$2" ]
}

has_a_key_of_its_own()
{
    grep -qxE 'CANTEEN_SECRET_KEY=[A-Za-z0-9_-]{43}' polls/.env && [ "$(mode_of polls/.env)" = 600 ] &&
        ! cmp -s polls/.env rest/.env
}

says_what_next()
{
    (canteen new later && rm -r later) | grep -qxF '  cd later'
}

leaves_no_placeholder()
{
    ! grep -rnE 'my_?project' polls rest tiny
}

stays_as_it_is()
{
    cp -r polls before && refuses 1 'there is a polls here already: nothing was changed' polls --api &&
        diff -r polls before
}

refuses_the_longest_and_takes_one_less()
{
    forty=$(printf 'a%.0s' $(seq 40))
    canteen new "$forty" --minimal && [ -f "$forty/main.c" ] &&
        refuses 2 'the name has 41 characters: 40 are the most' "${forty}a"
}

# builds KIND COMPILER
builds()
{
    make -s -C "$1" -j4 -B CC="$2" CFLAGS='-O0 -g -Wall -Wextra -Werror' && (cd "$1" && "./$1" check)
}

# serve FOLDER PROGRAM: starts it there; $url is where it serves.
serve()
{
    : >log # the background job opens it later
    (cd "$1" && exec "$2" run --bind 127.0.0.1:0 --workers 1 --log-format text) 2>log &
    server=$!
    for _ in $(seq 100); do
        url=$(sed -n 's|.*serves on \(http://[0-9.:]*\).*|\1|p' log)
        [ -n "$url" ] && return
        sleep 0.1
    done
    cat log
    return 1
}

stop()
{
    kill "$server" && wait "$server"
    server=
}

# answers TEXT PATH
answers()
{
    curl -sS --max-time 20 "$url$2" >page
    cat page log
    grep -qF "$1" page
}

# The style sheet that the page names.
answers_style()
{
    curl -sS --max-time 20 "$url/" >page
    style=$(sed -n 's|.*href="\(/static/style[^"]*\)".*|\1|p' page)
    cat page
    [ -n "$style" ] && answers 'max-width: 40rem' "$style"
}

serves_pages()
{
    serve polls ./polls && answers '<h1>Hello, World!</h1>' / && answers_style &&
        answers 'Hello, &lt;Ada&gt;!' '/?name=%3CAda%3E' &&
        answers '<p>there is nothing at this address</p>' /nothing && stop
}

serves_json()
{
    serve rest ./rest && answers '{"name":"rest","version":"0.1.0"}' / && answers '{"hello":"Ada"}' /hello/Ada &&
        answers '"status":404' /nothing && stop
}

serves_hello()
{
    serve tiny ./tiny && answers 'Hello, World!' / && stop
}

# Canteen is inside: no shared library of it is looked for, wherever it is installed.
needs_the_system_alone()
{
    env -u LD_LIBRARY_PATH ldd "$1" >libraries && cat libraries && ! grep -E 'libcanteen|not found' libraries
}

# answers_compressed FORM PATH
answers_compressed()
{
    curl -sS -i --max-time 20 -H "Accept-Encoding: $1" -o page "$url$2" && head -n 20 page | tr -d '\r' >answer
    cat answer
    grep -qix "content-encoding: $1" answer && [ "$(wc -c <page)" -lt 5000 ]
}

# Elsewhere, so that no file of the project can be read, and without the folder of an installation.
releases()
{
    yes '.large { margin: 0 }' | head -n 9999 >polls/static/large.css
    make -s -C polls -j4 release CC="$1" RELEASE_CFLAGS='-O2 -Wall -Wextra -Werror' && mkdir -p empty &&
        cp polls/build/release/polls empty/ && ! nm empty/polls | grep -q home_shows_a_page &&
        needs_the_system_alone empty/polls || return
    installed=$LD_LIBRARY_PATH
    unset LD_LIBRARY_PATH
    serve empty ./polls && answers '<h1>Hello, World!</h1>' / && answers_style &&
        answers_compressed br /static/large.css && answers_compressed gzip /static/large.css && stop
    result=$?
    LD_LIBRARY_PATH=$installed
    export LD_LIBRARY_PATH
    rm -rf empty polls/build/release polls/static/large.css
    return "$result"
}

releases_json()
{
    make -s -C rest -j4 release && needs_the_system_alone rest/build/release/rest &&
        serve rest build/release/rest && answers '{"hello":"Ada"}' /hello/Ada && stop
}

rebuilds_for_a_header()
{
    make -s -C polls && make -q -C polls && echo '#define NEW_IN_HEADER 1' >>polls/app.h && ! make -q -C polls
}

rebuilds_for_a_new_file()
{
    make -s -C polls && echo 'int more(void); int more(void) { return 1; }' >polls/more.c &&
        make -s -C polls && nm polls/polls | grep -q ' more$'
}

# rebuilds_without_a_file FOLDER
rebuilds_without_a_file()
{
    echo 'int gone(void); int gone(void) { return 1; }' >"$1/gone.c" && make -s -C "$1" &&
        nm "$1/$1" | grep -q ' gone$' && rm "$1/gone.c" && ! make -q -C "$1" && make -s -C "$1" &&
        ! nm "$1/$1" | grep -q ' gone$' && make -q -C "$1"
}

# Its header is found, it finds the project's, and its tests stay out of a release.
builds_an_app_in_a_folder()
{
    mkdir -p polls/blog/tests || return
    echo 'int blog_views(void), blog_tested(void);' >polls/blog/blog.h
    printf '#include "app.h"\n#include "blog.h"\nint blog_views(void) { return 1; }\n' >polls/blog/views.c
    printf '#include "blog/blog.h"\nint blog_tested(void) { return 1; }\n' >polls/blog/tests/test_views.c
    make -s -C polls && make -s -C polls release && nm polls/polls >inside && nm polls/build/release/polls >released
    rm -rf polls/blog
    grep -q ' blog_views$' inside && grep -q ' blog_tested$' inside && grep -q ' blog_views$' released &&
        ! grep -q ' blog_tested$' released
}

release_has_odd_names()
{
    echo odd-one >'polls/static/a b #$% c.txt' && make -s -C polls release &&
        strings polls/build/release/polls | grep -q '^odd-one' && rm 'polls/static/a b #$% c.txt' &&
        make -s -C polls release && ! strings polls/build/release/polls | grep -q '^odd-one' &&
        make -q -C polls release
}

# A failing build leaves nothing that the next one takes for good.
release_follows_templates()
{
    make -s -C polls release && echo '<p>added</p>' >>polls/templates/home.html && ! make -q -C polls release &&
        make -s -C polls release && strings polls/build/release/polls | grep -q '<p>added</p>'
}

cleans()
{
    make -s -C polls clean && [ ! -e polls/build ] && [ ! -e polls/polls ]
}

is_ignored()
{
    (cd polls && git init -q . && make -s && git status --porcelain --untracked-files=all >../listed) || return
    ! grep -E 'build/|polls$|\.env' listed && grep -q 'app\.c' listed
}

# adds_a_model FOLDER: to app.c, as the quickstart does.
adds_a_model()
{
    model='CT_MODEL(Note, (text, body, .max_length = 200), (datetime, created, .auto_now_add = true));'
    sed -i -e "/^CT_MIGRATIONS/i $model" \
        -e 's/^ *\.routes/    .models = MODELS(Note),\n&/' "$1/app.c"
}

# From a model to a table without another edit; what is written builds into the release too.
migrates()
{
    table=$(echo "$1" | tr - _)_note
    canteen new "$1" ${2:+"$2"} && adds_a_model "$1" && (
        cd "$1" && canteen makemigrations && canteen migrate && canteen check && canteen makemigrations --check &&
            [ "$(sqlite3 "$1.db" "insert into $table (body, created) values ('a', 1) returning id")" = 1 ] &&
            make -s -j4 release && "build/release/$1" migrate
    ) >said_by_it 2>&1
    result=$?
    cat said_by_it
    rm -rf "$1"
    [ "$result" -eq 0 ] && ! grep -iE 'warning|Now add' said_by_it && tail -n 1 said_by_it | grep -q 'No migrations'
}

runs_its_tests()
{
    make -s -C "$1" test
}

check 'a site' canteen new polls
check 'an API' canteen new rest --api
check 'a minimal project' canteen new tiny --minimal
check 'the files of a site' holds polls './.env ./.gitignore ./Makefile ./README.md ./app.c ./app.h ./main.c '\
'./static/style.css ./templates/404.html ./templates/home.html ./templates/layout.html ./tests/test_app.c'
check 'the files of an API' holds rest \
    './.env ./.gitignore ./Makefile ./README.md ./app.c ./app.h ./main.c ./tests/test_app.c'
check 'the files of a minimal project' holds tiny './Makefile ./main.c'
check 'each has a key of its own, which nobody else can read' has_a_key_of_its_own
check 'the name is filled in everywhere' leaves_no_placeholder
check 'it says what comes next' says_what_next
check 'what is there stays as it is' stays_as_it_is
check 'a name must begin with a letter' refuses 2 \
    "\"1st\" is no name of a project: write letters, digits, '-' and '_', a letter first" 1st
check 'a name is no path' refuses 2 \
    "\"../x\" is no name of a project: write letters, digits, '-' and '_', a letter first" ../x
check 'a name must not be a folder of the project' refuses 2 \
    '"tests" is what a part of every project is called: choose another name' tests
check 'a name must not be a file of the project' refuses 2 \
    '"Makefile" is what a part of every project is called: choose another name' Makefile
check 'a name has a length' refuses_the_longest_and_takes_one_less
check 'one kind at a time' refuses 2 '--api and --minimal are two kinds of projects: choose one' x --api --minimal
for compiler in gcc clang-14; do
    check "a site builds without a warning ($compiler)" builds polls "$compiler"
    check "an API builds without a warning ($compiler)" builds rest "$compiler"
    check "a minimal project builds without a warning ($compiler)" builds tiny "$compiler"
    check "a release is one file with Canteen and without tests ($compiler)" releases "$compiler"
done
check 'a site serves its pages' serves_pages
check 'an API serves JSON' serves_json
check 'a minimal project says hello' serves_hello
check 'an API has a release' releases_json
check 'a header that changed builds what includes it' rebuilds_for_a_header
check 'a new source is built without being listed' rebuilds_for_a_new_file
check 'an app in a folder of its own is built' builds_an_app_in_a_folder
check 'a template that changed is in the next release' release_follows_templates
check 'a site is built without a file that is gone' rebuilds_without_a_file polls
check 'an API is built without a file that is gone' rebuilds_without_a_file rest
check 'a minimal project is built without a file that is gone' rebuilds_without_a_file tiny
check 'files of a release may have any name' release_has_odd_names
if command -v git >/dev/null; then
    check 'what is built and secret is not for the repository' is_ignored
fi
check 'the tests of a site pass' runs_its_tests polls
check 'the tests of an API pass' runs_its_tests rest
check 'a model of a site gets its table' migrates notes ''
check 'a model of an API, whose name is no identifier' migrates my-notes --api
check 'clean' cleans
echo "1..$number"
exit "$failed"
