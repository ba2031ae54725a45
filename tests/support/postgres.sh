# shellcheck shell=sh disable=SC2086 # the words of $postgres_as
# A PostgreSQL server of a test run's own. To be read with `.`:
#
#   postgres_start CACHE    starts one, in a folder below _CANTEEN_TEST_FOLDER or TMPDIR, on a free port of 127.0.0.1
#                           and a Unix socket in that folder, and exports _CANTEEN_TEST_POSTGRES, the URL of a database
#                           on it
#   postgres_down [SIGNAL]  stops the server (QUIT: as a crash would) but keeps its data; postgres_up starts it again
#   postgres_pool           puts PgBouncer in front of it, on the port 10000 below, with two connections that are shared
#                           by transactions
#   postgres_stop           stops it and takes its folder away
#
# or run: `sh tests/support/postgres.sh COMMAND...` runs the command with a server of its own.
#
# The server refuses to be root's, so it is user postgres' where root runs the tests. It needs no init, no service and
# no cluster of the distribution, and it ends when the shell that started it does, however that ends. What initdb makes
# is kept in the folder CACHE, so that a start takes well below a second. It is no example of how to run one: it
# forgets what it was writing when the machine stops.

postgres_folder='' postgres_pid='' postgres_port='' postgres_pool_pid=''

# What goes before a command that the server's user is to run.
postgres_as=
[ "$(id -u)" -ne 0 ] || postgres_as='setpriv --reuid=postgres --regid=postgres --clear-groups'

# Sets $postgres_bin to the folder of the newest server there is.
postgres_find()
{
    postgres_bin=
    for folder in $(printf '%s\n' /usr/lib/postgresql/*/bin | sort -V); do
        [ ! -x "$folder/initdb" ] || postgres_bin=$folder
    done
    [ -n "$postgres_bin" ] || {
        echo 'PostgreSQL is missing: apt-get install --no-install-recommends postgresql (./dev setup does)' >&2
        return 1
    }
}

# postgres_make CACHE: the data folder, from the cache, which is made first where it is not there. Text is compared by
# code points there, as SQLite does, and all letters have their upper and lower case.
postgres_make()
{
    version=$("$postgres_bin/postgres" --version | cut -d ' ' -f 3)
    cache=$1/postgres-$version-$(id -u).tar
    data=$postgres_folder/data
    $postgres_as mkdir -m 700 "$data"
    if [ ! -f "$cache" ]; then
        echo canteen >"$postgres_folder/password"
        chmod 644 "$postgres_folder/password"
        $postgres_as "$postgres_bin/initdb" -D "$data" -U canteen --encoding=UTF8 --locale=C.UTF-8 --wal-segsize=1 \
            --auth-local=trust --auth-host=scram-sha-256 --pwfile="$postgres_folder/password" --no-sync \
            --no-instructions >"$postgres_folder/log" 2>&1 || {
            cat "$postgres_folder/log" >&2
            return 1
        }
        mkdir -p "$1"
        tar -C "$data" -cf "$cache.$$" . && mv "$cache.$$" "$cache"
    else
        $postgres_as tar -C "$data" -xf - <"$cache"
    fi
}

# Starts the server on $postgres_port and waits until it takes connections. INT is its fast shutdown.
postgres_up()
{
    $postgres_as setpriv --pdeathsig INT "$postgres_bin/postgres" -D "$postgres_folder/data" -p "$postgres_port" \
        -k "$postgres_folder" -c listen_addresses=127.0.0.1 -c fsync=off -c full_page_writes=off \
        -c max_connections=200 -c shared_buffers=32MB -c autovacuum_naptime=10s >>"$postgres_folder/log" 2>&1 &
    postgres_pid=$!
    for _ in $(seq 500); do
        ! grep -qs '^ready' "$postgres_folder/data/postmaster.pid" || return 0
        kill -0 "$postgres_pid" 2>/dev/null || break
        sleep 0.02
    done
    postgres_down QUIT
    return 1
}

postgres_start()
{
    postgres_find || return
    postgres_folder=$(mktemp -d "${_CANTEEN_TEST_FOLDER:-${TMPDIR:-/tmp}}/canteen-postgres.XXXXXX") || return
    chmod 711 "$postgres_folder"
    [ "$(id -u)" -ne 0 ] || chown postgres "$postgres_folder"
    postgres_make "$1" || {
        postgres_stop
        return 1
    }
    # A port that another one has just taken ends the server; the next may be free.
    for try in 1 2 3 4 5 6 7 8; do
        postgres_port=$((20000 + ($$ * 7 + try * 1013) % 12000))
        if postgres_up; then
            _CANTEEN_TEST_POSTGRES=postgresql://canteen:canteen@127.0.0.1:$postgres_port/postgres
            export _CANTEEN_TEST_POSTGRES
            return 0
        fi
    done
    cat "$postgres_folder/log" >&2
    postgres_stop
    return 1
}

postgres_down()
{
    if [ -n "$postgres_pid" ]; then
        kill "-${1:-INT}" "$postgres_pid" 2>/dev/null
        wait "$postgres_pid"
    fi
    postgres_pid=''
    return 0
} 2>/dev/null

postgres_pool()
{
    command -v pgbouncer >/dev/null || {
        echo 'pgbouncer is missing: apt-get install --no-install-recommends pgbouncer (./dev setup does)' >&2
        return 1
    }
    pool_port=$((postgres_port - 10000))
    echo '"canteen" "canteen"' >"$postgres_folder/users"
    cat >"$postgres_folder/pool.ini" <<END
[databases]
* = host=127.0.0.1 port=$postgres_port
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = $pool_port
unix_socket_dir =
auth_type = scram-sha-256
auth_file = $postgres_folder/users
pool_mode = transaction
default_pool_size = 2
max_client_conn = 500
END
    chmod 644 "$postgres_folder/users" "$postgres_folder/pool.ini"
    $postgres_as setpriv --pdeathsig TERM pgbouncer -q "$postgres_folder/pool.ini" >"$postgres_folder/pool.log" 2>&1 &
    postgres_pool_pid=$!
    for _ in $(seq 200); do
        ! "$postgres_bin/pg_isready" -q -h 127.0.0.1 -p "$pool_port" || return 0
        sleep 0.02
    done
    cat "$postgres_folder/pool.log" >&2
    return 1
}

postgres_stop()
{
    [ -z "$postgres_pool_pid" ] || kill "$postgres_pool_pid" 2>/dev/null
    postgres_pool_pid=''
    postgres_down QUIT
    [ -z "$postgres_folder" ] || rm -rf "$postgres_folder"
    postgres_folder=''
}

case ${0##*/} in
postgres.sh)
    trap 'trap "" HUP INT TERM; postgres_stop' EXIT
    trap 'exit 1' HUP INT TERM
    postgres_start "${BUILD_TREE:-build-debug}" || exit
    "$@"
    ;;
esac
