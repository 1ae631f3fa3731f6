#include "storage/index_internal.h"

#include <string.h>

enum dalv_status index_scan_open(struct index_scan *scan, struct index *index,
                                 const struct index_key *prefix,
                                 const struct index_key *from)
{
    enum dalv_status status;

    scan->cursor = NULL;
    scan->prefix = index_key_bytes(prefix);
    status = kv_cursor_open_within(index->kv, scan->prefix, &scan->cursor);
    if (status == DALV_OK)
        kv_cursor_seek(scan->cursor,
                       from == NULL ? scan->prefix : index_key_bytes(from));
    return status;
}

bool index_scan_is_at_entry(const struct index_scan *scan)
{
    return kv_cursor_is_valid(scan->cursor) &&
           bytes_has_prefix(kv_cursor_key(scan->cursor), scan->prefix);
}

struct bytes index_scan_rest(const struct index_scan *scan)
{
    struct bytes key = kv_cursor_key(scan->cursor);

    return bytes_make(key.data + scan->prefix.size,
                      key.size - scan->prefix.size);
}

struct bytes index_scan_value(const struct index_scan *scan)
{
    return kv_cursor_value(scan->cursor);
}

void index_scan_next(struct index_scan *scan)
{
    kv_cursor_next(scan->cursor);
}

enum dalv_status index_scan_close(struct index_scan *scan,
                                  enum dalv_status status)
{
    enum dalv_status close_status = kv_cursor_close(&scan->cursor);

    return close_status != DALV_OK ? close_status : status;
}

enum dalv_status index_list_cut(size_t count)
{
    return count == 0 ? DALV_TOO_BIG : DALV_OK;
}

void index_owner_init(struct index_owner *owner, struct index *index,
                      uint32_t partition)
{
    owner->index = index;
    owner->partition = partition;
    owner->history_id = 0;
    owner->user_size = 0;
}

enum dalv_status index_owner_ask(struct index_owner *owner, struct bytes user,
                                 uint64_t history_id, bool *out_is_current)
{
    struct bytes known = bytes_make(owner->user, owner->user_size);
    struct user_state state;

    if (!bytes_equal(known, user)) {
        enum dalv_status status =
            index_user(owner->index, owner->partition, user, &state);
        if (status != DALV_OK && status != DALV_NOT_FOUND)
            return status;
        owner->history_id = status == DALV_OK ? state.history_id : 0;
        memcpy(owner->user, user.data, user.size);
        owner->user_size = user.size;
    }
    *out_is_current = owner->history_id == history_id;
    return DALV_OK;
}
