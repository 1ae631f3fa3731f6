#include "client/device_conflict.h"

#include "client/device_internal.h"
#include "client/overlay.h"
#include "client/public_bytes.h"
#include "client/transaction_builder.h"

struct dalv_conflict {
    struct bytes key;
    struct dalv_value *base;
    struct dalv_value *mine;
    struct dalv_value *theirs;
    uint64_t author;
    uint64_t time_us;
};

struct dalv_bytes dalv_conflict_key(const struct dalv_conflict *conflict)
{
    return public_bytes_out(conflict->key);
}

const struct dalv_value *
dalv_conflict_base(const struct dalv_conflict *conflict)
{
    return conflict->base;
}

const struct dalv_value *
dalv_conflict_mine(const struct dalv_conflict *conflict)
{
    return conflict->mine;
}

const struct dalv_value *
dalv_conflict_theirs(const struct dalv_conflict *conflict)
{
    return conflict->theirs;
}

uint64_t dalv_conflict_author(const struct dalv_conflict *conflict)
{
    return conflict->author;
}

uint64_t dalv_conflict_time_us(const struct dalv_conflict *conflict)
{
    return conflict->time_us;
}

enum dalv_resolution dalv_resolve_mine(void *owner,
                                       const struct dalv_conflict *conflict,
                                       struct dalv_transaction *answer)
{
    (void)owner;
    (void)conflict;
    (void)answer;
    return DALV_RESOLVE_MINE;
}

enum dalv_resolution dalv_resolve_theirs(void *owner,
                                         const struct dalv_conflict *conflict,
                                         struct dalv_transaction *answer)
{
    (void)owner;
    (void)conflict;
    (void)answer;
    return DALV_RESOLVE_THEIRS;
}

static enum dalv_status copy_held(const struct key_value *from,
                                  struct key_value *to)
{
    enum dalv_status status = key_value_set_state(to, &from->state);

    for (size_t i = 0; status == DALV_OK && i < from->element_count; i++)
        status = key_value_add_element(to, &from->elements[i]);
    return status;
}

/* What we want: the base with our operations on it. */
static enum dalv_status make_mine(const struct sync_conflict *conflict,
                                  struct dalv_value **out_mine)
{
    struct key_value held;
    enum dalv_status status;

    key_value_init(&held);
    status = copy_held(conflict->base, &held);
    for (size_t i = 0; status == DALV_OK && i < conflict->operation_count;
         i++) {
        const struct operation *operation = &conflict->operations[i];
        struct dot dot = {DOT_SELF, conflict->local_id, (uint32_t)i};

        for (size_t j = 0; j < operation->dot_count; j++)
            (void)key_value_remove_element(&held, operation->dots[j]);
        status = overlay_apply(&held, operation, dot);
        /* What does not fit the base any more is not shown. */
        if (status != DALV_NO_MEMORY)
            status = DALV_OK;
    }
    if (status == DALV_OK)
        status = device_value(&held, out_mine);
    key_value_deinit(&held);
    return status;
}

static enum dalv_status make_conflict(const struct sync_conflict *from,
                                      struct dalv_conflict *out)
{
    enum dalv_status status = device_value(from->base, &out->base);

    out->key = from->key;
    out->author = from->theirs->state.writer;
    out->time_us = from->theirs->state.time_us;
    if (status == DALV_OK)
        status = device_value(from->theirs, &out->theirs);
    if (status == DALV_OK)
        status = make_mine(from, &out->mine);
    return status;
}

static void release_conflict(struct dalv_conflict *conflict)
{
    dalv_value_destroy(&conflict->base);
    dalv_value_destroy(&conflict->mine);
    dalv_value_destroy(&conflict->theirs);
}

void device_resolver_init(struct device_resolver *adapter,
                          dalv_resolver *resolver, void *owner)
{
    *adapter = (struct device_resolver){.resolver = resolver, .owner = owner};
}

void device_resolver_deinit(struct device_resolver *adapter)
{
    dalv_transaction_destroy(&adapter->answer);
}

/* An answer is about the key that was asked for, and no other. */
static bool is_about(const struct dalv_transaction *answer, struct bytes key)
{
    for (size_t i = 0; i < answer->operation_count; i++) {
        if (!bytes_equal(answer->operations[i].key, key))
            return false;
    }
    return answer->precondition_count == 0;
}

static void ask(struct device_resolver *adapter,
                const struct dalv_conflict *conflict,
                struct sync_answer *out_answer)
{
    enum dalv_resolution resolution =
        adapter->resolver(adapter->owner, conflict, adapter->answer);

    out_answer->resolution = (enum sync_resolution)resolution;
    if (resolution != DALV_RESOLVE_ANSWER)
        return;
    if (!is_about(adapter->answer, conflict->key))
        out_answer->resolution = SYNC_RESOLVE_LATER;
    else if (adapter->answer->operation_count == 0)
        out_answer->resolution = SYNC_RESOLVE_THEIRS;
    out_answer->operations = adapter->answer->operations;
    out_answer->operation_count = adapter->answer->operation_count;
}

void device_resolver_call(void *owner, const struct sync_conflict *conflict,
                          struct sync_answer *out_answer)
{
    struct device_resolver *adapter = owner;
    struct dalv_conflict shown = {0};
    enum dalv_status status;

    *out_answer = (struct sync_answer){.resolution = SYNC_RESOLVE_LATER};
    dalv_transaction_destroy(&adapter->answer);
    status = dalv_transaction_create(&adapter->answer);
    if (status == DALV_OK)
        status = make_conflict(conflict, &shown);
    if (status == DALV_OK)
        ask(adapter, &shown, out_answer);
    release_conflict(&shown);
}
