#include "base/assert.h"
#include "base/bounds.h"
#include "sync/judge_internal.h"
#include "sync/kind.h"

enum {
    NUMBER_BYTES = 8,
    US_PER_MS = 1000
};

bool trial_is_device(const struct trial *trial)
{
    uint64_t writer = trial->judged->author.writer;

    return writer != WRITER_BACKEND && writer != WRITER_SYSTEM;
}

static size_t count_elements(const struct transaction *transaction)
{
    size_t count = 0;

    for (size_t i = 0; i < transaction->operation_count; i++) {
        const struct operation *operation = &transaction->operations[i];

        if (operation->type == OPERATION_ADD_TO_LIST)
            count++;
        else
            count += operation->dot_count;
    }
    return count;
}

static size_t count_increments(const struct transaction *transaction)
{
    size_t count = 0;

    for (size_t i = 0; i < transaction->operation_count; i++)
        count += transaction->operations[i].type == OPERATION_INCREMENT;
    return count;
}

static size_t count_uploads(const struct transaction *transaction)
{
    size_t count = 0;

    for (size_t i = 0; i < transaction->operation_count; i++)
        count += transaction->operations[i].type == OPERATION_PUT_UPLOADED;
    return count;
}

enum dalv_status trial_init(struct trial *trial, struct judge *judge,
                            const struct judge_case *judged)
{
    const struct transaction *transaction = judged->transaction;
    struct arena *arena = judge->view->arena;
    size_t number_bytes = count_increments(transaction) * NUMBER_BYTES;
    struct trial made = {
        .judge = judge,
        .judged = judged,
        .revision = judge->view->state.revision + 1,
        .is_exact = true,
    };
    uint8_t *numbers = arena_take(arena, number_bytes, 1);

    made.keys =
        arena_take(arena, transaction->operation_count, sizeof(*made.keys));
    made.elements =
        arena_take(arena, count_elements(transaction), sizeof(*made.elements));
    made.uploads =
        arena_take(arena, count_uploads(transaction), sizeof(*made.uploads));
    if (numbers == NULL || made.keys == NULL || made.elements == NULL ||
        made.uploads == NULL)
        return DALV_NO_MEMORY;
    writer_init(&made.numbers, numbers, number_bytes);
    judge->scratch->trial++;
    *trial = made;
    return DALV_OK;
}

struct trial_key *trial_touch(struct trial *trial, struct bytes key)
{
    struct judge *judge = trial->judge;
    struct view_key *entry = user_view_key(judge->view, key);
    struct judge_stamp *stamp;
    struct trial_key *touched;

    ASSERT(entry != NULL);
    stamp = &judge->scratch->keys[entry - judge->view->keys];
    if (stamp->trial == judge->scratch->trial)
        return &trial->keys[stamp->touched];
    *stamp = (struct judge_stamp){.trial = judge->scratch->trial,
                                  .touched = trial->key_count};
    touched = &trial->keys[trial->key_count++];
    *touched = (struct trial_key){.entry = entry, .before = entry->state};
    return touched;
}

/* The element is about to change. */
static void keep_element(struct trial *trial, const struct trial_key *key,
                         struct view_element *entry)
{
    struct judge *judge = trial->judge;
    struct judge_stamp *stamp =
        &judge->scratch->elements[entry - judge->view->elements];

    if (stamp->trial == judge->scratch->trial)
        return;
    *stamp = (struct judge_stamp){.trial = judge->scratch->trial,
                                  .touched = trial->element_count};
    trial->elements[trial->element_count++] = (struct trial_element){
        .key = (size_t)(key - trial->keys), .entry = entry, .before = *entry};
}

/* The key takes the transaction's revision. */
static struct key_state *change_key(struct trial *trial, struct trial_key *key)
{
    uint64_t writer = trial->judged->author.writer;
    const struct key_state *before = &key->before;
    struct key_state *state = &key->entry->state;

    key->is_changed = true;
    state->revision = trial->revision;
    state->writer = writer;
    state->other_revision =
        before->writer == writer ? before->other_revision : before->revision;
    state->time_us = trial->judge->options.now_us;
    return state;
}

