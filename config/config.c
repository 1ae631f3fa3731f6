#include "config/config.h"

#include "base/bounds.h"
#include "base/buffer.h"
#include "base/small_file.h"
#include "config/check.h"
#include "config/fields.h"
#include "config/quantity.h"
#include "config/yaml.h"

#include <string.h>

/* The owner's profile is made once and must go on working: ten years. */
#define DEV_OWNER_LIFE (3650 * DAY)

/* What each port adds to listen.base_port. */
enum {
    BACKENDS_OFFSET = 0,
    DEVICES_OFFSET = 2,
    NODES_OFFSET = 4,
    ADMIN_OFFSET = 6,
    HTTP_OFFSET = 10,
};

/*
 * Defaults before endpoints are resolved. They are what the example says: a
 * test compares the two.
 */
static const struct config defaults = {
    .roles = CONFIG_STORAGE | CONFIG_ROUTER,
    .node = {.name = "node-1", .id = 1},
    .cluster = {.id = "local", .partitions = 1024},
    .data = {.folder = "/var/lib/dalv"},
    .listen = {.host = "127.0.0.1", .base_port = CONFIG_BASE_PORT},
    .log = {.segment_bytes = 64 * MIB,
            .retention_bytes = 8 * GIB,
            .erased_kept_ms = 23 * HOUR},
    .index = {.cache_bytes = 512 * MIB, .write_buffer_bytes = 64 * MIB},
    .limits = {.requests_per_s = 50,
               .bytes_per_s = MIB,
               .burst = 10,
               .devices_per_user = BOUNDS_USER_DEVICES_MAX,
               .watches_per_device = 64,
               .user_bytes = 64 * MIB,
               .key_bytes = BOUNDS_KEY_MAX,
               .value_bytes = BOUNDS_VALUE_MAX,
               .transaction_operations = BOUNDS_TRANSACTION_OPERATIONS_MAX,
               .transaction_bytes = BOUNDS_TRANSACTION_BYTES_MAX,
               .sync_operations = 10000},
    .requests = {.deadline_ms = 2000},
    .queues = {.client_bytes = 8 * MIB,
               .router_bytes = 256 * MIB,
               .worker_bytes = 64 * MIB},
    .tokens = {.issuer = "dalvdb",
               .key_files = {.count = 1, .items = {"/etc/dalv/issuer.pub"}},
               .device_life_max_ms = HOUR,
               .service_life_max_ms = DAY},
    .logging = {.level = LOG_INFO},
    .domains = {.count = 1,
                .items = {{.prefix_size = 4,
                           .prefix = "sys/",
                           .choice = CONFIG_OWNER_SYSTEM}}},
    .merge_policies = {.count = 1, .items = {{.choice = CONFIG_MERGE_ASK}}},
};

static void resolve(const struct config_listen *listen, uint64_t offset,
                    struct address *address)
{
    if (address_is_set(address))
        return;
    memcpy(address->host, listen->host, sizeof(address->host));
    address->port = (uint16_t)(listen->base_port + offset);
}

static void resolve_all(struct config_listen *listen)
{
    resolve(listen, BACKENDS_OFFSET, &listen->backends);
    resolve(listen, DEVICES_OFFSET, &listen->devices);
    resolve(listen, NODES_OFFSET, &listen->nodes);
    resolve(listen, ADMIN_OFFSET, &listen->admin);
    resolve(listen, HTTP_OFFSET, &listen->http);
}

void config_default(struct config *out_config)
{
    *out_config = defaults;
    resolve_all(&out_config->listen);
}

enum dalv_status config_parse(struct bytes text, struct config *out_config,
                              struct config_error *out_error)
{
    struct config config = defaults;
    struct yaml_places places;
    enum dalv_status status =
        yaml_read(&config_fields, text, &config, &places, out_error);

    if (status != DALV_OK)
        return status;
    resolve_all(&config.listen);
    status = config_check(&config, &places, out_error);
    if (status == DALV_OK)
        *out_config = config;
    return status;
}

static void explain(enum dalv_status status, const char *path,
                    struct config_error *error)
{
    struct text text = config_error_begin(error, status, 0, 0);

