#!/bin/sh
# One file of cases: tests/differential/run.sh BUILD NAME [TITLE]. The reference renders first, then ours is compared.
# It is the distribution's Python, whatever other one comes first in PATH: that is the one whose Jinja2 and Django are
# the reference. -B: the tree stays as it is.
set -eu
program=$(realpath "$1")/tests/differential
name=$2
shift 2
cd "$(dirname "$0")"
results=$(mktemp "${TMPDIR:-/tmp}/canteen-differential.XXXXXX")
trap 'rm -f "$results"' EXIT
trap 'exit 1' HUP INT TERM
/usr/bin/python3 -B reference.py "cases/$name.case" >"$results"
"$program" "$results" "$@"
