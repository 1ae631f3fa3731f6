/*
 * What a replica appends besides its own entries: those of a master, and the
 * notes about a partition that it makes itself.
 */
#include "storage/commit_log_internal.h"

#include "base/assert.h"

#include <string.h>

enum {
    NOTE_BYTES_MAX = RECORD_HEADER_BYTES + RECORD_MEMBERS_MAX,
    CUT_PIECE_BYTES = 1 << 20,
};

/* A note stands where its partition ends. */
static enum dalv_status append_note(struct commit_log *log,
                                    enum record_type type, uint32_t partition,
                                    uint64_t epoch, struct bytes payload)
{
    struct log_position end = commit_log_end(log, partition);
    struct record record = {
        .type = type,
        .partition = partition,
        .position = {.epoch = epoch, .index = end.index},
        .previous_crc = end.crc,
        .payload = payload,
    };
    uint8_t memory[NOTE_BYTES_MAX];
    struct writer writer;
    enum dalv_status status;

    writer_init(&writer, memory, sizeof(memory));
    status = record_encode(&record, &writer);
    ASSERT(status == DALV_OK);
    return commit_log_append(log, writer_bytes(&writer), 1);
}

static enum dalv_status append_kept(struct commit_log *log,
                                    enum record_type type, uint32_t partition,
                                    uint64_t epoch, struct log_position kept)
{
    uint8_t memory[RECORD_KEPT_BYTES];
    struct writer writer;

    writer_init(&writer, memory, sizeof(memory));
    record_kept_encode(kept, &writer);
    return append_note(log, type, partition, epoch, writer_bytes(&writer));
}

/* --- From a master --- */

/* Epochs never fall, and no master has entries of a newer one than its own. */
static enum dalv_status check_entry(const struct commit_log_received *received,
                                    const struct record *record,
                                    struct log_position *end)
{
    if (record->partition != received->partition ||
        !record_is_entry(record->type) ||
        record->position.epoch > received->epoch)
        return DALV_INVALID;
    if (record->position.index != end->index + 1 ||
        record->previous_crc != end->crc || record->position.epoch < end->epoch)
        return DALV_CONFLICT;
    *end = record->position;
    return DALV_OK;
}

static enum dalv_status check_received(
    const struct commit_log *log, const struct commit_log_received *received,
    size_t *out_count)
{
    const struct log_partition *partition =
        commit_log_partition(log, received->partition);
    struct log_position end = partition->end;
    enum dalv_status status = DALV_OK;
    struct reader reader;
    struct record record;

    *out_count = 0;
    if (received->epoch < partition->promised)
        return DALV_PRECONDITION;
    reader_init(&reader, received->entries);
    while (status == DALV_OK && reader.rest.size > 0) {
        status = record_decode(&reader, &record);
        if (status == DALV_OK)
            status = check_entry(received, &record, &end);
        (*out_count)++;
    }
    return status;
}

enum dalv_status commit_log_receive(struct commit_log *log,
                                    const struct commit_log_received *received)
{
    size_t count = 0;
    enum dalv_status status = log->poison;

    if (status == DALV_OK && received->partition >= log->state.partition_count)
        status = DALV_INVALID;
    if (status == DALV_OK &&
        received->entries.size > commit_log_append_max(log))
        status = DALV_TOO_BIG;
    if (status == DALV_OK)
        status = check_received(log, received, &count);
    if (status == DALV_OK)
        status = commit_log_promise(log, received->partition, received->epoch);
    if (status != DALV_OK || count == 0)
        return status;
    return commit_log_append(log, received->entries, count);
}

/* --- Notes --- */

enum dalv_status commit_log_promise(struct commit_log *log, uint32_t partition,
                                    uint64_t epoch)
{
    uint64_t promised = commit_log_partition(log, partition)->promised;

    if (log->poison != DALV_OK || epoch == promised)
        return log->poison;
    if (epoch < promised)
        return DALV_PRECONDITION;
    return append_note(log, RECORD_PROMISE, partition, epoch,
                       (struct bytes){0});
}

