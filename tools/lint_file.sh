#!/bin/sh
# Judge one file with clang-tidy, include-what-you-use and cppcheck.
#
#   tools/lint_file.sh [CLANG-TIDY OPTION ...] FILE -- COMPILER FLAG ...
#
# The build of the lint preset calls it beside the compiler, so that it runs in
# parallel, and again only for what a change touches. Options meant for another
# version of the configuration (--rules=HASH) are only there to make that so.
#
# clang's analyzer takes most of the time, nearly all of it on a few functions.
# So it explores a fifth of what it would, and leaves out tests, which run with
# sanitizers; with --deep it does all.
set -eu

tools=$(dirname "$0")
options=
depth=normal
while [ "$2" != "--" ]; do
    case $1 in
    --rules=*) ;;
    --deep) depth=deep ;;
    *) options="$options $1" ;;
    esac
    shift
done
file=$1
shift 3

said=$(mktemp)
trap 'rm -f "$said"' EXIT

# Run a command; show what it said only if it failed.
judge()
{
    "$@" >"$said" 2>&1 && return
    cat "$said" >&2
    exit 1
}

# Headers of libraries that stand for the ones they include.
umbrellas="sodium|zmq|czmq|curl/curl|CUnit/.*|protobuf-c/.*|histedit"

# An include that nothing in the file needs. What is missing is not judged: each
# header compiles alone, and docs/decisions/ says why that is enough.
judge_includes()
{
    include-what-you-use -Xiwyu --no_fwd_decls -Xiwyu --no_comments \
        -Xiwyu --mapping_file="$tools/iwyu.imp" "$@" >"$said" 2>&1 || true
    unused=$(sed -n "\\|^$file should remove these lines:|,/^\$/s/^- #/#/p" \
        "$said" | grep -vE "<($umbrellas)\\.h>" || true)
    if [ -n "$unused" ]; then
        printf '%s includes without need:\n%s\n' "$file" "$unused" >&2
        exit 1
    fi
}

case $depth:$file in
deep:*) ;;
*/tests/*) options="$options --checks=-clang-analyzer-*" ;;
*)
    for word in -Xclang -analyzer-config -Xclang max-nodes=45000; do
        options="$options --extra-arg=$word"
    done
    ;;
esac

# shellcheck disable=SC2086 # Options without blanks.
judge clang-tidy --quiet $options "$file" -- "$@"
case $file in
*/tests/*) ;; # A test may name what it is about without calling it.
*) judge_includes "$@" ;;
esac
judge cppcheck --quiet --std=c11 --inline-suppr --inconclusive \
    --enable=warning,style,performance,portability --error-exitcode=1 \
    --suppress=missingIncludeSystem --suppressions-list="$tools/cppcheck.txt" \
    -I"$tools/.." "$file"
