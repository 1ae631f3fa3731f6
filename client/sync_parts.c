#include "client/sync_internal.h"

#include "base/assert.h"
#include "client/replica_internal.h"
#include "client/replica_marks.h"

/*
 * Large values come down. Before a page that is whole is shown, every value in
 * parts that it brings is read, part by part, into a file of its own: so what a
 * device shows it has. A value that was replaced meanwhile is not what the page
 * said: then the sync asks again, from where the replica stands. What was read
 * stays, and is gone on with, by this sync or a later one.
 */
enum {
    RESTARTS_MAX =
        8, /* Of one sync: some value changes faster than it comes. */
};

/* ---- What is lacking ---- */

static enum dalv_status want(struct sync_machine *machine, struct bytes key,
                             const struct key_state *state)
{
    struct sync_parts *parts = &machine->parts;
    enum dalv_status status;

    buffer_clear(&parts->key);
    status = buffer_reserve(&parts->key, key.size);
    if (status != DALV_OK)
        return status;
    buffer_put(&parts->key, key);
    parts->generation = state->generation;
    parts->revision = state->revision;
    parts->id = store_large_shown(buffer_bytes(&parts->key), state);
    buffer_clear(&parts->resume);
    return DALV_OK;
}

/* DALV_CANCELLED: one was found. */
static enum dalv_status look_at(void *owner, struct bytes name,
                                const struct change *change)
{
    struct sync_machine *machine = owner;
    struct parts_id id;
    enum dalv_status status;

    (void)name;
    if (!key_state_is_in_parts(&change->state))
        return DALV_OK;
    id = store_large_shown(change->key, &change->state);
    if (store_has_large(machine->store, &id))
        return DALV_OK;
    status = want(machine, change->key, &change->state);
    return status == DALV_OK ? DALV_CANCELLED : status;
}

/* DALV_OK: one that is staged; DALV_NOT_FOUND. */
static enum dalv_status find_staged(struct sync_machine *machine)
{
    struct replica_walk walk = {.visitor = look_at, .owner = machine};
    struct replica_name all;
    struct replica_name from;
    enum dalv_status status;

    replica_name_all(&all, REPLICA_STAGED, /* is_elements= */ false);
    replica_name_make(&from, REPLICA_STAGED, buffer_bytes(&machine->parts.key),
                      NULL);
    walk.prefix = replica_name_bytes(&all);
    walk.from = replica_name_bytes(&from);
    status = replica_walk(machine->store->replica, &walk);
    if (status == DALV_OK)
        return DALV_NOT_FOUND;
    return status == DALV_CANCELLED ? DALV_OK : status;
}

/* The key that is marked is shown with a value that is not there. */
static enum dalv_status look_at_shown(struct sync_machine *machine,
                                      struct bytes key)
{
    struct replica *replica = machine->store->replica;
    struct change change = {.type = CHANGE_KEY, .key = key};
    struct key_value value;
    enum dalv_status status;

    key_value_init(&value);
    status = replica_get_state(replica, REPLICA_SHOWN, key, &value);
    change.state = value.state;
    if (status == DALV_NOT_FOUND)
        status = DALV_OK;
    if (status == DALV_OK)
        status = look_at(machine, (struct bytes){0}, &change);
    if (status == DALV_OK)
        status = replica_mark_drop(replica, REPLICA_MARK_LACKING, key);
    key_value_deinit(&value);
    return status;
}

static enum dalv_status find_marked(struct sync_machine *machine)
{
    struct buffer key;
    enum dalv_status status = DALV_OK;

    buffer_init(&key);
    while (status == DALV_OK) {
        status = replica_mark_first(machine->store->replica,
                                    REPLICA_MARK_LACKING, &key);
        if (status == DALV_OK)
            status = look_at_shown(machine, buffer_bytes(&key));
    }
    buffer_deinit(&key);
    return status == DALV_CANCELLED ? DALV_OK : status;
}

enum dalv_status sync_find_lacking(struct sync_machine *machine)
{
    struct sync_parts *parts = &machine->parts;
    enum dalv_status status = find_staged(machine);

