#!/bin/sh
# The commands of a program, as its users meet them: what is printed where, and the exit code. Each failure of a start
# is one line. Needs the programs hello and site below BUILD_TREE.
#
# shellcheck disable=SC2016 # backquotes in texts, and $0 for an inner shell
set -u
cd "$(dirname "$0")/../.." || exit

hello=$BUILD_TREE/examples/hello/hello
site=$BUILD_TREE/examples/site/site
canteen=$BUILD_TREE/canteen
page=$PWD/docs/canteen.1
work=$(mktemp -d "${TMPDIR:-/tmp}/canteen-commands.XXXXXX") || exit 1
server=
trap 'if [ -n "$server" ]; then kill "$server"; wait "$server"; fi; chmod -R u+rwx "$work"; rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
chmod 711 "$work"

. tests/support/environment.sh
. tests/support/check.sh
cd "$work" || exit 1

syntax='write HOST:PORT, [IPV6]:PORT, :PORT or unix:PATH'
hello_overview='usage: hello COMMAND [OPTION]...

  run      Serve the app
  routes   List the routes
  check    Look for mistakes in routes, settings, commands and templates
  test     Run the tests of the apps
  help     Explain a command, or list the settings
  version  Print the versions of the app and of Canteen

`hello help COMMAND` explains a command and its options, `hello help settings` lists the settings.'

# --- help and version -------------------------------------------------------------------------------------------------

version=$("$canteen" version | sed 's/^canteen //')
expect 'version of an app without one' 0 "hello (Canteen $version)" '' "$hello" version
expect 'version of an app' 0 "site $version (Canteen $version)" '' "$site" version
expect '--version' 0 "hello (Canteen $version)" '' "$hello" --version
expect 'help' 0 "$hello_overview" '' "$hello" help
expect '--help' 0 "$hello_overview" '' "$hello" --help
expect '-h' 0 "$hello_overview" '' "$hello" -h
expect 'no command' 2 '' "$hello_overview" "$hello"
greet_help='usage: site greet [OPTION]... NAME

Greet somebody

  NAME       whom
  --times N  how often (1 to 10, default 1)'
expect 'help of a command' 0 "$greet_help" '' "$site" help greet
expect '--help of a command' 0 "$greet_help" '' "$site" greet --help
expect 'help of nothing known' 2 '' 'site: there is no command "gret"; did you mean "greet"?' "$site" help gret
expect 'too many words for help' 2 '' 'site help: "x" is too much: there is 1 argument
usage: site help [TOPIC]
`site help help` says more' "$site" help run x
expect 'help settings' 0 '*' '' "$site" help settings
for line in '^NAME  *TYPE  *DEFAULT  *BOUNDS  *MEANING$' \
    '^max_head  *size  *16K  *1K to 1M  *largest head of a request: the first line and all headers$' \
    '^log_level  *choice  *info  *debug, info, warning, error  *the least that is logged$' \
    '^greeting  *text  *Hello  *how `greet` begins$'; do
    if [ "$(grep -c "$line" out)" -eq 1 ]; then
        result ok "help settings has $line"
    else
        result failed "help settings has $line"
    fi
done
expect 'version of the canteen program' 0 "canteen $version" '' "$canteen" --version
expect 'a key' 0 '*' '' "$canteen" key
if grep -Eqx '[A-Za-z0-9_-]{43}' out && [ "$(wc -l <out)" -eq 1 ] && [ "$(cat out)" != "$("$canteen" key)" ]; then
    result ok 'a key is 43 characters, and another one each time'
else
    result failed 'a key is 43 characters, and another one each time'
fi
expect 'the canteen program serves projects' 2 '' \
    'canteen run: there is no project here (no Makefile): go to its folder, or make one with `canteen new NAME`' \
    "$canteen" run

# in_synopsis COMMAND PROGRAM: the page's synopsis has each option that the command's help has.
in_synopsis()
{
    sed -n '/^\.SH SYNOPSIS/,/^\.SH DESCRIPTION/{s/\\-/-/g; p}' "$page" >synopsis
    "$2" help "$1" | sed -n 's/^  --\(\[no-]\)\{0,1\}\([a-z-]*\).*/--\2/p' >options
    cat options
    [ -s options ] && while read -r option; do
        grep -qE -- "$option( |\$)" synopsis || { echo "$option is not there"; return 1; }
    done <options
}
check 'the manual page has the options of embed' in_synopsis embed "$canteen"
check 'the manual page has the options of test' in_synopsis test "$hello"

