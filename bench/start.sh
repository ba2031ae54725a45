#!/bin/sh
# How long a program takes from exec to its first answer.
set -eu
cd "$(dirname "$0")/.."
build/bench/start build/bench/hello 18431 | tee build/bench/start.txt
