#!/bin/sh
# Every command of `dalv` against a server of its own: what it prints, and what
# it ends with.
#
#   tests/integration/test_cli.sh DALV DALVD
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

dalv()
{
    timeout 30 "$dalv_program" --profile "$folder/data/profile.yaml" "$@"
}

# expect CODE OUTPUT COMMAND...: it ends with CODE and prints OUTPUT.
expect()
{
    code=$1
    output=$2
    shift 2
    ended=0
    said=$(dalv "$@" 2>"$folder/errors") || ended=$?
    if [ "$ended" != "$code" ] || [ "$said" != "$output" ]; then
        failures=$((failures + 1))
        echo "FAILED: dalv $*"
        echo "  expected $code: $output"
        echo "  but got  $ended: $said"
        sed 's/^/  /' "$folder/errors"
    fi
}

# Ports of its own: tests that run at once have other process numbers.
port=$((20000 + $$ * 16 % 12000))
"$dalvd" dev --data "$folder/data" --base-port "$port" \
    >"$folder/server.log" 2>&1 &
server=$!
wait_for test -s "$folder/data/profile.yaml"
wait_for dalv scan nobody

# Large values: in parts on the way, whole for whoever reads.
head -c 5000000 /dev/urandom >"$folder/large"
head -c 5000001 /dev/urandom >"$folder/larger"
expect 0 "revision 1" put zoe film --file "$folder/large"
expect 0 "5000000 bytes" get zoe film --output "$folder/read"
cmp "$folder/large" "$folder/read"
dalv get zoe film --raw | cmp - "$folder/large"
expect 0 "film = (5000000 bytes)" scan zoe
expect 3 "" put zoe film --file "$folder/larger" --if-absent
expect 0 "revision 2" put zoe film --file "$folder/larger" --if-revision 1
expect 0 "5000001 bytes" get zoe film -o "$folder/read"
cmp "$folder/larger" "$folder/read"
dalv device open "$folder/zoe" --user zoe >"$folder/opened"
dalv device sync "$folder/zoe" >"$folder/synced"
dalv device get "$folder/zoe" film | head -c 5000001 |
    cmp - "$folder/larger"
# A device's own, without a network first.
expect 0 "local 1" device put "$folder/zoe" song --file "$folder/large"
expect 2 "" device put "$folder/zoe" song --file "$folder/large" --if-absent
expect 0 "5000000 bytes" device get "$folder/zoe" song -o "$folder/read"
cmp "$folder/large" "$folder/read"
expect 0 "song = (5000000 bytes)" device scan "$folder/zoe" --prefix song
expect 1 "" get zoe song
expect 0 "revision 3: 1 changes in, 1 transactions out" \
    device sync "$folder/zoe"
dalv get zoe song --raw | cmp - "$folder/large"
expect 0 "revision 4" del zoe song
dalv export zoe --output "$folder/zoe.jsonl" >"$folder/exported"
expect 0 "1 records imported in 1 transactions" \
    import "$folder/zoe.jsonl" --user yan
dalv get yan film --raw | cmp - "$folder/larger"
head -c 67108865 /dev/zero >"$folder/too-large"
expect 3 "" put zoe film --file "$folder/too-large"
# What went up in vain does not count any more.
expect 0 "revision 1" put xena film --file "$folder/large"
expect 3 "" put xena film --file "$folder/too-large"
expect 0 "revision 2" put xena film --file "$folder/larger"
printf 'small' >"$folder/small"
expect 0 "revision 5" put zoe film --file "$folder/small"
expect 0 "small" get zoe film
# Without slaves the master answers what need not be new.
expect 0 "small" get zoe film --max-staleness 2s
expect 0 "film = small" scan zoe --max-staleness 500ms
expect 2 "" get zoe film --max-staleness soon
expect 1 "" get zoe nothing --output "$folder/none"
test ! -e "$folder/none" && test ! -e "$folder/none.partial"

# Data.
expect 1 "" get anna k
expect 0 "revision 1" put anna k v
expect 0 "v" get anna k
expect 0 '{"key":"k","kind":"register","value":"v","revision":1}' \
    --json get anna k
