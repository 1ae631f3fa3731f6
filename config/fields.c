#include "config/fields.h"

#include "base/assert.h"
#include "base/bounds.h"
#include "config/quantity.h"

#include <string.h>

static const char *const roles[] = {"storage", "router", NULL};
static const char *const owners[] = {"user", "system", NULL};
static const char *const merges[] = {"ask", "mine", "theirs", NULL};
static const char *const levels[] = {"error", "warning", "info", "debug", NULL};

_Static_assert(sizeof(enum log_level) == sizeof(uint32_t), "a choice");

enum {
    FIXED = false, /* Until the process starts again. */
    LIVE = true,
};

#define GROUP(name)                                                            \
    {                                                                          \
        .path = (name), .type = FIELD_GROUP                                    \
    }

#define FIELD(kind, change, member, name, least, most)                         \
    {                                                                          \
        .path = (name), .type = (kind), .is_live = (change),                   \
        .offset = offsetof(struct config, member),                             \
        .size = sizeof(((struct config *)NULL)->member), .min = (least),       \
        .max = (most)                                                          \
    }

#define CHOICE(kind, change, member, name, list)                               \
    {                                                                          \
        .path = (name), .type = (kind), .is_live = (change),                   \
        .offset = offsetof(struct config, member),                             \
        .size = sizeof(((struct config *)NULL)->member), .choices = (list)     \
    }

