/*
 * A profile: how `dalv` and the SDK reach a cluster and who they are there.
 *
 * It holds a token, or the name of the file of the key that issues tokens, so
 * its file has mode 0600 and is refused otherwise.
 *
 *     role: backend                     # device, backend or admin
 *     cluster: local                    # the audience of tokens
 *     endpoints:
 *       backends: ["10.0.0.1:7470", "db2.example:7470"]
 *       devices: "127.0.0.1:7472"       # or a list; auto: not known
 *       admin: "127.0.0.1:7476"         # or a list: of processes that the
 *                                       # map does not name, as routers
 *       http: "127.0.0.1:7480"
 *     keys:                           # of encrypted connections, see below
 *       backends: ""                  # the public key of that port
 *       devices: ""                   # the same
 *       file: client.key              # one's own secret, as issuer.key_file
 *       admin: ""                     # the public key of admin ports
 *       admin_file: operator.key      # one's own secret there
 *     control:                        # of operators: the cluster's store
 *       store: "etcd:https://10.0.0.1:2379"   # or "file:PATH"
 *       prefix: ""                    # of etcd's keys; else "dalv/"
 *       authority_file: ""            # TLS to etcd
 *       certificate_file: ""
 *       key_file: ""
 *     token: ""
 *     issuer:
 *       name: dalvdb
 *       key_file: issuer.key            # beside the profile, or absolute
 */
#ifndef DALV_CONFIG_PROFILE_H
#define DALV_CONFIG_PROFILE_H

#include "base/bounds.h"
#include "base/bytes.h"
#include "base/status.h"
#include "config/address.h"
#include "config/config.h"
#include "config/error.h"

enum {
    PROFILE_KEY_TEXT_BYTES = 41, /* 40 characters of Z85 and a zero. */
    PROFILE_STORE_MAX = 511,
    PROFILE_PREFIX_MAX = 256,
};

enum profile_role {
    PROFILE_DEVICE,
    PROFILE_BACKEND,
    PROFILE_ADMIN,
};

struct profile_endpoints {
    struct addresses backends; /* Names only with keys. */
    struct addresses devices;  /* The same. */
    struct addresses admin;    /* The same. */
    struct address http;
};

/* Where connections are encrypted, as beyond loopback; empty elsewhere. */
struct profile_keys {
    char backends[PROFILE_KEY_TEXT_BYTES];
    char devices[PROFILE_KEY_TEXT_BYTES];
    char file[CONFIG_PATH_MAX + 1];
    char admin[PROFILE_KEY_TEXT_BYTES];
    char admin_file[CONFIG_PATH_MAX + 1];
};

/* Where the cluster keeps what is agreed on; see control/control_place.h. */
struct profile_control {
    char store[PROFILE_STORE_MAX + 1];
    char prefix[PROFILE_PREFIX_MAX + 1];
    char authority_file[CONFIG_PATH_MAX + 1];
    char certificate_file[CONFIG_PATH_MAX + 1];
    char key_file[CONFIG_PATH_MAX + 1];
};

struct profile_issuer {
    char name[CONFIG_NAME_MAX + 1];
    char key_file[CONFIG_PATH_MAX + 1];
};

/* Texts that are not given are empty. Whoever is done with one wipes it. */
struct profile {
    enum profile_role role;
    char cluster[CONFIG_NAME_MAX + 1];
    struct profile_endpoints endpoints; /* One is set, or control.store. */
    struct profile_keys keys;
    struct profile_control control;
    char token[BOUNDS_TOKEN_BYTES_MAX + 1];
    struct profile_issuer issuer;
};

/* An empty one: a backend of the cluster "local" that knows nothing else. */
void profile_init(struct profile *profile);

/* Overwrite it, token and all. */
void profile_wipe(struct profile *profile);

/*
 * Read a profile's text. DALV_INVALID or DALV_TOO_BIG, explained: besides bad
 * YAML, if neither an endpoint nor a control store is set, or an endpoint and
 * neither a token nor a key file.
 */
DALV_MUST_CHECK enum dalv_status profile_parse(struct bytes text,
                                               struct profile *out_profile,
                                               struct config_error *out_error);

/*
 * Read the file at `path`; a key file or certificate that is no absolute
 * path is looked for from the folder of the profile on. As profile_parse, and
 * DALV_NOT_FOUND, DALV_NOT_PERMITTED (if group or others may do anything with
 * it) or DALV_IO, explained too.
 */
DALV_MUST_CHECK enum dalv_status profile_load(const char *path,
                                              struct profile *out_profile,
                                              struct config_error *out_error);

/* Write the file with mode 0600, durably; see small_file_replace. */
DALV_MUST_CHECK enum dalv_status profile_save(const char *path,
                                              const struct profile *profile);

#endif
