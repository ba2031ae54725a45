# shellcheck shell=sh disable=SC2034,SC2154 # what is set here and there is for those who read this
# What tests in shell share. To be read with `.`; $work is a folder of the test's own.

number=0 failed=0

# check NAME COMMAND...: the command must end with 0; what it printed is shown if not.
check()
{
    name=$1
    shift
    number=$((number + 1))
    if "$@" >"$work/said" 2>&1; then
        echo "ok $number - $name"
    else
        echo "not ok $number - $name"
        sed 's/^/    /' "$work/said"
        failed=1
    fi
}

# Sets $url to where the server serves whose log is in the file $work/log, once it does.
wait_for_url()
{
    for _ in $(seq 100); do
        url=$(sed -n 's|.*serves on \(http://[0-9.:]*\).*|\1|p' "$work/log")
        [ -n "$url" ] && return
        sleep 0.1
    done
    cat "$work/log"
    exit 1
}
