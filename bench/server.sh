#!/bin/sh
# Canteen's hello beside a floor (bench/floor.c), nginx, Flask, Django and FastAPI: throughput and, what counts more,
# the server's CPU time per request. Run by `./dev bench server`.
#
# Each server has one worker and is pinned to core 0; the load (wrk, 64 connections) to core 1. All of them are up all
# the time, and each round loads them one after the other (A B A B), so that what else the machine does falls on all
# alike. CPU time is user and system time of all of a server's processes. Medians of the rounds go to
# build/bench/server.txt, each measurement to build/bench/server.tsv. FastAPI runs on uvicorn as it comes, in pure
# Python, and once more on uvicorn with its optional loop and parser in C (uvloop, httptools).
#
#     ROUNDS=3 SECONDS_EACH=3 SERVERS='floor canteen' ./dev bench server      the defaults, and a selection
set -eu
cd "$(dirname "$0")/.."

readonly rounds="${ROUNDS:-3}" seconds="${SECONDS_EACH:-3}"
readonly servers="${SERVERS:-floor canteen nginx flask django fastapi fastapi_uvloop}"
readonly workloads='plaintext pipelined json'
readonly first_port=18401
results=build/bench/server.tsv
sessions=
work=$(mktemp -d)

fail()
{
    echo "bench: $*" >&2
    exit 1
}

# --- Servers ----------------------------------------------------------------------------------------------------------

processes_of()
{
    ps -s "$1" -o pid=
}

stop_all()
{
    for session in $sessions; do
        # shellcheck disable=SC2046 # a list of processes
        kill $(processes_of "$session") 2>/dev/null || true
    done
    for session in $sessions; do
        wait "$session" 2>/dev/null || true
    done
    rm -rf "$work"
}
trap stop_all EXIT
trap 'exit 1' HUP INT TERM

# start NAME COMMAND...: in a session of its own, by which its processes are found.
start()
{
    name=$1
    shift
    PYTHONDONTWRITEBYTECODE=1 setsid taskset -c 0 "$@" >"$work/$name.log" 2>&1 </dev/null &
    sessions="$sessions $!"
    eval "session_$name=$!"
}

python()
{
    name=$1
    shift
    start "$name" /usr/bin/python3 -m "$@"
}

gunicorn()
{
    python "$1" gunicorn -w 1 -b "127.0.0.1:$2" --log-level warning --chdir bench/peers "$1_app:app"
}

uvicorn()
{
    python "$1" uvicorn --host 127.0.0.1 --port "$2" --loop "$3" --http "$4" --no-access-log --log-level warning \
        --app-dir bench/peers fastapi_app:app
}

nginx_conf()
{
    sed "s|FOLDER|$work|; s|PORT|$1|" bench/peers/nginx.conf >"$work/nginx.conf"
    printf '%s\n' "$work/nginx.conf"
}

# launch NAME PORT: the floor answers one path alone and so is two servers, the second on the port below.
launch()
{
    case $1 in
    floor)
        start floor_json build/bench/floor "$(($2 - 1))" json
        start floor build/bench/floor "$2" text
        ;;
    canteen) start canteen build/bench/hello run --bind "127.0.0.1:$2" --workers 1 --no-access-log ;;
    nginx) start nginx /usr/sbin/nginx -e "$work/nginx.log" -c "$(nginx_conf "$2")" ;;
    flask | django) gunicorn "$1" "$2" ;;
    fastapi) uvicorn fastapi "$2" asyncio h11 ;;
    fastapi_uvloop) uvicorn fastapi_uvloop "$2" uvloop httptools ;;
    *) fail "no such server: $1" ;;
    esac
    eval "port_$1=$2"
}

# url_of SERVER WORKLOAD
url_of()
{
    eval "port=\$port_$1"
    case $1-$2 in
    floor-json) port=$((port - 1)) ;;
    esac
    case $2 in
    json) path=json ;;
    *) path=plaintext ;;
    esac
    printf 'http://127.0.0.1:%s/%s\n' "$port" "$path"
}

