#!/bin/sh
# Pages in development: what an app does with the file that `canteen run` writes, and that it does nothing of it in
# production. The file is written here. Needs the programs site and templates below BUILD_TREE, chromium and
# chromedriver.
#
# shellcheck disable=SC2317,SC2016 # the checks are called through check(); an inner shell's $0
set -u
cd "$(dirname "$0")/../.." || exit
work=$(mktemp -d "${TMPDIR:-/tmp}/canteen-dev.XXXXXX") || exit 1
server=
. tests/support/browser.sh
trap 'browser_stop; if [ -n "$server" ]; then kill "$server"; wait "$server"; fi; rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
. tests/support/environment.sh
. tests/support/check.sh

# serve COMMAND...: a server on a free port; $url is where it serves.
serve()
{
    : >"$work/log" # the background job opens it later
    "$@" --bind 127.0.0.1:0 --workers 2 --log-format text 2>"$work/log" &
    server=$!
    wait_for_url
}

stop()
{
    kill "$server"
    wait "$server"
    server=
}

# state VERSION [PAGE]: what `canteen run` says.
state()
{
    printf '%s\n%s' "$1" "${2:-}" >"$work/state.new" && mv "$work/state.new" "$work/state"
}

# ask ARGUMENT...: the answer with its head, without carriage returns, in $work/answer.
ask()
{
    curl -sS -i --max-time 20 "$@" | tr -d '\r' >"$work/answer"
    cat "$work/answer"
}

has()
{
    grep -qF -- "$1" "$work/answer"
}

page='<!doctype html><title>Broken</title><body><p>app.c:3</p></body>'
html='Accept: text/html,*/*;q=0.8'

page_has_the_script()
{
    state 17 && ask -H "$html" "$url/" && has '<script src="/_canteen/reload.js?v=17"></script>
</body>' && has 'Cache-Control: no-store' && has 'Connection: close' && ! has 'ETag' &&
        [ "$(grep -c '_canteen' "$work/answer")" -eq 1 ]
}

length_is_right()
{
    state 17 && [ "$(curl -sS -o /dev/null -w '%{size_download} %header{content-length}' "$url/")" != '' ] &&
        length=$(curl -sS -I "$url/" | tr -d '\r' | sed -n 's/^Content-Length: //p') &&
        [ "$length" -eq "$(curl -sS "$url/" | wc -c)" ]
}

error_pages_have_it()
{
    state 17 && ask -H "$html" "$url/books/999" && has 'HTTP/1.1 404' && has '/_canteen/reload.js?v=17'
}

other_answers_have_not()
{
    state 17 && ask "$url/users/7" && has 'User 7' && ! has _canteen && ! has 'no-store'
}

streams_have_not()
{
    state 17 && ask "$url/stream?ms=1" && has 'line 10 of 10' && ! has _canteen
}

# A file of a single-page application, say; also when only a part of it was asked for.
file_has_the_script()
{
    state 17 && ask -r 0-3 "$url/files/page.html" && has 'HTTP/1.1 200' &&
        has '<p>File</p><script src="/_canteen/reload.js?v=17"></script>
</body>' && ! has 'ETag' && ask "$url/files/part.html" && has '<p>Part</p>' && ! has _canteen && has 'ETag'
}

script_is_served()
{
    ask "$url/_canteen/reload.js?v=17" && has 'HTTP/1.1 200' && has 'Content-Type: text/javascript' && has EventSource
}

# reloads WITHIN VERSION: the stream of events of a page that was shown with the version.
reloads()
{
    timeout "$1" curl -sS -N -i "$url/_canteen/reload?v=$2" | tr -d '\r' >"$work/answer"
    cat "$work/answer"
    has 'Content-Type: text/event-stream' && has 'event: reload
data: now'
}

old_page_reloads()
{
    state 18 && reloads 20 17
}

page_reloads_at_a_change()
{
    state 18
    { sleep 0.3; state 19; } &
    reloads 20 18
    result=$?
    wait $!
    return "$result"
}

page_of_now_waits()
{
    state 20 && ! reloads 3 20 && has 'retry: 200'
}

stream_ends_with_canteen_run()
{
    state 21
    { sleep 0.3; rm "$work/state"; } &
    timeout 20 curl -sS -N "$url/_canteen/reload?v=21" >"$work/answer"
    result=$?
    wait $!
    [ "$result" -eq 0 ] && ! has 'event: reload'
}

broken_build_is_shown()
{
    state 22 "$page" && ask -H "$html" "$url/" && has 'HTTP/1.1 500' &&
        has '<p>app.c:3</p><script src="/_canteen/reload.js?v=22">' &&
        ask -H "$html" -d x=1 "$url/order" && has 'HTTP/1.1 500' && has '<p>app.c:3</p>'
}

programs_are_answered()
{
    state 22 "$page" && ask -H 'Accept: application/json' "$url/" && has 'HTTP/1.1 200' &&
        ask -H 'Accept: */*' "$url/" && has 'HTTP/1.1 200'
}

mended_build_is_forgotten()
{
    state 23 && ask -H "$html" "$url/" && has 'HTTP/1.1 200'
}

policy="default-src 'none'; style-src 'sha256-"
may_load="; script-src 'self'; connect-src 'self'"

