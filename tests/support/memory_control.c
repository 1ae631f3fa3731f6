#include "tests/support/memory_control.h"

#include "base/assert.h"

#include <stdlib.h>
#include <string.h>

enum {
    ENTRIES_MAX = 4096,
    HELD_MAX = 64,
};

struct entry {
    struct bytes key;
    struct bytes value;
    uint64_t revision;
};

struct entries {
    size_t count;
    struct entry items[ENTRIES_MAX]; /* In the order of their keys. */
};

struct held {
    struct control_change changes[CONTROL_CHANGES_MAX];
    size_t count;
};

struct memory_control {
    struct entries now;
    struct entries saved;
    uint64_t revision;
    enum memory_control_fault fault;
    size_t session_count;
    size_t held_count;
    struct held *held[HELD_MAX];
};

struct session {
    struct control_store store;
    struct memory_control *control;
};

static struct memory_control *core_of(struct control_store *store)
{
    return ((struct session *)store)->control;
}

static struct bytes copy_of(struct bytes bytes)
{
    uint8_t *copy = malloc(bytes.size + 1);

    ASSERT(copy != NULL);
    if (bytes.size > 0)
        memcpy(copy, bytes.data, bytes.size);
    return bytes_make(copy, bytes.size);
}

static void forget(struct bytes bytes)
{
    void *memory;

    memcpy(&memory, &bytes.data, sizeof(memory));
    free(memory);
}

static void clear_entries(struct entries *entries)
{
    for (size_t i = 0; i < entries->count; i++) {
        forget(entries->items[i].key);
        forget(entries->items[i].value);
    }
    entries->count = 0;
}

static void copy_entries(struct entries *to, const struct entries *from)
{
    clear_entries(to);
    for (size_t i = 0; i < from->count; i++) {
        to->items[i] = from->items[i];
        to->items[i].key = copy_of(from->items[i].key);
        to->items[i].value = copy_of(from->items[i].value);
    }
    to->count = from->count;
}

/* Where a key stands, or would. */
static size_t place_of(const struct entries *entries, struct bytes key)
{
    size_t place = 0;

    while (place < entries->count &&
           bytes_compare(entries->items[place].key, key) < 0)
        place++;
    return place;
}

static struct entry *find(struct entries *entries, struct bytes key)
{
    size_t place = place_of(entries, key);

    if (place == entries->count || !bytes_equal(entries->items[place].key, key))
        return NULL;
    return &entries->items[place];
}

static void remove_entry(struct entries *entries, struct bytes key)
{
    size_t place = place_of(entries, key);

    if (find(entries, key) == NULL)
        return;
    forget(entries->items[place].key);
    forget(entries->items[place].value);
    entries->count--;
    memmove(&entries->items[place], &entries->items[place + 1],
            (entries->count - place) * sizeof(struct entry));
}

static void put_entry(struct entries *entries,
                      const struct control_change *change, uint64_t revision)
{
    size_t place;

    remove_entry(entries, change->key);
    ASSERT(entries->count < ENTRIES_MAX);
    place = place_of(entries, change->key);
    memmove(&entries->items[place + 1], &entries->items[place],
            (entries->count - place) * sizeof(struct entry));
    entries->items[place] = (struct entry){.key = copy_of(change->key),
                                           .value = copy_of(change->value),
                                           .revision = revision};
    entries->count++;
}

static enum dalv_status carry_out(struct memory_control *control,
                                  const struct control_change *changes,
                                  size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct entry *entry = find(&control->now, changes[i].key);
        uint64_t revision = entry == NULL ? 0 : entry->revision;

        if (revision != changes[i].revision)
            return DALV_PRECONDITION;
    }
    control->revision++;
    for (size_t i = 0; i < count; i++) {
        if (changes[i].verb == CONTROL_PUT)
            put_entry(&control->now, &changes[i], control->revision);
        else if (changes[i].verb == CONTROL_REMOVE)
            remove_entry(&control->now, changes[i].key);
    }
    return DALV_OK;
}

static void hold(struct memory_control *control,
                 const struct control_transaction *transaction)
{
    struct held *held;

    /* One more than a network keeps is lost. */
    if (control->held_count == HELD_MAX)
        return;
    held = calloc(1, sizeof(*held));
    ASSERT(held != NULL);
    held->count = transaction->count;
    for (size_t i = 0; i < transaction->count; i++) {
        held->changes[i] = transaction->changes[i];
        held->changes[i].key = copy_of(transaction->changes[i].key);
        held->changes[i].value = copy_of(transaction->changes[i].value);
    }
    control->held[control->held_count++] = held;
}

