#!/bin/sh
# The clients that people use against the site example: curl, wrk and a browser. Needs the program site below
# BUILD_TREE.
#
# shellcheck disable=SC2317 # the checks are called through check()
set -u
cd "$(dirname "$0")/../.." || exit
work=$(mktemp -d "${TMPDIR:-/tmp}/canteen-clients.XXXXXX") || exit 1
server=
trap 'if [ -n "$server" ]; then kill "$server"; wait "$server"; fi; rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
. tests/support/environment.sh
. tests/support/check.sh

start_site()
{
    "$BUILD_TREE/examples/site/site" run --bind 127.0.0.1:0 --workers 2 --no-access-log --log-format text \
        2>"$work/log" &
    server=$!
    wait_for_url
}

# --- curl -------------------------------------------------------------------------------------------------------------

# body_is EXPECTED ARGUMENT...: what curl prints, whole.
body_is()
{
    wanted=$1
    shift
    got=$(curl -sS --max-time 20 "$@") || return
    printf 'expected: %s\ngot:      %s\n' "$wanted" "$got"
    [ "$got" = "$wanted" ]
}

keeps_its_connection()
{
    body_is '1 0 ' -o /dev/null -o /dev/null -w '%{num_connects} ' "$url/users/1" "$url/users/2"
}

echoes_a_file()
{
    head -c 2621440 /dev/urandom >"$work/body" &&
        curl -sS --max-time 20 --data-binary @"$work/body" -o "$work/answer" "$url/echo" &&
        cmp "$work/body" "$work/answer"
}

counts_a_large_upload()
{
    head -c 30000000 /dev/zero |
        body_is '{"size":30000000}' -H 'Transfer-Encoding: chunked' --data-binary @- "$url/count"
}

logs_in()
{
    curl -sS --max-time 20 -L -c "$work/jar" -b "$work/jar" -d name=Ada "$url/login" | grep -q 'Hello, Ada!'
}

resumes_a_download()
{
    head -c 5 examples/site/files/welcome.txt >"$work/part" &&
        curl -sS --max-time 20 -C - -o "$work/part" "$url/files/welcome.txt" &&
        cmp "$work/part" examples/site/files/welcome.txt
}

# --- wrk --------------------------------------------------------------------------------------------------------------

# Neither a failed answer nor a broken connection in a second of load.
holds_under_load()
{
    wrk -t1 -c50 -d1s "$url/users/7" >"$work/wrk" && grep -q 'requests in' "$work/wrk" &&
        ! grep -E 'Non-2xx|Socket errors' "$work/wrk"
}

# --- a browser --------------------------------------------------------------------------------------------------------

# shows TEXT PATH: the text is in the page as the browser has it.
shows()
{
    chromium --headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking \
        --disable-component-update --disable-sync --user-data-dir="$work/profile" --timeout=20000 \
        --dump-dom "$url$2" >"$work/page" 2>"$work/chromium"
    cat "$work/page" "$work/chromium"
    grep -qF "$1" "$work/page"
}

start_site
check 'curl: a page' body_is 'User 7' "$url/users/7"
check 'curl: one connection for two requests' keeps_its_connection
check 'curl: a body comes back' echoes_a_file
check 'curl: a large upload in chunks' counts_a_large_upload
check 'curl: a form, a cookie and a redirect' logs_in
check 'curl: a download goes on where it stopped' resumes_a_download
check 'wrk: load without an error' holds_under_load
check 'browser: the home page' shows '<h1>Canteen</h1>' /
check 'browser: a mounted app' shows 'Tabs or spaces?' /polls/
check 'browser: a stream' shows 'line 10 of 10' '/stream?ms=10'
check 'browser: the error page of the site' shows '<code>/nothing/here</code>' /nothing/here
check 'browser: a crash has an answer' shows '500 Internal Server Error' /crash
check 'browser: and the site goes on' shows 'User 8' /users/8
echo "1..$number"
exit "$failed"