# session_of SERVER WORKLOAD
session_of()
{
    case $1-$2 in
    floor-json) eval "echo \$session_floor_json" ;;
    *) eval "echo \$session_$1" ;;
    esac
}

# A server that answers something else is not measured: verify SERVER WORKLOAD BODY
verify()
{
    url=$(url_of "$1" "$2")
    body=$(curl -sS --retry 50 --retry-delay 0 --retry-connrefused --retry-max-time 10 "$url" 2>>"$work/$1.log") || true
    if [ "$(printf '%s' "$body" | tr -d ' \n')" != "$3" ]; then
        cat "$work/$1.log" >&2
        fail "$1 does not answer $url as it should: $body"
    fi
}

# --- Measuring --------------------------------------------------------------------------------------------------------

# User and system time of a session's processes so far, in clock ticks; those of ended children are in their parents'.
ticks_of()
{
    cat /proc/[0-9]*/stat 2>/dev/null |
        awk -v session="$1" '{ sub(/^.*\) /, "") } $4 == session { sum += $12 + $13 + $14 + $15 } END { print sum + 0 }'
}

load()
{
    duration=$1
    shift
    set -- -t 1 -c 64 -d "$duration" "$@"
    taskset -c 1 wrk "$@"
}

# measure ROUND WORKLOAD SERVER: a line of the table: round, workload, server, requests, seconds, ticks.
measure()
{
    url=$(url_of "$3" "$2")
    session=$(session_of "$3" "$2")
    set -- "$@" "$url"
    [ "$2" != pipelined ] || set -- "$@" -s bench/pipeline.lua
    line=$(printf '%s\t%s\t%s' "$1" "$2" "$3")
    shift 3
    load 1s "$@" >/dev/null
    before=$(ticks_of "$session")
    load "${seconds}s" "$@" >"$work/wrk"
    after=$(ticks_of "$session")
    if grep -q 'Non-2xx' "$work/wrk"; then
        cat "$work/wrk" >&2
        fail "wrong answers: $line"
    fi
    printf '%s\t%s\t%s\n' "$line" "$(wrk_counts "$work/wrk")" "$((after - before))" | tee -a "$results" >&2
}

# wrk's own line "N requests in 3.00s, 1.23MB read"; it may also say "300.00ms" or "1.00m".
wrk_counts()
{
    awk '/ requests in / {
        time = $4 + 0
        if ($4 ~ /ms/) time /= 1000
        else if ($4 ~ /m/) time *= 60
        printf "%d\t%.3f", $1, time
    }' "$1"
}

# The floor is one only while its answers are as long as ours.
answer_size()
{
    curl -si "$(url_of "$1" "$2")" | wc -c
}

summary()
{
    echo "one worker on one core, load on the other: wrk, 64 connections; medians of $rounds rounds of $seconds s"
    echo "CPU: of all the server's processes, user and system, per request; a ratio above 1 means more CPU"
    for workload in plaintext json; do
        for server in $servers; do
            case $server in
            floor | canteen) echo "an answer to $workload: $(answer_size "$server" "$workload") bytes from $server" ;;
            esac
        done
    done
    awk -F '\t' -v ticks_a_second="$(getconf CLK_TCK)" -f bench/summary.awk "$results"
}

main()
{
    if ! taskset -c 0,1 true 2>/dev/null; then
        fail 'this needs cores 0 and 1'
    fi
    mkdir -p build/bench
    port=$first_port
    for server in $servers; do
        port=$((port + 2))
        launch "$server" "$port"
    done
    for server in $servers; do
        verify "$server" plaintext 'Hello,World!'
        verify "$server" json '{"message":"Hello,World!"}'
    done
    printf 'round\tworkload\tserver\trequests\tseconds\tticks\n' >"$results"
    for round in $(seq "$rounds"); do
        for workload in $workloads; do
            for server in $servers; do
                measure "$round" "$workload" "$server"
            done
        done
    done
    summary | tee build/bench/server.txt
}

main
