#!/bin/sh
# The SDK's library shows exactly the names of a list: nothing of ours that is
# private, and no name that an application uses may vanish.
#
#   tools/check_symbols.sh LIBRARY LIST
set -eu

library=$1
list=$2
found=$(mktemp)
trap 'rm -f "$found"' EXIT

nm -D --defined-only "$library" | awk '{print $3}' | LC_ALL=C sort >"$found"
diff -u "$list" "$found"
