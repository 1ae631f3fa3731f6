#!/bin/sh
# Write to the cluster, keep a ledger of what was acknowledged, and check it.
#
#   load.sh write COUNT   write values of 16 users, note each in the ledger
#   load.sh check         read all that the ledger holds; the longest gap
set -eu

ledger=/var/lib/dalv/ledger
users=16

# In milliseconds.
now()
{
    date +%s%3N
}

# Whoever is told "unknown" or "not reachable" asks again, as here.
write_one()
{
    until dalv put "$1" "$2" "$3" >/dev/null 2>/tmp/problem; do
        if [ "$(($(now) - $4))" -gt 60000 ]; then
            cat /tmp/problem >&2
            exit 1
        fi
    done
}

case ${1-} in
write)
    : >"$ledger"
    number=0
    while [ "$number" -lt "$2" ]; do
        number=$((number + 1))
        user=user-$((number % users))
        write_one "$user" "item/$number" "value $number" "$(now)"
        echo "$(now) $user item/$number value $number" >>"$ledger"
    done
    ;;
check)
    lost=0
    count=0
    while read -r _ user key value; do
        count=$((count + 1))
        said=$(dalv get "$user" "$key" </dev/null) || said=
        if [ "$said" != "$value" ]; then
            lost=$((lost + 1))
            echo "LOST: $user $key: '$said' is not '$value'"
        fi
    done <"$ledger"
    gap=$(awk 'NR > 1 && $1 - last > gap { gap = $1 - last }
        { last = $1 } END { print gap + 0 }' "$ledger")
    echo "$count acknowledged writes, $lost lost; longest gap $gap ms"
    [ "$lost" -eq 0 ]
    ;;
*)
    sed -n '2,6s/^# \{0,1\}//p' "$0" >&2
    exit 2
    ;;
esac