# error_page PATH OPTION...: a page of development, whose policy lets the one script run that it has.
error_page()
{
    path=$1
    shift
    state 17 && ask -H "$html" "$@" "$url$path" && has "Content-Security-Policy: $policy" && has "$may_load" &&
        [ "$(grep -c '<script src="/_canteen/reload.js?v=17"></script>' "$work/answer")" -eq 1 ] &&
        [ "$(grep -c '<script' "$work/answer")" -eq 1 ] && has '</html>'
}

# A crash takes its worker with it, but the page is that of the program of now: it waits.
crash_page()
{
    error_page /crash && has 'HTTP/1.1 500' && has SIGSEGV && has 'Cache-Control: no-store' &&
        [ "$(sed -n 's/^Content-Length: //p' "$work/answer")" -eq "$(sed '1,/^$/d' "$work/answer" | wc -c)" ]
}

other_forms_of_a_crash()
{
    state 17 && ask "$url/crash" && has SIGSEGV && ! has _canteen &&
        ask -H 'Accept: application/json' "$url/crash" && has SIGSEGV && ! has _canteen
}

# The page of a crash, in a browser, loads itself again when the next program is there, and not before.
browser_leaves_a_crash()
{
    state 17 && browser_start && browser_go "$url/crash" || return 1
    browser_script 'window.stays = "yes"; return 1' && sleep 1
    [ "$(browser_script 'return window.stays || "no"')" = yes ] || return 1
    state 18
    for _ in $(seq 50); do
        seen=$(browser_script 'return window.stays || document.scripts[0].getAttribute("src")')
        [ "$seen" = '/_canteen/reload.js?v=18' ] && break
        sleep 0.1
    done
    echo "seen: $seen"
    browser_errors | grep -i 'content security policy' && return 1
    [ "$seen" = '/_canteen/reload.js?v=18' ] && browser_stop
}

# strict PATH: a page of development without `canteen run`.
strict()
{
    state 17 && ask -H "$html" "$url$1" && has "Content-Security-Policy: $policy" && ! has script-src &&
        ! has connect-src && ! has '<script'
}

# A page of a worker that is about to end belongs to the program before.
no_state_no_harm()
{
    rm -f "$work/state" && ask -H "$html" "$url/" && has 'HTTP/1.1 200' && has '/_canteen/reload.js?v="'
}

large_state_is_no_page()
{
    { echo 24; head -c 5000000 /dev/zero; } >"$work/state" && ask -H "$html" "$url/" && has 'HTTP/1.1 200'
}

is_not_logged()
{
    ! grep _canteen "$work/log" && grep -q '/books/999' "$work/log"
}

template_is_read_anew()
{
    mkdir -p "$work/templates" && echo '<p>before</p>' >"$work/templates/about.html" && sleep 0.2 &&
        ask "$url/" && has '<p>before</p>' && echo '<p>afterwards</p>' >"$work/templates/about.html" && sleep 0.2 &&
        ask "$url/" && has '<p>afterwards</p>'
}

# plain ARGUMENT...: no script, no page of a build, no address of ours.
plain()
{
    state 30 "$page" && ask -H "$html" "$url/" && has 'HTTP/1.1 200' && ! has _canteen && ! has 'no-store' &&
        ask "$url/_canteen/reload.js" && has 'HTTP/1.1 404' && ask "$url/_canteen/reload?v=1" && has 'HTTP/1.1 404'
}

export _CANTEEN_BUILD="$work/state"
state 1
serve "$BUILD_TREE/examples/templates/templates" run --debug --template-folders "$work/templates"
check 'a page has the script, and is not kept' page_has_the_script
check 'its length is that of the whole' length_is_right
check 'a page of an error has it too' error_pages_have_it
check 'the script is served' script_is_served
check 'a page that is out of date loads again' old_page_reloads
check 'a page loads again at a change' page_reloads_at_a_change
check 'a page of now waits' page_of_now_waits
check 'the wait ends with canteen run' stream_ends_with_canteen_run
check 'a broken build is shown in place of every page' broken_build_is_shown
check 'programs are answered by the app' programs_are_answered
check 'a mended build is forgotten' mended_build_is_forgotten
check 'without the file the app answers' no_state_no_harm
check 'a file that is too large is no page' large_state_is_no_page
check 'none of it is in the access log' is_not_logged
check 'debug reads templates anew' template_is_read_anew
stop
mkdir -p "$work/examples/site/files"
echo '<!doctype html><body><p>File</p></body>' >"$work/examples/site/files/page.html"
echo '<p>Part</p>' >"$work/examples/site/files/part.html"
serve sh -c 'cd "$0" && exec "$@"' "$work" "$BUILD_TREE/examples/site/site" run --debug
check 'a page in a file has the script' file_has_the_script
check 'the page of a crash has it, and may run it' crash_page
check 'the page of an error may run it too' error_page / -X POST
check 'its other forms have not' other_forms_of_a_crash
check 'a browser leaves the page of a crash' browser_leaves_a_crash
check 'text has no script' other_answers_have_not
check 'a stream has no script' streams_have_not
stop
serve "$BUILD_TREE/examples/templates/templates" run
check 'without debug there is nothing of it' plain
stop
unset _CANTEEN_BUILD
serve "$BUILD_TREE/examples/templates/templates" run --debug
check 'nor without canteen run' plain
stop
serve "$BUILD_TREE/examples/site/site" run --debug
check 'nor in the page of a crash' strict /crash
stop
echo "1..$number"
exit "$failed"