enum dalv_status commit_log_set_members(struct commit_log *log,
                                        uint32_t partition, uint64_t epoch,
                                        struct bytes members)
{
    if (members.size > RECORD_MEMBERS_MAX)
        return DALV_TOO_BIG;
    if (log->poison != DALV_OK)
        return log->poison;
    return append_note(log, RECORD_MEMBERS, partition, epoch, members);
}

/* --- Cutting --- */

/* Read what is behind `kept`, as much of it as there is and may be kept. */
static void read_cut(struct commit_log *log, struct log_cut *cut,
                     struct buffer *out_entries)
{
    struct log_range range = {
        .partition = cut->partition,
        .after = cut->kept,
        .index_max = UINT64_MAX,
        .bytes_max = CUT_PIECE_BYTES,
    };
    struct log_entries piece;
    bool has_more = true;

    log_entries_init(&piece);
    while (has_more) {
        enum dalv_status status = log_reader_read(log->reader, &range, &piece);

        has_more = status == DALV_OK && piece.count > 0 &&
                   out_entries->size + piece.records.size <= LOG_CUT_BYTES_MAX;
        if (!has_more)
            break;
        buffer_put(out_entries, buffer_bytes(&piece.records));
        cut->entry_count += (uint32_t)piece.count;
        range.after = piece.last;
    }
    log_entries_deinit(&piece);
    cut->last = range.after;
    cut->is_partial =
        !log_position_equal(cut->last, commit_log_end(log, cut->partition));
}

/* The tail behind `kept` is durable elsewhere before it is cut here. */
static enum dalv_status quarantine(struct commit_log *log, uint32_t partition,
                                   uint64_t epoch, struct log_position kept)
{
    struct log_cut cut = {.partition = partition, .epoch = epoch, .kept = kept};
    enum dalv_status status = DALV_OK;
    struct buffer entries;

    buffer_init(&entries);
    read_cut(log, &cut, &entries);
    if (cut.entry_count > 0)
        status =
            log_quarantine_put(&log->quarantine, &cut, buffer_bytes(&entries));
    buffer_deinit(&entries);
    return status;
}

/* What would take back what others were told, or what this log never held. */
static enum dalv_status check_cut(struct commit_log *log,
                                  const struct commit_log_cut *cut,
                                  struct log_position *out_kept)
{
    const struct log_partition *partition =
        commit_log_partition(log, cut->partition);

    if (cut->epoch < partition->promised || cut->epoch <= partition->end.epoch)
        return DALV_PRECONDITION;
    if (cut->index > partition->end.index)
        return DALV_CONFLICT;
    if (cut->index < cut->applied_index)
        return DALV_DAMAGED;
    return log_reader_locate(log->reader, cut->partition, cut->index, out_kept);
}

enum dalv_status commit_log_truncate(struct commit_log *log,
                                     const struct commit_log_cut *cut)
{
    struct log_position kept = {0};
    /* What is only collected is not yet to be read. */
    enum dalv_status status = commit_log_sync(log);

    if (status == DALV_OK)
        status = check_cut(log, cut, &kept);
    if (status != DALV_OK ||
        cut->index == commit_log_end(log, cut->partition).index)
        return status;
    status = quarantine(log, cut->partition, cut->epoch, kept);
    return status == DALV_OK ? append_kept(log, RECORD_TRUNCATE, cut->partition,
                                           cut->epoch, kept)
                             : status;
}

/* Entries above what was applied may be unknown to all others. */
static enum dalv_status quarantine_unapplied(
    struct commit_log *log, const struct commit_log_beginning *beginning)
{
    uint32_t partition = beginning->partition;
    struct log_position applied = {0};
    enum dalv_status status;

    if (commit_log_end(log, partition).index <= beginning->applied_index)
        return DALV_OK;
    status = log_reader_locate(log->reader, partition, beginning->applied_index,
                               &applied);
    /* A log that does not hold that place has lost what is to be kept. */
    if (status == DALV_NOT_FOUND || status == DALV_DAMAGED)
        return DALV_OK;
    return status == DALV_OK
               ? quarantine(log, partition, beginning->position.epoch, applied)
               : status;
}

