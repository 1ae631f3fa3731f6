#include "config/check.h"

#include "config/fields.h"

#include <stddef.h>
#include <string.h>

enum {
    LOG_ALIGNMENT = 4096,
};

/* A rule looks at the configuration and says what is wrong, or NULL. */
struct rule {
    size_t offset; /* Of the member whose place the error names. */
    const char *(*problem)(const struct config *config);
};

static const char *roles_problem(const struct config *config)
{
    if (config->roles == 0)
        return "must name a role: storage, router, or both";
    /* Only a cluster's map tells the router of other nodes. */
    if ((config->roles & CONFIG_STORAGE) == 0 &&
        config->control.store[0] == '\0')
        return "must include storage: a router of its own has no node to ask, "
               "unless control.store names a cluster";
    return NULL;
}

static const char *partitions_problem(const struct config *config)
{
    uint64_t partitions = config->cluster.partitions;

    return (partitions & (partitions - 1)) != 0
               ? "must be a power of two, such as 1024"
               : NULL;
}

static const char *segment_problem(const struct config *config)
{
    return config->log.segment_bytes % LOG_ALIGNMENT != 0
               ? "must be a multiple of 4KiB"
               : NULL;
}

static const char *retention_problem(const struct config *config)
{
    return config->log.retention_bytes / 2 < config->log.segment_bytes
               ? "must be at least twice log.segment_bytes: raise it or lower "
                 "that"
               : NULL;
}

static const char *value_problem(const struct config *config)
{
    return config->limits.value_bytes > config->limits.transaction_bytes
               ? "must not be more than limits.transaction_bytes"
               : NULL;
}

static const char *transaction_problem(const struct config *config)
{
    return config->limits.transaction_bytes > config->limits.user_bytes
               ? "must not be more than limits.user_bytes"
               : NULL;
}

/* Else a device could never send its largest transaction. */
static const char *burst_problem(const struct config *config)
{
    return config->limits.bytes_per_s * config->limits.burst <
                   config->limits.transaction_bytes
               ? "times limits.bytes_per_s must be at least "
                 "limits.transaction_bytes: raise one of them"
               : NULL;
}

/* Of the whole, a quarter is for the answers at each of two ports, ... */
static const char *client_queue_problem(const struct config *config)
{
    return config->queues.client_bytes > config->queues.router_bytes / 4
               ? "must not be more than a quarter of queues.router_bytes"
               : NULL;
}

/* ... and a half for requests: writes that wait are among them. */
static const char *worker_queue_problem(const struct config *config)
{
    return config->queues.worker_bytes > config->queues.router_bytes / 2
               ? "must not be more than a half of queues.router_bytes"
               : NULL;
}

static const char *key_files_problem(const struct config *config)
{
    return (config->roles & CONFIG_ROUTER) != 0 &&
                   config->tokens.key_files.count == 0
               ? "must name a file of the issuer's public keys: without one "
                 "a router can let nobody in"
               : NULL;
}

static const struct rule rules[] = {
    {offsetof(struct config, roles), roles_problem},
    {offsetof(struct config, cluster.partitions), partitions_problem},
    {offsetof(struct config, log.segment_bytes), segment_problem},
    {offsetof(struct config, log.retention_bytes), retention_problem},
    {offsetof(struct config, limits.value_bytes), value_problem},
    {offsetof(struct config, limits.transaction_bytes), transaction_problem},
    {offsetof(struct config, limits.burst), burst_problem},
    {offsetof(struct config, queues.client_bytes), client_queue_problem},
    {offsetof(struct config, queues.worker_bytes), worker_queue_problem},
    {offsetof(struct config, tokens.key_files), key_files_problem},
};

static const size_t address_offsets[] = {
    offsetof(struct config, listen.backends),
    offsetof(struct config, listen.devices),
    offsetof(struct config, listen.nodes),
    offsetof(struct config, listen.admin),
    offsetof(struct config, listen.http),
};

enum {
    RULES = sizeof(rules) / sizeof(rules[0]),
    ADDRESSES = sizeof(address_offsets) / sizeof(address_offsets[0]),
};

/* Begin an error at the field's key, with its path in front. */
static struct text begin(size_t offset, const struct yaml_places *places,
                         struct config_error *error)
{
    size_t index = config_field_index(offset);
    const struct yaml_place *place = &places->fields[index];
    struct text text =
        config_error_begin(error, DALV_INVALID, place->line, place->column);

    text_put(&text, config_fields.fields[index].path);
    text_put(&text, " ");
    return text;
}

static const struct address *address_at(const struct config *config, size_t i)
{
    return (const void *)((const char *)config + address_offsets[i]);
}

/* An address of 0.0.0.0 would collide as well, but is refused before. */
static bool is_same(const struct address *a, const struct address *b)
{
    return a->port == b->port && strcmp(a->host, b->host) == 0;
}

/* True if no address before number `i` is the same. */
static bool check_collisions(const struct config *config, size_t i,
                             const struct yaml_places *places,
                             struct config_error *error)
{
    for (size_t j = 0; j < i; j++) {
        struct text text;

        if (!is_same(address_at(config, i), address_at(config, j)))
            continue;
        text = begin(address_offsets[i], places, error);
        text_put(&text, "must not be the same as ");
        text_put(
            &text,
            config_fields.fields[config_field_index(address_offsets[j])].path);
        return false;
    }
    return true;
}

/*
 * Without keys connections are neither encrypted nor authenticated, so whoever
 * can reach a port can be anybody.
 */
static bool check_reach(const struct config *config, size_t i,
                        const struct yaml_places *places,
                        struct config_error *error)
{
    struct text text;

    if (config->keys.folder[0] != '\0' ||
        address_is_loopback(address_at(config, i)))
        return true;
    text = begin(address_offsets[i], places, error);
    text_put(&text, "must be on loopback, 127.0.0.1 or ::1, as long as "
                    "keys.folder names no keys to encrypt connections with; "
                    "it is ");
    address_format(address_at(config, i), &text);
    return false;
}

enum dalv_status config_check(const struct config *config,
                              const struct yaml_places *places,
                              struct config_error *out_error)
{
    for (size_t i = 0; i < RULES; i++) {
        const char *problem = rules[i].problem(config);

        if (problem != NULL) {
            struct text text = begin(rules[i].offset, places, out_error);

            text_put(&text, problem);
            return DALV_INVALID;
        }
    }
    for (size_t i = 0; i < ADDRESSES; i++) {
        if (!check_reach(config, i, places, out_error) ||
            !check_collisions(config, i, places, out_error))
            return DALV_INVALID;
    }
    return DALV_OK;
}
