#!/bin/sh
# Kill the container of a node that leads, while values are written; start it
# again; check that nothing that was acknowledged is lost.
#
#   docker/show_failover.sh [WRITES]      400 by default
#
# COMPOSE_FILE and COMPOSE_PROJECT_NAME are respected; the cluster runs.
set -eu
cd "$(dirname "$0")"

if docker compose version >/dev/null 2>&1; then
    compose="docker compose"
else
    compose=docker-compose
fi

run()
{
    $compose run --rm -T "$@" 2>/dev/null
}

run load write "${1:-400}" &
writer=$!
sleep 2
master=$(run dalv locate user-1 --json |
    sed -n 's/.*"leader":"\([^"]*\)".*/\1/p')
if [ -z "$master" ]; then
    echo "There is no cluster that answers: docker compose up -d" >&2
    exit 4
fi
echo "Killing $master, which leads for user-1"
$compose kill "$master" >/dev/null 2>&1
wait "$writer"
$compose start "$master" >/dev/null 2>&1
run load check
