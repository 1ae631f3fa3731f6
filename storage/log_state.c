#include "storage/log_state.h"

#include "base/assert.h"

#include <stdlib.h>
#include <string.h>

enum {
    STATE_FIXED_BYTES = RECORD_KEPT_BYTES + 8 + 1 + 1 + 2,
};

_Static_assert(STATE_FIXED_BYTES + LOG_EPOCHS_MAX * sizeof(struct log_epoch) +
                       RECORD_MEMBERS_MAX <=
                   LOG_STATE_PAYLOAD_MAX,
               "the largest STATE has room");

void log_state_init(struct log_state *state, uint32_t partition_count)
{
    ASSERT(partition_count > 0 && partition_count <= RECORD_PARTITIONS_MAX);
    *state = (struct log_state){.partition_count = partition_count};
    state->partitions = calloc(partition_count, sizeof(*state->partitions));
    ASSERT(state->partitions != NULL);
}

void log_state_deinit(struct log_state *state)
{
    for (uint32_t i = 0; i < state->partition_count; i++)
        free(state->partitions[i].members);
    free(state->partitions);
    *state = (struct log_state){0};
}

static void set_members(struct log_partition *partition, struct bytes members)
{
    ASSERT(members.size <= RECORD_MEMBERS_MAX);
    if (members.size > 0) {
        partition->members = realloc(partition->members, members.size);
        ASSERT(partition->members != NULL);
        memcpy(partition->members, members.data, members.size);
    }
    partition->members_size = members.size;
}

static void raise_promise(struct log_partition *partition, uint64_t epoch)
{
    if (epoch > partition->promised)
        partition->promised = epoch;
}

/* The table keeps the newest epochs: the oldest one falls out. */
static void note_epoch(struct log_partition *partition, uint64_t epoch,
                       uint64_t first_index)
{
    size_t count = partition->epoch_count;

    if (count > 0 && partition->epochs[count - 1].epoch == epoch)
        return;
    if (count == LOG_EPOCHS_MAX) {
        memmove(&partition->epochs[0], &partition->epochs[1],
                (LOG_EPOCHS_MAX - 1) * sizeof(partition->epochs[0]));
        count--;
    }
    partition->epochs[count] = (struct log_epoch){
        .epoch = epoch,
        .first_index = first_index,
    };
    partition->epoch_count = count + 1;
}

static void forget_epochs_behind(struct log_partition *partition,
                                 uint64_t index)
{
    while (partition->epoch_count > 0 &&
           partition->epochs[partition->epoch_count - 1].first_index > index)
        partition->epoch_count--;
}

/* True if the record was written when the partition stood at its end. */
static bool joins(const struct log_partition *partition,
                  const struct record *record)
{
    uint64_t step = record_is_entry(record->type) ? 1 : 0;

    return record->position.index == partition->end.index + step &&
           record->previous_crc == partition->end.crc;
}

/*
 * Records before this one were lost: the log goes on from here. The epoch of
 * the last lost entry is not known; the last known one is a lower bound.
 */
static void break_chain(struct log_partition *partition,
                        const struct record *record)
{
    uint64_t step = record_is_entry(record->type) ? 1 : 0;

    partition->end.index = record->position.index - step;
    partition->end.crc = record->previous_crc;
    partition->start = partition->end;
    partition->health = LOG_BROKEN;
    partition->epoch_count = 0;
}

static void take_entry(struct log_partition *partition,
                       const struct record *record)
{
    partition->end = record->position;
    raise_promise(partition, record->position.epoch);
    note_epoch(partition, record->position.epoch, record->position.index);
}

static void note_reset(struct log_partition *partition,
                       struct log_position position, uint32_t segment)
{
    partition->end = position;
    partition->reset = position;
    partition->reset_segment = segment;
}

static enum dalv_status take_truncate(struct log_partition *partition,
                                      const struct record *record,
                                      uint32_t segment)
{
    struct log_position kept;
    enum dalv_status status = record_kept_decode(record->payload, &kept);

    if (status != DALV_OK)
        return status;
    if (kept.index > record->position.index)
        return DALV_DAMAGED;
    /* What is kept may stand in segments that are gone. */
    if (kept.index < partition->start.index)
        partition->start = kept;
    /* All behind the break is cut: what follows is streamed again. */
    if (kept.index <= partition->start.index)
        partition->health = LOG_WHOLE;
    forget_epochs_behind(partition, kept.index);
    raise_promise(partition, record->position.epoch);
    note_reset(partition, kept, segment);
    return DALV_OK;
}

