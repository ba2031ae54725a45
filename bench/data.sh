#!/bin/sh
# What the data layer costs. Run by `./dev bench data`.
#
#   operations   rows by key, lists, inserts, updates: models and queries (bench/data.c) beside prepared statements by
#                hand (bench/data_raw.c), on SQLite and on PostgreSQL
#   requests     the database tests of TechEmpower: examples/techempower beside a floor (bench/floor_pg.c), Django, and
#                Flask with SQLAlchemy, on a PostgreSQL of the run's own
#   calls        system calls of a request of 20 queries
#
# Servers are pinned to core 0, the load (wrk) and PostgreSQL to core 1. What counts is the processor time of the
# server's processes (PostgreSQL's is not in it) and ratios within one run; all take turns (A B A B), and medians of the
# rounds go to build/bench/data.txt.
#
#     ROUNDS=3 SECONDS_EACH=2 CONNECTIONS='16 64 512' PEERS='django sqlalchemy' ./dev bench data       the defaults
set -eu
cd "$(dirname "$0")/.."
. tests/support/postgres.sh

readonly rounds="${ROUNDS:-3}" seconds="${SECONDS_EACH:-2}" levels="${CONNECTIONS:-16 64 512}"
readonly peers="${PEERS-django sqlalchemy}" first_port=18501
readonly tests='db queries?queries=20 fortunes updates?queries=20'
result=build/bench/data.txt
work=$(mktemp -d)
sessions=

fail()
{
    echo "bench: $*" >&2
    exit 1
}

processes_of()
{
    ps -s "$1" -o pid=
}

finish()
{
    for session in $sessions; do
        # shellcheck disable=SC2046 # a list of processes
        kill $(processes_of "$session") 2>/dev/null || true
        wait "$session" 2>/dev/null || true
    done
    postgres_stop
    rm -rf "$work"
}
trap finish EXIT
trap 'exit 1' HUP INT TERM

# median of the numbers on standard input
median()
{
    sort -n | awk '{ value[NR] = $1 } END { print value[int((NR + 1) / 2)] }'
}

# --- Operations -------------------------------------------------------------------------------------------------------

# both KIND URL RAW_ARGUMENT: each operation by models and by hand, in turns.
both()
{
    for operation in key key20 list insert update; do
        : >"$work/ours"
        : >"$work/raw"
        for _ in $(seq "$rounds"); do
            DATABASE_URL=$2 taskset -c 0 build/bench/data measure "$operation" "$seconds" >>"$work/ours"
            taskset -c 0 build/bench/data_raw "$1" "$3" "$operation" "$seconds" >>"$work/raw"
        done
        awk -v kind="$1" -v name="$operation" -v ours="$(median <"$work/ours")" -v raw="$(median <"$work/raw")" \
            'BEGIN { printf "%-11s %-7s %9.2f us by models, %9.2f by hand: %.2f x\n", kind, name, ours, raw,
                ours / raw }'
    done
}

operations()
{
    echo 'processor time of an operation (bench/data.c beside bench/data_raw.c)'
    DATABASE_URL=sqlite:$work/data.db build/bench/data setup
    both sqlite "sqlite:$work/data.db" "$work/data.db"
    DATABASE_URL=$database build/bench/data setup
    both postgresql "$database" "$database"
}

# --- Requests ---------------------------------------------------------------------------------------------------------

# start NAME COMMAND...: in a session of its own, by which its processes are found.
start()
{
    name=$1
    shift
    DATABASE=$database DATABASE_URL=$database PYTHONDONTWRITEBYTECODE=1 setsid taskset -c 0 "$@" \
        >"$work/$name.log" 2>&1 </dev/null &
    sessions="$sessions $!"
    eval "session_$name=$!"
}

gunicorn()
{
    start "$1" /usr/bin/python3 -m gunicorn -w 1 -b "127.0.0.1:$2" --log-level warning --chdir bench/peers \
        "$1_data:app"
}

launch()
{
    eval "port_$1=$2"
    case $1 in
    floor) start floor build/bench/floor_pg "$2" "$database" ;;
    canteen)
        start canteen build/examples/techempower/techempower run --bind "127.0.0.1:$2" --workers 1 --no-access-log
        ;;
    *) gunicorn "$1" "$2" ;;
    esac
}

url_of()
{
    eval "printf 'http://127.0.0.1:%s/%s' \"\$port_$1\" \"$2\""
}

