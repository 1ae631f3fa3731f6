#!/bin/sh
# A server whose connections are encrypted: who has the right key gets in, as a
# backend or as a device, and nobody else.
#
#   tests/integration/test_encrypted.sh DALV DALVD
set -eu

dalv_program=$1
dalvd=$2
folder=$(mktemp -d)
server=
failures=0

end()
{
    if [ -n "$server" ]; then
        kill "$server" 2>/dev/null || true
        wait "$server" 2>/dev/null || true
    fi
    rm -rf "$folder"
}
trap end EXIT

# Wait until a condition holds, for ten seconds at most.
wait_for()
{
    tries=0
    until "$@"; do
        tries=$((tries + 1))
        if [ $tries -gt 100 ]; then
            echo "waited in vain for: $*" >&2
            cat "$folder/server.log" >&2
            exit 1
        fi
        sleep 0.1
    done
}

# expect CODE OUTPUT PROFILE COMMAND...: it ends with CODE, which is a pattern,
# and prints OUTPUT.
expect()
{
    code=$1
    output=$2
    profile=$3
    shift 3
    ended=0
    said=$(timeout 30 "$dalv_program" --profile "$folder/$profile" "$@" \
        2>"$folder/errors") || ended=$?
    # shellcheck disable=SC2254 # It is a pattern.
    case $ended in
    $code) is_expected=yes ;;
    *) is_expected= ;;
    esac
    if [ -z "$is_expected" ] || [ "$said" != "$output" ]; then
        failures=$((failures + 1))
        echo "FAILED: dalv --profile $profile $*"
        echo "  expected $code: $output"
        echo "  but got  $ended: $said"
        sed 's/^/  /' "$folder/errors"
    fi
}

# profile NAME: what stands on standard input, closed to others.
profile()
{
    (umask 077 && cat >"$folder/$1")
}

port=$((20000 + $$ * 16 % 12000))

# The issuing key of a server that was never used otherwise.
"$dalvd" dev --data "$folder/dev" --base-port "$port" \
    >"$folder/server.log" 2>&1 &
server=$!
wait_for test -s "$folder/dev/profile.yaml"
kill "$server"
wait "$server" || true

"$dalv_program" keys make "$folder/keys" >/dev/null
cat >"$folder/server.yaml" <<END
roles: [storage, router]
data: {folder: $folder/data}
cluster: {id: shop, partitions: 16}
listen: {base_port: $port}
keys: {folder: $folder/keys}
tokens: {key_files: [$folder/dev/issuer.pub]}
END
"$dalvd" --config "$folder/server.yaml" >"$folder/server.log" 2>&1 &
server=$!
wait_for grep -q ready.backends "$folder/server.log"

backends=$("$dalv_program" keys show "$folder/keys/backends.key")
devices=$("$dalv_program" keys show "$folder/keys/devices.key")

# endpoints [KEYS]: a profile that names these keys.
endpoints()
{
    cat <<END
role: backend
cluster: shop
endpoints:
  backends: "127.0.0.1:$port"
  devices: "127.0.0.1:$((port + 2))"
issuer: {name: dalvdb, key_file: dev/issuer.key}
END
    if [ $# -gt 0 ]; then
        printf 'keys: {backends: "%s", devices: "%s", file: "%s"}\n' "$@"
    fi
}

endpoints "$backends" "$devices" keys/client.key | profile known.yaml
endpoints "$backends" "$devices" keys/nodes.key | profile unknown.yaml
endpoints "$devices" "$devices" keys/client.key | profile mistaken.yaml
endpoints | profile open.yaml

expect 0 "revision 1" known.yaml put ann color blue
expect 0 "blue" known.yaml get ann color

# A device shows a token; its key may be any.
expect 0 "The store in $folder/store is ann's" known.yaml \
    device open "$folder/store" --user ann
expect 0 "local 1" known.yaml device put "$folder/store" size L
expect 0 "revision 2: 2 changes in, 1 transactions out" known.yaml \
    device sync "$folder/store"
expect 0 "L" known.yaml get ann size

# A key that is not listed, a server that has another key, and no key at all.
# Who speaks without encryption is cut off, and may or may not see first what
# the server speaks: that nobody is let in is all that is sure.
expect 5 "" unknown.yaml get ann color
expect 4 "" mistaken.yaml get ann color
expect "[45]" "" open.yaml get ann color

# Whom the operator lets in later gets in without a restart.
printf 'dalv-curve-public-1 %s\n' \
    "$("$dalv_program" keys show "$folder/keys/nodes.key")" \
    >>"$folder/keys/backends.allowed"
kill -HUP "$server"
wait_for grep -q reload_keys "$folder/server.log"
expect 0 "blue" unknown.yaml get ann color

# The admin port has a key and a list of its own.
# operator PROFILE OUTCOME ADMIN_KEY FILE: what a doctor's question comes to.
operator()
{
    profile "$1" <<END
endpoints: {admin: "127.0.0.1:$((port + 6))"}
control: {store: "file:$folder/nothing"}
keys: {admin: "$3", admin_file: "$4"}
END
    timeout 30 "$dalv_program" --profile "$folder/$1" --json cluster doctor \
        >"$folder/said" 2>"$folder/errors" || true
    if ! grep -q "\"outcome\":\"$2\"" "$folder/said"; then
        failures=$((failures + 1))
        echo "FAILED: the admin port should have said $2 to $1"
        cat "$folder/said" "$folder/errors"
    fi
}

admin=$("$dalv_program" keys show "$folder/keys/admin.key")
operator operator.yaml answered "$admin" keys/operator.key
operator stranger.yaml not_admitted "$admin" keys/client.key
# Whom it takes for another one says nothing to it.
operator misled.yaml silent "$backends" keys/operator.key

# Keys are never overwritten, and a secret that others can read is not taken.
expect 2 "" known.yaml keys make "$folder/keys"
chmod 0644 "$folder/keys/client.key"
expect 5 "" known.yaml keys show "$folder/keys/client.key"

if [ "$failures" != 0 ]; then
    echo "$failures failed"
    exit 1
fi