static enum dalv_status take_mark(struct log_partition *partition,
                                  const struct record *record, uint32_t segment)
{
    struct log_position kept;
    enum dalv_status status = record_kept_decode(record->payload, &kept);

    if (status != DALV_OK)
        return status;
    partition->start = kept;
    partition->health = LOG_WHOLE;
    partition->epoch_count = 0;
    note_reset(partition, kept, segment);
    return DALV_OK;
}

static void state_encode(const struct log_partition *partition,
                         struct writer *writer)
{
    record_kept_encode(partition->start, writer);
    writer_u64(writer, partition->promised);
    writer_u8(writer, (uint8_t)partition->health);
    writer_u8(writer, (uint8_t)partition->epoch_count);
    for (size_t i = 0; i < partition->epoch_count; i++) {
        writer_u64(writer, partition->epochs[i].epoch);
        writer_u64(writer, partition->epochs[i].first_index);
    }
    writer_u16(writer, (uint16_t)partition->members_size);
    writer_bytes_put(writer,
                     bytes_make(partition->members, partition->members_size));
}

/* `out_members` is borrowed from the payload; `members` stays unset. */
static enum dalv_status state_decode(const struct record *record,
                                     struct log_partition *out_partition,
                                     struct bytes *out_members)
{
    struct log_partition partition = {0};
    struct reader reader;
    uint8_t health;

    reader_init(&reader, record->payload);
    partition.start.epoch = reader_u64(&reader);
    partition.start.index = reader_u64(&reader);
    partition.start.crc = reader_u32(&reader);
    partition.promised = reader_u64(&reader);
    health = reader_u8(&reader);
    partition.epoch_count = reader_u8(&reader);
    if (health > LOG_BROKEN || partition.epoch_count > LOG_EPOCHS_MAX)
        return DALV_DAMAGED;
    for (size_t i = 0; i < partition.epoch_count; i++) {
        partition.epochs[i].epoch = reader_u64(&reader);
        partition.epochs[i].first_index = reader_u64(&reader);
    }
    *out_members = reader_bytes(&reader, reader_u16(&reader));
    if (!reader_is_finished(&reader) || out_members->size > RECORD_MEMBERS_MAX)
        return DALV_DAMAGED;
    partition.health = (enum log_health)health;
    partition.end = (struct log_position){
        .epoch = record->position.epoch,
        .index = record->position.index,
        .crc = record->previous_crc,
    };
    *out_partition = partition;
    return DALV_OK;
}

/*
 * A STATE repeats what the records before it came to. Where those were scanned
 * without a gap it must agree; else it is the word that counts. Of the first
 * one nothing before is left, a break neither.
 */
static enum dalv_status take_state(struct log_state *state,
                                   struct log_partition *partition,
                                   const struct record *record)
{
    struct log_partition named;
    struct bytes members;
    bool is_first = state->segment == state->first_segment;
    enum dalv_status status = state_decode(record, &named, &members);
    bool agrees;

    if (status != DALV_OK)
        return status;
    agrees = log_position_equal(named.end, partition->end) &&
             named.promised == partition->promised;
    if (!is_first && !agrees && partition->gap == state->gap)
        return DALV_DAMAGED;
    if (!agrees)
        partition->start = named.end;
    if (is_first)
        partition->health =
            named.health == LOG_DOUBTFUL ? LOG_DOUBTFUL : LOG_WHOLE;
    else if (!agrees)
        partition->health = LOG_BROKEN;
    else if (partition->health != LOG_BROKEN)
        partition->health = named.health;
    partition->end = named.end;
    partition->promised = named.promised;
    partition->epoch_count = named.epoch_count;
    memcpy(partition->epochs, named.epochs, sizeof(named.epochs));
    partition->state_segment = state->segment;
    partition->gap = state->gap;
    set_members(partition, members);
    return DALV_OK;
}

static enum dalv_status take_joined(struct log_state *state,
                                    struct log_partition *partition,
                                    const struct record *record)
{
    switch (record->type) {
    case RECORD_DATA:
    case RECORD_EPOCH_START:
        take_entry(partition, record);
        return DALV_OK;
    case RECORD_PROMISE:
        raise_promise(partition, record->position.epoch);
        return DALV_OK;
    case RECORD_TRUNCATE:
        return take_truncate(partition, record, state->segment);
    case RECORD_MEMBERS:
        if (record->payload.size > RECORD_MEMBERS_MAX)
            return DALV_DAMAGED;
        set_members(partition, record->payload);
        return DALV_OK;
    case RECORD_MARK:
        return take_mark(partition, record, state->segment);
    case RECORD_STATE:
        break;
    }
    return DALV_DAMAGED;
}

