/*
 * Everything that a server process is told before it starts.
 *
 * The file is config/dalvd.example.yaml's: each key, its meaning and its
 * default stand there. Numbers are within the bounds of config/fields.c and fit
 * each other; nothing beyond this folder checks them again.
 */
#ifndef DALV_CONFIG_CONFIG_H
#define DALV_CONFIG_CONFIG_H

#include "base/bytes.h"
#include "base/log.h"
#include "base/status.h"
#include "base/text.h"
#include "config/address.h"
#include "config/error.h"
#include "config/field.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    CONFIG_NAME_MAX = 64,
    CONFIG_PATH_MAX = FIELD_TEXT_ITEM_MAX - 1,
    CONFIG_BASE_PORT = 7470,
};

/* Bits of config.roles. */
enum config_role {
    CONFIG_STORAGE = 1,
    CONFIG_ROUTER = 2,
};

/* Who may write the keys under a prefix; devices only where it is the user. */
enum config_owner {
    CONFIG_OWNER_USER,
    CONFIG_OWNER_SYSTEM,
};

/* What happens to an operation of a device that conflicts. */
enum config_merge {
    CONFIG_MERGE_ASK,
    CONFIG_MERGE_MINE,
    CONFIG_MERGE_THEIRS,
};

struct config_node {
    char name[CONFIG_NAME_MAX + 1];
    uint64_t id;
};

struct config_cluster {
    char id[CONFIG_NAME_MAX + 1]; /* What tokens name as their audience. */
    uint64_t partitions;          /* A power of two. */
};

/* Where the cluster is agreed on; all empty: this process is its own. */
struct config_control {
    char store[CONFIG_PATH_MAX + 1]; /* "file:PATH", "etcd:URL,URL". */
    char authority_file[CONFIG_PATH_MAX + 1];
    char certificate_file[CONFIG_PATH_MAX + 1];
    char key_file[CONFIG_PATH_MAX + 1];
};

struct config_data {
    char folder[CONFIG_PATH_MAX + 1];
};

/* After loading, each address is set. */
struct config_listen {
    char host[ADDRESS_HOST_MAX + 1];
    uint64_t base_port;
    struct address backends;
    struct address devices;
    struct address nodes;
    struct address admin;
    struct address http;
};

/* Of encrypted connections: dalvd/keyring.h says which files it holds. */
struct config_keys {
    char folder[CONFIG_PATH_MAX + 1]; /* Empty: none; loopback only. */
};

struct config_log {
    uint64_t segment_bytes;
    uint64_t retention_bytes;
    uint64_t erased_kept_ms; /* What was erased stays in it so long. */
};

struct config_index {
    uint64_t cache_bytes;
    uint64_t write_buffer_bytes;
};

struct config_limits {
    uint64_t requests_per_s; /* Of one device; a burst is `burst` times it. */
    uint64_t bytes_per_s;
    uint64_t burst;
    uint64_t devices_per_user;
    uint64_t watches_per_device;
    uint64_t user_bytes;
    uint64_t key_bytes;
    uint64_t value_bytes;
    uint64_t transaction_operations;
    uint64_t transaction_bytes;
    uint64_t sync_operations; /* Pushed in one SYNC session. */
};

struct config_requests {
    uint64_t deadline_ms; /* How long a router holds one. */
};

struct config_queues {
    uint64_t client_bytes; /* Answers that one client has not read. */
    uint64_t router_bytes; /* Requests and answers of all clients. */
    uint64_t worker_bytes; /* Transactions on the way to the log. */
};

struct config_tokens {
    char issuer[CONFIG_NAME_MAX + 1];
    struct field_texts key_files; /* The issuer's public keys. */
    uint64_t device_life_max_ms;  /* From issue to end. */
    uint64_t service_life_max_ms; /* The same for backends and admins. */
};

struct config_logging {
    enum log_level level;
};

struct config {
    uint32_t roles;
    struct config_node node;
    struct config_cluster cluster;
    struct config_control control;
    struct config_data data;
    struct config_listen listen;
    struct config_keys keys;
    struct config_log log;
    struct config_index index;
    struct config_limits limits;
    struct config_requests requests;
    struct config_queues queues;
    struct config_tokens tokens;
    struct config_logging logging;
    struct field_rules domains;        /* Prefix -> enum config_owner. */
    struct field_rules merge_policies; /* Prefix -> enum config_merge. */
};

/* The defaults: what an empty file gives. */
void config_default(struct config *out_config);

/*
 * The embedded default: one process on loopback with both roles, its data,
 * the issuer's key file `issuer.pub` and everything else below `folder`.
 * DALV_INVALID, explained, for a folder or base port that cannot be.
 */
DALV_MUST_CHECK enum dalv_status config_for_dev(const char *folder,
                                                uint16_t base_port,
                                                struct config *out_config,
                                                struct config_error *out_error);

/*
 * Read and check a file's text. DALV_INVALID or DALV_TOO_BIG, explained with
 * line and column in `out_error`.
 */
DALV_MUST_CHECK enum dalv_status config_parse(struct bytes text,
                                              struct config *out_config,
                                              struct config_error *out_error);

/*
 * Read and check the file at `path`, which nobody but its owner (this user or
 * root) may write. As config_parse, and DALV_NOT_FOUND, DALV_NOT_PERMITTED or
 * DALV_IO, explained too.
 */
DALV_MUST_CHECK enum dalv_status config_load(const char *path,
                                             struct config *out_config,
                                             struct config_error *out_error);

/* Append the whole configuration as a file's text; config_parse takes it. */
void config_describe(const struct config *config, struct text *out_text);

/* What differs between two configurations. */
struct config_changes {
    size_t count;
    size_t restart_count; /* Of them; a running process cannot take these. */
    struct config_change {
        const char *path; /* "limits.user_bytes"; static. */
        bool needs_restart;
    } items[FIELD_TABLE_MAX];
};

void config_diff(const struct config *running, const struct config *fresh,
                 struct config_changes *out_changes);

/* Take over from `fresh` what needs no restart. */
void config_apply(struct config *running, const struct config *fresh);

/* Who owns `key`, by the longest matching prefix; else the user. */
enum config_owner config_owner_of(const struct config *config,
                                  struct bytes key);

/* How conflicts on `key` are merged, by the longest prefix; else ask. */
enum config_merge config_merge_of(const struct config *config,
                                  struct bytes key);

#endif
