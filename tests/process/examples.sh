#!/bin/sh
# The examples quickstart, drop and blog as their users have them: their own tests, those of blog on SQLite and on
# PostgreSQL, then a real browser that logs in, uploads, pastes, takes away and writes. Needs these programs and canteen
# below BUILD_TREE, curl, chromium and its driver, and PostgreSQL by _CANTEEN_TEST_POSTGRES.
#
# shellcheck disable=SC2317 # the checks are called through check()
set -u
cd "$(dirname "$0")/../.." || exit
work=$(mktemp -d "${TMPDIR:-/tmp}/canteen-examples.XXXXXX") || exit 1
server=
trap 'browser_stop; stop; rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
postgres=${_CANTEEN_TEST_POSTGRES:-}
. tests/support/environment.sh
. tests/support/browser.sh
. tests/support/check.sh

stop()
{
    if [ -n "$server" ]; then
        kill "$server"
        wait "$server"
        server=
    fi
}

# serve NAME: the example on a free port, as in production: $url is where it serves.
serve()
{
    stop
    : >"$work/log" # the background job opens it later
    CANTEEN_SECRET_KEY=$("$BUILD_TREE/canteen" key) CANTEEN_UPLOAD_FOLDER=$work/uploads \
        DATABASE_URL=sqlite:$work/$1.db \
        "$BUILD_TREE/examples/$1/$1" run --bind 127.0.0.1:0 --workers 2 --log-format text 2>"$work/log" &
    server=$!
    wait_for_url
}

own_tests_on_postgres()
{
    if [ -z "$postgres" ]; then
        echo '_CANTEEN_TEST_POSTGRES names no server: ./dev setup installs one'
        return 1
    fi
    DATABASE_URL=$postgres "$BUILD_TREE/examples/$1/$1" test --jobs 2
}

own_tests()
{
    "$BUILD_TREE/examples/$1/$1" test --jobs 2
}

# shows CSS TEXT: the element's text has the text in it.
shows()
{
    text=$(browser_text "$1") || return 1
    case $text in
    *"$2"*) ;;
    *)
        echo "$1 shows: $text"
        return 1
        ;;
    esac
}

check 'quickstart: its own tests' own_tests quickstart
check 'drop: its own tests' own_tests drop
check 'blog: its own tests' own_tests blog
check 'blog: its own tests on PostgreSQL' own_tests_on_postgres blog
check 'the browser starts' browser_start

serve quickstart
login()
{
    browser_go "$url/login" && browser_type '#username' 'Ada <script>' && browser_click button &&
        shows h1 'Logged in as Ada <script>' && shows .flash 'You were successfully logged in'
}
stays()
{
    browser_go "$url/" && shows h1 'Logged in as Ada <script>' && [ "$(browser_script 'return document.cookie')" = '' ]
}
logout()
{
    browser_click 'form button' && shows h1 'You are not logged in'
}
styled()
{
    [ "$(browser_script 'return document.styleSheets[0].cssRules.length > 3')" = true ] &&
        [ "$(browser_script 'return /style\.[0-9a-f]{12}\.css$/.test(document.styleSheets[0].href)')" = true ]
}
upload()
{
    echo 'some, data' >"$work/table.csv"
    browser_go "$url/upload" && browser_type '#the_file' "$work/table.csv" && browser_click 'form button' &&
        shows .flash 'table.csv is saved' && cmp "$work/table.csv" "$work/uploads/table.csv"
}
not_found()
{
    browser_go "$url/nowhere" && shows h1 'Nothing here'
}
check 'quickstart: logging in' login
check 'quickstart: the session stays, and scripts cannot see it' stays
check 'quickstart: the style sheet has a name that changes with it' styled
check 'quickstart: logging out' logout
check 'quickstart: an upload' upload
check 'quickstart: a page that is not there' not_found

serve drop
paste()
{
    browser_go "$url/" && browser_type '#text' 'a <b> & c' && browser_click button && shows pre 'a <b> & c' &&
        shows .flash 'It is there' && page=$(browser_url) && [ "$page" != "$url/" ]
}
shared()
{
    link=$(browser_script 'return document.querySelectorAll("main a")[1].href') &&
        [ "$(curl -sS "$link")" = 'a <b> & c' ] && curl -sSI "$link" | grep -qi '^content-disposition: attachment'
}
strangers()
{
    code=$(curl -sS -o "$work/answer" -w '%{http_code}' -X POST "$page/delete")
    [ "$code" = 403 ] && grep -q 'only the browser that dropped it' "$work/answer"
}
drop_file()
{
    printf '\211PNG\r\n\032\n' >"$work/cat.png"
    browser_go "$url/" && browser_type '#file' "$work/cat.png" && browser_click button && shows h1 cat.png &&
        curl -sS "$(browser_url)/file" | cmp - "$work/cat.png"
}
take_away()
{
    browser_click 'main form button' && shows .flash 'cat.png is gone.' && browser_go "$page" && shows h1 paste.txt
}
check 'drop: text' paste
check 'drop: a link for others' shared
check 'drop: others take nothing away' strangers
check 'drop: a file' drop_file
check 'drop: taking it away' take_away

migrates()
{
    CANTEEN_SECRET_KEY=$("$BUILD_TREE/canteen" key) DATABASE_URL=sqlite:$work/blog.db \
        "$BUILD_TREE/examples/blog/blog" migrate
}
check 'blog: its migrations' migrates
serve blog
author()
{
    browser_go "$url/login" && browser_type '#username' 'Ada!' && browser_click '#login' &&
        shows .error 'Enter a valid value' && browser_go "$url/login" && browser_type '#username' 'ada' &&
        browser_click '#login' && shows 'header form button' 'Log out ada'
}
write_post()
{
    browser_go "$url/create" && browser_type '#body' 'kept' && browser_click '#save' &&
        shows .error 'This field cannot be blank.' && shows '#body' kept && browser_type '#title' 'First <post>' &&
        browser_type '#tags' 'web, c' && browser_click '#save' && shows h2 'First <post>' &&
        shows .about 'by ada on' && browser_click '.tag' && shows h1 'Posts about c'
}
check 'blog: a name that is none, and one that is' author
check 'blog: a post, with a mistake first' write_post
quiet()
{
    ! grep -E ' (error|warning) ' "$work/log"
}
check 'nothing was logged that is wrong' quiet

browser_stop
stop
echo "1..$number"
exit "$failed"
