#include "client/overlay.h"
#include "client/replica_internal.h"

static enum dalv_status put_page(struct replica *replica, struct bytes page)
{
    struct change_reader reader;
    struct change change;
    enum dalv_status status;

    change_reader_init(&reader, page);
    while ((status = change_next(&reader, &change)) == DALV_OK)
        replica_put(replica, REPLICA_STAGED, &change);
    return status == DALV_NOT_FOUND ? DALV_OK : status;
}

static enum dalv_status find_parts(void *owner, struct bytes name,
                                   const struct change *change)
{
    (void)owner;
    (void)name;
    return key_state_is_in_parts(&change->state) ? DALV_CANCELLED : DALV_OK;
}

bool replica_has_staged_parts(struct replica *replica)
{
    struct replica_name all;
    struct replica_walk walk = {.visitor = find_parts};

    replica_name_all(&all, REPLICA_STAGED, /* is_elements= */ false);
    walk.prefix = replica_name_bytes(&all);
    return replica_walk(replica, &walk) != DALV_OK;
}

static enum dalv_status stage(struct replica *replica, struct bytes page,
                              struct bytes note)
{
    enum dalv_status status = put_page(replica, page);

    if (status != DALV_OK) {
        kv_batch_clear(replica->batch);
        return status;
    }
    if (note.size > 0)
        kv_batch_put(replica->batch, bytes_from_text("n"), note);
    return replica_write(replica, /* is_synced= */ false);
}

enum dalv_status replica_stage(struct replica *replica, struct bytes page,
                               struct bytes note)
{
    return stage(replica, page, note);
}

/* A walk over what is shown in a span, to find what the page lacks. */
struct gap_walk {
    struct replica *replica;
    const struct replica_span *span;
};

/* True if nothing is staged under the name that a change has when staged. */
static enum dalv_status stage_if_missing(struct replica *replica,
                                         const struct change *gone)
{
    struct replica_name name;
    enum dalv_status status;

    replica_name_of(&name, REPLICA_STAGED, gone);
    status = kv_get(replica->kv, replica_name_bytes(&name), &replica->value);
    if (status == DALV_NOT_FOUND) {
        replica_put(replica, REPLICA_STAGED, gone);
        status = DALV_OK;
    }
    return status;
}

/* < 0, 0, > 0 as the key alone stands before, at or behind the place. */
static int compare_key(struct bytes key, const struct replica_place *place)
{
    int order = bytes_compare(key, place->key);

    return order == 0 && place->has_dot ? -1 : order;
}

static int compare_element(const struct change *change,
                           const struct replica_place *place)
{
    int order = bytes_compare(change->key, place->key);

    if (order != 0 || !place->has_dot)
        return order;
    return dot_compare(change->element.dot, place->dot);
}

static bool is_end(const struct replica_place *place)
{
    return place->key.size == 0;
}

static enum dalv_status find_gone_key(void *owner, struct bytes name,
                                      const struct change *change)
{
    struct gap_walk *walk = owner;
    struct change gone = {.type = CHANGE_KEY, .key = change->key};

    (void)name;
    if (!is_end(&walk->span->to) &&
        compare_key(change->key, &walk->span->to) > 0)
        return DALV_NOT_FOUND;
    if (!is_end(&walk->span->from) &&
        compare_key(change->key, &walk->span->from) <= 0)
        return DALV_OK;
    return stage_if_missing(walk->replica, &gone);
}

static enum dalv_status find_gone_element(void *owner, struct bytes name,
                                          const struct change *change)
{
    struct gap_walk *walk = owner;
    struct change gone = {.type = CHANGE_ELEMENT,
                          .key = change->key,
                          .element = {.dot = change->element.dot,
                                      .generation = change->element.generation,
                                      .is_removed = true}};

    (void)name;
    if (!is_end(&walk->span->to) &&
        compare_element(change, &walk->span->to) > 0)
        return DALV_NOT_FOUND;
    if (!is_end(&walk->span->from) &&
        compare_element(change, &walk->span->from) <= 0)
        return DALV_OK;
    return stage_if_missing(walk->replica, &gone);
}

static enum dalv_status find_gone(struct replica *replica,
                                  const struct replica_span *span,
                                  bool is_elements)
{
    struct gap_walk gap = {.replica = replica, .span = span};
    struct replica_name all;
    struct replica_name from;
    struct replica_walk walk = {.owner = &gap};
    enum dalv_status status;

    replica_name_all(&all, REPLICA_SHOWN, is_elements);
    walk.prefix = replica_name_bytes(&all);
    walk.visitor = is_elements ? find_gone_element : find_gone_key;
    if (is_elements)
        replica_name_elements(&from, REPLICA_SHOWN, span->from.key);
    else
        replica_name_make(&from, REPLICA_SHOWN, span->from.key, NULL);
    if (!is_end(&span->from))
        walk.from = replica_name_bytes(&from);
    status = replica_walk(replica, &walk);
    return status == DALV_NOT_FOUND ? DALV_OK : status;
}

