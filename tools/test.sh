#!/bin/sh
# Runs the tests for `./dev test`: tools/test.sh quick|full [PATTERN]
#
# A test is named after its kind and its file: unit/str, process/reload, fuzz/head, lint/format. PATTERN is an extended
# regular expression; only what matches is built and run. Each test is a program: it prints TAP ("ok 1 - name", "not ok
# 2 - name"), whose lines are counted, or just ends with 0 (passed), 77 (skipped) or anything else (failed), and then
# counts as one. The last line printed is `N passed, N failed, N skipped`.
#
# What needs neither servers nor a clock, the linters, the fuzzers' build and the like, goes on beside the others in the
# time that these leave: tests of processes are one after the other, and wait much.
set -eu
cd "$(dirname "$0")/.."

mode=$1
pattern=$2
. tests/support/environment.sh
. tests/support/postgres.sh

# Databases are on a disk in memory where there is room for them: what they write is forgotten anyway.
memory_folder()
{
    free=$(df -kP /dev/shm 2>/dev/null | awk 'NR == 2 { print $4 }')
    if [ -w /dev/shm ] && [ "${free:-0}" -gt 2000000 ]; then
        _CANTEEN_TEST_FOLDER=$(mktemp -d /dev/shm/canteen-test.XXXXXX)
        chmod 711 "$_CANTEEN_TEST_FOLDER" # to be passed through by the user that the server is
        export _CANTEEN_TEST_FOLDER
    fi
}

# Ends what runs beside, all of it: it is a session of its own.
end_beside()
{
    [ -z "$beside" ] || pkill -s "$beside" || true
}

beside=''
if [ "$mode" != beside ]; then
    work=$(mktemp -d "${TMPDIR:-/tmp}/canteen-test.XXXXXX")
    trap 'trap "" HUP INT TERM; end_beside; postgres_stop; rm -rf "$work" ${_CANTEEN_TEST_FOLDER:-}' EXIT
    trap 'exit 1' HUP INT TERM
    export TEST_RESULTS="$work/results"
    : >"$TEST_RESULTS"
    memory_folder
fi
# A sanitizer's finding must end the program, with the stack that led there.
export ASAN_OPTIONS=detect_leaks=1:strict_string_checks=1
export UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1

wanted()
{
    printf '%s\n' "$1" | grep -qE -- "$pattern"
}

# run NAME SECONDS COMMAND...: one test, unless PATTERN leaves it out.
run()
{
    if wanted "$1"; then
        tools/run-test.sh "$@"
    fi
}

