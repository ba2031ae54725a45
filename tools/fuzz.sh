#!/bin/sh
# Runs fuzzers for `./dev fuzz`: tools/fuzz.sh [TARGET] [SECONDS]
#
# New inputs gather in build-fuzz/corpus/TARGET/, findings in build-fuzz/findings/TARGET/; the committed corpus is only
# read. A finding that is fixed is copied to fuzz/corpus/TARGET/, where `./dev test` runs it for ever.
set -eu
cd "$(dirname "$0")/.."

targets()
{
    tools/sources.sh fuzz 'fuzz_*.c' | sed 's/^fuzz_//; s/\.c$//'
}

fuzz()
{
    corpus=build-fuzz/corpus/$1 findings=build-fuzz/findings/$1
    mkdir -p "$corpus" "$findings"
    echo "fuzzing $1 for $2 seconds" >&2
    UBSAN_OPTIONS=print_stacktrace=1 "build-fuzz/fuzz/fuzz_$1" -max_total_time="$2" -print_final_stats=1 \
        -artifact_prefix="$findings/" "$corpus" "fuzz/corpus/$1"
}

case ${1:-} in
'' | [0-9]*)
    for target in $(targets); do
        fuzz "$target" "${1:-60}"
    done
    ;;
*)
    [ -x "build-fuzz/fuzz/fuzz_$1" ] || {
        echo "no such fuzzer: $1 (there are: $(targets | xargs))" >&2
        exit 1
    }
    fuzz "$1" "${2:-60}"
    ;;
esac
