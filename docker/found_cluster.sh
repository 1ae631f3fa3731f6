#!/bin/sh
# What the containers of compose.yaml need before they can start: certificates,
# keys, configurations, and the first map of the cluster. It begins as root.
#
#   found_cluster certificates   for etcd, and for those who ask it
#   found_cluster map            everything else; etcd runs by now
#
# Each folder below /cluster is a volume of its own, which only those see whose
# secrets are in it. What is there already is kept: it may run at each start.
set -eu
umask 077

top=/cluster
nodes="node-1 node-2 node-3"
routers="router-1 router-2"
store=etcd:https://etcd:2379
ready_after_s=60

# Volumes belong to root when they are new; nothing else here needs it.
if [ "$(id -u)" -eq 0 ]; then
    chown dalv:dalv "$top"/*
    exec setpriv --reuid=dalv --regid=dalv --clear-groups "$0" "$@"
fi

# sign PATH NAME EXTENSION...: a key and a certificate of the authority.
sign()
{
    path=$1
    name=$2
    shift 2
    [ ! -s "$path.crt" ] || return 0
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes \
        -days 3650 -subj "/CN=$name" -keyout "$path.key" -out "$path.new" \
        -CA "$top/authority/authority.crt" \
        -CAkey "$top/authority/authority.key" \
        -addext basicConstraints=critical,CA:FALSE "$@" 2>/dev/null
    mv "$path.new" "$path.crt"
}

make_authority()
{
    path=$top/authority/authority
    [ ! -s "$path.crt" ] || return 0
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes \
        -days 3650 -subj "/CN=DalvDB control store" -keyout "$path.key" \
        -out "$path.new" -addext keyUsage=critical,keyCertSign 2>/dev/null
    mv "$path.new" "$path.crt"
}

make_certificates()
{
    make_authority
    # Its gateway shows the server's certificate to the server.
    sign "$top/etcd/etcd" etcd -addext subjectAltName=DNS:etcd,DNS:localhost \
        -addext extendedKeyUsage=serverAuth,clientAuth
    for folder in $nodes routers client; do
        sign "$top/$folder/control" "$folder" \
            -addext extendedKeyUsage=clientAuth
    done
    for folder in etcd $nodes routers client; do
        cp "$top/authority/authority.crt" "$top/$folder/"
    done
}

# Until etcd answers, it cannot be told from one that never will.
init_cluster()
{
    tries=0
    until dalv --profile "$top/client/operator.yaml" cluster init \
        --id compose --partitions 64 --keys "$top" \
        node-1=10.74.70.11:7474,zone=a node-2=10.74.70.12:7474,zone=b \
        node-3=10.74.70.13:7474,zone=c 2>"$top/client/problem"; do
        # 4: nobody answers as yet.
        if [ $? -ne 4 ] || [ $tries -ge $ready_after_s ]; then
            cat "$top/client/problem" >&2
            exit 1
        fi
        tries=$((tries + 1))
        sleep 1
    done
}

is_founded()
{
    dalv --profile "$top/client/operator.yaml" cluster map \
        >/dev/null 2>&1
}

# configure TEMPLATE NAME ID FOLDER
configure()
{
    sed -e "s/NODE_NAME/$2/" -e "s/NODE_ID/$3/" "/templates/$1" \
        >"$top/$4/$2.yaml"
    chmod 0600 "$top/$4/$2.yaml"
}

make_configurations()
{
    id=0
    for node in $nodes; do
        id=$((id + 1))
        configure storage.yaml "$node" "$id" "$node"
    done
    id=100
    for router in $routers; do
        id=$((id + 1))
        configure router.yaml "$router" "$id" routers
    done
    for folder in $nodes routers; do
        cp "$top/client/issuer.key.pub" "$top/$folder/issuer.pub"
        chmod 0644 "$top/$folder/issuer.pub"
    done
}

make_profile()
{
    cp "$top/routers/client.key" "$top/client/client.key"
    {
        cat <<PROFILE
role: backend
cluster: compose
endpoints:
  backends: "10.74.70.20:7470"
  devices: "10.74.70.20:7472"
keys:
  backends: "$(dalv keys show "$top/routers/backends.key")"
  devices: "$(dalv keys show "$top/routers/devices.key")"
  file: /etc/dalv/client.key
issuer:
  name: dalvdb
  key_file: /etc/dalv/issuer.key
PROFILE
        tell_control /etc/dalv
    } >"$top/client/profile.yaml"
}

# tell_control FOLDER: what a profile says of the control store.
tell_control()
{
    cat <<PROFILE
control:
  store: "$store"
  authority_file: $1/authority.crt
  certificate_file: $1/control.crt
  key_file: $1/control.key
PROFILE
}

case ${1-} in
certificates) make_certificates ;;
map)
    tell_control "$top/client" >"$top/client/operator.yaml"
    is_founded || init_cluster
    [ -s "$top/client/issuer.key.pub" ] ||
        dalv token keygen "$top/client/issuer.key"
    make_profile
    make_configurations
    echo "The cluster can start."
    ;;
*)
    sed -n '2,10s/^# \{0,1\}//p' "$0" >&2
    exit 2
    ;;
esac