/* clang-format off: one key a line or two reads as the table that it is. */
static const struct field fields[] = {
    CHOICE(FIELD_FLAGS, FIXED, roles, "roles", roles),

    GROUP("node"),
    FIELD(FIELD_TEXT, FIXED, node.name, "node.name", 1, CONFIG_NAME_MAX),
    FIELD(FIELD_NUMBER, FIXED, node.id, "node.id", 1, UINT32_MAX),

    GROUP("cluster"),
    FIELD(FIELD_TEXT, FIXED, cluster.id, "cluster.id", 1, CONFIG_NAME_MAX),
    FIELD(FIELD_NUMBER, FIXED, cluster.partitions, "cluster.partitions", 1,
          1 << 16),

    GROUP("control"),
    FIELD(FIELD_TEXT, FIXED, control.store, "control.store", 0,
          CONFIG_PATH_MAX),
    FIELD(FIELD_TEXT, FIXED, control.authority_file, "control.authority_file",
          0, CONFIG_PATH_MAX),
    FIELD(FIELD_TEXT, FIXED, control.certificate_file,
          "control.certificate_file", 0, CONFIG_PATH_MAX),
    FIELD(FIELD_TEXT, FIXED, control.key_file, "control.key_file", 0,
          CONFIG_PATH_MAX),

    GROUP("data"),
    FIELD(FIELD_TEXT, FIXED, data.folder, "data.folder", 1, CONFIG_PATH_MAX),

    GROUP("listen"),
    FIELD(FIELD_HOST, FIXED, listen.host, "listen.host", 0, 0),
    FIELD(FIELD_NUMBER, FIXED, listen.base_port, "listen.base_port", 1, 65525),
    FIELD(FIELD_ADDRESS, FIXED, listen.backends, "listen.backends", 0, 0),
    FIELD(FIELD_ADDRESS, FIXED, listen.devices, "listen.devices", 0, 0),
    FIELD(FIELD_ADDRESS, FIXED, listen.nodes, "listen.nodes", 0, 0),
    FIELD(FIELD_ADDRESS, FIXED, listen.admin, "listen.admin", 0, 0),
    FIELD(FIELD_ADDRESS, FIXED, listen.http, "listen.http", 0, 0),

    GROUP("keys"),
    FIELD(FIELD_TEXT, FIXED, keys.folder, "keys.folder", 0, CONFIG_PATH_MAX),

    GROUP("log"),
    FIELD(FIELD_SIZE, FIXED, log.segment_bytes, "log.segment_bytes", 8 * MIB,
          GIB),
    FIELD(FIELD_SIZE, FIXED, log.retention_bytes, "log.retention_bytes",
          16 * MIB, 16 * TIB),
    FIELD(FIELD_DURATION, FIXED, log.erased_kept_ms, "log.erased_kept", 1000,
          23 * HOUR),

    GROUP("index"),
    FIELD(FIELD_SIZE, FIXED, index.cache_bytes, "index.cache_bytes", MIB, TIB),
    FIELD(FIELD_SIZE, FIXED, index.write_buffer_bytes,
          "index.write_buffer_bytes", MIB, GIB),

    GROUP("limits"),
    FIELD(FIELD_NUMBER, LIVE, limits.requests_per_s, "limits.requests_per_s", 1,
          1000000),
    FIELD(FIELD_SIZE, LIVE, limits.bytes_per_s, "limits.bytes_per_s", KIB, GIB),
    FIELD(FIELD_NUMBER, LIVE, limits.burst, "limits.burst", 1, 1000),
    FIELD(FIELD_NUMBER, LIVE, limits.devices_per_user,
          "limits.devices_per_user", 1, BOUNDS_USER_DEVICES_MAX),
    FIELD(FIELD_NUMBER, LIVE, limits.watches_per_device,
          "limits.watches_per_device", 1, 1024),
    FIELD(FIELD_SIZE, LIVE, limits.user_bytes, "limits.user_bytes", MIB,
          64 * GIB),
    FIELD(FIELD_SIZE, LIVE, limits.key_bytes, "limits.key_bytes", 1,
          BOUNDS_KEY_MAX),
    FIELD(FIELD_SIZE, LIVE, limits.value_bytes, "limits.value_bytes", 1,
          BOUNDS_VALUE_MAX),
    FIELD(FIELD_NUMBER, LIVE, limits.transaction_operations,
          "limits.transaction_operations", 1,
          BOUNDS_TRANSACTION_OPERATIONS_MAX),
    FIELD(FIELD_SIZE, LIVE, limits.transaction_bytes,
          "limits.transaction_bytes", KIB, BOUNDS_TRANSACTION_BYTES_MAX),
    FIELD(FIELD_NUMBER, LIVE, limits.sync_operations, "limits.sync_operations",
          1, 1000000),

    GROUP("requests"),
    FIELD(FIELD_DURATION, LIVE, requests.deadline_ms, "requests.deadline", 100,
          MINUTE),

    GROUP("queues"),
    FIELD(FIELD_SIZE, FIXED, queues.client_bytes, "queues.client_bytes",
          BOUNDS_MESSAGE_BYTES_MAX, GIB),
    FIELD(FIELD_SIZE, FIXED, queues.router_bytes, "queues.router_bytes",
          32 * MIB, 64 * GIB),
    FIELD(FIELD_SIZE, FIXED, queues.worker_bytes, "queues.worker_bytes",
          UINT64_C(2) * BOUNDS_BATCH_BYTES_MAX, 64 * GIB),

    GROUP("tokens"),
    FIELD(FIELD_TEXT, FIXED, tokens.issuer, "tokens.issuer", 1,
          CONFIG_NAME_MAX),
    FIELD(FIELD_TEXTS, LIVE, tokens.key_files, "tokens.key_files", 1,
          CONFIG_PATH_MAX),
    FIELD(FIELD_DURATION, LIVE, tokens.device_life_max_ms,
          "tokens.device_life_max", MINUTE, 366 * DAY),
    FIELD(FIELD_DURATION, LIVE, tokens.service_life_max_ms,
          "tokens.service_life_max", MINUTE, 3660 * DAY),

    GROUP("logging"),
    CHOICE(FIELD_CHOICE, LIVE, logging.level, "logging.level", levels),

    CHOICE(FIELD_RULES, LIVE, domains, "domains", owners),
    CHOICE(FIELD_RULES, LIVE, merge_policies, "merge_policies", merges),
};
/* clang-format on */

const struct field_table config_fields = {
    .fields = fields,
    .count = sizeof(fields) / sizeof(fields[0]),
};

_Static_assert(sizeof(fields) / sizeof(fields[0]) <= FIELD_TABLE_MAX, "fits");

size_t config_field_index(size_t offset)
{
    for (size_t i = 0; i < config_fields.count; i++) {
        if (fields[i].type != FIELD_GROUP && fields[i].offset == offset)
            return i;
    }
    ASSERT_UNREACHABLE("every member has its field");
}
