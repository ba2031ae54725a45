#!/bin/sh
# Runs one test: tools/run-test.sh NAME SECONDS COMMAND...
#
# Prints one line when it passes and all that it said when it fails, and adds "passed failed skipped" to the file
# TEST_RESULTS. Ends with 0 unless something failed. What counts as passed is in tools/test.sh. TEST_PATIENCE: so many
# times the seconds.
set -u
name=$1 seconds=$(($2 * ${TEST_PATIENCE:-1}))
shift 2

output=$(mktemp "${TMPDIR:-/tmp}/canteen-output.XXXXXX") || exit 1
trap 'rm -f "$output" "$output.err"' EXIT
trap 'exit 1' HUP INT TERM

start=$(date +%s%N)
CMOCKA_MESSAGE_OUTPUT=TAP timeout -k 5 "$seconds" "$@" >"$output" 2>"$output.err" </dev/null
status=$?
milliseconds=$((($(date +%s%N) - start) / 1000000))

# The counts; a program that fell over before the end of its plan, or failed without saying so, has one failure more.
counts=$(awk -v status="$status" '
    /^1\.\.[0-9]+/ { plan += substr($1, 4) }
    /^(not )?ok [0-9]+ *# SKIP/ { skipped++; next } # cmocka says "not ok" to what it skips
    /^ok [0-9]+/ { passed++ }
    /^not ok [0-9]+/ { failed++ }
    END {
        said = passed + failed + skipped
        if (!said && status == 77)
            skipped++
        else if (!said && status == 0)
            passed++
        else if (said < plan || (status != 0 && !failed))
            failed++
        print passed + 0, failed + 0, skipped + 0
    }' "$output")
echo "$counts" >>"$TEST_RESULTS"

report()
{
    # shellcheck disable=SC2086 # three numbers
    set -- $counts
    if [ "$2" -eq 0 ]; then
        skips=
        [ "$3" -eq 0 ] || skips=", $3 skipped"
        printf 'ok    %s: %d passed%s (%d ms)\n' "$name" "$1" "$skips" "$milliseconds"
        return 0
    fi
    reason="exit code $status"
    [ "$status" -ne 124 ] || reason="still running after $seconds s"
    printf 'FAIL  %s: %d passed, %d failed (%s)\n' "$name" "$1" "$2" "$reason"
    sed 's/^/    /' "$output" "$output.err"
    return 1
}

# Tests run side by side; what each of them prints stays together.
report_text=$(report)
result=$?
printf '%s\n' "$report_text"
exit "$result"