/* The key's content ends by a PUT, a DEL or a change of kind. */
static struct key_state *reset_key(struct trial *trial, struct trial_key *key)
{
    struct key_state *state = change_key(trial, key);

    /* Elements that this transaction touched are not there any more; all
       others are of a generation that ended. */
    for (size_t i = 0; state->kind == KEY_LIST && i < trial->element_count;
         i++) {
        struct trial_element *element = &trial->elements[i];

        if (&trial->keys[element->key] == key)
            element->entry->is_found = false;
    }
    *state = (struct key_state){
        .kind = KEY_NONE,
        .revision = state->revision,
        .writer = state->writer,
        .other_revision = state->other_revision,
        .reset_revision = trial->revision,
        .reset_writer = state->writer,
        .time_us = state->time_us,
    };
    return state;
}

void trial_end_key(struct trial *trial, struct trial_key *key)
{
    (void)reset_key(trial, key);
}

static struct key_state *put(struct trial *trial, struct trial_key *key,
                             const struct operation *operation)
{
    struct key_state *state = reset_key(trial, key);

    state->kind = KEY_REGISTER;
    state->value = operation->value;
    state->flags = operation->flags;
    if (operation->ttl_ms != 0) {
        state->expiry_us =
            trial->judge->options.now_us + operation->ttl_ms * US_PER_MS;
        /* When it ends is the master's to say, so the device must be told. */
        trial->is_exact = false;
    }
    return state;
}

/* What the operation says must be what is there: then all of it is. */
static enum dalv_status put_uploaded(struct trial *trial, struct trial_key *key,
                                     const struct operation *operation)
{
    struct user_view *view = trial->judge->view;
    struct view_upload *upload =
        user_view_upload(view, operation->key, operation->upload);
    uint8_t *hash = arena_take(view->arena, UPLOAD_HASH_BYTES, 1);
    struct writer writer;
    struct key_state *state;

    ASSERT(upload != NULL);
    if (hash == NULL)
        return DALV_NO_MEMORY;
    /* A store that was cloned pushes again what may have been taken. */
    if (trial_is_device(trial) &&
        key->entry->state.generation == operation->upload &&
        kind_is_equal_put(&key->entry->state, operation))
        return DALV_OK;
    if (!upload->is_found || upload->state.is_closed)
        return DALV_NOT_FOUND;
    if (upload->state.bytes != operation->bytes ||
        upload->state.hash != operation->hash)
        return DALV_INVALID;
    writer_init(&writer, hash, UPLOAD_HASH_BYTES);
    writer_u64(&writer, operation->hash);
    state = put(trial, key, operation);
    state->value = writer_bytes(&writer);
    state->generation = operation->upload;
    state->element_bytes = operation->bytes;
    upload->state.is_closed = true;
    trial->uploads[trial->upload_count++] = upload;
    return DALV_OK;
}

static enum dalv_status increment(struct trial *trial, struct trial_key *key,
                                  const struct operation *operation)
{
    int64_t number = key->entry->state.number;
    enum dalv_status status = kind_add(number, operation->number, &number);
    struct key_state *state;

    if (status != DALV_OK)
        return status;
    state = change_key(trial, key);
    state->kind = KEY_COUNTER;
    state->number = number;
    writer_i64(&trial->numbers, number);
    return DALV_OK;
}

static bool is_of_list(const struct view_element *element,
                       const struct key_state *list)
{
    return element->is_found && list->kind == KEY_LIST &&
           element->state.generation == list->generation;
}

/*
 * Where the addition's element stands. A device's dot may be named by what
 * follows, so the view has it; a backend's is known to nobody yet.
 */
static enum dalv_status place_element(struct trial *trial,
                                      const struct trial_key *key,
                                      struct view_element **out_entry)
{
    struct view_element wanted = {.key = key->entry->key};
    struct trial_element *element;

