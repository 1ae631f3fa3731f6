#include "config/profile.h"

#include "base/assert.h"
#include "base/buffer.h"
#include "base/small_file.h"
#include "config/field.h"
#include "config/yaml.h"

#include <stdlib.h>
#include <string.h>

static const char *const roles[] = {"device", "backend", "admin", NULL};

_Static_assert(sizeof(enum profile_role) == sizeof(uint32_t), "a choice");

#define GROUP(name)                                                            \
    {                                                                          \
        .path = (name), .type = FIELD_GROUP                                    \
    }

#define FIELD(kind, member, name, most)                                        \
    {                                                                          \
        .path = (name), .type = (kind),                                        \
        .offset = offsetof(struct profile, member),                            \
        .size = sizeof(((struct profile *)NULL)->member), .max = (most),       \
        .choices = roles                                                       \
    }

static const struct field fields[] = {
    FIELD(FIELD_CHOICE, role, "role", 0),
    FIELD(FIELD_TEXT, cluster, "cluster", CONFIG_NAME_MAX),
    GROUP("endpoints"),
    FIELD(FIELD_ADDRESSES, endpoints.backends, "endpoints.backends", 0),
    FIELD(FIELD_ADDRESSES, endpoints.devices, "endpoints.devices", 0),
    FIELD(FIELD_ADDRESSES, endpoints.admin, "endpoints.admin", 0),
    FIELD(FIELD_ADDRESS, endpoints.http, "endpoints.http", 0),
    GROUP("keys"),
    FIELD(FIELD_TEXT, keys.backends, "keys.backends",
          PROFILE_KEY_TEXT_BYTES - 1),
    FIELD(FIELD_TEXT, keys.devices, "keys.devices", PROFILE_KEY_TEXT_BYTES - 1),
    FIELD(FIELD_TEXT, keys.file, "keys.file", CONFIG_PATH_MAX),
    FIELD(FIELD_TEXT, keys.admin, "keys.admin", PROFILE_KEY_TEXT_BYTES - 1),
    FIELD(FIELD_TEXT, keys.admin_file, "keys.admin_file", CONFIG_PATH_MAX),
    GROUP("control"),
    FIELD(FIELD_TEXT, control.store, "control.store", PROFILE_STORE_MAX),
    FIELD(FIELD_TEXT, control.prefix, "control.prefix", PROFILE_PREFIX_MAX),
    FIELD(FIELD_TEXT, control.authority_file, "control.authority_file",
          CONFIG_PATH_MAX),
    FIELD(FIELD_TEXT, control.certificate_file, "control.certificate_file",
          CONFIG_PATH_MAX),
    FIELD(FIELD_TEXT, control.key_file, "control.key_file", CONFIG_PATH_MAX),
    FIELD(FIELD_TEXT, token, "token", BOUNDS_TOKEN_BYTES_MAX),
    GROUP("issuer"),
    FIELD(FIELD_TEXT, issuer.name, "issuer.name", CONFIG_NAME_MAX),
    FIELD(FIELD_TEXT, issuer.key_file, "issuer.key_file", CONFIG_PATH_MAX),
};

static const struct field_table table = {
    .fields = fields,
    .count = sizeof(fields) / sizeof(fields[0]),
};

enum {
    PROFILE_TEXT_MAX = 24 << 10,
    PROFILE_TEXT_SAVED_MAX = PROFILE_TEXT_MAX - 1024,
};

/* The compiler must not leave it out, though nobody reads the memory again. */
static void wipe(void *memory, size_t size)
{
    explicit_bzero(memory, size);
}

void profile_init(struct profile *profile)
{
    memset(profile, 0, sizeof(*profile));
    profile->role = PROFILE_BACKEND;
    memcpy(profile->cluster, "local", sizeof("local"));
}

void profile_wipe(struct profile *profile)
{
    wipe(profile, sizeof(*profile));
}

static bool knows_an_endpoint(const struct profile_endpoints *endpoints)
{
    return endpoints->backends.count > 0 || endpoints->devices.count > 0 ||
           address_is_set(&endpoints->http);
}

static bool has_name(const struct addresses *addresses)
{
    size_t i = 0;

    while (i < addresses->count && !address_is_name(&addresses->items[i]))
        i++;
    return i < addresses->count;
}

/* Who answers to a name, only his key proves. */
static bool trusts_a_name(const struct profile *profile)
{
    return (profile->keys.backends[0] == '\0' &&
            has_name(&profile->endpoints.backends)) ||
           (profile->keys.devices[0] == '\0' &&
            has_name(&profile->endpoints.devices)) ||
           (profile->keys.admin[0] == '\0' &&
            has_name(&profile->endpoints.admin));
}

static const char *problem_of_keys(const struct profile_keys *keys)
{
    if (keys->backends[0] != '\0' && keys->file[0] == '\0')
        return "keys.file must be given with keys.backends: backends are let "
               "in by their key";
    if (keys->admin[0] != '\0' && keys->admin_file[0] == '\0')
        return "keys.admin_file must be given with keys.admin: operators are "
               "let in by their key";
    return NULL;
}