enum dalv_status commit_log_mark(struct commit_log *log,
                                 const struct commit_log_beginning *beginning)
{
    enum dalv_status status = commit_log_sync(log);

    if (status == DALV_OK)
        status = quarantine_unapplied(log, beginning);
    return status == DALV_OK
               ? append_kept(log, RECORD_MARK, beginning->partition,
                             beginning->position.epoch, beginning->position)
               : status;
}

enum dalv_status commit_log_forget(struct commit_log *log, uint32_t partition)
{
    uint64_t promised = commit_log_partition(log, partition)->promised;
    enum dalv_status status =
        commit_log_set_members(log, partition, promised, (struct bytes){0});

    if (status != DALV_OK)
        return status;
    return append_kept(log, RECORD_MARK, partition, promised,
                       (struct log_position){0});
}

/* --- What was cut --- */

/* The number of a cut's entries that stand in the log again, as they were. */
static enum dalv_status count_returned(struct commit_log *log,
                                       uint32_t partition, struct bytes entries,
                                       uint32_t *out_count)
{
    enum dalv_status status = DALV_OK;
    struct reader reader;
    struct record record;
    uint32_t count = 0;

    reader_init(&reader, entries);
    while (reader.rest.size > 0) {
        struct log_position held = {0};

        status = record_decode(&reader, &record);
        if (status == DALV_OK)
            status = log_reader_locate(log->reader, partition,
                                       record.position.index, &held);
        if (status != DALV_OK || !log_position_equal(held, record.position))
            break;
        count++;
    }
    *out_count = count;
    return status;
}

/* The first `count` entries of a cut came back: only the others stay. */
static enum dalv_status keep_rest(struct commit_log *log,
                                  const struct log_cut *cut,
                                  struct bytes entries, uint32_t count)
{
    struct log_cut rest = *cut;
    enum dalv_status status = DALV_OK;
    struct reader reader;
    struct record record;
    uint32_t number = cut->number;

    reader_init(&reader, entries);
    for (uint32_t i = 0; i < count && status == DALV_OK; i++) {
        status = record_decode(&reader, &record);
        rest.kept = record.position;
    }
    rest.entry_count -= count;
    if (status == DALV_OK)
        status = log_quarantine_put(&log->quarantine, &rest, reader.rest);
    if (status == DALV_OK)
        status = log_quarantine_drop(&log->quarantine, number);
    return status == DALV_OK
               ? log_quarantine_settle(&log->quarantine,
                                       log->quarantine.number_last)
               : status;
}

static enum dalv_status settle(struct commit_log *log,
                               const struct log_cut *cut, bool *out_is_known)
{
    uint32_t number = cut->number;
    struct buffer entries;
    uint32_t count = 0;
    enum dalv_status status;

    buffer_init(&entries);
    status = log_quarantine_read(&log->quarantine, cut, &entries);
    if (status == DALV_OK)
        status =
            count_returned(log, cut->partition, buffer_bytes(&entries), &count);
    *out_is_known = status == DALV_OK;
    /* The log does not reach back to it: nobody here can tell. */
    if (status == DALV_NOT_FOUND || status == DALV_DAMAGED)
        status = DALV_OK;
    else if (status == DALV_OK && count == cut->entry_count)
        status = log_quarantine_drop(&log->quarantine, number);
    else if (status == DALV_OK && count == 0)
        status = log_quarantine_settle(&log->quarantine, number);
    else if (status == DALV_OK)
        status = keep_rest(log, cut, buffer_bytes(&entries), count);
    buffer_deinit(&entries);
    return status;
}

enum dalv_status commit_log_settle(struct commit_log *log, uint32_t partition,
                                   struct log_position applied)
{
    const struct log_cut *cut;
    enum dalv_status status = log->poison;
    bool is_known = true;

    while (status == DALV_OK && is_known &&
           (cut = log_quarantine_due(&log->quarantine, partition, applied)) !=
               NULL)
        status = settle(log, cut, &is_known);
    return status;
}

const struct log_quarantine *commit_log_quarantine(const struct commit_log *log)
{
    return &log->quarantine;
}
