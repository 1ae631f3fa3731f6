#!/bin/sh
# The five minutes of README.md are true: every command is typed as it stands
# there, and answers as it says.
#
#   tests/integration/test_readme.sh README PROGRAMS_DIR
set -eu

readme=$1
programs=$2
folder=$(mktemp -d)
# Ports of its own: tests that run at once have other process numbers.
port=$((20000 + $$ * 16 % 12000))
cd "$folder"

# A session of the reader's, from the section's blocks: what is in `console` is
# compared, the commands in `sh` only set the stage.
awk '
    /^## / { inside = /^## Five minutes/ }
    !inside { next }
    /^```$/ { block = ""; next }
    /^```/ { block = substr($0, 4); next }
    block == "console" { print > "expected" }
    block == "console" && /^\$ / {
        command = substr($0, 3)
        shown = $0
        gsub(/\047/, "\047\\\047\047", shown)
        print "printf \"%s\\n\" \047" shown "\047"
        print command
    }
    block == "sh" && !/^(PATH|cd)/ {
        print with_port($0)
        if (/^dalvd/)
            print "server=$!; echo $server >server; wait_until_ready"
    }
    function with_port(line) {
        sub(/^dalvd dev/, "& --base-port " port, line)
        return line
    }
' port="$port" "$readme" >session

cat >prelude <<'END'
wait_until_ready()
{
    tries=0
    until dalv get nobody nothing >/dev/null 2>&1 || [ $? -eq 1 ]; do
        tries=$((tries + 1))
        if [ $tries -gt 200 ]; then
            echo "the server does not answer"
            return
        fi
        sleep 0.2
    done
}
END

# What it writes at its end would keep the folder from going.
end()
{
    server=$(cat server 2>/dev/null || true)
    if [ -n "$server" ]; then
        kill "$server" 2>/dev/null || true
        tries=0
        while kill -0 "$server" 2>/dev/null && [ $tries -lt 100 ]; do
            tries=$((tries + 1))
            sleep 0.1
        done
    fi
    cd /
    rm -rf "$folder"
}
trap end EXIT

PATH=$programs:$PATH
cat prelude session >script
timeout 100 bash script >said 2>&1 || true
if ! diff -u expected said; then
    cat shop.log
    exit 1
fi