# --- mistakes in the command line -------------------------------------------------------------------------------------

expect 'unknown command' 2 '' 'hello: there is no command "rotues"; did you mean "routes"?' "$hello" rotues
expect 'unknown command like no other' 2 '' 'hello: there is no command "zebra"; `hello help` lists them' \
    "$hello" zebra
expect 'option before the command' 2 '' 'hello: the command comes first, before --bind; `hello help` lists them' \
    "$hello" --bind :0 run
expect 'unknown option' 2 '' 'hello run: there is no option --wokers; did you mean --workers?
usage: hello run [OPTION]...
`hello help run` says more' "$hello" run --wokers 2
expect 'value past its bound' 2 '' 'hello run: --max-head: "1048577" is too great: the most is 1M
usage: hello run [OPTION]...
`hello help run` says more' "$hello" run --max-head 1048577
expect 'missing argument' 2 '' 'site greet: the argument name is missing
usage: site greet [OPTION]... NAME
`site help greet` says more' "$site" greet

# --- commands of the app ----------------------------------------------------------------------------------------------

expect 'a command' 0 'Hello, Ada!' '' "$site" greet Ada
expect 'a command with an option' 0 'Hello, Ada!
Hello, Ada!' '' "$site" greet --times=2 Ada
expect 'a command and the environment' 0 'Hi, Ada!' '' env CANTEEN_GREETING=Hi "$site" greet Ada
printf 'CANTEEN_GREETING="Good day"\n' >.env
expect 'a command and .env' 0 'Good day, Ada!' '' "$site" greet Ada
expect 'the environment over .env' 0 'Hi, Ada!' '' env CANTEEN_GREETING=Hi "$site" greet Ada
rm .env
expect 'output that does not fit' 1 '' 'site: standard output cannot be written: No space left on device' \
    sh -c '"$0" greet Ada >/dev/full' "$site"
expect 'output of help that does not fit' 1 '' 'site: standard output cannot be written: No space left on device' \
    sh -c '"$0" help >/dev/full' "$site"
expect 'closed output' 1 '' 'hello: standard output cannot be written: Bad file descriptor' \
    sh -c '"$0" routes >&-' "$hello"
mkfifo pipe
expect 'output whose reader has left' 1 '' 'hello: standard output cannot be written: Broken pipe' \
    sh -c 'exec 3<>pipe 4>pipe 3<&-; "$0" help >&4' "$hello"

# --- routes and check -------------------------------------------------------------------------------------------------

# The last column is a path of the build.
"$hello" routes 2>err | sed 's/  *[^ ]*main\.c:[0-9]*$//' >listing
cat >expected <<'END'
METHODS             PATTERN     NAME       APP    PLACE
GET, HEAD, OPTIONS  /           hello      hello
GET, HEAD, OPTIONS  /plaintext  plaintext  hello
GET, HEAD, OPTIONS  /json       json       hello
END
if cmp -s listing expected && [ ! -s err ]; then
    result ok 'routes'
else
    result failed 'routes'
    cat listing err
fi
mkdir shared
if CANTEEN_STATIC_FOLDERS=shared CANTEEN_STATIC_URL=/s "$hello" routes | grep -q \
    '^GET, HEAD, OPTIONS  /s/<path:filename>  *static  *hello  *the setting static_url$'; then
    result ok 'routes has that of static files, where there is a folder'
else
    result failed 'routes has that of static files, where there is a folder'
fi
rmdir shared
wrong="error: environment CANTEEN_STATIC_URL: static_url: \"s\" is neither a path of letters, digits, '-', '_', '.' \
and '~', as /static/, nor the URL of another server, as https://cdn.example.com/
1 error, 0 warnings"
expect 'a static_url that is none' 1 "$wrong" '' env CANTEEN_STATIC_URL=s "$hello" check
count=$("$site" routes | sed 1d | wc -l)
settings=$("$site" help settings | sed '1d; /^$/,$d' | wc -l)
good="no problems found ($count routes, $settings settings, 0 templates)"
expect 'check' 0 "$good" '' "$site" check
expect 'check of a misspelt variable' 0 'warning: environment: there is no setting CANTEEN_WORKRS; '\
'did you mean CANTEEN_WORKERS?
0 errors, 1 warning' '' env CANTEEN_WORKRS=4 "$site" check
for address in :80 '[::]:80' 0.0.0.0:80 192.0.2.1:80; do
    expect "check of debug on $address" 0 "warning: environment CANTEEN_DEBUG: debug is on and the server listens on \
$address: everyone who reaches it can read settings, requests and source lines in its error pages
0 errors, 1 warning" '' env CANTEEN_DEBUG=1 CANTEEN_BIND="$address" "$site" check
    expect "and without debug" 0 "$good" '' env CANTEEN_BIND="$address" "$site" check
