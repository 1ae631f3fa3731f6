#!/bin/sh
# The programs of docs/SDK.md compile without a warning, and do what the guide
# says.
#
#   tests/integration/test_sdk_guide.sh GUIDE INCLUDE_DIR LIBRARY DALV DALVD
set -eu

guide=$1
include_dir=$2
library=$3
dalv=$4
dalvd=$5
folder=$(mktemp -d)
server=

end()
{
    if [ -n "$server" ]; then
        kill "$server" 2>/dev/null || true
        wait "$server" 2>/dev/null || true
    fi
    rm -rf "$folder"
}
trap end EXIT

# Each block of C is a program: program1.c, program2.c.
awk -v folder="$folder" '
    /^```c$/ { count++; inside = 1; next }
    /^```$/ { inside = 0 }
    inside { print > (folder "/program" count ".c") }
' "$guide"
for number in 1 2; do
    cc -std=c99 -pedantic -Wall -Wextra -Werror -Wno-unused-result \
        -I"$include_dir" -o "$folder/program$number" \
        "$folder/program$number.c" "$library" -Wl,-rpath,"$(dirname "$library")"
done

port=$((20000 + $$ * 16 % 12000))
"$dalvd" dev --data "$folder/data" --base-port "$port" \
    >"$folder/server.log" 2>&1 &
server=$!
tries=0
until "$dalv" --profile "$folder/data/profile.yaml" scan nobody 2>/dev/null; do
    tries=$((tries + 1))
    if [ $tries -gt 100 ]; then
        cat "$folder/server.log" >&2
        exit 1
    fi
    sleep 0.1
done

issue()
{
    "$dalv" --profile "$folder/data/profile.yaml" token issue "$@"
}

"$folder/program1" "tcp://127.0.0.1:$port" "$(issue --role backend)" \
    >"$folder/said"
diff -u - "$folder/said" <<'END'
revision 1
1 orders
sys/order_count
sys/orders/1
END

"$folder/program2" "$folder/store" "tcp://127.0.0.1:$((port + 2))" \
    "$(issue --user anna)" >"$folder/said"
diff -u - "$folder/said" <<'END'
durable
END
