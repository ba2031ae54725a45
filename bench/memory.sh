#!/bin/sh
# Memory of a worker: without connections, and what each of 10,000 idle ones adds. Memory is what the process has for
# itself (private pages), as the kernel counts it; sockets are the kernel's own and not in it.
set -eu
cd "$(dirname "$0")/.."
readonly port=18441 count=10000
work=$(mktemp -d)
server=

clean_up()
{
    [ -z "$server" ] || kill "$server" 2>/dev/null || true
    rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 1' HUP INT TERM

# private PID: KiB
private()
{
    awk '/^Private_/ { sum += $2 } END { print sum }' "/proc/$1/smaps_rollup"
}

build/bench/hello run --bind "127.0.0.1:$port" --workers 1 --no-access-log 2>"$work/log" &
server=$!
sleep 1
worker=$(pgrep -P "$server")

mkfifo "$work/stop"
build/bench/idle "$port" 100 <"$work/stop" >"$work/warm" & # fills the pools
exec 3>"$work/stop"
until grep -q ready "$work/warm"; do sleep 0.1; done
echo >&3
exec 3>&-
sleep 0.5
before=$(private "$worker")
build/bench/idle "$port" "$count" <"$work/stop" >"$work/out" &
exec 3>"$work/stop"
until grep -q ready "$work/out"; do sleep 0.1; done
after=$(private "$worker")
echo >&3
exec 3>&-
awk -v before="$before" -v after="$after" -v n="$count" -v supervisor="$(private "$server")" 'BEGIN {
    printf "worker %d KiB, supervisor %d KiB, private and without connections\n", before, supervisor
    printf "idle connection        %6.0f bytes each at %d   (to reach: 1024)\n", (after - before) * 1024 / n, n
}' | tee build/bench/memory.txt
