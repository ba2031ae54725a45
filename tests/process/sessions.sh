#!/bin/sh
# Sessions as a site has them: the key that a program does not start without, several workers, a change of the key.
# Needs the programs sessions and canteen below BUILD_TREE, and curl.
#
# shellcheck disable=SC2317 # the checks are called through check()
set -u
cd "$(dirname "$0")/../.." || exit

program=$BUILD_TREE/examples/sessions/sessions
work=$(mktemp -d "${TMPDIR:-/tmp}/canteen-sessions.XXXXXX") || exit 1
server=
trap 'stop; rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
. tests/support/environment.sh
. tests/support/check.sh
cd "$work" || exit 1

stop()
{
    if [ -n "$server" ]; then
        kill "$server"
        wait "$server"
        server=
    fi
}

# start OPTION...: serves; the log is in the file log, the address in $url.
start()
{
    stop
    : >log # or the address of the last one could be read from it
    "$program" run --bind 127.0.0.1:0 --workers 2 --no-access-log --log-format text "$@" 2>log &
    server=$!
    wait_for_url
}

fetch()
{
    curl -sS --max-time 20 -c jar -b jar "$@"
}

# --- the key ----------------------------------------------------------------------------------------------------------

# refuses COMMAND TEXT: ends with 1 and says it, and no key.
refuses()
{
    timeout 20 "$program" "$1" >out 2>&1
    [ $? -eq 1 ] && cat out && grep -qF "$2" out && ! grep -q swordfish out
}

missing='error: secret_key is not set, and the sessions of the app sessions need it: put CANTEEN_SECRET_KEY=... into'
check 'no start without a key' refuses run "$missing"
check 'check without a key' refuses check "$missing"
echo 'CANTEEN_SECRET_KEY=swordfish' >.env
check 'no start with a short key' refuses run 'error: .env:1: secret_key has 9 characters, and 32 are the least'
echo 'CANTEEN_SECRET_KEY=django-insecure-swordfish-swordfish-swordfish' >.env
check 'a key that everybody knows' refuses check 'error: .env:1: secret_key is one that everybody knows'
echo "CANTEEN_SECRET_KEY=$("$BUILD_TREE/canteen" key)" >.env
accepts()
{
    "$program" check
}
check 'a key of canteen key' accepts
combination()
{
    CANTEEN_SESSION_COOKIE_SECURE=never CANTEEN_SESSION_COOKIE_SAMESITE=none refuses check \
        'error: browsers refuse session_cookie_samesite = none without Secure'
}
check 'a cookie that browsers refuse' combination

# --- development ------------------------------------------------------------------------------------------------------

rm .env
start --debug
told()
{
    cat log
    [ "$(grep -c 'info .*secret_key is not set: sessions and signed text are good for this run alone' log)" -eq 1 ]
}
check 'development makes a key and says so' told

enters()
{
    fetch -L -d name='<Ada>' "$url/login" >page && cat page &&
        grep -qF '<p class="info">Welcome, &lt;Ada&gt;!</p>' page && grep -q 'You are &lt;Ada&gt;, visit 1' page
}
check 'a login, its message on the next page' enters
long_names()
{
    [ "$(curl -sS --max-time 20 -o page -w '%{http_code}' -d "name=$(printf '%0101d' 7)" "$url/login")" = 422 ] &&
        grep -q 'this name is too long' page &&
        [ "$(curl -sS --max-time 20 -o page -w '%{http_code}' -d "name=$(printf '%0100d' 7)" "$url/login")" = 303 ]
}
check 'a name has a limit' long_names

# Each connection may meet either worker.
is_known_to_all()
{
    for visit in $(seq 2 30); do
        if ! fetch "$url/" >page || ! grep -q "visit $visit\\." page; then
            cat page
            return 1
        fi
    done
    ! grep -q Welcome page
}
check 'all workers know the session' is_known_to_all

# --- a change of the key ----------------------------------------------------------------------------------------------

old=$("$BUILD_TREE/canteen" key) new=$("$BUILD_TREE/canteen" key)
start --secret-key="$old"
check 'another key: nobody is known' sh -c "curl -sS -b jar $url/ | grep -q Enter"
check 'a login again' enters
invitation=$(sed -n 's|.*href="\([^"]*\)".*|\1|p' page)
start --secret-key="$new" --secret-key-fallbacks="$old"
check 'the old key in the fallbacks: the session goes on' sh -c "curl -sS -c jar -b jar $url/ | grep -q 'visit 2'"
invites()
{
    curl -sS -L -b '' "$url$invitation" >page && cat page && grep -qF '&lt;Ada&gt; has invited you.' page
}
check 'and so does a signed link' invites
start --secret-key="$new"
check 'the cookie is one of the new key now' sh -c "curl -sS -b jar $url/ | grep -q 'visit 3'"
check 'the link is not' sh -c "curl -sS '$url$invitation' | grep -q 'not valid'"
leaves()
{
    fetch -L -d '' "$url/logout" >page && cat page && grep -qF '<p class="message">Good-bye.</p>' page &&
        grep -q Enter page && ! grep -q session jar
}
check 'a logout' leaves
echo "1..$number"
exit "$failed"
