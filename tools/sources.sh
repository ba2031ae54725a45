#!/bin/sh
# Prints the sources (*.c, *.S) below a folder of the tree, sorted, relative to that folder: what Meson builds.
# Meson has no globs; meson.build calls this when it configures, and ./dev configures again when the list has changed.
#
#     tools/sources.sh FOLDER [NAME-PATTERN]      tools/sources.sh tests/unit 'test_*.c'
set -eu
cd "$(dirname "$0")/../$1"
find . -type f -name '*.[cS]' -name "${2:-*}" | LC_ALL=C sort | sed 's|^\./||'