# names KIND FOLDER NAME-PATTERN: the tests of a folder that are wanted, as KIND/NAME, one a line.
names()
{
    find "$2" -maxdepth 1 -type f -name "$3" | LC_ALL=C sort | while read -r path; do
        name=$(basename "$path")
        name=${name#test_}
        name=${name#fuzz_}
        name=$1/${name%.*}
        if wanted "$name"; then
            printf '%s\n' "$name"
        fi
    done
}

# Whether a tree can be built; if not, that is one failed test, and what needs the tree is left out.
built()
{
    tools/run-test.sh "build/$(printf '%s' "$*" | tr ' ' '-')" 1500 ./dev tree "$@"
}

# with_postgres CACHE FOLDER: starts the one server of the run, when a test that is wanted says that it needs it, by the
# name _CANTEEN_TEST_POSTGRES or by tests/unit/database.h; one in the environment is used instead. What CACHE is:
# tests/support/postgres.sh.
with_postgres()
{
    for path in "$2"/*; do
        [ -z "${_CANTEEN_TEST_POSTGRES:-}" ] || return 0
        name=$(basename "$path")
        name=$(basename "$2")/${name#test_}
        if wanted "${name%.*}" && grep -qsE '_CANTEEN_TEST_POSTGRES|on_(postgres|databases)' "$path"; then
            postgres_start "$1" || return 0 # the tests then say what is missing
        fi
    done
}

# side_by_side COMMAND: runs it by sh for each name on standard input ($1), as many at once as there are cores; $2 is
# the build folder.
side_by_side()
{
    xargs -P "$(nproc)" -I '{}' sh -c "$1" sh '{}' "$2"
}

# shellcheck disable=SC2016 # the inner shell expands them
unit_tests()
{
    with_postgres "$1" tests/unit
    names unit tests/unit 'test_*.c' |
        side_by_side 'tools/run-test.sh "$1" 120 "$2/tests/unit_${1#unit/}"' "$1"
}

# shellcheck disable=SC2016
wire_tests()
{
    names wire tests/wire/cases '*' |
        side_by_side 'tools/run-test.sh "$1" 180 "$2/tests/wire" "tests/wire/cases/${1#wire/}".*' "$1"
}

# What templates give, compared with Jinja2 and Django; the build renders our side.
# shellcheck disable=SC2016
differential_tests()
{
    names differential tests/differential/cases '*.case' |
        side_by_side 'tools/run-test.sh "$1" 300 tests/differential/run.sh "$2" "${1#differential/}"' "$1"
}

# Those that start servers run one after the other, so that none is short of time because of its neighbour. They are
# given the build whose programs they start; those in C are themselves of the asan build.
process_tests()
{
    with_postgres "$1" tests/process
    for name in $(names process tests/process 'test_*.c'); do
        tools/run-test.sh "$name ($1)" 300 env BUILD_TREE="$PWD/$1" "build-asan/tests/process_${name#process/}"
    done
    for name in $(names process tests/process '*.sh'); do
        tools/run-test.sh "$name ($1)" 300 env BUILD_TREE="$PWD/$1" sh "tests/process/${name#process/}.sh"
    done
}

corpus_tests()
{
    for name in $(names fuzz fuzz 'fuzz_*.c'); do
        target=${name#fuzz/}
        tools/run-test.sh "$name" 120 "build-fuzz/fuzz/fuzz_$target" -runs=0 -rss_limit_mb=2048 "fuzz/corpus/$target"
    done
}

# What users do: install, then compile against canteen.pc.
user_tests()
{
    DESTDIR=$work/root meson install -C build --no-rebuild --quiet
    PKG_CONFIG_PATH=$(dirname "$(find "$work/root" -name canteen.pc)")
    prefix=$(dirname "$(dirname "$PKG_CONFIG_PATH")")
    LD_LIBRARY_PATH=$prefix/lib
    export PKG_CONFIG_PATH LD_LIBRARY_PATH
    run install 60 tests/install.sh "$prefix"
    run projects 300 tests/projects.sh "$prefix"
    run snippets 120 tests/snippets.sh
    run compile_fail 120 tests/compile_fail/run.sh
}

process_names()
{
    names process tests/process 'test_*.c'
    names process tests/process '*.sh'
}

portability_tests()
{
    run docs_templates 60 tests/docs_templates.sh
    run portability 300 tests/portability.sh
}

lint_tests()
{
    for check in $(tools/lint.sh --list); do
        run "lint/$check" 1500 tools/lint.sh "$check"
    done
}

any_wanted()
{
    for name in "$@"; do
        if wanted "$name"; then
            return 0
        fi
    done
    return 1
}

quick_suite()
{
    built debug || return 0
    unit_tests build-debug
    wire_tests build-debug
}

# In this order, since the first takes longest.
beside_suite()
{
    lint_tests
    # shellcheck disable=SC2046 # names without spaces
    if any_wanted $(names fuzz fuzz 'fuzz_*.c') && built fuzz clang-14; then
        corpus_tests
    fi
    if any_wanted build/debug-clang-14; then
        built debug clang-14
    fi
    portability_tests
}

# Starts this script once more, for the suite `beside`, in the time that nothing else wants.
begin_beside()
{
    idle='chrt --idle 0'
    $idle true 2>/dev/null || idle='nice -n 19'
    # shellcheck disable=SC2086 # words
    TEST_PATIENCE=4 setsid $idle tools/test.sh beside "$pattern" &
    beside=$!
}

# shellcheck disable=SC2046 # names without spaces
full_suite()
{
    begin_beside
    if any_wanted $(names unit tests/unit 'test_*.c') $(names wire tests/wire/cases '*') $(process_names) \
        $(names differential tests/differential/cases '*.case'); then
        if built asan; then
            unit_tests build-asan
            wire_tests build-asan
            differential_tests build-asan
            process_tests build-asan
        fi
    fi
    if any_wanted install projects snippets compile_fail $(process_names); then
        if built release; then
            process_tests build
            user_tests
        fi
    fi
    wait "$beside" || true
    beside=''
}

"${mode}_suite" || true
[ "$mode" != beside ] || exit 0
if [ ! -s "$TEST_RESULTS" ]; then
    echo "no test matches $pattern" >&2
fi
awk '{ passed += $1; failed += $2; skipped += $3 }
    END { printf "%d passed, %d failed, %d skipped\n", passed, failed, skipped; exit failed > 0 || passed == 0 }' \
    "$TEST_RESULTS"
