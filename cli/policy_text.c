#include "cli/policy_text.h"

#include "base/bounds.h"
#include "cluster/member.h"
#include "config/quantity.h"

#include <stddef.h>
#include <string.h>

enum {
    KEY_BYTES = 160,
    VALUE_BYTES = 64,
};

static const struct limit {
    const char *key;
    size_t offset; /* In struct cluster_policy. */
    enum quantity_kind kind;
    uint64_t max;
} limits[] = {
    {"limits.user_bytes", offsetof(struct cluster_policy, live_bytes_max),
     QUANTITY_BYTES, 64 * GIB},
    {"limits.user_items", offsetof(struct cluster_policy, live_count_max),
     QUANTITY_COUNT, 1000000000},
    {"limits.devices_per_user", offsetof(struct cluster_policy, device_max),
     QUANTITY_COUNT, BOUNDS_USER_DEVICES_MAX},
    {"limits.key_bytes", offsetof(struct cluster_policy, key_bytes_max),
     QUANTITY_BYTES, BOUNDS_KEY_MAX},
    {"limits.value_bytes", offsetof(struct cluster_policy, value_bytes_max),
     QUANTITY_BYTES, BOUNDS_VALUE_MAX},
    {"limits.transaction_bytes",
     offsetof(struct cluster_policy, transaction_bytes_max), QUANTITY_BYTES,
     BOUNDS_TRANSACTION_BYTES_MAX},
    {"limits.transaction_operations",
     offsetof(struct cluster_policy, transaction_operation_max), QUANTITY_COUNT,
     BOUNDS_TRANSACTION_OPERATIONS_MAX},
    {"limits.sync_operations",
     offsetof(struct cluster_policy, sync_operation_max), QUANTITY_COUNT,
     1000000},
};

enum {
    LIMITS = sizeof(limits) / sizeof(limits[0]),
};

static const char *const domain_names[] = {
    [CLUSTER_DOMAIN_USER] = "user",
    [CLUSTER_DOMAIN_SYSTEM] = "system",
};

static const char *const merge_names[] = {
    [CLUSTER_MERGE_ASK] = "ask",
    [CLUSTER_MERGE_MINE] = "mine",
    [CLUSTER_MERGE_THEIRS] = "theirs",
};

/* The two kinds of rules by prefix. */
static const struct kind {
    const char *form; /* What its keys begin with. */
    const char *const *names;
    uint8_t choice_max;
    size_t offset; /* In struct cluster_policy. */
} kinds[] = {
    {"domain:", domain_names, CLUSTER_DOMAIN_SYSTEM,
     offsetof(struct cluster_policy, domains)},
    {"merge:", merge_names, CLUSTER_MERGE_THEIRS,
     offsetof(struct cluster_policy, merges)},
};

enum {
    KINDS = sizeof(kinds) / sizeof(kinds[0]),
};

static uint64_t limit_of(const struct cluster_policy *policy,
                         const struct limit *limit)
{
    uint64_t value;

    memcpy(&value, (const char *)policy + limit->offset, sizeof(value));
    return value;
}

static const struct cluster_rules *rules_of(const struct cluster_policy *policy,
                                            const struct kind *kind)
{
    const char *place = (const char *)policy + kind->offset;

    return (const struct cluster_rules *)(const void *)place;
}

/* ---- Setting ---- */

static bool refuse(struct text *problem, struct bytes key, const char *why)
{
    text_put_bytes(problem, key);
    text_put(problem, " ");
    text_put(problem, why);
    return false;
}

static bool set_limit(struct cluster_policy *policy, const struct limit *limit,
                      struct bytes value, struct text *problem)
{
    uint64_t amount;

    if (!quantity_parse(limit->kind, value, &amount) || amount > limit->max) {
        text_put(problem, limit->key);
        text_put(problem, " is 0 to ");
        quantity_format(limit->kind, limit->max, problem);
        return false;
    }
    memcpy((char *)policy + limit->offset, &amount, sizeof(amount));
    return true;
}

/* 0: there is none of this name. */
static uint8_t choice_of(const struct kind *kind, struct bytes name)
{
    for (uint8_t i = 1; i <= kind->choice_max; i++) {
        if (bytes_equal(name, bytes_from_text(kind->names[i])))
            return i;
    }
    return 0;
}

static bool set_rule(struct cluster_policy *policy, const struct kind *kind,
                     struct bytes prefix, struct bytes value,
                     struct text *problem)
{
    char *place = (char *)policy + kind->offset;
    struct cluster_rules *rules = (struct cluster_rules *)(void *)place;
    uint8_t choice = choice_of(kind, value);

    if (bytes_equal(value, bytes_from_text("default"))) {
        cluster_rules_clear(rules, prefix);
        return true;
    }
    if (choice == 0) {
        text_put(problem, kind->form);
        text_put(problem, "PREFIX is default");
        for (uint8_t i = 1; i <= kind->choice_max; i++) {
            text_put(problem, i == kind->choice_max ? " or " : ", ");
            text_put(problem, kind->names[i]);
        }
        return false;
    }
    if (cluster_rules_set(rules, prefix, choice) == DALV_OK)
        return true;
    text_put(problem, "a prefix has up to 64 bytes, and 32 have rules");
    return false;
}