expect 3 "" put anna k w --if-absent
expect 3 "" put anna k w --if-revision 7
expect 0 "revision 2" put anna k w --if-revision 1 --ttl 7d --flags 5
expect 2 "" put anna k w --ttl 0s
expect 3 "" incr anna k
expect 0 "5" incr anna n 5
expect 0 "3" incr anna n -2
expect 0 "revision 5" list add anna l one two two
expect 0 "one
two
two" list get anna l
expect 0 "" list remove anna l two
expect 1 "" list remove anna l two
expect 3 "" list remove anna k two
expect 0 "one" list get anna l
expect 0 "k
l
n" scan anna --keys
expect 0 "l = [one]" scan anna --prefix l
expect 0 "revision 7" del anna k
expect 1 "" del anna k
printf 'a\0b' | dalv put anna binary - >/dev/null
binary='{"key":"binary","kind":"register","value_base64":"YQBi","revision":8}'
expect 0 "$binary" --json get anna binary

# Much at once.
cat >"$folder/operations" <<'END'
{"op": "if_absent", "key": "fresh"}
{"op": "put", "key": "fresh", "value": "1"}
{"op": "incr", "key": "n"}
END
expect 0 "revision 9" update anna -f "$folder/operations"
expect 3 "" update anna -f "$folder/operations"
expect 0 "4" get anna n
echo '{"op": "burn", "key": "k"}' >"$folder/operations"
expect 2 "" update anna -f "$folder/operations"
expect 2 "" update anna -f "$folder/nothing.there"

expect 0 "4 keys as of revision 9" export anna -o "$folder/anna.jsonl"
expect 0 "4 records imported in 4 transactions" \
    import "$folder/anna.jsonl" --user bert
expect 0 "4 keys as of revision 4" export bert -o "$folder/bert.jsonl"
sed 's/"user":"bert"/"user":"anna"/' "$folder/bert.jsonl" |
    cmp - "$folder/anna.jsonl"
printf 'Invoice,Item,Who\r\n1,pen,anna\r\n1,"a ""cup""",anna\r\n2,x,\r\n' \
    >"$folder/orders.csv"
expect 3 "2 records imported in 1 transactions
1 not used, line 4: no user: the column Who is empty" \
    import "$folder/orders.csv" --user-column Who \
    --key-template 'sys/orders/{Invoice}' --group
pen='{"Invoice":"1","Item":"pen","Who":"anna"}'
cup='{"Invoice":"1","Item":"a \"cup\"","Who":"anna"}'
expect 0 "[$pen,$cup]" get anna sys/orders/1

# An import that is killed goes on where it stopped: each line once, in order.
awk 'BEGIN { print "Id,Who"; for (i = 1; i <= 3000; i++) print i ",dora" }' \
    >"$folder/many.csv"
timeout -s KILL 0.05 "$dalv_program" --profile "$folder/data/profile.yaml" \
    import "$folder/many.csv" --user-column Who --key-template log --list \
    >/dev/null 2>&1 || true
# Unless it was done by then.
if [ -e "$folder/many.csv.dalv-import" ] ||
    ! dalv list get dora log >/dev/null 2>&1; then
    dalv import "$folder/many.csv" --user-column Who --key-template log \
        --list >/dev/null
fi
dalv list get dora log >"$folder/log"
awk 'BEGIN { for (i = 1; i <= 3000; i++)
    printf "{\"Id\":\"%d\",\"Who\":\"dora\"}\n", i }' | cmp - "$folder/log"
test ! -e "$folder/many.csv.dalv-import"

dalv watch --user carla --count 2 >"$folder/watched" &
watcher=$!
# It is told of what comes after it began: write until it has seen two.
wait_for sh -c "\"$dalv_program\" --profile \"$folder/data/profile.yaml\" \
    put carla k v >/dev/null; ! kill -0 $watcher 2>/dev/null"
grep -q '^carla [0-9]* k = v$' "$folder/watched"
expect 2 "" watch --user carla --all
expect 2 "" watch --all --from nonsense

