#!/bin/sh
# Let each fuzz harness of a build folder search for some seconds.
#
#   tools/run_fuzz.sh FOLDER SECONDS
#
# It starts from tests/fuzz/corpus/NAME, which stays as it is; what is new goes
# to FOLDER/corpus/NAME. An input that fails is written to FOLDER/findings.
set -eu

folder=$1
seconds=$2
options=allocator_may_return_null=1:detect_stack_use_after_return=1
export ASAN_OPTIONS="$options"
export UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1

mkdir -p "$folder/findings"
found=0
for harness in "$folder"/fuzz/fuzz_*; do
    [ -x "$harness" ] || continue
    name=${harness##*/fuzz_}
    mkdir -p "$folder/corpus/$name"
    echo "fuzz $name for $seconds s"
    "$harness" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=1024 \
        -print_final_stats=1 -verbosity=0 \
        -artifact_prefix="$folder/findings/$name-" \
        "$folder/corpus/$name" "tests/fuzz/corpus/$name" || exit 1
    found=$((found + 1))
done
if [ "$found" -eq 0 ]; then
    echo "There is no fuzz harness in this version." >&2
    exit 1
fi
echo "$found harnesses found nothing"