static bool set_replicas(struct policy_text *settings, struct bytes value,
                         struct text *problem)
{
    uint64_t count;

    if (!quantity_parse(QUANTITY_COUNT, value, &count) || count == 0 ||
        count > MEMBER_SET_MAX)
        return refuse(problem, bytes_from_text("replicas"), "is 1 to 7");
    settings->replica_count = (uint32_t)count;
    return true;
}

static bool set(struct policy_text *settings, struct bytes key,
                struct bytes value, struct text *problem)
{
    if (bytes_equal(key, bytes_from_text("replicas")))
        return set_replicas(settings, value, problem);
    for (size_t i = 0; i < LIMITS; i++) {
        if (bytes_equal(key, bytes_from_text(limits[i].key)))
            return set_limit(&settings->policy, &limits[i], value, problem);
    }
    for (size_t i = 0; i < KINDS; i++) {
        struct bytes form = bytes_from_text(kinds[i].form);

        if (bytes_has_prefix(key, form))
            return set_rule(
                &settings->policy, &kinds[i],
                bytes_make(key.data + form.size, key.size - form.size), value,
                problem);
    }
    return refuse(problem, key,
                  "is no setting: 'dalv config get' lists those that are");
}

bool policy_text_set(struct policy_text *settings, const char *word,
                     struct text *problem)
{
    const char *equals = strrchr(word, '=');

    if (equals == NULL)
        return refuse(problem, bytes_from_text(word), "has no =VALUE");
    return set(settings, bytes_make(word, (size_t)(equals - word)),
               bytes_from_text(equals + 1), problem);
}

static bool is_within(uint64_t part, uint64_t whole)
{
    return part == 0 || whole == 0 || part <= whole;
}

bool policy_text_check(const struct policy_text *settings, struct text *problem)
{
    const struct cluster_policy *policy = &settings->policy;

    if (!is_within(policy->value_bytes_max, policy->transaction_bytes_max)) {
        text_put(problem, "limits.value_bytes must not be above "
                          "limits.transaction_bytes");
        return false;
    }
    if (!is_within(policy->transaction_bytes_max, policy->live_bytes_max)) {
        text_put(problem, "limits.transaction_bytes must not be above "
                          "limits.user_bytes");
        return false;
    }
    return true;
}

/* ---- Showing ---- */

/* What is done with each setting, in their order. */
struct listing {
    const char *key; /* NULL: all. */
    FILE *out;       /* NULL: into `object`. */
    json_t *object;
    size_t count;
};

static void list(struct listing *listing, struct bytes key, struct bytes value)
{
    char storage[KEY_BYTES];

    if (listing->key != NULL &&
        !bytes_equal(key, bytes_from_text(listing->key)))
        return;
    listing->count++;
    if (listing->out != NULL) {
        (void)fprintf(listing->out, "%.*s=%.*s\n", (int)key.size, key.data,
                      (int)value.size, value.data);
        return;
    }
    memcpy(storage, key.data, key.size);
    storage[key.size] = '\0';
    (void)json_object_set_new(
        listing->object, storage,
        json_stringn((const char *)value.data, value.size));
}

static void list_limits(struct listing *listing,
                        const struct policy_text *settings)
{
    char storage[VALUE_BYTES];
    struct text value;

    text_init(&value, storage, sizeof(storage));
    text_put_u64(&value, settings->replica_count);
    list(listing, bytes_from_text("replicas"),
         bytes_make(value.data, value.size));
    for (size_t i = 0; i < LIMITS; i++) {
        text_init(&value, storage, sizeof(storage));
        quantity_format(limits[i].kind, limit_of(&settings->policy, &limits[i]),
                        &value);
        list(listing, bytes_from_text(limits[i].key),
             bytes_make(value.data, value.size));
    }
}

/* A prefix is shown as it can be typed: others than printable bytes not. */
static void list_rules(struct listing *listing, const struct policy_text *of,
                       const struct kind *kind)
{
    const struct cluster_rules *rules = rules_of(&of->policy, kind);

    for (size_t i = 0; i < rules->count; i++) {
        const struct cluster_rule *rule = &rules->items[i];
        char storage[KEY_BYTES];
        struct text key;

        text_init(&key, storage, sizeof(storage));
        text_put(&key, kind->form);
        for (size_t j = 0; j < rule->prefix_size; j++)
            text_put_char(&key, (char)rule->prefix[j]);
        list(listing, bytes_make(key.data, key.size),
             bytes_from_text(kind->names[rule->choice]));
    }
}

static void list_all(struct listing *listing,
                     const struct policy_text *settings)
{
    list_limits(listing, settings);
    for (size_t i = 0; i < KINDS; i++)
        list_rules(listing, settings, &kinds[i]);
}

size_t policy_text_print(const struct policy_text *settings, const char *key,
                         FILE *out)
{
    struct listing listing = {.key = key, .out = out};

    list_all(&listing, settings);
    return listing.count;
}

json_t *policy_text_json(const struct policy_text *settings)
{
    struct listing listing = {.object = json_object()};

    list_all(&listing, settings);
    return listing.object;
}