expect 2 "" erase bert
expect 0 "Erased. Devices forget it when they next sync, the server's log \
within 24 hours" erase bert --yes
expect 0 "" scan bert

# Devices.
expect 0 "The store in $folder/a is anna's" device open "$folder/a" --user anna
expect 0 "The store in $folder/b is anna's" device open "$folder/b" --user anna
# No folder of a store is not the same as no key.
expect 2 "" device get "$folder/none" k
# Nor is a store that is shown another user's token.
dalv token issue --user bert >"$folder/bert.token"
expect 0 "The store in $folder/wrong is anna's" device open "$folder/wrong" \
    --user anna --token "$(cat "$folder/bert.token")"
expect 5 "" device sync "$folder/wrong"
expect 0 "local 1" device put "$folder/a" cart '{"pen":1,"cup":1}'
expect 5 "" device put "$folder/a" sys/x 1
expect 1 "" device get "$folder/b" cart
dalv device sync "$folder/a" >/dev/null
dalv device sync "$folder/b" >/dev/null
expect 0 '{"pen":1,"cup":1}' device get "$folder/b" cart
expect 0 "local 2" device put "$folder/a" cart '{"pen":2,"cup":1}'
expect 0 "local 1" device put "$folder/b" cart '{"pen":1,"cup":3}'
dalv device sync "$folder/a" >/dev/null
ended=0
dalv device sync "$folder/b" >/dev/null 2>&1 || ended=$?
test $ended = 3
lost='1 put cart {"pen":1,"cup":3}'
expect 0 "$lost: conflict with a change by another writer" \
    device conflicts "$folder/b"
dalv device sync "$folder/b" --on-conflict merge >/dev/null
expect 0 '{"pen":2,"cup":3}' get anna cart
expect 0 "local 3" device list "$folder/b" add l2 x y
expect 0 "x
y" device list "$folder/b" get l2
expect 0 "" device list "$folder/b" remove l2 x
expect 0 "local 5" device incr "$folder/b" n2 -3
expect 0 "local 6" device del "$folder/b" fresh
dalv device sync "$folder/b" >/dev/null
expect 0 "-3" get anna n2
expect 1 "" get anna fresh
dalv --json device status "$folder/b" | grep -q '"pending":0'

# The shell: what it answers, word for word.
dalv put anna only v >/dev/null
dalv device open "$folder/c" --user anna >/dev/null
dalv put anna later v >/dev/null
ended=0
printf '%s\n' 'ADD only x' 'SET name Anna' 'get NAME' 'GET name' 'add name x' \
    'OUT only' 'RM name' 'rem name' '.exit' 'SET not reached' |
    dalv shell "$folder/c" >"$folder/answers" || ended=$?
test $ended = 1
diff -u - "$folder/answers" <<'END'
(Updated local) Key occupied!
Database updated
Key-Value mapping doesn't exist
db: name -> Anna
Key occupied!
db: only -> v
Database updated
Key-Value mapping doesn't exist
END
dalv device open "$folder/d" --user anna >/dev/null
echo 'SELECT later' | dalv shell "$folder/d" >"$folder/answers"
diff -u - "$folder/answers" <<'END'
global: later -> v     (Updating Local)
END
echo 'SELECT later' | dalv shell "$folder/d" >"$folder/answers"
diff -u - "$folder/answers" <<'END'
db: later -> v
END
# A write reaches the cluster at once, and so does a DEL of what only it has.
echo 'SET shared now' | dalv shell "$folder/d" >/dev/null
expect 0 "now" get anna shared
dalv put anna remote v >/dev/null
echo 'DEL remote' | dalv shell "$folder/d" >"$folder/answers"
diff -u - "$folder/answers" <<'END'
Database updated
END
expect 1 "" get anna remote
# What was deleted here is not asked for as if it were still there.
printf '%s\n' 'DEL later' 'GET later' 'SET later w' 'DEL later' 'ADD later x' |
    dalv shell "$folder/d" >"$folder/answers" || true
