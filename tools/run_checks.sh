#!/bin/sh
# Every check a machine makes, cheapest first, up to the first failure.
#
#   tools/run_checks.sh [--quick|--full]
#
# --quick  up to the first build with its tests: what to run before a commit
# --full   also data races, uninitialized memory and both analyzers
#
# What each step says goes to build/checks.log and is shown if the step fails.
set -eu
cd "$(dirname "$0")/.."

depth=normal
case ${1:-} in
"") ;;
--quick) depth=quick ;;
--full) depth=full ;;
*)
    sed -n '2,9s/^# \{0,1\}//p' "$0" >&2
    exit 2
    ;;
esac

jobs=$(nproc)
launcher=
if command -v ccache >/dev/null; then
    launcher=-DCMAKE_C_COMPILER_LAUNCHER=ccache
fi
red=
plain=
if [ -t 1 ]; then
    red=$(printf '\033[31m')
    plain=$(printf '\033[0m')
fi
mkdir -p build
log=build/checks.log

# Run one step; say how long it took, or what it found.
step()
{
    name=$1
    shift
    began=$(date +%s)
    if "$@" >"$log" 2>&1 </dev/null; then
        printf '%-34s %4d s\n' "$name" $(($(date +%s) - began))
        return
    fi
    printf '%s%-34s failed%s\n' "$red" "$name" "$plain"
    grep -vE '^\[[0-9]+/[0-9]+\] ' "$log" | tail -n 60
    exit 1
}

# The files of the project that match, apart from what lies in build folders.
files()
{
    git ls-files -co --exclude-standard -- "$@" | while read -r path; do
        if [ -f "$path" ]; then
            echo "$path"
        fi
    done
}

check_format()
{
    files '*.c' '*.h' '*.cpp' | xargs -r clang-format --dry-run -Werror
}

check_text()
{
    files | grep -vE '^(LICENSE|tests/fuzz/corpus/)' |
        xargs -r codespell --ignore-words=tools/codespell.txt || return 1
    files '*.sh' .ci/run | xargs -r shellcheck || return 1
    files '*.yaml' '*.yml' .clang-tidy .clang-format |
        xargs -r yamllint --strict -c tools/yamllint.yaml
}

build()
{
    cmake --preset "$1" $launcher --log-level=WARNING
    cmake --build --preset "$1" -j "$jobs"
}

# Tests of some labels (a regular expression) in the build of a preset.
run_tests()
{
    tools/run_tests.sh "build/$1" -L "$2"
}

build_headers()
{
    cmake --build --preset dev -j "$jobs" \
        --target all_verify_interface_header_sets
}

step "format" check_format
step "layers" tools/check_layers.py
step "shape" tools/check_shape.py
step "spelling, scripts, YAML" check_text
step "build with gcc" build dev
step "unit and property tests" run_tests dev '^(unit|property)$'
[ $depth != quick ] || exit 0
step "headers alone" build_headers
step "purity" tools/check_purity.py build/dev
step "build with clang, linters" build lint
step "build with sanitizers" build asan
step "tests with sanitizers" \
    run_tests asan '^(unit|property|sim|fuzz|fault)$'
[ $depth = full ] || exit 0
step "build for data races" build tsan
step "tests for data races" run_tests tsan '^(unit|property|sim)$'
step "build for uninitialized memory" build msan-pure
step "tests for uninitialized memory" \
    run_tests msan-pure '^(unit|property|sim|fuzz)$'
step "clang's analyzer" build lint-deep
step "gcc's analyzer" build analyze
