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
    for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
        if dalv get nobody nothing >/dev/null 2>&1 || [ $? -eq 1 ]; then
            return
        fi
        sleep 0.5
    done
}
END

end()
{
    kill "$(cat server)" 2>/dev/null || true
    cd /
    rm -rf "$folder"
}
trap end EXIT

PATH=$programs:$PATH
cat prelude session >script
timeout 60 bash script >said 2>&1 || true
if ! diff -u expected said; then
    cat shop.log
    exit 1
fi