done
expect 'check of debug for this machine alone' 0 "$good" '' \
    env CANTEEN_DEBUG=1 CANTEEN_BIND='127.0.0.1:80, localhost:80, [::1]:80, unix:/run/x' "$site" check
expect 'run warns too' 1 '' '*' env CANTEEN_DEBUG=1 CANTEEN_BIND=192.0.2.1:80 CANTEEN_LOG_FORMAT=text "$site" run
case $err in
*warning*'debug is on and the server listens on 192.0.2.1:80'*) result ok 'before it listens' ;;
*) result failed "before it listens: $err" ;;
esac
printf 'CANTEEN_BNID=:80\nPORT\nCANTEEN_WORKERS=two\n' >.env
no_hosts='(as example.com, .example.com, 192.0.2.1, [2001:db8::1] or *)'
problems="error: .env:2: the name has no '=' behind it: write NAME=value
error: .env:1: there is no setting CANTEEN_BNID; did you mean CANTEEN_BIND?
error: .env:3: workers: \"two\" is not a whole number (as 0, 42)
error: environment CANTEEN_BIND: bind: bad address \"here\": the port is missing; $syntax
error: environment CANTEEN_USER: setting user: there is no user \"nobody-here\" on this machine
error: environment CANTEEN_TEMP_DIR: temp_dir: the folder \"/nowhere\" cannot be used: No such file or directory
error: environment CANTEEN_ALLOWED_HOSTS: allowed_hosts: \"http://a.example\" is not a host $no_hosts
7 errors, 0 warnings"
expect 'check of .env and values' 1 "$problems" '' env CANTEEN_BIND=here CANTEEN_USER=nobody-here \
    CANTEEN_TEMP_DIR=/nowhere CANTEEN_ALLOWED_HOSTS='.example.com, http://a.example' "$site" check
rm .env
expect 'check of a network' 1 '*' '' env CANTEEN_TRUSTED_PROXIES=10.0.0.1/8 "$site" check
expect 'check of good values' 0 "$good" '' env CANTEEN_BIND='[::1]:80, unix:/run/x' CANTEEN_TEMP_DIR="$work" \
    CANTEEN_ALLOWED_HOSTS='a.example,.b.example,[::1],127.0.0.1' CANTEEN_TRUSTED_PROXIES='10.0.0.0/8, unix' \
    "$site" check
mkdir static
everybody='whose files everybody gets as they are: keep uploads elsewhere and send them with ct_storage_send()'
lies="\"static/up\" lies in \"static\", $everybody"
expect 'check of a folder of uploads' 0 "warning: environment CANTEEN_UPLOAD_FOLDER: upload_folder: $lies
0 errors, 1 warning" '' env CANTEEN_UPLOAD_FOLDER=static/up "$site" check
rmdir static

# --- values of the command line: as its other mistakes, exit code 2 ---------------------------------------------------

