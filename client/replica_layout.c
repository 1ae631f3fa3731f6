#include "client/replica_layout.h"

#include "base/assert.h"

enum {
    STATE_VERSION = 1,
};

struct bytes replica_name_bytes(const struct replica_name *name)
{
    return bytes_make(name->memory, name->size);
}

static struct writer begin(struct replica_name *name, enum replica_set set,
                           char type)
{
    struct writer writer;

    writer_init(&writer, name->memory, sizeof(name->memory));
    if (set == REPLICA_STAGED)
        writer_u8(&writer, 's');
    writer_u8(&writer, (uint8_t)type);
    return writer;
}

static void end(struct replica_name *name, const struct writer *writer)
{
    ASSERT(writer_is_ok(writer));
    name->size = writer->size;
}

static void put_escaped(struct writer *writer, struct bytes key)
{
    for (size_t i = 0; i < key.size; i++) {
        writer_u8(writer, key.data[i]);
        if (key.data[i] == 0)
            writer_u8(writer, 0xFF);
    }
    writer_u8(writer, 0);
    writer_u8(writer, 1);
}

void replica_name_make(struct replica_name *out_name, enum replica_set set,
                       struct bytes key, const struct dot *dot)
{
    struct writer writer = begin(out_name, set, dot == NULL ? 'k' : 'e');

    if (dot == NULL) {
        writer_bytes_put(&writer, key);
    } else {
        put_escaped(&writer, key);
        writer_u64_be(&writer, dot->device);
        writer_u64_be(&writer, dot->local_id);
        writer_u32_be(&writer, dot->position);
    }
    end(out_name, &writer);
}

void replica_name_elements(struct replica_name *out_name, enum replica_set set,
                           struct bytes key)
{
    struct writer writer = begin(out_name, set, 'e');

    put_escaped(&writer, key);
    end(out_name, &writer);
}

void replica_name_all(struct replica_name *out_name, enum replica_set set,
                      bool is_elements)
{
    struct writer writer = begin(out_name, set, is_elements ? 'e' : 'k');

    end(out_name, &writer);
}

void replica_state_write(const struct replica_state *state,
                         struct writer *writer)
{
    writer_u8(writer, STATE_VERSION);
    writer_u64(writer, state->cursor.history_id);
    writer_u64(writer, state->cursor.revision);
    writer_u64(writer, state->settled);
    writer_u64(writer, state->identity);
    writer_u64(writer, state->key_count);
}

enum dalv_status replica_state_read(struct bytes bytes,
                                    struct replica_state *out_state)
{
    struct replica_state state;
    struct reader reader;
    uint8_t version;

    reader_init(&reader, bytes);
    version = reader_u8(&reader);
    if (reader_is_ok(&reader) && version > STATE_VERSION)
        return DALV_UNSUPPORTED;
    state.cursor.history_id = reader_u64(&reader);
    state.cursor.revision = reader_u64(&reader);
    state.settled = reader_u64(&reader);
    state.identity = reader_u64(&reader);
    state.key_count = reader_u64(&reader);
    if (!reader_is_finished(&reader) || version != STATE_VERSION)
        return DALV_DAMAGED;
    *out_state = state;
    return DALV_OK;
}

enum dalv_status replica_change_read(struct bytes bytes,
                                     struct change *out_change)
{
    struct change_reader reader;
    struct change change;

    change_reader_init(&reader, bytes);
    if (change_next(&reader, &change) != DALV_OK ||
        !reader_is_finished(&reader.reader))
        return DALV_DAMAGED;
    *out_change = change;
    return DALV_OK;
}
