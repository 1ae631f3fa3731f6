#!/bin/sh
# Install what the project needs from Debian 12, by package name.
#
#   tools/install_deps.sh [--build|--full] [--check]
#
# --build  what `make` needs (the default)
# --full   also what `make test`, `make check` and `make bench` need
# --check  install nothing; end with 1 if something is missing
#
# It does nothing, quickly, when everything is there. Else it installs as root
# or by sudo without a password, or says which one command does it.
set -eu

build="gcc g++ make cmake ninja-build pkg-config libczmq-dev libzmq3-dev
    libleveldb-dev protobuf-c-compiler libprotobuf-c-dev libyaml-dev
    libsodium-dev libxxhash-dev libmicrohttpd-dev libedit-dev libjansson-dev
    libsqlite3-dev libcurl4-openssl-dev libssl-dev"
full="$build git python3 libcunit1-dev clang clang-format clang-tidy
    libclang-rt-14-dev llvm iwyu cppcheck codespell shellcheck yamllint pmccabe
    valgrind iproute2 etcd-server etcd-client redis-server redis-tools
    nghttp2-client"

wanted=$build
wanted_option=--build
may_install=yes
for argument; do
    case $argument in
    --build)
        wanted=$build
        wanted_option=--build
        ;;
    --full)
        wanted=$full
        wanted_option=--full
        ;;
    --check) may_install=no ;;
    *)
        sed -n '2,12s/^# \{0,1\}//p' "$0" >&2
        exit 2
        ;;
    esac
done

if ! command -v dpkg-query >/dev/null; then
    echo "This is not Debian: make sure yourself that there is" \
        "$(echo "$wanted" | tr -s ' \n' ' ')" >&2
    exit 0
fi

# shellcheck disable=SC2086 # A list of names without spaces.
here=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' $wanted \
    2>/dev/null | sed -n 's/^installed //p')
missing=
for package in $wanted; do
    case "
$here
" in
    *"
$package
"*) ;;
    *) missing="$missing $package" ;;
    esac
done
[ -n "$missing" ] || exit 0

if [ $may_install = no ]; then
    echo "Missing:$missing" >&2
    exit 1
fi
if [ "$(id -u)" -eq 0 ]; then
    as_root=
elif sudo -n true 2>/dev/null; then
    as_root="sudo -n"
else
    echo "Missing:$missing" >&2
    echo "Only root may install packages. One command does it:" >&2
    if command -v sudo >/dev/null; then
        echo "    sudo $0 $wanted_option" >&2
    else
        echo "    su -c '$0 $wanted_option'" >&2
    fi
    exit 1
fi

echo "Installing:$missing" >&2
# shellcheck disable=SC2086 # Lists of words, and as_root may be empty.
{
    $as_root apt-get update -qq
    $as_root env DEBIAN_FRONTEND=noninteractive DEBCONF_NOWARNINGS=yes \
        apt-get install -y -qq --no-install-recommends $missing \
        </dev/null >/dev/null
}
