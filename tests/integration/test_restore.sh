#!/bin/sh
# A data folder is put back from a copy; two devices bring back what it lost.
#
#   tests/integration/test_restore.sh DALV DALVD
set -eu

dalv_program=$1
dalvd=$2
folder=$(mktemp -d)
server=
failures=0

stop()
{
    if [ -n "$server" ]; then
        kill "$server" 2>/dev/null || true
        wait "$server" 2>/dev/null || true
    fi
    server=
}

end()
{
    stop
    rm -rf "$folder"
}
trap end EXIT

# Ports of its own: tests that run at once have other process numbers.
port=$((20000 + $$ * 16 % 12000))

dalv()
{
    timeout 30 "$dalv_program" --profile "$folder/data/profile.yaml" "$@"
}

start()
{
    "$dalvd" dev --data "$folder/data" --base-port "$port" \
        >"$folder/server.log" 2>&1 &
    server=$!
    tries=0
    until test -s "$folder/data/profile.yaml" && dalv scan nobody 2>/dev/null
    do
        tries=$((tries + 1))
        if [ $tries -gt 100 ]; then
            echo "the server does not answer" >&2
            cat "$folder/server.log" >&2
            exit 1
        fi
        sleep 0.1
    done
}

# expect OUTPUT COMMAND...: it prints OUTPUT.
expect()
{
    output=$1
    shift
    said=$(dalv "$@" 2>"$folder/errors") || true
    if [ "$said" != "$output" ]; then
        failures=$((failures + 1))
        echo "FAILED: dalv $*"
        echo "  expected: $output"
        echo "  but got:  $said"
        sed 's/^/  /' "$folder/errors"
    fi
}

start
dalv put anna kept old >/dev/null
dalv put anna changed old >/dev/null
dalv list add anna list one one >/dev/null
dalv incr anna steps 2 >/dev/null
dalv put bert only before >/dev/null
for device in a b; do
    dalv device open "$folder/$device" --user anna >/dev/null
    dalv device sync "$folder/$device" >/dev/null
done
stop
cp -a "$folder/data" "$folder/copy"

# What the copy lacks: of a backend, of one device, of a user made later.
start
dalv put anna lost back >/dev/null
dalv put anna changed new >/dev/null
dalv list add anna list one two >/dev/null
dalv incr anna count 5 >/dev/null
dalv put carl new data >/dev/null
dalv device list "$folder/a" add list mine >/dev/null
dalv device sync "$folder/a" >/dev/null
dalv device sync "$folder/b" >/dev/null
dalv device open "$folder/c" --user carl >/dev/null
dalv device sync "$folder/c" >/dev/null
dalv device put "$folder/b" pending work >/dev/null
stop

rm -rf "$folder/data"
cp -a "$folder/copy" "$folder/data"
# An interrupted run is finished before anybody is served.
printf 'restored' >"$folder/data/restoring"
code=0
"$dalvd" dev --data "$folder/data" --base-port "$port" \
    >"$folder/server.log" 2>&1 || code=$?
test $code = 78
grep -q 'run dalvd with --restored again' "$folder/server.log"
"$dalvd" dev --data "$folder/data" --restored >"$folder/said"
grep -q '^2 users are marked as restored' "$folder/said"
test ! -e "$folder/data/restoring"

start
expect "" get anna lost
dalv device sync "$folder/a" --on-conflict mine >/dev/null
dalv device sync "$folder/b" >/dev/null
dalv device sync "$folder/c" >/dev/null
dalv device sync "$folder/a" >/dev/null
expect "back" get anna lost
expect "old" get anna kept
expect "new" get anna changed
expect "2" get anna steps
expect "5" get anna count
expect "work" get anna pending
expect "before" get bert only
expect "data" get carl new
dalv list get anna list | sort >"$folder/list"
printf 'mine\none\none\none\ntwo\n' | cmp - "$folder/list"
dalv export anna >"$folder/cluster" 2>/dev/null
for device in a b; do
    dalv device scan "$folder/$device" >"$folder/$device.scan"
done
cmp "$folder/a.scan" "$folder/b.scan"

if [ $failures != 0 ]; then
    echo "$failures failed"
    exit 1
fi