enum dalv_status log_state_take(struct log_state *state,
                                const struct record *record)
{
    struct log_partition *partition;

    if (record->partition >= state->partition_count)
        return DALV_INVALID;
    partition = &state->partitions[record->partition];
    if (record->type == RECORD_STATE)
        return take_state(state, partition, record);
    if (!joins(partition, record)) {
        if (partition->gap == state->gap)
            return DALV_DAMAGED;
        break_chain(partition, record);
    }
    partition->gap = state->gap;
    return take_joined(state, partition, record);
}

void log_state_enter(struct log_state *state, uint32_t segment)
{
    if (state->first_segment == 0)
        state->first_segment = segment;
    state->segment = segment;
}

void log_state_note_gap(struct log_state *state)
{
    state->gap++;
}

enum dalv_status log_state_complete(struct log_state *state)
{
    for (uint32_t i = 0; i < state->partition_count; i++) {
        struct log_partition *partition = &state->partitions[i];

        if (partition->state_segment == state->segment)
            continue;
        if (!log_state_is_zero(state, i))
            return DALV_DAMAGED;
        partition->gap = state->gap;
    }
    return DALV_OK;
}

void log_state_finish(struct log_state *state)
{
    for (uint32_t i = 0; i < state->partition_count; i++) {
        struct log_partition *partition = &state->partitions[i];

        if (partition->gap < state->gap && partition->health == LOG_WHOLE)
            partition->health = LOG_DOUBTFUL;
        partition->gap = state->gap;
    }
}

void log_state_advance_start(struct log_state *state, uint32_t segment,
                             const struct log_state *begins_with)
{
    ASSERT(begins_with->partition_count == state->partition_count);
    for (uint32_t i = 0; i < state->partition_count; i++) {
        struct log_partition *partition = &state->partitions[i];
        struct log_position begin = begins_with->partitions[i].end;

        /*
         * If the chain was set back behind the new beginning, the entries that
         * the segment began with are not of this log any more, and all behind
         * the kept one were written since.
         */
        if (partition->reset_segment >= segment &&
            partition->reset.index < begin.index)
            begin = partition->reset;
        if (begin.index <= partition->start.index)
            continue;
        partition->start = begin;
        if (partition->health == LOG_BROKEN)
            partition->health = LOG_WHOLE;
    }
}

void log_state_set_certain(struct log_state *state)
{
    for (uint32_t i = 0; i < state->partition_count; i++) {
        if (state->partitions[i].health == LOG_DOUBTFUL)
            state->partitions[i].health = LOG_WHOLE;
    }
}

bool log_partition_epoch_end(const struct log_partition *partition,
                             uint64_t epoch, struct log_position *out_end)
{
    size_t count = partition->epoch_count;
    uint64_t behind = partition->end.index + 1;

    while (count > 0 && partition->epochs[count - 1].epoch > epoch)
        behind = partition->epochs[--count].first_index;
    if (count > 0) {
        *out_end = (struct log_position){
            .epoch = partition->epochs[count - 1].epoch,
            .index = behind - 1,
        };
        return true;
    }
    if (partition->start.epoch > epoch || behind != partition->start.index + 1)
        return false;
    *out_end = partition->start;
    out_end->crc = 0;
    return true;
}

bool log_state_is_zero(const struct log_state *state, uint32_t partition)
{
    const struct log_partition *p = &state->partitions[partition];

    return p->end.index == 0 && p->end.epoch == 0 && p->promised == 0 &&
           p->members_size == 0 && p->health == LOG_WHOLE;
}

size_t log_state_record_bytes(const struct log_state *state, uint32_t partition)
{
    const struct log_partition *p = &state->partitions[partition];

    return RECORD_HEADER_BYTES + STATE_FIXED_BYTES +
           p->epoch_count * sizeof(struct log_epoch) + p->members_size;
}

struct record log_state_record(const struct log_state *state,
                               uint32_t partition, uint8_t *payload)
{
    const struct log_partition *p = &state->partitions[partition];
    struct record record = {
        .type = RECORD_STATE,
        .partition = partition,
        .position = {.epoch = p->end.epoch, .index = p->end.index},
        .previous_crc = p->end.crc,
    };
    struct writer writer;

    writer_init(&writer, payload, LOG_STATE_PAYLOAD_MAX);
    state_encode(p, &writer);
    ASSERT(writer_is_ok(&writer) &&
           RECORD_HEADER_BYTES + writer.size ==
               log_state_record_bytes(state, partition));
    record.payload = writer_bytes(&writer);
    return record;
}
