#include "client/replica.h"

#include "base/assert.h"
#include "client/replica_internal.h"

#include <stdlib.h>

enum {
    BATCH_BYTES_MAX = 1 << 20, /* Of a clean-up that need not be one. */
};

static enum dalv_status read_state(struct replica *replica)
{
    enum dalv_status status =
        kv_get(replica->kv, bytes_from_text("m"), &replica->value);

    if (status == DALV_NOT_FOUND)
        return DALV_OK;
    if (status != DALV_OK)
        return status;
    return replica_state_read(buffer_bytes(&replica->value), &replica->state);
}

enum dalv_status replica_open(struct kv *kv, struct replica **out_replica)
{
    struct replica *replica = calloc(1, sizeof(*replica));
    enum dalv_status status;

    if (replica == NULL)
        return DALV_NO_MEMORY;
    replica->kv = kv;
    replica->batch = kv_batch_create();
    buffer_init(&replica->value);
    status = read_state(replica);
    if (status != DALV_OK) {
        replica_close(&replica);
        return status;
    }
    *out_replica = replica;
    return DALV_OK;
}

void replica_close(struct replica **replica_p)
{
    struct replica *replica = *replica_p;

    if (replica == NULL)
        return;
    *replica_p = NULL;
    kv_batch_destroy(&replica->batch);
    buffer_deinit(&replica->value);
    free(replica);
}

const struct replica_state *replica_state(const struct replica *replica)
{
    return &replica->state;
}

enum dalv_status replica_find(struct replica *replica,
                              const struct replica_name *name,
                              struct change *out_change)
{
    enum dalv_status status =
        kv_get(replica->kv, replica_name_bytes(name), &replica->value);

    if (status != DALV_OK)
        return status;
    return replica_change_read(buffer_bytes(&replica->value), out_change);
}

void replica_name_of(struct replica_name *out_name, enum replica_set set,
                     const struct change *change)
{
    replica_name_make(out_name, set, change->key,
                      change->type == CHANGE_ELEMENT ? &change->element.dot
                                                     : NULL);
}

void replica_put(struct replica *replica, enum replica_set set,
                 const struct change *change)
{
    struct replica_name name;
    struct change_writer changes;
    struct writer writer;
    size_t bytes_max = REPLICA_CHANGE_BYTES_MAX + change->key.size +
                       change->state.value.size + change->element.value.size;
    uint8_t *memory = malloc(bytes_max);
    enum dalv_status status;

    ASSERT(memory != NULL);
    writer_init(&writer, memory, bytes_max);
    change_writer_init(&changes, &writer);
    status = change_put(&changes, change);
    ASSERT(status == DALV_OK);
    replica_name_of(&name, set, change);
    kv_batch_put(replica->batch, replica_name_bytes(&name),
                 writer_bytes(&writer));
    free(memory);
}

enum dalv_status replica_write(struct replica *replica, bool is_synced)
{
    enum dalv_status status = DALV_OK;

    if (kv_batch_count(replica->batch) > 0 || is_synced)
        status = kv_write(replica->kv, replica->batch, is_synced);
    kv_batch_clear(replica->batch);
    return status;
}

static enum dalv_status visit_all(struct kv_cursor *cursor,
                                  const struct replica_walk *walk)
{
    enum dalv_status status = DALV_OK;

    kv_cursor_seek(cursor, walk->from.size > 0 ? walk->from : walk->prefix);
    while (status == DALV_OK && kv_cursor_is_valid(cursor) &&
           bytes_has_prefix(kv_cursor_key(cursor), walk->prefix)) {
        struct change change;

        status = replica_change_read(kv_cursor_value(cursor), &change);
        if (status == DALV_OK)
            status = walk->visitor(walk->owner, kv_cursor_key(cursor), &change);
        if (status == DALV_OK)
            kv_cursor_next(cursor);
    }
    return status;
}

enum dalv_status replica_walk(struct replica *replica,
                              const struct replica_walk *walk)
{
    struct kv_cursor *cursor = NULL;
    enum dalv_status status = kv_cursor_open(replica->kv, &cursor);
    enum dalv_status ended;

    if (status != DALV_OK)
        return status;
    status = visit_all(cursor, walk);
    ended = kv_cursor_close(&cursor);
    return ended != DALV_OK ? ended : status;
}

