#include "client/ledger_part.h"

#include "base/assert.h"

#include <string.h>

enum {
    VARINT_BYTES_MAX = 10,
    PART_NUMBERS_MAX = 12, /* Of one part, sizes with them. */
};

size_t ledger_part_bytes_max(const struct ledger_part *part)
{
    size_t bytes = 1 + PART_NUMBERS_MAX * VARINT_BYTES_MAX;

    switch (part->type) {
    case LEDGER_PART_IDENTITY:
        return bytes + INSTALL_ID_BYTES + part->identity.user.size;
    case LEDGER_PART_ENTRY:
        return bytes + part->entry.transaction.size + part->entry.base.size +
               part->entry.sent.size;
    case LEDGER_PART_NUMBERED:
        return bytes + part->numbered.sent.size;
    case LEDGER_PART_POSITION:
    case LEDGER_PART_SETTLED:
    case LEDGER_PART_OUTCOME:
    case LEDGER_PART_DROPPED:
    case LEDGER_PART_OFFERED:
    case LEDGER_PART_RECEIPT:
        break;
    }
    return bytes;
}

static void write_identity(const struct ledger_identity *identity,
                           struct writer *writer)
{
    writer_bytes_put(writer,
                     bytes_make(identity->install.bytes, INSTALL_ID_BYTES));
    writer_varint(writer, identity->device);
    writer_sized(writer, identity->user);
}

static void read_identity(struct reader *reader,
                          struct ledger_identity *identity)
{
    struct bytes install = reader_bytes(reader, INSTALL_ID_BYTES);

    if (install.size == INSTALL_ID_BYTES)
        memcpy(identity->install.bytes, install.data, INSTALL_ID_BYTES);
    identity->device = reader_varint(reader);
    identity->user = reader_sized(reader, SIZE_MAX);
}

static void write_position(const struct ledger_position *position,
                           struct writer *writer)
{
    writer_varint(writer, position->local_id_next);
    writer_varint(writer, position->settled);
    writer_u64(writer, position->chain);
    writer_varint(writer, position->offered_history_id);
}

static void read_position(struct reader *reader,
                          struct ledger_position *position)
{
    position->local_id_next = reader_varint(reader);
    position->settled = reader_varint(reader);
    position->chain = reader_u64(reader);
    position->offered_history_id = reader_varint(reader);
}

static void write_entry(const struct ledger_draft *entry, struct writer *writer)
{
    writer_varint(writer, entry->local_id);
    writer_varint(writer, entry->replaces);
    writer_u8(writer, (uint8_t)entry->state);
    writer_u8(writer, (uint8_t)entry->reason);
    writer_varint(writer, entry->operation);
    writer_varint(writer, entry->push_number);
    writer_varint(writer, entry->base_history_id);
    writer_varint(writer, entry->time_us);
    writer_sized(writer, entry->transaction);
    writer_sized(writer, entry->base);
    writer_sized(writer, entry->sent);
}

static enum dalv_status read_status(struct reader *reader)
{
    uint8_t number = reader_u8(reader);

    if (!status_is_known(number))
        reader_fail(reader);
    return (enum dalv_status)number;
}

static uint32_t read_u32(struct reader *reader)
{
    uint64_t value = reader_varint(reader);

    if (value > UINT32_MAX)
        reader_fail(reader);
    return (uint32_t)value;
}

static void read_entry(struct reader *reader, struct ledger_draft *entry)
{
    uint8_t state;

    entry->local_id = reader_varint(reader);
    entry->replaces = reader_varint(reader);
    state = reader_u8(reader);
    if (state < LEDGER_PENDING || state > LEDGER_LOST)
        reader_fail(reader);
    entry->state = (enum ledger_state)state;
    entry->reason = read_status(reader);
    entry->operation = read_u32(reader);
    entry->push_number = reader_varint(reader);
    entry->base_history_id = reader_varint(reader);
    entry->time_us = reader_varint(reader);
    entry->transaction = reader_sized(reader, SIZE_MAX);
    entry->base = reader_sized(reader, SIZE_MAX);
    entry->sent = reader_sized(reader, SIZE_MAX);
}

static void write_numbered(const struct ledger_numbered *numbered,
                           struct writer *writer)
{
    writer_varint(writer, numbered->local_id);
    writer_varint(writer, numbered->push_number);
    writer_sized(writer, numbered->sent);
}

static void read_numbered(struct reader *reader,
                          struct ledger_numbered *numbered)
{
    numbered->local_id = reader_varint(reader);
    numbered->push_number = reader_varint(reader);
    numbered->sent = reader_sized(reader, SIZE_MAX);
}

