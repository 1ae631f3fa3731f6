#include "client/sync_internal.h"

#include <stdlib.h>

/* The spans of a range end between keys, or inside a list. */
static struct bytes range_bytes(const struct sync_machine *machine,
                                size_t offset, size_t size)
{
    return bytes_make(machine->range_keys.data + offset, size);
}

static enum dalv_status add_range(struct sync_machine *machine,
                                  struct bytes from, struct bytes to)
{
    struct sync_range *range;

    if (machine->range_count == SYNC_RANGES_MAX)
        return DALV_PROTOCOL;
    range = &machine->ranges[machine->range_count++];
    *range = (struct sync_range){.from_offset = machine->range_keys.size,
                                 .from_size = from.size};
    buffer_put(&machine->range_keys, from);
    range->to_offset = machine->range_keys.size;
    range->to_size = to.size;
    buffer_put(&machine->range_keys, to);
    return DALV_OK;
}

static void clear_ranges(struct sync_machine *machine)
{
    machine->range_count = 0;
    machine->range_next = 0;
    buffer_clear(&machine->range_keys);
}

/* Begin to read the next differing range, or look for more of them. */
static void begin_next(struct sync_machine *machine)
{
    const struct sync_range *range = &machine->ranges[machine->range_next];

    buffer_clear(&machine->resume);
    buffer_clear(&machine->range_key);
    machine->range_from = (struct replica_place){0};
    if (machine->range_next < machine->range_count) {
        machine->phase = SYNC_PHASE_RANGE;
        buffer_put(&machine->range_key,
                   range_bytes(machine, range->from_offset, range->from_size));
    } else {
        machine->phase =
            machine->is_digest_whole ? SYNC_PHASE_SYNC : SYNC_PHASE_DIGEST;
    }
}

enum dalv_status sync_begin_ranges(struct sync_machine *machine,
                                   const struct message_synced *synced)
{
    enum dalv_status status = replica_unstage(machine->store->replica);

    if (status != DALV_OK)
        return status;
    if (machine->ranges == NULL)
        machine->ranges = calloc(SYNC_RANGES_MAX, sizeof(*machine->ranges));
    if (machine->ranges == NULL)
        return DALV_NO_MEMORY;
    machine->is_rebuilding =
        sync_is_rebuilding(machine, synced->cursor.history_id);
    machine->is_catching_up = true;
    machine->is_begun = false;
    machine->head = synced->cursor;
    machine->is_restored = synced->is_restored;
    machine->common = synced->common;
    clear_ranges(machine);
    buffer_clear(&machine->digest_from);
    machine->is_digest_whole = synced->mode == SYNC_SNAPSHOT;
    if (synced->mode == SYNC_SNAPSHOT)
        status = add_range(machine, (struct bytes){0}, (struct bytes){0});
    begin_next(machine);
    return status;
}

void sync_write_digest(struct sync_machine *machine, struct message *message)
{
    message->type = MESSAGE_DIGEST;
    message->digest = (struct message_digest){
        .from_key = buffer_bytes(&machine->digest_from)};
}

void sync_write_range(struct sync_machine *machine, struct message *message)
{
    const struct sync_range *range = &machine->ranges[machine->range_next];

    message->type = MESSAGE_RANGE;
    message->range = (struct message_range){
        .resume = buffer_bytes(&machine->resume),
        .from_key = range_bytes(machine, range->from_offset, range->from_size),
        .to_key = range_bytes(machine, range->to_offset, range->to_size),
        .budget_bytes = machine->options.budget_bytes,
        .at_least = machine->head.revision};
}

static enum dalv_status compare_range(struct sync_machine *machine,
                                      const struct message_digest_range *range)
{
    struct bytes from = buffer_bytes(&machine->digest_from);
    struct digest digest;
    enum dalv_status status;

    if (bytes_compare(range->last_key, from) <= 0)
        return DALV_PROTOCOL;
    status =
        replica_digest(machine->store->replica, from, range->last_key, &digest);
    if (status != DALV_OK)
        return status;
    if (digest.hash != range->hash || digest.count != range->count)
        status = add_range(machine, from, range->last_key);
    buffer_clear(&machine->digest_from);
    buffer_put(&machine->digest_from, range->last_key);
    return status;
}

/* What the device has behind the last key of all is gone. */
static enum dalv_status end_digest(struct sync_machine *machine)
{
    struct bytes from = buffer_bytes(&machine->digest_from);
    struct digest digest;
    enum dalv_status status = replica_digest(machine->store->replica, from,
                                             (struct bytes){0}, &digest);

    machine->is_digest_whole = true;
    if (status == DALV_OK && digest.count > 0)
        status = add_range(machine, from, (struct bytes){0});
    return status;
}

enum dalv_status sync_ask_anew(struct sync_machine *machine)
{
    machine->phase = SYNC_PHASE_SYNC;
    machine->is_catching_up = false;
    return replica_unstage(machine->store->replica);
}

enum dalv_status sync_take_digested(struct sync_machine *machine,
                                    const struct message_digested *digested)
{
    enum dalv_status status = DALV_OK;

    if (digested->head.history_id != machine->head.history_id)
        return sync_ask_anew(machine);
    clear_ranges(machine);
    for (size_t i = 0; status == DALV_OK && i < digested->range_count; i++)
        status = compare_range(machine, &digested->ranges[i]);
    if (status == DALV_OK && digested->is_whole)
        status = end_digest(machine);
    else if (status == DALV_OK && digested->range_count == 0)
        status = DALV_PROTOCOL;
    if (status == DALV_OK)
        begin_next(machine);
    return status;
}

/* The place up to which the page tells everything. */
static struct replica_place reached(const struct sync_machine *machine,
                                    const struct message_ranged *ranged)
{
    const struct sync_range *range = &machine->ranges[machine->range_next];

    if (ranged->is_whole)
        return (struct replica_place){
            .key = range_bytes(machine, range->to_offset, range->to_size)};
    return (struct replica_place){.key = ranged->reached_key,
                                  .has_dot = ranged->is_inside_list,
                                  .dot = ranged->reached_dot};
}

static enum dalv_status go_on(struct sync_machine *machine,
                              const struct message_ranged *ranged)
{
    if (ranged->is_whole) {
        machine->range_next++;
        begin_next(machine);
        return DALV_OK;
    }
    if (ranged->resume.size == 0 || ranged->reached_key.size == 0)
        return DALV_PROTOCOL;
    buffer_clear(&machine->range_key);
    buffer_put(&machine->range_key, ranged->reached_key);
    machine->range_from = (struct replica_place){
        .has_dot = ranged->is_inside_list, .dot = ranged->reached_dot};
    buffer_clear(&machine->resume);
    buffer_put(&machine->resume, ranged->resume);
    return DALV_OK;
}

enum dalv_status sync_take_ranged(struct sync_machine *machine,
                                  const struct message_ranged *ranged)
{
    struct replica_span span = {.from = machine->range_from};
    enum dalv_status status;

    if (ranged->head.history_id != machine->head.history_id)
        return sync_ask_anew(machine);
    span.from.key = buffer_bytes(&machine->range_key);
    span.to = reached(machine, ranged);
    machine->report.received_bytes += ranged->page.size;
    status = replica_stage_span(machine->store->replica, &span, ranged->page,
                                (struct bytes){0});
    return status == DALV_OK ? go_on(machine, ranged) : status;
}
