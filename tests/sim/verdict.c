#include "tests/sim/verdict.h"

#include "tests/sim/world.h"

#include <string.h>

/* A record, what it was made of, and the moments around it. */
struct hearing {
    struct world *world;
    struct chronicle *chronicle;
    const struct user_record *record;
    const struct deed *deed;
};

/* ---- Whose it is ---- */

static struct deed *find_deed(struct world *world,
                              const struct user_record *record)
{
    struct deed *found = NULL;

    for (size_t i = 0; i < record->effect_count; i++) {
        const struct effect *effect = &record->effects[i];
        struct deed *deed;

        if (effect->type != EFFECT_LIST_ADD || !deed_is_log(effect->key))
            continue;
        deed = deeds_find(&world->deeds, effect->value);
        if (deed == NULL || found != NULL)
            return NULL;
        found = deed;
    }
    return found;
}

static const char *judge_author(const struct world *world,
                                const struct deed *deed, unsigned user,
                                const struct user_record *record)
{
    bool is_device = record->author.writer != WRITER_BACKEND;

    if (deed->user != user)
        return "a deed took effect on another user";
    if (deed->is_device != is_device)
        return "a deed took effect under another's name";
    if (!is_device && memcmp(&deed->request, &record->author.request,
                             sizeof(deed->request)) != 0)
        return "a deed took effect under another request";
    if (deed->effect_count > deed->copy_count &&
        (is_device || world->faults.counts[FAULT_NODE_CLOCK] == 0))
        return "a deed took effect more often than it was done";
    if (deed->end == DEED_REFUSED)
        return "a deed that was refused took effect";
    if (is_device && deed->copy_count == 1 &&
        witness_is_erased(&world->witness, user,
                          deed->operations[0].seen.history_id))
        return "a deed from before an erasure took effect";
    return NULL;
}

/* ---- What it did to single keys ---- */

/* A key by the plain reading of the deed's operations on it. */
struct reading {
    enum key_kind kind;
    int64_t number;
    struct bytes value;
    uint64_t expiry_us;
};

static struct reading read_version(const struct chronicle_version *version)
{
    return (struct reading){.kind = version->kind,
                            .number = version->number,
                            .value = chronicle_value(version),
                            .expiry_us = version->expiry_us};
}

static bool is_same(const struct reading *a, const struct reading *b)
{
    if (a->kind != b->kind)
        return false;
    if (a->kind == KEY_COUNTER)
        return a->number == b->number;
    return a->kind != KEY_REGISTER ||
           (bytes_equal(a->value, b->value) && a->expiry_us == b->expiry_us);
}

static void apply(struct reading *reading,
                  const struct deed_operation *operation, uint64_t time_us)
{
    uint64_t expiry_us =
        operation->ttl_ms == 0 ? 0 : time_us + operation->ttl_ms * 1000;

    switch ((int)operation->type) {
    case OPERATION_PUT:
    case OPERATION_ADD:
        *reading = (struct reading){.kind = KEY_REGISTER,
                                    .value = bytes_from_text(operation->value),
                                    .expiry_us = expiry_us};
        break;
    case OPERATION_DEL:
        *reading = (struct reading){.kind = KEY_NONE};
        break;
    case OPERATION_INCREMENT:
        reading->kind = KEY_COUNTER;
        reading->number += operation->number;
        break;
    default:
        reading->kind = KEY_LIST;
        break;
    }
}

static bool is_on(const struct deed_operation *operation,
                  const struct chronicle_key *key)
{
    return bytes_equal(bytes_from_text(operation->key),
                       chronicle_key_bytes(key));
}

/* The deed has at most one operation on a key. */
static const struct deed_operation *operation_on(
    const struct deed *deed, const struct chronicle_key *key)
{
    for (size_t i = 0; i < deed->operation_count; i++) {
        if (is_on(&deed->operations[i], key))
            return &deed->operations[i];
    }
    return NULL;
}