# A server that answers something else is not measured. Fortunes are compared whole, up to how quotes are escaped and
# whether a line ends the page.
verify()
{
    for path in $tests; do
        curl -sS --retry 50 --retry-delay 0 --retry-connrefused --retry-max-time 10 "$(url_of "$1" "$path")" \
            >"$work/answer" 2>>"$work/$1.log" || true
        # shellcheck disable=SC1003 # the backslash is sed's: $a\ ends the last line
        case $path in
        fortunes) sed 's/&quot;/\&#34;/g; s/&#x27;/\&#39;/g' "$work/answer" | awk 1 | cmp - "$work/fortunes" ;;
        db) grep -q '"randomNumber"' "$work/answer" ;;
        *) [ "$(grep -o randomNumber "$work/answer" | wc -l)" -eq 20 ] || [ "$1" = sqlalchemy ] ;;
        esac || {
            cat "$work/$1.log" "$work/answer" >&2
            fail "$1 does not answer /$path as it should"
        }
    done
}

# User and system time of a session's processes so far, in clock ticks; those of ended children are in their parents'.
ticks_of()
{
    cat /proc/[0-9]*/stat 2>/dev/null |
        awk -v session="$1" '{ sub(/^.*\) /, "") } $4 == session { sum += $12 + $13 + $14 + $15 } END { print sum + 0 }'
}

# measure SERVER PATH CONNECTIONS: microseconds a request, and requests a second.
measure()
{
    eval "session=\$session_$1"
    before=$(ticks_of "$session")
    taskset -c 1 wrk -t 1 -c "$3" -d "${seconds}s" "$(url_of "$1" "$2")" >"$work/wrk"
    after=$(ticks_of "$session")
    ! grep -q 'Non-2xx' "$work/wrk" || fail "wrong answers of $1 to /$2 at $3 connections: $(cat "$work/wrk")"
    awk -v ticks=$((after - before)) -v tick="$(getconf CLK_TCK)" '/ requests in / { count = $1 }
        /^Requests\/sec/ { printf "%.3f %d\n", ticks / tick * 1e6 / count, $2 }' "$work/wrk"
}

requests()
{
    for path in $tests; do
        for level in $levels; do
            for _ in $(seq "$rounds"); do
                for server in floor canteen $peers; do
                    # The peers' time does not depend on the connections: one level is enough.
                    case $server in
                    floor | canteen) ;;
                    *) [ "$level" = 64 ] || continue ;;
                    esac
                    echo "$path $level $server $(measure "$server" "$path" "$level")" | tee -a "$work/samples" >&2
                done
            done
        done
    done
}

# value PATH LEVEL SERVER COLUMN
value()
{
    awk -v path="$1" -v level="$2" -v server="$3" -v column="$4" \
        '$1 == path && $2 == level && $3 == server { print $column }' "$work/samples" | median
}

summary()
{
    echo "requests: processor time of the server; medians of $rounds rounds of $seconds s"
    for path in $tests; do
        for level in $levels; do
            ours=$(value "$path" "$level" canteen 4)
            printf '%-18s %4s connections: %9.2f us, %6s/s' "$path" "$level" "$ours" \
                "$(value "$path" "$level" canteen 5)"
            for server in floor $peers; do
                theirs=$(value "$path" "$level" "$server" 4)
                [ -z "$theirs" ] || awk -v name="$server" -v ours="$ours" -v theirs="$theirs" 'BEGIN {
                    if (name == "floor") printf ", floor %.2f: %.2f x", theirs, ours / theirs
                    else printf ", %s %.0f: %.1f x less", name, theirs, theirs / ours }'
            done
            echo
        done
    done
}

# --- System calls -----------------------------------------------------------------------------------------------------

# Of a worker while 64 connections ask for 20 rows by 20 queries each.
calls()
{
    eval "session=\$session_canteen"
    worker=$(processes_of "$session" | tail -n 1)
    timeout -s INT 3 strace -c -f -p "$worker" -o "$work/calls" 2>/dev/null &
    tracer=$!
    sleep 0.5
    count=$(taskset -c 1 wrk -t 1 -c 64 -d 2s "$(url_of canteen 'queries?queries=20')" |
        awk '/ requests in / { print $1 }')
    wait "$tracer" || true
    awk -v count="$count" '$NF == "total" { printf "system calls of a request of 20 queries, 64 connections: %.2f\n",
        ($4 + 0 ? $4 : $3) / count }' "$work/calls"
}

main()
{
    taskset -c 0,1 true 2>/dev/null || fail 'this needs cores 0 and 1'
    mkdir -p build/bench
    taskset -pc 1 $$ >/dev/null
    postgres_start build || exit
    database=$_CANTEEN_TEST_POSTGRES
    operations >"$result"
    cat "$result"
    DATABASE_URL=$database build/examples/techempower/techempower migrate >&2
    DATABASE_URL=$database build/examples/techempower/techempower fill
    port=$first_port
    : >"$work/samples"
    for server in floor canteen $peers; do
        port=$((port + 1))
        launch "$server" "$port"
        [ "$server" != floor ] || { sleep 1; curl -sS "$(url_of floor fortunes)" >"$work/fortunes"; }
        verify "$server"
    done
    requests
    { summary; calls; } >"$work/summary"
    cat "$work/summary" >>"$result"
    cat "$work/summary"
}

main
