#!/bin/sh
# What is installed is complete: a program needs no more than pkg-config says,
# in C99 as in C++, and every page, script and unit is where it is looked for.
#
#   tests/integration/test_install.sh BUILD_DIR
set -eu

build_dir=$1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
export LC_ALL=C

# What is made for one prefix is installed below it and no other.
prefix=$(sed -n 's/^CMAKE_INSTALL_PREFIX:[^=]*=//p' "$build_dir/CMakeCache.txt")
DESTDIR=$folder/root cmake --install "$build_dir" >/dev/null

# A replica that works without a server.
cat >"$folder/program.c" <<'END'
#include <dalv/dalv.h>

#include <stdio.h>

int main(int argc, char **argv)
{
    struct dalv_device_options *options = NULL;
    struct dalv_device *device = NULL;
    struct dalv_value *value = NULL;
    enum dalv_status status = dalv_device_options_create(&options);

    if (argc == 2 && status == DALV_OK)
        status = dalv_device_options_set_path(options, argv[1]);
    if (status == DALV_OK)
        status = dalv_device_options_set_user(options, dalv_text("anna"));
    if (status == DALV_OK)
        status = dalv_device_open(options, &device);
    if (status == DALV_OK)
        status = dalv_device_put(device, dalv_text("name"), dalv_text("Anna"));
    if (status == DALV_OK)
        status = dalv_device_get(device, dalv_text("name"), &value);
    if (status == DALV_OK)
        printf("%.*s\n", (int)dalv_value_bytes(value).size,
               (const char *)dalv_value_bytes(value).data);
    else
        fprintf(stderr, "%s\n", dalv_status_text(status));
    dalv_value_destroy(&value);
    dalv_device_close(&device);
    dalv_device_options_destroy(&options);
    return status == DALV_OK ? 0 : 1;
}
END
cp "$folder/program.c" "$folder/program.cpp"

pkgconfig=$(dirname "$(find "$folder/root" -name dalv.pc)")
libraries=$(dirname "$pkgconfig")
flags=$(PKG_CONFIG_SYSROOT_DIR=$folder/root PKG_CONFIG_PATH=$pkgconfig \
    pkg-config --cflags --libs dalv)

# compiles_and_runs NAME COMPILER...
compiles_and_runs()
{
    name=$1
    shift
    # shellcheck disable=SC2086 # The flags are a list.
    "$@" -Wall -Wextra -pedantic -Werror -o "$folder/$name" $flags
    LD_LIBRARY_PATH=$libraries "$folder/$name" "$folder/$name.store" |
        diff -u "$folder/expected" -
}

echo Anna >"$folder/expected"
compiles_and_runs c99 cc -std=c99 "$folder/program.c"
compiles_and_runs c++ c++ -std=c++11 "$folder/program.cpp"

while read -r path; do
    if [ ! -s "$folder/root$prefix/$path" ]; then
        echo "there is no $prefix/$path" >&2
        exit 1
    fi
done <<'END'
bin/dalv
bin/dalvd
share/man/man1/dalv.1
share/man/man1/dalv-device-sync.1
share/man/man8/dalvd.8
share/bash-completion/completions/dalv
share/zsh/site-functions/_dalv
share/doc/dalvdb/dalvd.example.yaml
lib/systemd/system/dalvd.service
lib/sysusers.d/dalvd.conf
END
for page in "$folder/root$prefix"/share/man/man*/*; do
    grep -q '^\.SH NAME$' "$page"
done
bash -n "$folder/root$prefix/share/bash-completion/completions/dalv"

"$folder/root$prefix/bin/dalvd" --check-config \
    "$folder/root$prefix/share/doc/dalvdb/dalvd.example.yaml" >/dev/null
"$folder/root$prefix/bin/dalv" --help >/dev/null