diff -u - "$folder/answers" <<'END'
Database updated
Key-Value mapping doesn't exist
Database updated
Database updated
Database updated
END

# A user has 32 stores at most; retiring one makes room for another, and what
# was retired loses nothing when it comes back.
dalv device open "$folder/store1" --user carl >/dev/null
expect 0 "local 1" device put "$folder/store1" mark 1
dalv device sync "$folder/store1" >/dev/null
expect 0 "local 2" device incr "$folder/store1" steps 5
number=2
while [ $number -le 32 ]; do
    dalv device open "$folder/store$number" --user carl >/dev/null
    dalv device sync "$folder/store$number" >/dev/null
    number=$((number + 1))
done
dalv device open "$folder/store33" --user carl >/dev/null
expect 3 "" device sync "$folder/store33"
grep -q "'dalv devices retire' ends one" "$folder/errors"
expect 0 "Retired" devices retire carl 1
expect 0 '{"retired":true}' --json devices retire carl 1
expect 1 "" devices retire carl 99
expect 2 "" devices retire carl first
dalv device sync "$folder/store33" >/dev/null
dalv --json devices list carl >"$folder/devices"
test "$(grep -c '"retired":false' "$folder/devices")" = 32
head -n 1 "$folder/devices" |
    grep -q '^{"device":1,"retired":true,"pushed":1,"seen":"20'
# No room for it now: it keeps what it has, and goes on when there is.
expect 3 "" device sync "$folder/store1"
expect 0 "5" device get "$folder/store1" steps
expect 0 "Retired" devices retire carl 33
dalv device sync "$folder/store1" >/dev/null
dalv device sync "$folder/store1" >/dev/null
expect 0 "5" get carl steps
dalv devices list carl | grep -q '^1       active   20.*Z  2$'

# Tokens.
dalv token issue --user anna --rights 'read:cart/' >"$folder/token"
dalv token inspect - <"$folder/token" | grep -q '^right       read:cart/$'
dalv token issue --role backend --ttl 30d 2>&1 >/dev/null |
    grep -q 'service_life_max'
# One that lives too long: its bearer hears of it, and so does the operator.
dalv token issue --user anna --ttl 30d >"$folder/long.token" 2>/dev/null
expect 0 "The store in $folder/long is anna's" device open "$folder/long" \
    --user anna --token "$(cat "$folder/long.token")"
expect 5 "" device sync "$folder/long"
grep -q "longer than the server's tokens.device_life_max" "$folder/errors"
wait_for grep -q 'token_refused why="lives longer than allowed" count=' \
    "$folder/server.log"
expect 0 "$folder/new.key: the secret key next, for issuer.key_file of a profile
$folder/new.key.pub: its public half, for tokens.key_files of dalvd" \
    token keygen "$folder/new.key" --name next
test "$(stat -c %a "$folder/new.key")" = 600
expect 3 "" token keygen "$folder/new.key"
expect 2 "" token keygen "$folder/other.key" --name 'no name'
test ! -e "$folder/other.key"
ended=0
"$dalvd" dev --data "$folder/new.key" 2>"$folder/errors" || ended=$?
test $ended = 78
grep -q 'needs a folder' "$folder/errors"
expect 2 "" token issue
expect 2 "" token inspect nonsense

# Files of the server, and the program itself.
dalv log dump "$folder/data/log" >"$folder/dump"
grep -q 'user=anna' "$folder/dump"
dalv log dump --hex "$folder/data/log" >"$folder/dump"
grep -q 'user=anna' "$folder/dump"
dalv completion bash | bash -n
dalv --man get | grep -q '^\.TH DALV-GET 1'
expect 2 "" nothing
expect 2 "" completion fish

# Without a server: said so, and what it means.
kill "$server"
wait "$server" || true
server=
dalv log verify "$folder/data/log" | grep -q '^The log is whole: '
dalv log quarantine "$folder/data/log" | grep -q '^Nothing was cut'
expect 4 "" get anna k
expect 0 '{"pen":2,"cup":3}' device get "$folder/b" cart

if [ $failures != 0 ]; then
    echo "$failures failed"
    exit 1
fi
