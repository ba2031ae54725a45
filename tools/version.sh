#!/bin/sh
# Prints the version, which stands in one place: include/canteen/version.h.
set -eu
sed -n 's/^#define CT_VERSION "\(.*\)"$/\1/p' "$(dirname "$0")/../include/canteen/version.h"
