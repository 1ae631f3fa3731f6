#include "storage/kv.h"

#include "base/assert.h"

#include <stddef.h>

/* The first failure stays: whatever came after it cannot be trusted. */
static enum dalv_status remember(struct kv *kv, enum dalv_status status)
{
    if (status != DALV_OK && status != DALV_NOT_FOUND && kv->poison == DALV_OK)
        kv->poison = status;
    return status;
}

enum dalv_status kv_get(struct kv *kv, struct bytes key,
                        struct buffer *out_value)
{
    if (kv->poison != DALV_OK)
        return kv->poison;
    return remember(kv, kv->table->get(kv, key, out_value));
}

enum dalv_status kv_write(struct kv *kv, const struct kv_batch *batch,
                          bool is_synced)
{
    if (kv->poison != DALV_OK)
        return kv->poison;
    return remember(kv, kv->table->write(kv, batch, is_synced));
}

enum dalv_status kv_write_apart(struct kv *kv, const struct kv_batch *batch,
                                size_t prefix_size)
{
    if (kv->table->write_apart == NULL)
        return kv_write(kv, batch, /* is_synced= */ false);
    if (kv->poison != DALV_OK)
        return kv->poison;
    return remember(kv, kv->table->write_apart(kv, batch, prefix_size));
}

enum dalv_status kv_flush(struct kv *kv)
{
    if (kv->poison != DALV_OK)
        return kv->poison;
    return remember(kv, kv->table->flush(kv));
}

enum dalv_status kv_compact(struct kv *kv, struct bytes from, struct bytes to)
{
    if (kv->poison != DALV_OK)
        return kv->poison;
    return remember(kv, kv->table->compact(kv, from, to));
}

enum dalv_status kv_size(struct kv *kv, struct bytes from, struct bytes to,
                         uint64_t *out_bytes)
{
    if (kv->poison != DALV_OK)
        return kv->poison;
    return remember(kv, kv->table->size(kv, from, to, out_bytes));
}

void kv_close(struct kv **kv_p)
{
    struct kv *kv = *kv_p;

    if (kv == NULL)
        return;
    kv->table->close(kv);
    *kv_p = NULL;
}

enum dalv_status kv_cursor_open(struct kv *kv, struct kv_cursor **out_cursor)
{
    return kv_cursor_open_within(kv, (struct bytes){0}, out_cursor);
}

enum dalv_status kv_cursor_open_within(struct kv *kv, struct bytes prefix,
                                       struct kv_cursor **out_cursor)
{
    struct kv_cursor *cursor = NULL;
    enum dalv_status status;

    if (kv->poison != DALV_OK)
        return kv->poison;
    status = remember(kv, kv->table->cursor_open(kv, prefix, &cursor));
    if (status != DALV_OK)
        return status;
    cursor->kv = kv;
    *out_cursor = cursor;
    return DALV_OK;
}

void kv_cursor_seek(struct kv_cursor *cursor, struct bytes key)
{
    cursor->table->seek(cursor, key);
}

void kv_cursor_next(struct kv_cursor *cursor)
{
    ASSERT(cursor->table->is_valid(cursor));
    cursor->table->next(cursor);
}

bool kv_cursor_is_valid(const struct kv_cursor *cursor)
{
    return cursor->table->is_valid(cursor);
}

struct bytes kv_cursor_key(const struct kv_cursor *cursor)
{
    return cursor->table->key(cursor);
}

struct bytes kv_cursor_value(const struct kv_cursor *cursor)
{
    return cursor->table->value(cursor);
}

enum dalv_status kv_cursor_close(struct kv_cursor **cursor_p)
{
    struct kv_cursor *cursor = *cursor_p;
    struct kv *kv;

    if (cursor == NULL)
        return DALV_OK;
    *cursor_p = NULL;
    kv = cursor->kv;
    return remember(kv, cursor->table->close(cursor));
}

enum dalv_status kv_opener_open(struct kv_opener *opener,
                                const struct kv_options *options,
                                struct kv **out_kv)
{
    return opener->open(opener, options, out_kv);
}

enum dalv_status kv_opener_destroy(struct kv_opener *opener, const char *path)
{
    return opener->destroy(opener, path);
}