# refuses_value TEXT OPTION...
refuses_value()
{
    text=$1
    shift
    expect "bad value: $*" 2 '' "error: command line: $text
usage: site run [OPTION]...
\`site help run\` says more" "$site" run --bind 127.0.0.1:0 "$@"
}
refuses_value "bind: bad address \"127.0.0.1\": the port is missing; $syntax" --bind 127.0.0.1
refuses_value "static_url: \"assets\" is neither a path of letters, digits, '-', '_', '.' and '~', as /static/, nor \
the URL of another server, as https://cdn.example.com/" --static-url=assets
refuses_value 'trusted_proxies: "999.1.1.1" is no address or network (as 10.0.0.7, 10.0.0.0/8, 2001:db8::/32 or unix, '\
'with no bits behind the prefix)' --trusted-proxies=999.1.1.1
refuses_value 'allowed_hosts: "a/b" is not a host (as example.com, .example.com, 192.0.2.1, [2001:db8::1] or *)' \
    --allowed-hosts=a/b
expect 'the same of the environment' 1 '' \
    "error: environment CANTEEN_BIND: bind: bad address \"127.0.0.1\": the port is missing; $syntax" \
    env CANTEEN_BIND=127.0.0.1 "$site" run

# --- starts that fail: one line, exit code 1 --------------------------------------------------------------------------

reason='no interface of this machine has that address'
remedy='use 127.0.0.1:8000 (this machine alone) or :8000 (every interface)'
expect 'address of another machine' 1 '' "hello: cannot listen on 192.0.2.1:8000: $reason; $remedy" \
    "$hello" run --bind 192.0.2.1:8000
printf 'CANTEEN_WORKERS=two\n' >.env
expect 'bad setting' 1 '' 'error: .env:1: workers: "two" is not a whole number (as 0, 42)' "$hello" run
rm .env

# wait_for FILE PATTERN
wait_for()
{
    tries=0
    until grep -q "$2" "$1"; do
        tries=$((tries + 1))
        if [ "$tries" -gt 200 ]; then
            cat "$1"
            return 1
        fi
        sleep 0.05
    done
}

"$hello" run --bind 127.0.0.1:0 --workers 1 --log-format text --no-access-log 2>log &
server=$!
if wait_for log 'hello serves on'; then
    port=$(sed -n 's|.*http://127\.0\.0\.1:\([0-9]*\).*|\1|p' log | head -n 1)
    reason='address already in use: another program (maybe an earlier run) has the port'
    expect 'taken port' 1 '' \
        "hello: cannot listen on 127.0.0.1:$port: $reason; choose another with --bind HOST:PORT" \
        "$hello" run --bind "127.0.0.1:$port"
    kill "$server"
    wait "$server"
    code=$?
    server=
    if [ "$code" -eq 0 ]; then
        result ok 'a server that is told to stop'
    else
        result failed "a server that is told to stop: exit code $code"
    fi
else
    result failed 'a server starts'
fi

printf 'CANTEEN_BIND=unix:%s/taken.sock\n' "$work" >.env
"$hello" run --workers 1 --log-format text 2>log.unix &
server=$!
if wait_for log.unix 'hello serves on'; then
    reason='address already in use: another program (maybe an earlier run) answers there'
    expect 'taken Unix socket' 1 '' \
        "hello: cannot listen on unix:$work/taken.sock: $reason; choose another with --bind unix:PATH" \
        "$hello" run
    kill "$server"
    wait "$server"
    server=
else
    result failed 'a server on a Unix socket starts'
fi
rm -f .env

# As nobody, who may do nothing: permissions hold back nobody else when the tests run as root.
if [ "$(id -u)" -eq 0 ]; then
    as_nobody='setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=-all --bounding-set=-all'
else
    as_nobody=
fi
cp "$hello" nobody-hello
chmod 755 nobody-hello
mkdir locked
chmod 555 locked
reason='permission denied: this user may not write to the folder'
# shellcheck disable=SC2086 # words
expect 'folder of the socket without permission' 1 '' "hello: cannot listen on unix:$work/locked/a.sock: $reason" \
    $as_nobody ./nobody-hello run --bind "unix:$work/locked/a.sock"
if [ "$(cat /proc/sys/net/ipv4/ip_unprivileged_port_start)" -gt 81 ]; then
    reason='permission denied: ports below 1024 need root (workers then become the setting `user`)'
    remedy='or CAP_NET_BIND_SERVICE; or choose a higher port with --bind HOST:PORT'
    # shellcheck disable=SC2086
    expect 'port without permission' 1 '' "hello: cannot listen on 127.0.0.1:81: $reason $remedy" \
        $as_nobody ./nobody-hello run --bind 127.0.0.1:81
else
    number=$((number + 1))
    echo "ok $number # SKIP every port is open to everybody here"
fi
printf 'CANTEEN_WORKERS=1\n' >.env
chmod 000 .env
# shellcheck disable=SC2086
expect '.env without permission' 1 '' 'error: .env: the file cannot be read: Permission denied' \
    $as_nobody ./nobody-hello run --bind 127.0.0.1:0
rm -f .env
# shellcheck disable=SC2086
expect 'folder for temporary files without permission' 2 '' \
    "error: command line: temp_dir: the folder \"$work/locked\" cannot be written to: Permission denied
usage: nobody-hello run [OPTION]...
\`nobody-hello help run\` says more" \
    $as_nobody ./nobody-hello run --bind 127.0.0.1:0 --temp-dir "$work/locked"

echo "1..$number"
exit "$failed"