enum dalv_status replica_get_state(struct replica *replica,
                                   enum replica_set set, struct bytes key,
                                   struct key_value *out_value)
{
    struct replica_name name;
    struct change change;
    enum dalv_status status;

    replica_name_make(&name, set, key, NULL);
    status = replica_find(replica, &name, &change);
    if (status != DALV_OK)
        return status;
    return key_value_set_state(out_value, &change.state);
}

static enum dalv_status add_element(void *owner, struct bytes name,
                                    const struct change *change)
{
    struct key_value *value = owner;

    (void)name;
    /* Elements of an earlier list under the key are not of this one. */
    if (change->element.generation != value->state.generation)
        return DALV_OK;
    value->state.element_count++;
    value->state.element_bytes += change->element.value.size;
    return key_value_add_element(value, &change->element);
}

enum dalv_status replica_get(struct replica *replica, struct bytes key,
                             struct key_value *out_value)
{
    struct replica_name prefix;
    struct replica_walk walk = {.visitor = add_element, .owner = out_value};
    enum dalv_status status =
        replica_get_state(replica, REPLICA_SHOWN, key, out_value);

    if (status == DALV_NOT_FOUND)
        return DALV_OK;
    if (status != DALV_OK || out_value->state.kind != KEY_LIST)
        return status;
    replica_name_elements(&prefix, REPLICA_SHOWN, key);
    walk.prefix = replica_name_bytes(&prefix);
    status = replica_walk(replica, &walk);
    key_value_sort(out_value);
    return status;
}

struct next_key {
    struct bytes after;
    struct bytes prefix;
    struct buffer *out_key;
    bool is_found;
};

/* Ends the walk at the first that is behind: found is no failure. */
static enum dalv_status find_next(void *owner, struct bytes name,
                                  const struct change *change)
{
    struct next_key *next = owner;

    (void)name;
    if (next->after.size > 0 && bytes_compare(change->key, next->after) <= 0)
        return DALV_OK;
    if (!bytes_has_prefix(change->key, next->prefix))
        return DALV_NOT_FOUND;
    buffer_clear(next->out_key);
    buffer_put(next->out_key, change->key);
    next->is_found = true;
    return DALV_NOT_FOUND;
}

enum dalv_status replica_next_key(struct replica *replica, struct bytes prefix,
                                  struct bytes after, struct buffer *out_key)
{
    struct next_key next = {
        .after = after, .prefix = prefix, .out_key = out_key};
    struct replica_name all;
    struct replica_name from;
    struct replica_walk walk = {.visitor = find_next, .owner = &next};
    enum dalv_status status;

    if (bytes_compare(after, prefix) < 0)
        next.after = (struct bytes){0};
    replica_name_all(&all, REPLICA_SHOWN, /* is_elements= */ false);
    replica_name_make(&from, REPLICA_SHOWN,
                      next.after.size > 0 ? after : prefix, NULL);
    walk.prefix = replica_name_bytes(&all);
    walk.from = replica_name_bytes(&from);
    status = replica_walk(replica, &walk);
    return next.is_found && status == DALV_NOT_FOUND ? DALV_OK
           : status == DALV_OK                       ? DALV_NOT_FOUND
                                                     : status;
}

struct digesting {
    struct replica *replica;
    struct bytes from_key;
    struct bytes to_key;
    struct digest digest;
    uint64_t generation; /* Of the list whose elements are being put. */
};

static enum dalv_status digest_element(void *owner, struct bytes name,
                                       const struct change *change)
{
    struct digesting *digesting = owner;

    (void)name;
    if (change->element.generation == digesting->generation)
        digest_put_element(&digesting->digest, &change->element);
    return DALV_OK;
}