    text_put(&text, "cannot read ");
    text_put_bytes(&text, bytes_from_text(path));
    text_put(&text, ": ");
    text_put(&text, status_text(status));
    if (status == DALV_NOT_PERMITTED)
        text_put(&text, "; it must be readable, belong to this user or root, "
                        "and be writable by nobody else (chmod go-w)");
    if (status == DALV_TOO_BIG)
        text_put(&text, "; the most are 64KiB");
}

enum dalv_status config_load(const char *path, struct config *out_config,
                             struct config_error *out_error)
{
    struct buffer text;
    enum dalv_status status;

    buffer_init(&text);
    status = small_file_read(path, SMALL_FILE_PUBLIC, YAML_FILE_MAX, &text);
    if (status == DALV_OK)
        status = config_parse(buffer_bytes(&text), out_config, out_error);
    else
        explain(status, path, out_error);
    buffer_deinit(&text);
    return status;
}

/* Take a value that came from an argument as if it stood in a file. */
static enum dalv_status set_argument(struct config *config, size_t index,
                                     struct bytes value,
                                     struct config_error *error)
{
    const struct field *field = &config_fields.fields[index];
    struct text reason = config_error_begin(error, DALV_INVALID, 0, 0);

    text_put(&reason, field->path);
    text_put(&reason, " ");
    return field_assign(field, value, config, &reason) ? DALV_OK : DALV_INVALID;
}

/* The path "FOLDER/issuer.pub". */
static enum dalv_status set_key_file(struct config *config, const char *folder,
                                     struct config_error *error)
{
    size_t index = CONFIG_FIELD_INDEX(tokens.key_files);
    char storage[2 * CONFIG_PATH_MAX];
    struct text path;

    /* The folder was checked: it is within its bound. */
    text_init(&path, storage, sizeof(storage));
    text_put(&path, folder);
    text_put(&path, "/issuer.pub");
    field_clear(&config_fields.fields[index], config);
    return set_argument(config, index, bytes_make(path.data, path.size), error);
}

enum dalv_status config_for_dev(const char *folder, uint16_t base_port,
                                struct config *out_config,
                                struct config_error *out_error)
{
    static const struct yaml_places nowhere;
    struct config config = defaults;
    char digits[8];
    struct text port;
    enum dalv_status status;

    text_init(&port, digits, sizeof(digits));
    text_put_u64(&port, base_port);
    status = set_argument(&config, CONFIG_FIELD_INDEX(data.folder),
                          bytes_from_text(folder), out_error);
    if (status == DALV_OK)
        status = set_argument(&config, CONFIG_FIELD_INDEX(listen.base_port),
                              bytes_from_text(digits), out_error);
    if (status == DALV_OK)
        status = set_key_file(&config, folder, out_error);
    if (status != DALV_OK)
        return status;
    config.tokens.service_life_max_ms = DEV_OWNER_LIFE;
    resolve_all(&config.listen);
    status = config_check(&config, &nowhere, out_error);
    if (status == DALV_OK)
        *out_config = config;
    return status;
}

void config_describe(const struct config *config, struct text *out_text)
{
    yaml_write(&config_fields, config, out_text);
}

void config_diff(const struct config *running, const struct config *fresh,
                 struct config_changes *out_changes)
{
    out_changes->count = 0;
    out_changes->restart_count = 0;
    for (size_t i = 0; i < config_fields.count; i++) {
        const struct field *field = &config_fields.fields[i];

        if (field_is_equal(field, running, fresh))
            continue;
        out_changes->items[out_changes->count++] = (struct config_change){
            .path = field->path, .needs_restart = !field->is_live};
        out_changes->restart_count += !field->is_live;
    }
}

void config_apply(struct config *running, const struct config *fresh)
{
    for (size_t i = 0; i < config_fields.count; i++) {
        const struct field *field = &config_fields.fields[i];

        if (field->is_live)
            field_copy(field, running, fresh);
    }
}

enum config_owner config_owner_of(const struct config *config, struct bytes key)
{
    uint32_t owner =
        field_rules_match(&config->domains, key, CONFIG_OWNER_USER);

    return (enum config_owner)owner;
}

enum config_merge config_merge_of(const struct config *config, struct bytes key)
{
    uint32_t merge =
        field_rules_match(&config->merge_policies, key, CONFIG_MERGE_ASK);

    return (enum config_merge)merge;
}