    if (status == DALV_NOT_FOUND)
        status = find_marked(machine);
    if (status != DALV_OK)
        return status;
    machine->phase = SYNC_PHASE_PARTS;
    ASSERT(parts->file == NULL);
    return parts_folder_resume(&machine->store->large, &parts->id,
                               &parts->file);
}

/* ---- How it comes ---- */

void sync_write_parts(struct sync_machine *machine, struct message *message)
{
    const struct sync_parts *parts = &machine->parts;

    message->type = MESSAGE_RANGE;
    message->range =
        (struct message_range){.prefix = parts->id.key,
                               .to_key = parts->id.key,
                               .resume = buffer_bytes(&parts->resume),
                               .budget_bytes = machine->options.budget_bytes,
                               .is_without_elements = true,
                               .has_parts = true,
                               .part_first = parts_file_count(parts->file),
                               .at_least = parts->revision};
}

/* Another value took its place. What came of it goes with the next sweep. */
static enum dalv_status begin_again(struct sync_machine *machine)
{
    struct sync_parts *parts = &machine->parts;

    parts_file_close(&parts->file);
    machine->store->is_sweep_due = true;
    if (parts->restart_count++ == RESTARTS_MAX)
        return DALV_BUSY;
    return sync_begin_anew(machine, SYNC_PHASE_SYNC);
}

static enum dalv_status take_part(struct sync_parts *parts,
                                  const struct element_state *part)
{
    uint32_t count = parts_file_count(parts->file);

    if (part->generation != parts->generation || part->dot.position != count)
        return DALV_REBASE;
    return parts_file_append(parts->file, part->value);
}

static enum dalv_status take_page(struct sync_parts *parts, struct bytes page)
{
    struct change_reader reader;
    struct change change;
    enum dalv_status status = DALV_OK;

    change_reader_init(&reader, page);
    while (status == DALV_OK) {
        status = change_next(&reader, &change);
        if (status == DALV_OK && change.type == CHANGE_ELEMENT)
            status = take_part(parts, &change.element);
        else if (status == DALV_OK &&
                 change.state.generation != parts->generation)
            status = DALV_REBASE;
    }
    return status == DALV_NOT_FOUND ? DALV_OK : status;
}

/* All of it is here; what comes next? */
static enum dalv_status end_value(struct sync_machine *machine)
{
    struct sync_parts *parts = &machine->parts;
    enum dalv_status status =
        parts_folder_finish(&machine->store->large, &parts->id, &parts->file);

    if (status == DALV_DAMAGED)
        return begin_again(machine);
    if (status == DALV_OK)
        status = sync_find_lacking(machine);
    return status == DALV_NOT_FOUND ? sync_end_tail(machine) : status;
}

static enum dalv_status keep_resume(struct sync_parts *parts,
                                    struct bytes resume)
{
    enum dalv_status status;

    buffer_clear(&parts->resume);
    status = buffer_reserve(&parts->resume, resume.size);
    if (status == DALV_OK)
        buffer_put(&parts->resume, resume);
    return status;
}

enum dalv_status sync_take_parts(struct sync_machine *machine,
                                 const struct message_ranged *ranged)
{
    struct sync_parts *parts = &machine->parts;
    enum dalv_status status = DALV_REBASE;

    machine->report.received_bytes += ranged->page.size;
    if (ranged->head.history_id == machine->whole.history_id)
        status = take_page(parts, ranged->page);
    if (status == DALV_REBASE)
        return begin_again(machine);
    if (status == DALV_INVALID || status == DALV_TOO_BIG)
        return DALV_PROTOCOL;
    if (status != DALV_OK)
        return status;
    if (parts_file_bytes(parts->file) >= parts->id.bytes)
        return end_value(machine);
    /* There is no more of it than this. */
    if (ranged->is_whole)
        return begin_again(machine);
    return ranged->resume.size == 0 ? DALV_PROTOCOL
                                    : keep_resume(parts, ranged->resume);
}

enum dalv_status sync_refuse_parts(struct sync_machine *machine)
{
    return begin_again(machine);
}
