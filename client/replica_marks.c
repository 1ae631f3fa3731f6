#include "client/replica_marks.h"

#include "base/bounds.h"
#include "client/replica_internal.h"

struct mark_name {
    uint8_t memory[1 + BOUNDS_KEY_MAX];
    struct bytes bytes;
};

static void name_mark(struct mark_name *out_name, enum replica_mark mark,
                      struct bytes name)
{
    struct writer writer;

    writer_init(&writer, out_name->memory, sizeof(out_name->memory));
    writer_u8(&writer, mark == REPLICA_MARK_LACKING ? 'w' : 'u');
    writer_bytes_put(&writer, name);
    out_name->bytes = writer_bytes(&writer);
}

enum dalv_status replica_mark_put(struct replica *replica,
                                  enum replica_mark mark, struct bytes name,
                                  struct bytes value)
{
    struct mark_name at;

    name_mark(&at, mark, name);
    kv_batch_put(replica->batch, at.bytes, value);
    return replica_write(replica, /* is_synced= */ false);
}

enum dalv_status replica_mark_get(struct replica *replica,
                                  enum replica_mark mark, struct bytes name,
                                  struct buffer *out_value)
{
    struct mark_name at;

    name_mark(&at, mark, name);
    return kv_get(replica->kv, at.bytes, out_value);
}

enum dalv_status replica_mark_drop(struct replica *replica,
                                   enum replica_mark mark, struct bytes name)
{
    struct mark_name at;

    name_mark(&at, mark, name);
    kv_batch_delete(replica->batch, at.bytes);
    return replica_write(replica, /* is_synced= */ false);
}

enum dalv_status replica_mark_first(struct replica *replica,
                                    enum replica_mark mark,
                                    struct buffer *out_name)
{
    struct kv_cursor *cursor = NULL;
    struct mark_name all;
    enum dalv_status status = kv_cursor_open(replica->kv, &cursor);
    enum dalv_status ended;

    if (status != DALV_OK)
        return status;
    name_mark(&all, mark, (struct bytes){0});
    kv_cursor_seek(cursor, all.bytes);
    status = DALV_NOT_FOUND;
    if (kv_cursor_is_valid(cursor) &&
        bytes_has_prefix(kv_cursor_key(cursor), all.bytes)) {
        struct bytes key = kv_cursor_key(cursor);

        buffer_clear(out_name);
        buffer_put(out_name, bytes_make(key.data + 1, key.size - 1));
        status = DALV_OK;
    }
    ended = kv_cursor_close(&cursor);
    return ended != DALV_OK ? ended : status;
}

enum dalv_status replica_mark_clear(struct replica *replica,
                                    enum replica_mark mark)
{
    struct buffer name;
    enum dalv_status status = DALV_OK;

    buffer_init(&name);
    while (status == DALV_OK) {
        status = replica_mark_first(replica, mark, &name);
        if (status == DALV_OK)
            status = replica_mark_drop(replica, mark, buffer_bytes(&name));
    }
    buffer_deinit(&name);
    return status == DALV_NOT_FOUND ? DALV_OK : status;
}