static bool may_be_dropped(const struct hearing *hearing,
                           const struct deed_operation *operation)
{
    return operation->is_given_up ||
           (hearing->deed->is_device &&
            policy_merge(&hearing->world->policy,
                         bytes_from_text(operation->key)) == POLICY_THEIRS);
}

static bool is_overwriting(const struct deed_operation *operation)
{
    return operation->type == OPERATION_PUT || operation->type == OPERATION_DEL;
}

/* Under `ask` nobody's change goes before whoever replaces it has seen it. */
static const char *judge_sight(const struct hearing *hearing,
                               const struct chronicle_key *key,
                               const struct deed_operation *operation,
                               const struct reading *before)
{
    const struct chronicle_version *other =
        chronicle_at(key, hearing->record->revision - 1);
    struct reading after = *before;

    /* Over an own change it has been judged already. */
    if (!hearing->deed->is_device || other->revision == 0 ||
        other->writer == hearing->record->author.writer ||
        !is_overwriting(operation) || hearing->deed->copy_count > 1 ||
        policy_merge(&hearing->world->policy,
                     bytes_from_text(operation->key)) != POLICY_ASK)
        return NULL;
    apply(&after, operation, hearing->record->time_us);
    if (operation->seen.history_id != hearing->chronicle->history_id ||
        other->revision <= operation->seen.revision || is_same(before, &after))
        return NULL;
    /* What came and went meanwhile takes nothing with it. */
    if (operation->may_be_on_nothing && before->kind == KEY_NONE)
        return NULL;
    trace_put(&hearing->world->trace, hearing->world->now_us,
              "t%u on %s saw %llu, there is %llu", hearing->deed->number,
              operation->key, (unsigned long long)operation->seen.revision,
              (unsigned long long)other->revision);
    return "a change was overwritten unseen";
}

static const char *judge_key(const struct hearing *hearing,
                             const struct chronicle_key *key,
                             const struct deed_operation *operation)
{
    uint64_t revision = hearing->record->revision;
    struct reading before = read_version(chronicle_at(key, revision - 1));
    struct reading after = read_version(chronicle_at(key, revision));
    struct reading wanted = before;

    apply(&wanted, operation, hearing->record->time_us);
    if (after.kind == KEY_LIST || wanted.kind == KEY_LIST)
        return NULL;
    if (is_same(&after, &wanted))
        return judge_sight(hearing, key, operation, &before);
    if (is_same(&after, &before) && may_be_dropped(hearing, operation))
        return NULL;
    if (operation->answer[0] != '\0' && after.kind == KEY_REGISTER &&
        bytes_equal(after.value, bytes_from_text(operation->answer)))
        return NULL;
    return "a key is not what the deed made of it";
}

/* What one device did to one key takes effect in the order in which it did. */
static const char *judge_order(const struct hearing *hearing,
                               struct chronicle_key *key)
{
    const struct deed *deed = hearing->deed;
    uint32_t *last = &key->deeds[deed->origin];

    if (!deed->is_device || deed->copy_count > 1)
        return NULL;
    if (deed->number < *last)
        trace_put(&hearing->world->trace, hearing->world->now_us,
                  "t%u comes behind t%u on %.*s", deed->number, *last,
                  (int)key->key_size, (const char *)key->key);
    if (deed->number < *last)
        return "a device's deeds changed places";
    *last = deed->number;
    return NULL;
}

/* Each key that the deed names is as it wanted, and no other has changed. */
static const char *judge_keys(const struct hearing *hearing)
{
    struct chronicle *chronicle = hearing->chronicle;
    const char *wrong = NULL;

    for (size_t i = 0; wrong == NULL && i < chronicle->key_count; i++) {
        struct chronicle_key *key = &chronicle->keys[i];
        const struct deed_operation *operation =
            operation_on(hearing->deed, key);
        const struct chronicle_version *version =
            chronicle_at(key, hearing->record->revision);

        if (operation != NULL)
            wrong = judge_key(hearing, key, operation);
        if (operation != NULL && wrong == NULL && !operation->is_given_up)
            wrong = judge_order(hearing, key);
        if (operation != NULL)
            continue;
        if (version->revision == hearing->record->revision)
            wrong = "a key changed that the deed does not name";
    }
    return wrong;
}