static void drop_held(struct memory_control *control)
{
    for (size_t i = 0; i < control->held_count; i++) {
        struct held *held = control->held[i];

        for (size_t j = 0; j < held->count; j++) {
            forget(held->changes[j].key);
            forget(held->changes[j].value);
        }
        free(held);
    }
    control->held_count = 0;
}

static enum dalv_status on_get(struct control_store *store, struct bytes key,
                               struct control_answer *answer)
{
    struct memory_control *control = core_of(store);
    const struct entry *entry = find(&control->now, key);
    struct control_entry copy;

    if (control->fault == MEMORY_CONTROL_DOWN)
        return DALV_UNAVAILABLE;
    if (entry == NULL)
        return DALV_NOT_FOUND;
    copy = (struct control_entry){entry->key, entry->value, entry->revision};
    answer->is_whole = true;
    return control_answer_add(answer, &copy);
}

static enum dalv_status on_list(struct control_store *store,
                                struct bytes prefix, struct bytes after,
                                struct control_answer *answer)
{
    struct memory_control *control = core_of(store);
    enum dalv_status status = DALV_OK;
    size_t place = place_of(&control->now, prefix);

    if (control->fault == MEMORY_CONTROL_DOWN)
        return DALV_UNAVAILABLE;
    answer->is_whole = true;
    for (; place < control->now.count && status == DALV_OK; place++) {
        const struct entry *entry = &control->now.items[place];
        struct control_entry copy = {entry->key, entry->value, entry->revision};

        if (!bytes_has_prefix(entry->key, prefix))
            break;
        if (after.size > 0 && bytes_compare(entry->key, after) <= 0)
            continue;
        if (answer->count == CONTROL_ENTRIES_MAX) {
            answer->is_whole = false;
            break;
        }
        status = control_answer_add(answer, &copy);
    }
    return status;
}

static enum dalv_status on_commit(struct control_store *store,
                                  const struct control_transaction *transaction,
                                  uint64_t *out_revision)
{
    struct memory_control *control = core_of(store);
    enum dalv_status status = DALV_UNKNOWN;

    switch (control->fault) {
    case MEMORY_CONTROL_DOWN:
        return DALV_UNAVAILABLE;
    case MEMORY_CONTROL_DEAF:
        return DALV_UNKNOWN;
    case MEMORY_CONTROL_SLOW:
        hold(control, transaction);
        return DALV_UNKNOWN;
    case MEMORY_CONTROL_MUTE:
        (void)carry_out(control, transaction->changes, transaction->count);
        return DALV_UNKNOWN;
    case MEMORY_CONTROL_NONE:
        status = carry_out(control, transaction->changes, transaction->count);
        break;
    }
    if (status == DALV_OK)
        *out_revision = control->revision;
    return status;
}

/* It is a hint, and nobody else moves meanwhile. */
static void on_wait(struct control_store *store, struct bytes key,
                    uint64_t revision, uint32_t patience_ms)
{
    (void)store;
    (void)key;
    (void)revision;
    (void)patience_ms;
}

static const char *on_problem(const struct control_store *store)
{
    (void)store;
    return "a store in memory was told to fail";
}

static void on_close(struct control_store *store)
{
    core_of(store)->session_count--;
    free(store);
}

static const struct control_store_table memory_table = {
    .get = on_get,
    .list = on_list,
    .commit = on_commit,
    .wait = on_wait,
    .problem = on_problem,
    .close = on_close,
};

struct memory_control *memory_control_create(void)
{
    struct memory_control *control = calloc(1, sizeof(*control));

    ASSERT(control != NULL);
    return control;
}

void memory_control_destroy(struct memory_control **control_p)
{
    struct memory_control *control = *control_p;

    if (control == NULL)
        return;
    *control_p = NULL;
    ASSERT(control->session_count == 0);
    drop_held(control);
    clear_entries(&control->now);
    clear_entries(&control->saved);
    free(control);
}

struct control_store *memory_control_open(struct memory_control *control)
{
    struct session *session = calloc(1, sizeof(*session));

    ASSERT(session != NULL);
    session->store.table = &memory_table;
    session->control = control;
    control->session_count++;
    return &session->store;
}

void memory_control_fault(struct memory_control *control,
                          enum memory_control_fault fault)
{
    control->fault = fault;
}

void memory_control_deliver(struct memory_control *control)
{
    for (size_t i = 0; i < control->held_count; i++)
        (void)carry_out(control, control->held[i]->changes,
                        control->held[i]->count);
    drop_held(control);
}

void memory_control_save(struct memory_control *control)
{
    copy_entries(&control->saved, &control->now);
}

void memory_control_restore(struct memory_control *control)
{
    copy_entries(&control->now, &control->saved);
}