static void write_settled(const struct ledger_settled *settled,
                          struct writer *writer)
{
    writer_varint(writer, settled->settled);
    writer_u64(writer, settled->chain);
}

static void read_settled(struct reader *reader, struct ledger_settled *settled)
{
    settled->settled = reader_varint(reader);
    settled->chain = reader_u64(reader);
}

static void write_outcome(const struct outcome *outcome, struct writer *writer)
{
    writer_varint(writer, outcome->push_number);
    writer_u8(writer, (uint8_t)outcome->result);
    writer_u8(writer, (uint8_t)outcome->status);
    writer_varint(writer, outcome->revision);
    writer_varint(writer, outcome->waits_for);
    writer_varint(writer, outcome->operation);
}

static void read_outcome(struct reader *reader, struct outcome *outcome)
{
    uint8_t result;

    outcome->push_number = reader_varint(reader);
    result = reader_u8(reader);
    if (result < OUTCOME_APPLIED || result > OUTCOME_REFUSED)
        reader_fail(reader);
    outcome->result = (enum outcome_result)result;
    outcome->status = read_status(reader);
    outcome->revision = reader_varint(reader);
    outcome->waits_for = reader_varint(reader);
    outcome->operation = read_u32(reader);
}

static void write_receipt(const struct ledger_receipt *receipt,
                          struct writer *writer)
{
    writer_varint(writer, receipt->local_id);
    writer_varint(writer, receipt->revision);
    writer_u8(writer, receipt->is_merged);
}

static void read_receipt(struct reader *reader, struct ledger_receipt *receipt)
{
    receipt->local_id = reader_varint(reader);
    receipt->revision = reader_varint(reader);
    receipt->is_merged = reader_u8(reader) != 0;
}

void ledger_part_write(const struct ledger_part *part, struct writer *writer)
{
    writer_u8(writer, (uint8_t)part->type);
    switch (part->type) {
    case LEDGER_PART_IDENTITY:
        write_identity(&part->identity, writer);
        break;
    case LEDGER_PART_POSITION:
        write_position(&part->position, writer);
        break;
    case LEDGER_PART_ENTRY:
        write_entry(&part->entry, writer);
        break;
    case LEDGER_PART_NUMBERED:
        write_numbered(&part->numbered, writer);
        break;
    case LEDGER_PART_SETTLED:
        write_settled(&part->settled, writer);
        break;
    case LEDGER_PART_OUTCOME:
        write_outcome(&part->outcome, writer);
        break;
    case LEDGER_PART_DROPPED:
        writer_varint(writer, part->dropped);
        break;
    case LEDGER_PART_OFFERED:
        writer_varint(writer, part->offered);
        break;
    case LEDGER_PART_RECEIPT:
        write_receipt(&part->receipt, writer);
        break;
    }
    ASSERT(writer_is_ok(writer));
}

static void read_part(struct reader *reader, struct ledger_part *part)
{
    switch (part->type) {
    case LEDGER_PART_IDENTITY:
        read_identity(reader, &part->identity);
        break;
    case LEDGER_PART_POSITION:
        read_position(reader, &part->position);
        break;
    case LEDGER_PART_ENTRY:
        read_entry(reader, &part->entry);
        break;
    case LEDGER_PART_NUMBERED:
        read_numbered(reader, &part->numbered);
        break;
    case LEDGER_PART_SETTLED:
        read_settled(reader, &part->settled);
        break;
    case LEDGER_PART_OUTCOME:
        read_outcome(reader, &part->outcome);
        break;
    case LEDGER_PART_DROPPED:
        part->dropped = reader_varint(reader);
        break;
    case LEDGER_PART_OFFERED:
        part->offered = reader_varint(reader);
        break;
    case LEDGER_PART_RECEIPT:
        read_receipt(reader, &part->receipt);
        break;
    }
}

enum dalv_status ledger_part_read(struct reader *reader,
                                  struct ledger_part *out_part)
{
    struct ledger_part part;
    uint8_t type;

    if (reader_is_finished(reader))
        return DALV_NOT_FOUND;
    type = reader_u8(reader);
    if (!reader_is_ok(reader) || type == 0)
        return DALV_DAMAGED;
    if (type > LEDGER_PART_RECEIPT)
        return DALV_UNSUPPORTED;
    memset(&part, 0, sizeof(part));
    part.type = (enum ledger_part_type)type;
    read_part(reader, &part);
    if (!reader_is_ok(reader))
        return DALV_DAMAGED;
    *out_part = part;
    return DALV_OK;
}