static const char *problem_of(const struct profile *profile)
{
    bool has_endpoint = knows_an_endpoint(&profile->endpoints);

    if (!has_endpoint && profile->endpoints.admin.count == 0 &&
        profile->control.store[0] == '\0')
        return "endpoints must name one at least, such as backends: "
               "127.0.0.1:7470";
    if (has_endpoint && profile->token[0] == '\0' &&
        profile->issuer.key_file[0] == '\0')
        return "token or issuer.key_file must be given";
    if (trusts_a_name(profile))
        return "endpoints may be names only if keys.backends, keys.devices or "
               "keys.admin says whom to believe there; else give numeric "
               "addresses";
    if (problem_of_keys(&profile->keys) != NULL)
        return problem_of_keys(&profile->keys);
    if (profile->issuer.key_file[0] != '\0' && profile->issuer.name[0] == '\0')
        return "issuer.name must be given with issuer.key_file";
    return NULL;
}

enum dalv_status profile_parse(struct bytes text, struct profile *out_profile,
                               struct config_error *out_error)
{
    struct profile profile;
    struct yaml_places places;
    enum dalv_status status;

    profile_init(&profile);
    status = yaml_read(&table, text, &profile, &places, out_error);
    if (status == DALV_OK && problem_of(&profile) != NULL) {
        struct text problem = config_error_begin(out_error, DALV_INVALID, 0, 0);

        text_put(&problem, problem_of(&profile));
        status = DALV_INVALID;
    }
    if (status == DALV_OK)
        *out_profile = profile;
    profile_wipe(&profile);
    return status;
}

static void explain(enum dalv_status status, const char *path,
                    struct config_error *error)
{
    struct text text = config_error_begin(error, status, 0, 0);

    text_put(&text, "cannot read the profile ");
    text_put_bytes(&text, bytes_from_text(path));
    text_put(&text, ": ");
    text_put(&text, status_text(status));
    if (status == DALV_NOT_PERMITTED)
        text_put(&text, "; it holds a secret, so it must belong to you and be "
                        "closed to all others (chmod 0600)");
}

/* From wherever `dalv` is called, the key is beside its profile. */
static enum dalv_status anchor(const char *path, const char *name,
                               char key_file[CONFIG_PATH_MAX + 1],
                               struct config_error *error)
{
    const char *slash = strrchr(path, '/');
    char anchored[CONFIG_PATH_MAX + 1];
    struct text text;

    if (key_file[0] == '\0' || key_file[0] == '/' || slash == NULL)
        return DALV_OK;
    text_init(&text, anchored, sizeof(anchored));
    text_put_bytes(&text, bytes_make(path, (size_t)(slash - path) + 1));
    text_put(&text, key_file);
    if (text.is_cut) {
        text = config_error_begin(error, DALV_TOO_BIG, 0, 0);
        text_put(&text, name);
        text_put(&text, " is too long a path");
        return DALV_TOO_BIG;
    }
    memcpy(key_file, anchored, text.size + 1);
    return DALV_OK;
}

static enum dalv_status anchor_all(const char *path, struct profile *profile,
                                   struct config_error *error)
{
    struct profile_control *control = &profile->control;
    const struct {
        const char *name;
        char *file;
    } files[] = {
        {"issuer.key_file", profile->issuer.key_file},
        {"keys.file", profile->keys.file},
        {"keys.admin_file", profile->keys.admin_file},
        {"control.authority_file", control->authority_file},
        {"control.certificate_file", control->certificate_file},
        {"control.key_file", control->key_file},
    };
    enum dalv_status status = DALV_OK;

    for (size_t i = 0;
         status == DALV_OK && i < sizeof(files) / sizeof(files[0]); i++)
        status = anchor(path, files[i].name, files[i].file, error);
    return status;
}

enum dalv_status profile_load(const char *path, struct profile *out_profile,
                              struct config_error *out_error)
{
    struct buffer text;
    enum dalv_status status;

    buffer_init(&text);
    status = small_file_read(path, SMALL_FILE_SECRET, PROFILE_TEXT_MAX, &text);
    if (status != DALV_OK)
        explain(status, path, out_error);
    if (status == DALV_OK)
        status = profile_parse(buffer_bytes(&text), out_profile, out_error);
    if (status == DALV_OK)
        status = anchor_all(path, out_profile, out_error);
    if (text.capacity > 0)
        wipe(text.data, text.capacity);
    buffer_deinit(&text);
    return status;
}

enum dalv_status profile_save(const char *path, const struct profile *profile)
{
    char *storage = malloc(PROFILE_TEXT_SAVED_MAX);
    struct text text;
    enum dalv_status status;

    if (storage == NULL)
        return DALV_NO_MEMORY;
    text_init(&text, storage, PROFILE_TEXT_SAVED_MAX);
    yaml_write(&table, profile, &text);
    /* Each text once, with an escape for each byte at worst, and the keys. */
    ASSERT(!text.is_cut);
    status = small_file_replace(path, SMALL_FILE_SECRET,
                                bytes_make(text.data, text.size));
    wipe(storage, PROFILE_TEXT_SAVED_MAX);
    free(storage);
    return status;
}
