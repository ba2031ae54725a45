#!/bin/sh
# What a fiber switch, and a fiber's life, cost.
set -eu
cd "$(dirname "$0")/.."
build/bench/fiber | tee build/bench/fiber.txt
