#include "tests/sim/script.h"

#include <stdio.h>
#include <string.h>

enum {
    ACTIONS_MAX = 3,
    ACCOUNTS = 3,
    ONCE_KEYS = 6,
};

struct policy script_policy(void)
{
    static struct policy_merge_rule merges[2];
    struct policy policy = policy_default();

    merges[0] =
        (struct policy_merge_rule){bytes_from_text("mine/"), POLICY_MINE};
    merges[1] =
        (struct policy_merge_rule){bytes_from_text("their/"), POLICY_THEIRS};
    policy.merges = merges;
    policy.merge_count = 2;
    return policy;
}

static void set_value(struct prng *prng, const struct deed *deed,
                      struct deed_operation *operation)
{
    (void)snprintf(operation->value, DEED_VALUE_MAX, "v%u.%u", deed->number,
                   (unsigned)prng_below(prng, 3));
}

static void put_pair(struct prng *prng, struct deed *deed)
{
    enum operation_type type =
        prng_chance(prng, 1, 10) ? OPERATION_DEL : OPERATION_PUT;
    struct deed_operation *first = deed_put(deed, type, "pair/a");
    struct deed_operation *second = deed_put(deed, type, "pair/b");

    if (type == OPERATION_DEL)
        return;
    set_value(prng, deed, first);
    memcpy(second->value, first->value, DEED_VALUE_MAX);
}

static void put_transfer(struct prng *prng, struct deed *deed)
{
    unsigned from = (unsigned)prng_below(prng, ACCOUNTS);
    unsigned to =
        (from + 1 + (unsigned)prng_below(prng, ACCOUNTS - 1)) % ACCOUNTS;
    int64_t amount = (int64_t)prng_below(prng, 1000) + 1;
    char key[DEED_KEY_MAX];

    (void)snprintf(key, sizeof(key), "acct/%u", from);
    deed_put(deed, OPERATION_INCREMENT, key)->number = -amount;
    (void)snprintf(key, sizeof(key), "acct/%u", to);
    deed_put(deed, OPERATION_INCREMENT, key)->number = amount;
}

static void put_register(struct prng *prng, struct deed *deed,
                         const char *prefix)
{
    bool is_removal = prng_chance(prng, 1, 5);
    char key[DEED_KEY_MAX];
    struct deed_operation *operation;

    (void)snprintf(key, sizeof(key), "%s%u", prefix,
                   (unsigned)prng_below(prng, 3));
    operation = deed_put(deed, is_removal ? OPERATION_DEL : OPERATION_PUT, key);
    if (!is_removal)
        set_value(prng, deed, operation);
    if (strcmp(prefix, "ttl/") == 0 && !is_removal)
        operation->ttl_ms = 200 + prng_below(prng, 20000);
}

static void put_set(struct prng *prng, struct deed *deed,
                    const struct dot *removable)
{
    if (prng_chance(prng, 1, 15)) {
        (void)deed_put(deed, OPERATION_DEL, SCRIPT_SET);
    } else if (removable != NULL && prng_chance(prng, 1, 2)) {
        deed_put(deed, OPERATION_REMOVE_FROM_LIST, SCRIPT_SET)->dot =
            *removable;
    } else {
        set_value(prng, deed,
                  deed_put(deed, OPERATION_ADD_TO_LIST, SCRIPT_SET));
    }
}

static void put_once(struct prng *prng, struct deed *deed)
{
    char key[DEED_KEY_MAX];

    (void)snprintf(key, sizeof(key), "once/%u",
                   (unsigned)prng_below(prng, ONCE_KEYS));
    set_value(prng, deed, deed_put(deed, OPERATION_ADD, key));
}

static void put_system(struct prng *prng, struct deed *deed)
{
    if (!deed->is_device)
        set_value(prng, deed, deed_put(deed, OPERATION_PUT, "sys/0"));
}

static void put_action(struct prng *prng, struct deed *deed, unsigned action,
                       const struct dot *removable)
{
    switch (action) {
    case 0:
        put_pair(prng, deed);
        break;
    case 1:
        put_transfer(prng, deed);
        break;
    case 2:
        put_register(prng, deed, "ask/");
        break;
    case 3:
        put_register(prng, deed, "mine/");
        break;
    case 4:
        put_register(prng, deed, "their/");
        break;
    case 5:
        put_set(prng, deed, removable);
        break;
    case 6:
        put_once(prng, deed);
        break;
    case 7:
        put_register(prng, deed, "ttl/");
        break;
    default:
        put_system(prng, deed);
        break;
    }
}

void script_fill(struct prng *prng, struct deed *deed,
                 const struct dot *removable)
{
    unsigned count = (unsigned)prng_below(prng, ACTIONS_MAX) + 1;
    unsigned action = (unsigned)prng_below(prng, 9);

    /* Different ones, so that no key comes twice. */
    for (unsigned i = 0; i < count; i++)
        put_action(prng, deed, (action + 2 * i) % 9, removable);
}

const char *script_key(struct prng *prng)
{
    static const char *const keys[] = {
        "log/1",  "pair/a",  "acct/0", SCRIPT_SET, "ask/0", "ttl/0",
        "mine/1", "their/1", "once/0", "sys/0",    "ttl/1", "ask/none"};

    return keys[prng_below(prng, sizeof(keys) / sizeof(keys[0]))];
}

void script_answer(const struct deed *deed, struct deed_operation *operation)
{
    (void)snprintf(operation->answer, DEED_VALUE_MAX, "both%u", deed->number);
}
