#!/bin/bash
# Whether the dalvd of this container answers requests now.
#
#   is_ready HTTP_PORT
set -eu

exec 3<>"/dev/tcp/127.0.0.1/$1"
printf 'GET /readyz HTTP/1.0\r\n\r\n' >&3
read -r _ code _ <&3
[ "$code" = 200 ]