static enum dalv_status digest_key(void *owner, struct bytes name,
                                   const struct change *change)
{
    struct digesting *digesting = owner;
    struct replica_name prefix;
    struct replica_walk walk = {.visitor = digest_element, .owner = owner};

    (void)name;
    if (bytes_compare(change->key, digesting->from_key) <= 0)
        return DALV_OK;
    if (digesting->to_key.size > 0 &&
        bytes_compare(change->key, digesting->to_key) > 0)
        return DALV_NOT_FOUND;
    digest_put_key(&digesting->digest, change->key, &change->state);
    if (change->state.kind != KEY_LIST)
        return DALV_OK;
    digesting->generation = change->state.generation;
    replica_name_elements(&prefix, REPLICA_SHOWN, change->key);
    walk.prefix = replica_name_bytes(&prefix);
    return replica_walk(digesting->replica, &walk);
}

enum dalv_status replica_digest(struct replica *replica, struct bytes from_key,
                                struct bytes to_key, struct digest *out_digest)
{
    struct digesting digesting = {
        .replica = replica, .from_key = from_key, .to_key = to_key};
    struct replica_name all;
    struct replica_name from;
    struct replica_walk walk = {.visitor = digest_key, .owner = &digesting};
    enum dalv_status status;

    digest_init(&digesting.digest);
    replica_name_all(&all, REPLICA_SHOWN, /* is_elements= */ false);
    replica_name_make(&from, REPLICA_SHOWN, from_key, NULL);
    walk.prefix = replica_name_bytes(&all);
    walk.from = replica_name_bytes(&from);
    status = replica_walk(replica, &walk);
    if (status != DALV_OK && status != DALV_NOT_FOUND)
        return status;
    *out_digest = digesting.digest;
    return DALV_OK;
}

struct clearing {
    struct replica *replica;
    bool is_split; /* The clean-up may be several writes. */
};

static enum dalv_status clear_entry(void *owner, struct bytes name,
                                    const struct change *change)
{
    struct clearing *clearing = owner;
    struct replica *replica = clearing->replica;

    (void)change;
    kv_batch_delete(replica->batch, name);
    if (clearing->is_split && kv_batch_bytes(replica->batch) > BATCH_BYTES_MAX)
        return replica_write(replica, /* is_synced= */ false);
    return DALV_OK;
}

static enum dalv_status clear_set(struct clearing *clearing,
                                  enum replica_set set)
{
    enum dalv_status status = DALV_OK;

    for (int is_elements = 0; status == DALV_OK && is_elements < 2;
         is_elements++) {
        struct replica_name all;
        struct replica_walk walk = {.visitor = clear_entry, .owner = clearing};

        replica_name_all(&all, set, is_elements != 0);
        walk.prefix = replica_name_bytes(&all);
        status = replica_walk(clearing->replica, &walk);
    }
    return status;
}

enum dalv_status replica_note(struct replica *replica, struct buffer *out_note)
{
    return kv_get(replica->kv, bytes_from_text("n"), out_note);
}

enum dalv_status replica_settlement(struct replica *replica,
                                    struct buffer *out_settlement)
{
    return kv_get(replica->kv, bytes_from_text("o"), out_settlement);
}

/* The note goes first: without it nothing counts as staged. */
enum dalv_status replica_unstage(struct replica *replica)
{
    struct clearing clearing = {.replica = replica, .is_split = true};
    enum dalv_status status;

    kv_batch_delete(replica->batch, bytes_from_text("n"));
    status = clear_set(&clearing, REPLICA_STAGED);
    if (status == DALV_OK)
        return replica_write(replica, /* is_synced= */ false);
    kv_batch_clear(replica->batch);
    return status;
}

enum dalv_status replica_reset(struct replica *replica)
{
    struct clearing clearing = {.replica = replica};
    enum dalv_status status = clear_set(&clearing, REPLICA_SHOWN);

    if (status == DALV_OK)
        status = clear_set(&clearing, REPLICA_STAGED);
    if (status != DALV_OK) {
        kv_batch_clear(replica->batch);
        return status;
    }
    kv_batch_delete(replica->batch, bytes_from_text("n"));
    kv_batch_delete(replica->batch, bytes_from_text("m"));
    kv_batch_delete(replica->batch, bytes_from_text("o"));
    status = replica_write(replica, /* is_synced= */ true);
    replica->has_lost_parts = true;
    if (status == DALV_OK)
        replica->state = (struct replica_state){0};
    return status;
}
