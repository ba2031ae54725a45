#!/bin/sh
# Error pages as people meet them: in a browser, in a terminal and in the log. Needs the program site below BUILD_TREE.
#
# shellcheck disable=SC2317 # the checks are called through check()
set -u
cd "$(dirname "$0")/../.." || exit
work=$(mktemp -d "${TMPDIR:-/tmp}/canteen-debug.XXXXXX") || exit 1
server=
trap 'if [ -n "$server" ]; then kill "$server"; wait "$server"; fi; rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
. tests/support/environment.sh
. tests/support/check.sh

# start_site OPTION...
start_site()
{
    url=
    "$BUILD_TREE/examples/site/site" run --bind 127.0.0.1:0 --workers 2 --log-format text "$@" 2>"$work/log" &
    server=$!
    wait_for_url
}

stop_site()
{
    kill "$server"
    wait "$server"
    server=
}

get()
{
    path=$1
    shift
    curl -sS --max-time 20 "$@" "$url$path" | tee "$work/page"
}

# browse PATH OPTION...: the page as the browser has it, and what its console says.
browse()
{
    path=$1
    shift
    chromium --headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking \
        --disable-component-update --disable-sync --user-data-dir="$work/profile" --timeout=20000 \
        --enable-logging=stderr "$@" --dump-dom "$url$path" >"$work/page" 2>"$work/chromium"
    cat "$work/page" "$work/chromium"
}

shows()
{
    grep -qF "$1" "$work/page"
}

# --- production -------------------------------------------------------------------------------------------------------

# The id that the answer to a crash shows leads to the report in the log, and to nothing else.
id_is_in_the_log()
{
    get /crash "$@"
    id=$(grep -oE '[0-9a-f]{16}' "$work/page")
    for _ in $(seq 50); do
        grep -F "SIGSEGV" "$work/log" | grep -F "[$id]" && break
        sleep 0.1
    done
    grep -F "SIGSEGV" "$work/log" | grep -qF "[$id]" && ! grep -E 'SIG|lab|0x' "$work/page"
}

start_site
check 'a crash: the id is in the log, nothing else on the page' id_is_in_the_log
check 'a crash: the same in HTML' id_is_in_the_log -H 'Accept: text/html'
check 'a crash: the same in JSON' id_is_in_the_log -H 'Content-Type: application/json' -X POST
stop_site

# --- development ------------------------------------------------------------------------------------------------------

# shown_in_browser OPTION...: the page is whole, and the browser has nothing to complain of, its policy included.
shown_in_browser()
{
    browse '/crash?token=hide-me' "$@"
    shows '<h1>500 Internal Server Error</h1>' && shows 'the handler crashed: SIGSEGV' &&
        shows '<summary><code>crash</code> <span class="m">examples/site/lab.c:' && shows '*nowhere = 1;</mark>' &&
        shows '<td>token</td><td>********' && shows '<summary>Settings</summary>' && ! shows hide-me &&
        ! grep CONSOLE "$work/chromium"
}

in_a_terminal()
{
    get /crash
    shows 'in crash at examples/site/lab.c:' && grep -q '^> *[0-9]* .*\*nowhere = 1;$' "$work/page" &&
        shows ' timing at examples/site/main.c:' && [ "$(wc -l <"$work/page")" -lt 40 ]
}

as_json()
{
    get /crash -H 'Accept: application/json'
    shows '"file":"examples/site/lab.c"'
}

# A stack that is used up, a call to nowhere: the page is made where neither matters.
survives()
{
    get "/crash?kind=$1" -H 'Accept: text/html'
    shows "$2" && shows '</html>'
}

missing()
{
    get /nowhere
    shows '<code>/nowhere</code>' && ! shows Routes
}

goes_on()
{
    [ "$(get /users/8)" = 'User 8' ]
}

start_site --debug
check 'browser: a crash' shown_in_browser
check 'browser: a crash, dark' shown_in_browser --force-dark-mode
check 'terminal: a crash' in_a_terminal
check 'program: a crash' as_json
check 'the stack overflows' survives overflow 'the stack overflowed'
check 'a call to nowhere' survives call SIGSEGV
check 'an abort' survives abort SIGABRT
check 'the site goes on' goes_on
check 'a missing page is that of the site' missing
stop_site

echo "1..$number"
exit "$failed"
