#include "control/candidacy.h"

#include "base/assert.h"

#include <string.h>

enum {
    FORMAT = 1,
    /* Tenths of a term. */
    HOLD_TENTHS = 9,
    TAKE_OVER_TENTHS = 11,
    RENEWALS = 4, /* In a term. */
};

enum dalv_status candidacy_record_encode(const struct candidacy_record *record,
                                         struct writer *writer)
{
    writer_u8(writer, FORMAT);
    writer_varint(writer, record->holder);
    writer_varint(writer, record->counter);
    writer_sized(writer, bytes_from_text(record->name));
    return writer_is_ok(writer) ? DALV_OK : DALV_TOO_BIG;
}

enum dalv_status candidacy_record_decode(struct bytes bytes,
                                         struct candidacy_record *out_record)
{
    struct candidacy_record record = {0};
    struct reader reader;
    struct bytes name;

    reader_init(&reader, bytes);
    if (reader_u8(&reader) > FORMAT)
        return DALV_UNSUPPORTED;
    record.holder = reader_varint(&reader);
    record.counter = reader_varint(&reader);
    name = reader_sized(&reader, CANDIDACY_NAME_BYTES_MAX);
    if (!reader_is_finished(&reader) || !bytes_is_utf8(name))
        return DALV_PROTOCOL;
    if (name.size > 0)
        memcpy(record.name, name.data, name.size);
    *out_record = record;
    return DALV_OK;
}

static uint64_t tenths(const struct candidacy *candidacy, uint32_t count)
{
    return (uint64_t)candidacy->term_ms * count / 10;
}

void candidacy_init(struct candidacy *candidacy, uint64_t id, const char *name,
                    uint32_t term_ms)
{
    size_t size = strlen(name);

    ASSERT(id != 0 && term_ms >= 10);
    if (size > CANDIDACY_NAME_BYTES_MAX)
        size = CANDIDACY_NAME_BYTES_MAX;
    *candidacy = (struct candidacy){.id = id, .term_ms = term_ms};
    memcpy(candidacy->name, name, size);
}

bool candidacy_is_holding(const struct candidacy *candidacy, uint64_t now_ms)
{
    return candidacy->held_ms != 0 &&
           now_ms < candidacy->held_ms + tenths(candidacy, HOLD_TENTHS);
}

const char *candidacy_holder(const struct candidacy *candidacy)
{
    return candidacy->seen_revision == 0 ? NULL : candidacy->seen.name;
}

uint64_t candidacy_next_ms(const struct candidacy *candidacy)
{
    return candidacy->pending != CANDIDACY_NOTHING ? UINT64_MAX
                                                   : candidacy->next_ms;
}

/* It is its own to count up, nobody's, or has stood still for long enough. */
static bool may_swap(const struct candidacy *candidacy, uint64_t now_ms)
{
    if (!candidacy->has_seen || candidacy->is_unsure)
        return false;
    if (candidacy->seen_revision == 0 ||
        candidacy->seen.holder == candidacy->id)
        return true;
    return now_ms >= candidacy->moved_ms + tenths(candidacy, TAKE_OVER_TENTHS);
}

static enum candidacy_question swap(struct candidacy *candidacy,
                                    uint64_t now_ms)
{
    candidacy->next = (struct candidacy_record){
        .holder = candidacy->id,
        .counter = candidacy->seen.counter + 1,
    };
    memcpy(candidacy->next.name, candidacy->name, sizeof(candidacy->name));
    candidacy->revision = candidacy->seen_revision;
    candidacy->sent_ms = now_ms;
    return CANDIDACY_SWAP;
}

enum candidacy_question candidacy_ask(struct candidacy *candidacy,
                                      uint64_t now_ms)
{
    if (candidacy->pending != CANDIDACY_NOTHING || now_ms < candidacy->next_ms)
        return CANDIDACY_NOTHING;
    candidacy->next_ms = now_ms + candidacy->term_ms / RENEWALS;
    candidacy->pending =
        may_swap(candidacy, now_ms) ? swap(candidacy, now_ms) : CANDIDACY_READ;
    return candidacy->pending;
}

/* The swap whose outcome was unknown went through after all. */
static bool is_own_swap(const struct candidacy *candidacy)
{
    return candidacy->is_unsure && candidacy->seen.holder == candidacy->id &&
           candidacy->seen.counter == candidacy->next.counter;
}

void candidacy_on_read(struct candidacy *candidacy, enum dalv_status status,
                       const struct candidacy_record *record, uint64_t revision,
                       uint64_t now_ms)
{
    ASSERT(candidacy->pending == CANDIDACY_READ);
    candidacy->pending = CANDIDACY_NOTHING;
    if (status != DALV_OK && status != DALV_NOT_FOUND)
        return;
    if (!candidacy->has_seen || revision != candidacy->seen_revision)
        candidacy->moved_ms = now_ms;
    candidacy->has_seen = true;
    candidacy->seen_revision = revision;
    /* A counter that was removed begins anew. */
    candidacy->seen = record == NULL ? (struct candidacy_record){0} : *record;
    if (is_own_swap(candidacy))
        candidacy->held_ms = candidacy->sent_ms;
    if (candidacy->seen_revision == 0 ||
        candidacy->seen.holder != candidacy->id)
        candidacy->held_ms = 0;
    candidacy->is_unsure = false;
    /* What is free is taken at once. */
    if (may_swap(candidacy, now_ms))
        candidacy->next_ms = now_ms;
}

void candidacy_on_swapped(struct candidacy *candidacy, enum dalv_status status,
                          uint64_t revision, uint64_t now_ms)
{
    ASSERT(candidacy->pending == CANDIDACY_SWAP);
    candidacy->pending = CANDIDACY_NOTHING;
    if (status == DALV_OK) {
        candidacy->held_ms = candidacy->sent_ms;
        candidacy->moved_ms = now_ms;
        candidacy->seen = candidacy->next;
        candidacy->seen_revision = revision;
        return;
    }
    /* Somebody was faster, or nobody knows: what stands there decides. */
    if (status == DALV_PRECONDITION) {
        candidacy->held_ms = 0;
        candidacy->has_seen = false;
        candidacy->next_ms = now_ms;
    } else if (status == DALV_UNKNOWN) {
        candidacy->is_unsure = true;
        candidacy->next_ms = now_ms;
    }
}