/* ---- Lists ---- */

static size_t count_effects(const struct user_record *record,
                            enum effect_type type, const char *key,
                            const char *value)
{
    size_t count = 0;

    for (size_t i = 0; i < record->effect_count; i++) {
        const struct effect *effect = &record->effects[i];

        if (effect->type == type &&
            bytes_equal(effect->key, bytes_from_text(key)) &&
            (value == NULL ||
             bytes_equal(effect->value, bytes_from_text(value))))
            count++;
    }
    return count;
}

static const char *judge_lists(const struct hearing *hearing)
{
    for (size_t i = 0; i < hearing->deed->operation_count; i++) {
        const struct deed_operation *operation = &hearing->deed->operations[i];
        size_t added = count_effects(hearing->record, EFFECT_LIST_ADD,
                                     operation->key, NULL);
        size_t wanted = count_effects(hearing->record, EFFECT_LIST_ADD,
                                      operation->key, operation->value);

        if (operation->type == OPERATION_ADD_TO_LIST &&
            (added != wanted ||
             (wanted != 1 && !may_be_dropped(hearing, operation))))
            return "a list did not get what the deed adds";
        if (operation->type != OPERATION_ADD_TO_LIST && added > 0)
            return "a list got what the deed does not add";
    }
    return NULL;
}

/* ---- The system's own ---- */

/* Only what is due by the master's clock goes by itself. */
static const char *judge_expiry(const struct hearing *hearing)
{
    const struct user_record *record = hearing->record;

    for (size_t i = 0; i < hearing->chronicle->key_count; i++) {
        const struct chronicle_key *key = &hearing->chronicle->keys[i];
        const struct chronicle_version *before =
            chronicle_at(key, record->revision - 1);
        const struct chronicle_version *after =
            chronicle_at(key, record->revision);

        if (after->revision != record->revision)
            continue;
        if (after->kind != KEY_NONE || before->expiry_us == 0 ||
            before->expiry_us > record->time_us)
            return "the system removed what is not due";
    }
    return NULL;
}

static const char *judge_time(const struct world *world,
                              const struct user_record *record)
{
    if (world->faults.rates[FAULT_NODE_CLOCK] > 0 ||
        world->faults.rates[FAULT_SKEW] > 0 ||
        record->time_us <= world_server_wall_us(world))
        return NULL;
    return "a record is from the future of the servers' clock";
}

const char *verdict_on_record(struct world *world, unsigned user,
                              struct chronicle *chronicle,
                              const struct user_record *record)
{
    struct deed *deed = find_deed(world, record);
    const struct hearing hearing = {
        .world = world, .chronicle = chronicle, .record = record, .deed = deed};
    const char *wrong = judge_time(world, record);
    char line[160];
    struct text text;

    if (wrong != NULL)
        return wrong;
    if (record->author.writer == WRITER_SYSTEM)
        return judge_expiry(&hearing);
    if (deed == NULL)
        return "a record is no single deed";
    /* What was erased may be asked for, and be done, once more. */
    if (deed->effect_count > 0 &&
        witness_is_erased(&world->witness, user, deed->history_id))
        deed->effect_count = 0;
    deed->effect_count++;
    deed->history_id = chronicle->history_id;
    deed->revision = record->revision;
    text_init(&text, line, sizeof(line));
    deed_describe(deed, &text);
    trace_put(&world->trace, world->now_us, "revision %llu is t%u: %s",
              (unsigned long long)record->revision, deed->number, line);
    wrong = judge_author(world, deed, user, record);
    if (wrong == NULL)
        wrong = judge_keys(&hearing);
    return wrong == NULL ? judge_lists(&hearing) : wrong;
}
