#!/bin/sh
# Commands on a cluster's control store, where no server runs: a cluster is
# made, shown and added to, and what is asked of it stays.
#
#   tests/integration/test_cluster_cli.sh DALV
set -eu

dalv_program=$1
folder=$(mktemp -d)
failures=0
trap 'rm -rf "$folder"' EXIT

dalv()
{
    timeout 60 "$dalv_program" "$@"
}

fail()
{
    failures=$((failures + 1))
    echo "FAILED: $*"
    sed 's/^/  /' "$folder/output" "$folder/errors"
}

# expect CODE WORDS COMMAND...: it ends with CODE, and says WORDS somewhere.
expect()
{
    code=$1
    words=$2
    shift 2
    ended=0
    dalv "$@" >"$folder/output" 2>"$folder/errors" || ended=$?
    [ "$ended" = "$code" ] || fail "dalv $* ended with $ended, not $code"
    cat "$folder/output" "$folder/errors" | grep -qF -- "$words" ||
        fail "dalv $* did not say: $words"
}

store=file:$folder/control
keys=$folder/keys

# Nothing is there, and looking makes nothing.
expect 2 'there is no control store' cluster status --store "$store"
test ! -e "$folder/control" || fail "looking made a store"
expect 2 'file:PATH' cluster status --store "$folder/control"

# What can be no cluster is refused before anything is made.
expect 2 'needs a key' cluster init --store "$store" --id shop a=10.0.0.1:7474
expect 2 'power of two' cluster init --store "$store" --id shop \
    --partitions 100 a=127.0.0.1:7474
expect 2 'a and b have the same address' cluster init --store "$store" \
    --id shop a=127.0.0.1:7474 b=127.0.0.1:7474
expect 2 '--id' cluster init --store "$store" a=127.0.0.1:7474
test ! -e "$folder/control" || fail "a refused cluster made a store"

expect 0 'node.id 3  c  node3:7474' cluster init --store "$store" --id shop \
    --partitions 64 --keys "$keys" \
    a=10.0.0.1:7474,zone=r1 b=10.0.0.2:7474,weight=200 c=node3:7474
expect 3 'holds a cluster' cluster init --store "$store" --id other \
    d=127.0.0.1:7474

# Each key made is in the map, and everybody lets everybody in, but none of
# these says who leads.
routers=$(dalv keys show "$keys/routers/nodes.key")
for node in a b c; do
    key=$(dalv keys show "$keys/$node/nodes.key")
    expect 0 "\"key\":\"$key\"" cluster map --store "$store" --json
    for list in a b c routers; do
        grep -qF -- "$key" "$keys/$list/nodes.allowed" ||
            fail "$list does not let $node in"
        ! grep -qF -- "$key" "$keys/$list/routers.allowed" ||
            fail "$list takes $node for a router"
        grep -qF -- "$routers" "$keys/$list/routers.allowed" ||
            fail "$list does not know the routers"
    done
done
test "$(stat -c %a "$keys/a/nodes.key")" = 600 || fail "a secret is open"

# What is wrong comes first.
expect 4 '! it serves nobody yet' cluster status --store "$store"
expect 4 '! nobody controls the cluster' cluster status --store "$store"
expect 4 '"serving":false' cluster status --store "$store" --json
[ "$(wc -L <"$folder/output")" -gt 80 ] || fail "JSON is one line"
expect 4 'a, b, c: not started yet' cluster status --store "$store"
[ "$(wc -L <"$folder/output")" -le 80 ] || fail "status is too wide"
[ "$(wc -l <"$folder/output")" -le 24 ] || fail "status is too long"

# The same user is in the same partition for ever.
expect 0 'partition 18' locate --store "$store" ann
expect 0 '"partition":18' locate --store "$store" ann --json

# Nodes.
expect 3 'the same name' node add --store "$store" a=127.0.0.1:7477
expect 2 ',key=KEY' node add --store "$store" d=10.0.0.4:7474
expect 0 'Added d: start it with node.id 4' node add --store "$store" \
    d=127.0.0.1:7477
expect 0 'd                joining' node list --store "$store"
expect 1 'no node "x"' node drain --store "$store" x

# Without a controller what is asked stands, once, and is shown.
expect 0 '"state":"waiting"' node drain --store "$store" d --no-wait --json
expect 4 'nobody controls the cluster' node drain --store "$store" 4
expect 4 '- asked: drain d, waiting' cluster status --store "$store"
[ "$(grep -c asked "$folder/output")" = 1 ] || fail "it was asked twice"
expect 4 'goes on' node remove --store "$store" d --timeout 1s

expect 1 'no partitions yet' partition show --store "$store" 3
expect 3 'no partitions yet' rebalance --store "$store" --dry-run
expect 2 'needs --partition' switchover --store "$store" --to a

# A profile names the store as well.
(umask 077 && echo "control: {store: \"$store\"}" >"$folder/profile.yaml")
expect 0 'd                joining' --profile "$folder/profile.yaml" node list
(umask 077 && echo 'endpoints: {backends: "127.0.0.1:1"}
token: x' >"$folder/other.yaml")
expect 2 'control.store' --profile "$folder/other.yaml" node list

if [ "$failures" != 0 ]; then
    echo "$failures failures"
    exit 1
fi
echo "all as expected"
