#!/bin/sh
# Let two versions of the server be one cluster.
#
#   tools/mixed_versions.sh [COMMIT [RUNS [OPTION...]]]
#
# Builds dalvd as it was at COMMIT, by default before the last change of a
# format on the wire or on disk, and lets tests/test_cluster of build/ do RUNS
# runs (default 3) of faults by chance in which each start of a process takes
# one of the two versions: so each reads what the other wrote, speaks to it, and
# takes over from it, again and again. Options go to test_cluster.
set -eu

cd "$(dirname "$0")/.."
formats="proto/dalv.proto docs/STORAGE_FORMAT.md docs/CLUSTER_FORMAT.md"
# shellcheck disable=SC2086
commit=${1:-$(git log -1 --format=%H -- $formats)~1}
runs=${2:-3}
[ $# -lt 2 ] || shift 2

if [ ! -x build/tests/test_cluster ]; then
    echo "build/tests/test_cluster is not built: 'make' first" >&2
    exit 2
fi
folder=$(mktemp -d)
end()
{
    git worktree remove --force "$folder/source" 2>/dev/null || true
    rm -rf "$folder"
}
trap end EXIT
trap 'exit 130' INT TERM

git worktree add -q --detach "$folder/source" "$commit"
echo "The other version: $(git log -1 --format='%h %s' "$commit")"
build()
{
    cmake -S "$folder/source" -B "$folder/build" -G Ninja \
        -DCMAKE_BUILD_TYPE=RelWithDebInfo &&
        cmake --build "$folder/build" --target dalvd -j "$(nproc)"
}
if ! build >"$folder/said" 2>&1; then
    tail -n 40 "$folder/said"
    exit 2
fi
build/tests/test_cluster --only-runs --runs "$runs" \
    --other "$folder/build/bin/dalvd" "$@"