    if (trial_is_device(trial)) {
        wanted.dot =
            (struct dot){.device = trial->judged->author.writer,
                         .local_id = trial->judged->transaction->local_id,
                         .position = trial->position};
        *out_entry =
            user_view_element(trial->judge->view, wanted.key, wanted.dot);
        ASSERT(*out_entry != NULL);
        /* A dot is given once. */
        if (is_of_list(*out_entry, &key->entry->state))
            return DALV_INVALID;
        keep_element(trial, key, *out_entry);
        return DALV_OK;
    }
    wanted.dot =
        (struct dot){.local_id = trial->revision, .position = trial->position};
    element = &trial->elements[trial->element_count++];
    *element = (struct trial_element){
        .key = (size_t)(key - trial->keys), .before = wanted, .own = wanted};
    element->entry = &element->own;
    *out_entry = element->entry;
    return DALV_OK;
}

static enum dalv_status add_to_list(struct trial *trial, struct trial_key *key,
                                    const struct operation *operation)
{
    struct view_element *entry = NULL;
    struct key_state *state = &key->entry->state;
    enum dalv_status status;

    if (state->element_count >= BOUNDS_LIST_ELEMENTS_MAX)
        return DALV_TOO_BIG;
    status = place_element(trial, key, &entry);
    if (status != DALV_OK)
        return status;
    if (state->kind != KEY_LIST) {
        state->kind = KEY_LIST;
        state->generation = trial->revision;
    }
    (void)change_key(trial, key);
    state->element_count++;
    state->element_bytes += operation->value.size;
    entry->is_found = true;
    entry->state = (struct element_state){.dot = entry->dot,
                                          .generation = state->generation,
                                          .added_revision = trial->revision,
                                          .revision = trial->revision,
                                          .value = operation->value};
    return DALV_OK;
}

static void remove_element(struct trial *trial, struct trial_key *key,
                           struct view_element *entry)
{
    struct key_state *list = &key->entry->state;

    if (!is_of_list(entry, list) || entry->state.is_removed)
        return;
    keep_element(trial, key, entry);
    (void)change_key(trial, key);
    list->element_count--;
    list->element_bytes -= entry->state.value.size;
    entry->state.is_removed = true;
    entry->state.revision = trial->revision;
    entry->state.value = (struct bytes){0};
}

static enum dalv_status remove_from_list(struct trial *trial,
                                         struct trial_key *key,
                                         const struct operation *operation)
{
    for (size_t i = 0; i < operation->dot_count; i++) {
        struct view_element *entry;

        /* Dots of a device's own work are named before they are sent. */
        if (operation->dots[i].device == DOT_SELF)
            return DALV_INVALID;
        entry = user_view_element(trial->judge->view, operation->key,
                                  operation->dots[i]);
        ASSERT(entry != NULL);
        remove_element(trial, key, entry);
    }
    return DALV_OK;
}

enum dalv_status trial_apply(struct trial *trial, struct trial_key *key,
                             const struct operation *operation)
{
    enum dalv_status status =
        kind_admits(key->entry->state.kind, operation->type);

    if (status != DALV_OK)
        return status;
    switch (operation->type) {
    case OPERATION_PUT:
    case OPERATION_ADD:
        (void)put(trial, key, operation);
        return DALV_OK;
    case OPERATION_PUT_UPLOADED:
        return put_uploaded(trial, key, operation);
    case OPERATION_UPLOAD:
        break;
    case OPERATION_DEL:
        if (key->entry->state.kind != KEY_NONE)
            (void)reset_key(trial, key);
        return DALV_OK;
    case OPERATION_ADD_TO_LIST:
        return add_to_list(trial, key, operation);
    case OPERATION_REMOVE_FROM_LIST:
        return remove_from_list(trial, key, operation);
    case OPERATION_INCREMENT:
        return increment(trial, key, operation);
    }
    return DALV_INVALID;
}

void trial_skip(struct trial *trial, const struct operation *operation)
{
    if (operation->type == OPERATION_INCREMENT)
        writer_i64(&trial->numbers, 0);
}

void trial_undo(struct trial *trial)
{
    for (size_t i = 0; i < trial->key_count; i++)
        trial->keys[i].entry->state = trial->keys[i].before;
    for (size_t i = 0; i < trial->element_count; i++)
        *trial->elements[i].entry = trial->elements[i].before;
    for (size_t i = 0; i < trial->upload_count; i++)
        trial->uploads[i]->state.is_closed = false;
}
