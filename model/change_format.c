#include "model/change_format.h"

#include "base/assert.h"
#include "base/bounds.h"
#include "model/upload.h"

enum {
    /* A change's first byte. */
    HEAD_IS_ELEMENT = 0x01,
    HEAD_KEY_AGAIN = 0x02, /* The key of the change before it. */

    KEY_KIND_SHIFT = 2,
    KEY_KIND_MASK = 0x0C,
    KEY_HAS_FLAGS = 0x10,
    KEY_HAS_EXPIRY = 0x20,
    KEY_HAS_RESET = 0x40,   /* Its reset is older than its last change. */
    KEY_IS_IN_PARTS = 0x80, /* Its parts may follow, as elements. */

    ELEMENT_IS_REMOVED = 0x04,
    ELEMENT_HAS_REVISION = 0x08, /* It changed since it was added. */
    ELEMENT_UNUSED = 0xF0,
};

/* The system's number is the largest there is: it becomes the smallest. */
static void put_writer(struct writer *writer, uint64_t author)
{
    writer_varint(writer, author + 1);
}

void change_writer_init(struct change_writer *changes, struct writer *writer)
{
    *changes = (struct change_writer){.writer = writer};
}

static void put_name(struct change_writer *changes, struct bytes key,
                     uint8_t head)
{
    bool is_again = bytes_equal(key, changes->key_before);

    writer_u8(changes->writer,
              is_again ? (uint8_t)(head | HEAD_KEY_AGAIN) : head);
    if (!is_again)
        writer_sized(changes->writer, key);
}

static uint8_t key_head(const struct key_state *state)
{
    unsigned head = (unsigned)state->kind << KEY_KIND_SHIFT;

    if (state->flags != 0)
        head |= KEY_HAS_FLAGS;
    if (state->expiry_us != 0)
        head |= KEY_HAS_EXPIRY;
    if (state->reset_revision != state->revision)
        head |= KEY_HAS_RESET;
    if (key_state_is_in_parts(state))
        head |= KEY_IS_IN_PARTS;
    return (uint8_t)head;
}

static void put_key(struct change_writer *changes, const struct change *change)
{
    const struct key_state *state = &change->state;
    struct writer *writer = changes->writer;

    put_name(changes, change->key, key_head(state));
    writer_varint(writer, state->revision);
    if (state->reset_revision != state->revision)
        writer_varint(writer, state->reset_revision);
    put_writer(writer, state->writer);
    writer_varint(writer, state->time_us);
    if (state->flags != 0)
        writer_varint(writer, state->flags);
    if (state->expiry_us != 0)
        writer_varint(writer, state->expiry_us);
    if (state->kind == KEY_REGISTER)
        writer_sized(writer, state->value);
    if (key_state_is_in_parts(state)) {
        writer_u64(writer, state->generation);
        writer_varint(writer, state->element_bytes);
    }
    if (state->kind == KEY_LIST)
        writer_varint(writer, state->generation);
    if (state->kind == KEY_COUNTER)
        writer_varint_signed(writer, state->number);
}

static uint8_t element_head(const struct element_state *element)
{
    unsigned head = HEAD_IS_ELEMENT;

    if (element->is_removed)
        head |= ELEMENT_IS_REMOVED;
    if (element->revision != element->added_revision)
        head |= ELEMENT_HAS_REVISION;
    return (uint8_t)head;
}

static void put_element(struct change_writer *changes,
                        const struct change *change)
{
    const struct element_state *element = &change->element;
    struct writer *writer = changes->writer;

    put_name(changes, change->key, element_head(element));
    writer_varint(writer, element->dot.device);
    writer_varint(writer, element->dot.local_id);
    writer_varint(writer, element->dot.position);
    writer_varint(writer, element->generation);
    writer_varint(writer, element->added_revision);
    if (element->revision != element->added_revision)
        writer_varint(writer, element->revision);
    put_writer(writer, change->writer);
    writer_varint(writer, change->time_us);
    if (!element->is_removed)
        writer_sized(writer, element->value);
}

enum dalv_status change_put(struct change_writer *changes,
                            const struct change *change)
{
    struct writer *writer = changes->writer;
    size_t size_before = writer->size;

    if (!writer_is_ok(writer))
        return DALV_TOO_BIG;
    ASSERT(change->key.size > 0);
    if (change->type == CHANGE_KEY)
        put_key(changes, change);
    else
        put_element(changes, change);
    if (!writer_is_ok(writer)) {
        writer->size = size_before;
        writer->failed = false;
        return DALV_TOO_BIG;
    }
    changes->key_before = change->key;
    changes->count++;
    return DALV_OK;
}

void change_reader_init(struct change_reader *changes, struct bytes page)
{
    *changes = (struct change_reader){0};
    reader_init(&changes->reader, page);
}

static uint64_t take_nonzero(struct reader *reader)
{
    uint64_t value = reader_varint(reader);

    if (value == 0)
        reader_fail(reader);
    return value;
}

