# shellcheck shell=sh disable=SC2034,SC2154 # what is set here and there is for those who read this
# What tests in shell share. To be read with `.`; $work is a folder of the test's own.

number=0 failed=0
check_log= # a file whose end is shown when a check fails

# result ok|failed NAME: one line of TAP.
result()
{
    number=$((number + 1))
    if [ "$1" = ok ]; then
        echo "ok $number - $2"
    else
        echo "not ok $number - $2"
        failed=1
    fi
}

# check NAME COMMAND...: the command must end with 0; what it printed is shown if not.
check()
{
    check_name=$1
    shift
    if "$@" >"$work/said" 2>&1; then
        result ok "$check_name"
        return
    fi
    result failed "$check_name"
    sed 's/^/    /' "$work/said"
    if [ -n "$check_log" ]; then
        tail -n 30 "$check_log" | sed 's/^/    log: /'
    fi
}

# expect NAME CODE STDOUT STDERR COMMAND...: runs the command, with the file $work/in as its input if there is one, and
# compares all three, whole; "*" stands for anything. They are in $work/out, $work/err, $out and $err then.
expect()
{
    name=$1 code=$2 wanted_out=$3 wanted_err=$4
    shift 4
    if [ ! -e "$work/in" ]; then
        : >"$work/in"
    fi
    case $(command -v "$1") in
    */*) timeout 20 "$@" ;;
    *) "$@" ;; # a function of the test
    esac >"$work/out" 2>"$work/err" <"$work/in"
    got=$?
    rm -f "$work/in"
    out=$(cat "$work/out")
    err=$(cat "$work/err")
    if [ "$got" -eq "$code" ] && { [ "$wanted_out" = '*' ] || [ "$out" = "$wanted_out" ]; } &&
        { [ "$wanted_err" = '*' ] || [ "$err" = "$wanted_err" ]; }; then
        result ok "$name"
        return
    fi
    result failed "$name"
    printf 'exit code %s, expected %s\n--- standard output\n%s\n--- expected\n%s\n' "$got" "$code" "$out" "$wanted_out"
    printf '%s\n%s\n--- expected\n%s\n' '--- standard error' "$err" "$wanted_err"
}

# Sets $url to where the server serves whose log is in the file $work/log, once it does.
wait_for_url()
{
    for _ in $(seq 300); do
        url=$(sed -n 's|.*serves on \(http://[0-9.:]*\).*|\1|p' "$work/log")
        [ -n "$url" ] && return
        sleep 0.1
    done
    cat "$work/log"
    exit 1
}