/*
 * The note comes with the last write: a crash before it makes its owner stage
 * the same span again.
 */
enum dalv_status replica_stage_span(struct replica *replica,
                                    const struct replica_span *span,
                                    struct bytes page, struct bytes note)
{
    enum dalv_status status = stage(replica, page, (struct bytes){0});

    if (status == DALV_OK)
        status = find_gone(replica, span, /* is_elements= */ false);
    if (status == DALV_OK)
        status = find_gone(replica, span, /* is_elements= */ true);
    if (status != DALV_OK) {
        kv_batch_clear(replica->batch);
        return status;
    }
    kv_batch_put(replica->batch, bytes_from_text("n"), note);
    return replica_write(replica, /* is_synced= */ false);
}

/* The key as it will be shown so far; KEY_NONE if it is absent. */
static enum dalv_status staged_state(struct replica *replica, struct bytes key,
                                     struct key_value *out_value)
{
    enum dalv_status status =
        replica_get_state(replica, REPLICA_STAGED, key, out_value);

    if (status == DALV_NOT_FOUND)
        status = replica_get_state(replica, REPLICA_SHOWN, key, out_value);
    return status == DALV_NOT_FOUND ? DALV_OK : status;
}

/* One own operation at the revision that its transaction took. */
struct own_operation {
    const struct operation *operation;
    struct dot dot;
    uint64_t revision;
};

static void put_own_key(struct replica *replica, struct bytes key,
                        const struct own_operation *own,
                        const struct key_state *state)
{
    struct change change = {.type = CHANGE_KEY, .key = key, .state = *state};
    enum operation_type type = own->operation->type;

    change.state.revision = own->revision;
    change.state.writer = own->dot.device;
    if (type == OPERATION_PUT || type == OPERATION_ADD ||
        type == OPERATION_DEL || type == OPERATION_PUT_UPLOADED)
        change.state.reset_revision = own->revision;
    if (state->kind == KEY_LIST && state->generation == 0)
        change.state.generation = own->revision;
    else if (state->kind != KEY_LIST && !key_state_is_in_parts(state))
        change.state.generation = 0;
    replica_put(replica, REPLICA_STAGED, &change);
}

static void put_own_elements(struct replica *replica,
                             const struct own_operation *own,
                             uint64_t generation)
{
    const struct operation *operation = own->operation;
    struct change change = {
        .type = CHANGE_ELEMENT,
        .key = operation->key,
        .element = {.generation = generation, .revision = own->revision},
        .writer = own->dot.device};

    if (operation->type == OPERATION_ADD_TO_LIST) {
        change.element.dot = own->dot;
        change.element.added_revision = own->revision;
        change.element.value = operation->value;
        replica_put(replica, REPLICA_STAGED, &change);
    }
    for (size_t i = 0; i < operation->dot_count; i++) {
        change.element.dot = operation->dots[i];
        change.element.is_removed = true;
        replica_put(replica, REPLICA_STAGED, &change);
    }
}

/* The cluster took it, so an operation that does not fit here was none. */
static enum dalv_status stage_operation(struct replica *replica,
                                        const struct own_operation *own)
{
    const struct operation *operation = own->operation;
    struct key_value value;
    uint64_t generation;
    enum dalv_status status;

    key_value_init(&value);
    status = staged_state(replica, operation->key, &value);
    generation =
        value.state.generation != 0 ? value.state.generation : own->revision;
    if (status == DALV_OK && (value.state.kind != KEY_NONE ||
                              (operation->type != OPERATION_DEL &&
                               operation->type != OPERATION_REMOVE_FROM_LIST)))
        status = overlay_apply(&value, operation, own->dot);
    if (status == DALV_OK) {
        put_own_key(replica, operation->key, own, &value.state);
        put_own_elements(replica, own, generation);
        status = replica_write(replica, /* is_synced= */ false);
    }
    key_value_deinit(&value);
    return status;
}

enum dalv_status replica_stage_own(struct replica *replica,
                                   const struct transaction *transaction,
                                   uint64_t revision, uint64_t device)
{
    enum dalv_status status = DALV_OK;

    for (size_t i = 0; status == DALV_OK && i < transaction->operation_count;
         i++) {
        struct own_operation own = {
            .operation = &transaction->operations[i],
            .dot = {device, transaction->local_id, (uint32_t)i},
            .revision = revision,
        };

        status = stage_operation(replica, &own);
    }
    return status;
}