static uint32_t take_u32(struct reader *reader)
{
    uint64_t value = reader_varint(reader);

    if (value > UINT32_MAX)
        reader_fail(reader);
    return (uint32_t)value;
}

/* A number that is only written if it differs from `usual`. */
static uint64_t take_unusual(struct reader *reader, bool is_there,
                             uint64_t usual)
{
    uint64_t value = is_there ? reader_varint(reader) : usual;

    if (is_there && value == usual)
        reader_fail(reader);
    return value;
}

static uint64_t take_writer(struct reader *reader)
{
    return reader_varint(reader) - 1;
}

static void take_name(struct change_reader *changes, uint8_t head,
                      struct change *change)
{
    if ((head & HEAD_KEY_AGAIN) != 0)
        change->key = changes->key_before;
    else
        change->key = reader_sized(&changes->reader, BOUNDS_KEY_MAX);
    if (change->key.size == 0)
        reader_fail(&changes->reader);
}

static void take_content(struct reader *reader, struct key_state *state)
{
    switch (state->kind) {
    case KEY_NONE:
        break;
    case KEY_REGISTER:
        state->value = reader_sized(reader, BOUNDS_VALUE_MAX);
        break;
    case KEY_LIST:
        state->generation = reader_varint(reader);
        break;
    case KEY_COUNTER:
        state->number = reader_varint_signed(reader);
        break;
    }
}

static void take_parts(struct reader *reader, struct key_state *state)
{
    if (state->kind != KEY_REGISTER || state->value.size != UPLOAD_HASH_BYTES)
        reader_fail(reader);
    state->generation = reader_u64(reader);
    state->element_bytes = take_nonzero(reader);
    if (!upload_is_number(state->generation) ||
        state->element_bytes > UPLOAD_BYTES_MAX)
        reader_fail(reader);
}

static void take_key(struct change_reader *changes, uint8_t head,
                     struct change *change)
{
    struct reader *reader = &changes->reader;
    struct key_state *state = &change->state;

    change->type = CHANGE_KEY;
    take_name(changes, head, change);
    state->kind = (enum key_kind)((head & KEY_KIND_MASK) >> KEY_KIND_SHIFT);
    state->revision = reader_varint(reader);
    state->reset_revision =
        take_unusual(reader, (head & KEY_HAS_RESET) != 0, state->revision);
    state->writer = take_writer(reader);
    state->time_us = reader_varint(reader);
    if ((head & KEY_HAS_FLAGS) != 0)
        state->flags = take_u32(reader);
    if ((head & KEY_HAS_FLAGS) != 0 && state->flags == 0)
        reader_fail(reader);
    if ((head & KEY_HAS_EXPIRY) != 0)
        state->expiry_us = take_nonzero(reader);
    if (state->kind != KEY_REGISTER &&
        (head & (KEY_HAS_FLAGS | KEY_HAS_EXPIRY)) != 0)
        reader_fail(reader);
    take_content(reader, state);
    if ((head & KEY_IS_IN_PARTS) != 0)
        take_parts(reader, state);
}

static void take_element(struct change_reader *changes, uint8_t head,
                         struct change *change)
{
    struct reader *reader = &changes->reader;
    struct element_state *element = &change->element;

    if ((head & ELEMENT_UNUSED) != 0)
        reader_fail(reader);
    change->type = CHANGE_ELEMENT;
    take_name(changes, head, change);
    element->is_removed = (head & ELEMENT_IS_REMOVED) != 0;
    element->dot.device = reader_varint(reader);
    element->dot.local_id = reader_varint(reader);
    element->dot.position = take_u32(reader);
    element->generation = reader_varint(reader);
    element->added_revision = reader_varint(reader);
    element->revision = take_unusual(reader, (head & ELEMENT_HAS_REVISION) != 0,
                                     element->added_revision);
    change->writer = take_writer(reader);
    change->time_us = reader_varint(reader);
    if (!element->is_removed)
        element->value = reader_sized(reader, BOUNDS_VALUE_MAX);
}

enum dalv_status change_next(struct change_reader *changes,
                             struct change *out_change)
{
    struct change change = {.key = {0}};
    uint8_t head;

    if (reader_is_finished(&changes->reader))
        return DALV_NOT_FOUND;
    head = reader_u8(&changes->reader);
    if ((head & HEAD_IS_ELEMENT) != 0)
        take_element(changes, head, &change);
    else
        take_key(changes, head, &change);
    if (!reader_is_ok(&changes->reader))
        return DALV_PROTOCOL;
    changes->key_before = change.key;
    *out_change = change;
    return DALV_OK;
}

bool change_next_due(struct change_reader *changes, uint64_t now_us,
                     struct change *out_change)
{
    while (change_next(changes, out_change) == DALV_OK) {
        if (out_change->type == CHANGE_KEY &&
            out_change->state.expiry_us != 0 &&
            out_change->state.expiry_us <= now_us)
            return true;
    }
    return false;
}
