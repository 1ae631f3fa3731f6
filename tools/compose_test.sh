#!/bin/bash
# Make the cluster of docker/compose.yaml from nothing, on Debian 12, and see
# whether it keeps its word: commands, a device, a master that is killed, a node
# that is cut off, a ledger of what was acknowledged.
#
#   tools/compose_test.sh [--built]
#
# --built  take the images that are there, and build none
#
# It takes the engine that runs; without one, root installs Debian's, starts it
# with all its files below build/engine, and stops it at the end. Images come
# from Debian's packages alone. Nothing is left running.
#
# It ends with 0 if all is as expected, 1 if not, and 77 where no engine can be
# had.
set -euo pipefail
cd "$(dirname "$0")/.."

no_engine=77
packages="docker.io docker-compose debootstrap iproute2 iptables"
whole='"leaderless":0,"thin":0,"moving":0'
folder=$PWD/build/engine
is_built=
[ "${1-}" != --built ] || is_built=yes
daemon=
compose=
failures=0
export COMPOSE_PROJECT_NAME=dalv-test
export COMPOSE_FILE=$PWD/docker/compose.yaml:$PWD/docker/compose.debian.yaml
export DALV_DEVICES=127.0.0.1:17472

tell()
{
    printf '%s %s\n' "$(date +%H:%M:%S)" "$*"
}

give_up()
{
    echo "NOT TESTED: $*" >&2
    exit $no_engine
}

end()
{
    if [ -n "$compose" ]; then
        $compose down --volumes --timeout 5 >/dev/null 2>&1 || true
    fi
    if [ -n "$daemon" ]; then
        kill "$daemon" 2>/dev/null || true
        wait "$daemon" 2>/dev/null || true
        # The engine leaves the network of its host mounted there.
        umount "$folder/run/netns/default" 2>/dev/null || true
        rm -rf "$folder/run"
    fi
}
trap end EXIT

# ---- The engine ----

install_engine()
{
    local missing=

    for package in $packages; do
        dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null |
            grep -qx installed || missing="$missing $package"
    done
    [ -n "$missing" ] || return 0
    [ "$(id -u)" -eq 0 ] || give_up "only root may install:$missing"
    tell "installing$missing"
    apt-get update -qq || give_up "no packages can be had"
    # shellcheck disable=SC2086 # A list of names without spaces.
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq \
        --no-install-recommends $missing </dev/null >/dev/null ||
        give_up "these cannot be installed:$missing"
}

start_engine()
{
    [ "$(id -u)" -eq 0 ] || give_up "no engine runs, and only root may start it"
    mkdir -p "$folder"
    export DOCKER_HOST=unix://$folder/run/socket
    mkdir -p "$folder/run"
    dockerd --data-root "$folder/data" --exec-root "$folder/run" \
        --pidfile "$folder/run/pid" --host "$DOCKER_HOST" --bridge none \
        --containerd "" >"$folder/log" 2>&1 </dev/null &
    daemon=$!
    for _ in $(seq 300); do
        ! docker info >/dev/null 2>&1 || return 0
        kill -0 "$daemon" 2>/dev/null || break
        sleep 0.1
    done
    tail -n 5 "$folder/log" >&2
    give_up "dockerd does not start here; its log is $folder/log"
}

# The first mirror that this machine's own apt knows.
mirror()
{
    # shellcheck disable=SC2016 # It is apt's.
    apt-get indextargets --format '$(SITE)' 'Created-By: Packages' 2>/dev/null |
        grep -m 1 '/debian/\?$' || echo http://deb.debian.org/debian
}

make_base_image()
{
    local root=$folder/root

    docker image inspect debian:bookworm-slim >/dev/null 2>&1 && return 0
    [ "$(id -u)" -eq 0 ] || give_up "there is no image debian:bookworm-slim"
    tell "making debian:bookworm-slim"
    rm -rf "$root"
    mkdir -p "$folder"
    debootstrap --variant=minbase bookworm "$root" "$(mirror)" >/dev/null ||
        give_up "debootstrap has no mirror"
    tar -C "$root" -c . | docker import - debian:bookworm-slim >/dev/null
    rm -rf "$root"
}

prepare()
{
    install_engine
    docker info >/dev/null 2>&1 || start_engine
    compose=docker-compose
    make_base_image
}

# ---- The test ----

fail()
{
    failures=$((failures + 1))
    echo "FAILED: $*" >&2
}

dalv()
{
    timeout 60 $compose run --rm -T dalv "$@" 2>/dev/null
}

# expect WORDS COMMAND...: dalv says these words.
expect()
{
    local words=$1 said
    shift
    said=$(dalv "$@" || true)
    [[ $said == *"$words"* ]] || fail "dalv $* said '$said', not '$words'"
}

# wait_until WORDS COMMAND...: the same, within a minute.
wait_until()
{
    local words=$1 said=
    shift
    for _ in $(seq 30); do
        said=$(dalv "$@" || true)
        [[ $said != *"$words"* ]] || return 0
        sleep 1
    done
    fail "in a minute dalv $* did not say '$words', but '$said'"
}

try_device()
{
    expect "store is anna's" device open store --user anna
    expect "local 1" device put store size L
    expect "1 transactions out" device sync store
    expect "L" get anna size
}

# A master's network goes, without a word to anybody, and comes back.
cut_and_heal()
{
    local node container network=${COMPOSE_PROJECT_NAME}_cluster
    node=$(dalv locate user-2 --json |
        sed -n 's/.*"leader":"\([^"]*\)".*/\1/p')
    container=$($compose ps -q "$node")
    tell "cutting $node off"
    $compose run --rm -T load write 400 >/dev/null 2>&1 &
    local writer=$!
    sleep 2
    docker network disconnect "$network" "$container"
    sleep 5
    docker network connect --ip "10.74.70.1${node#node-}" --alias "$node" \
        "$network" "$container"
    wait "$writer" || fail "writes ended while $node was cut off"
    tell "$($compose run --rm -T load check 2>/dev/null)" ||
        fail "what was acknowledged while $node was cut off is lost"
}

# step WORDS...: with what it prints in a file, shown if it fails.
step()
{
    tell "$*"
    $compose "$@" >"$folder.log" 2>&1 || {
        tail -n 30 "$folder.log" >&2
        exit 1
    }
}

run_test()
{
    [ -n "$is_built" ] || step build
    step up -d
    wait_until "$whole" cluster status --json
    tell "commands and a device"
    wait_until "revision" put anna profile/name Anna
    expect "Anna" get anna profile/name
    try_device
    tell "killing a master"
    docker/show_failover.sh || fail "a failover lost writes"
    wait_until "$whole" cluster status --json
    cut_and_heal
    wait_until "$whole" cluster status --json
    expect "Anna" get anna profile/name
}

mkdir -p build
prepare
run_test
if [ "$failures" -ne 0 ]; then
    $compose ps
    $compose logs --tail 20 --no-color
    echo "$failures failures"
    exit 1
fi
tell "all as expected"
