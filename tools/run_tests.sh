#!/bin/sh
# Run the tests of a build folder and end with the line "N passed, N failed".
#
#   tools/run_tests.sh FOLDER [CTEST OPTION ...]
#
# The result is 0 only if at least one test ran and none failed.
set -eu

folder=$1
shift
report=$(mktemp)
trap 'rm -f "$report"' EXIT

status=0
ctest --test-dir "$folder" --output-on-failure --no-tests=error \
    --output-junit "$report" -j "$(nproc)" "$@" || status=$?

# The number of an attribute of the report's first element.
count()
{
    sed -n "/<testsuite /,/>/s/.*[^a-z]$1=\"\([0-9]*\)\".*/\1/p" "$report" |
        head -n 1
}

total=$(count tests)
failed=$(count failures)
not_run=$(($(count disabled) + $(count skipped)))
if [ "$not_run" -gt 0 ]; then
    echo "$not_run not run"
fi
# Whatever stopped ctest itself is a failure as well.
if [ "$status" -ne 0 ] && [ "${failed:-0}" -eq 0 ]; then
    failed=1
    total=$((${total:-0} + 1))
fi
echo "$((${total:-0} - ${failed:-0} - not_run)) passed, ${failed:-0} failed"
exit "$status"
