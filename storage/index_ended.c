/*
 * What has ended and waits for its removal: lists and whole histories.
 */
#include "base/assert.h"
#include "storage/index.h"
#include "storage/index_internal.h"
#include "storage/index_purge.h"

static void read_list(struct reader *reader, struct index_unescaped *memory,
                      struct index_ended *ended)
{
    index_read_owner(reader, &ended->scope.user, &ended->scope.history_id);
    ended->key = index_read_escaped(reader, memory);
    ended->generation = reader_u64_be(reader);
}

static void read_history(struct reader *reader, struct index_unescaped *memory,
                         struct index_ended *ended)
{
    (void)memory;
    index_read_owner(reader, &ended->scope.user, &ended->scope.history_id);
}

typedef void ended_reader(struct reader *reader, struct index_unescaped *memory,
                          struct index_ended *ended);

struct ended_walk {
    struct index *index;
    uint32_t partition;
    ended_reader *read;
    struct index_scan scan;
    struct index_unescaped key;
};

/* DALV_TOO_BIG if there is no room. */
static enum dalv_status add_ended(struct ended_walk *walk, struct arena *arena,
                                  struct index_endeds *endeds)
{
    struct index_ended ended = {.scope = {.partition = walk->partition}};
    struct reader reader;

    reader_init(&reader, index_scan_rest(&walk->scan));
    walk->read(&reader, &walk->key, &ended);
    if (!reader_is_finished(&reader) || ended.scope.user.size == 0)
        return index_damaged(walk->index);
    if (endeds->count == endeds->capacity ||
        !arena_copy(arena, ended.scope.user, &ended.scope.user) ||
        !arena_copy(arena, ended.key, &ended.key))
        return DALV_TOO_BIG;
    endeds->items[endeds->count++] = ended;
    return DALV_OK;
}

static enum dalv_status take_ended(struct ended_walk *walk, struct arena *arena,
                                   struct index_endeds *endeds)
{
    enum dalv_status status = DALV_OK;

    while (status == DALV_OK && index_scan_is_at_entry(&walk->scan)) {
        status = add_ended(walk, arena, endeds);
        if (status == DALV_OK)
            index_scan_next(&walk->scan);
    }
    endeds->is_whole = status == DALV_OK;
    return status == DALV_TOO_BIG ? index_list_cut(endeds->count) : status;
}

static enum dalv_status list_ended(struct ended_walk *walk,
                                   enum index_table table, struct arena *arena,
                                   struct index_endeds *endeds)
{
    struct index_place place =
        index_place_of_partition(walk->index, walk->partition);
    struct index_key prefix;
    enum dalv_status status;

    ASSERT(endeds->capacity > 0);
    endeds->count = 0;
    endeds->is_whole = false;
    index_key_start(&prefix, &place, table);
    status = index_scan_open(&walk->scan, walk->index, &prefix, NULL);
    if (status == DALV_OK)
        status = take_ended(walk, arena, endeds);
    return index_scan_close(&walk->scan, status);
}

enum dalv_status index_list_ended_lists(struct index *index, uint32_t partition,
                                        struct arena *arena,
                                        struct index_endeds *endeds)
{
    struct ended_walk walk;

    walk.index = index;
    walk.partition = partition;
    walk.read = read_list;
    return list_ended(&walk, INDEX_TABLE_LIST_ENDED, arena, endeds);
}

enum dalv_status index_list_ended_histories(struct index *index,
                                            uint32_t partition,
                                            struct arena *arena,
                                            struct index_endeds *endeds)
{
    struct ended_walk walk;

    walk.index = index;
    walk.partition = partition;
    walk.read = read_history;
    return list_ended(&walk, INDEX_TABLE_HISTORY_ENDED, arena, endeds);
}

static enum dalv_status read_element(struct index *index,
                                     const struct index_scan *scan,
                                     struct element_state *out_state)
{
    struct index_element element;
    struct reader reader;

    reader_init(&reader, index_scan_rest(scan));
    element.state.dot = index_read_dot(&reader);
    if (!reader_is_finished(&reader) ||
        !index_value_read_element(index_scan_value(scan), &element))
        return index_damaged(index);
    *out_state = element.state;
    return DALV_OK;
}

/* The elements share one copy of their key. */
static enum dalv_status take_elements(struct index *index,
                                      struct index_scan *scan,
                                      const struct index_ended *ended,
                                      struct index_effects *effects)
{
    for (; index_scan_is_at_entry(scan); index_scan_next(scan)) {
        struct effect *effect = &effects->items[effects->count];
        struct element_state element;
        enum dalv_status status;

        if (effects->count == effects->capacity)
            return DALV_OK;
        status = read_element(index, scan, &element);
        if (status != DALV_OK)
            return status;
        element.generation = ended->generation;
        *effect = (struct effect){.key = ended->key};
        index_element_drop(&element, effect);
        effects->count++;
    }
    effects->is_whole = true;
    return DALV_OK;
}

enum dalv_status index_list_elements(struct index *index,
                                     const struct index_ended *ended,
                                     struct arena *arena,
                                     struct index_effects *effects)
{
    struct index_place place = index_place_of(index, &ended->scope);
    struct index_ended kept = *ended;
    struct index_scan scan;
    struct index_key prefix;
    enum dalv_status status;

    ASSERT(effects->capacity > 0);
    effects->count = 0;
    effects->is_whole = false;
    if (!arena_copy(arena, ended->key, &kept.key))
        return DALV_TOO_BIG;
    index_key_list(&prefix, &place, ended->key, ended->generation);
    status = index_scan_open(&scan, index, &prefix, NULL);
    if (status == DALV_OK)
        status = take_elements(index, &scan, &kept, effects);
    return index_scan_close(&scan, status);
}

struct rest {
    struct index *index;
    struct writer *writer;
    struct index_scan scan;
    bool has_any; /* Something fitted. */
};

static bool put_purge(struct rest *rest, enum index_table table,
                      struct bytes before, struct bytes behind)
{
    if (!index_purge_put(rest->writer, table, before, behind))
        return false;
    rest->has_any = true;
    return true;
}

static bool put_timed(struct rest *rest, enum index_table table,
                      uint64_t time_us, struct bytes behind)
{
    uint8_t memory[sizeof(time_us)];
    struct writer time;

    writer_init(&time, memory, sizeof(memory));
    writer_u64_be(&time, time_us);
    return put_purge(rest, table, writer_bytes(&time), behind);
}

/* Entries by time stand elsewhere: what they belong to names the time. */
static enum dalv_status put_companion(struct rest *rest, uint8_t table,
                                      struct bytes behind)
{
    struct bytes value = index_scan_value(&rest->scan);
    struct request_state request;
    struct upload_state upload;
    struct key_state state;
    bool is_put = true;

    if (table == INDEX_TABLE_KEY) {
        if (!index_value_read_key(value, &state))
            return index_damaged(rest->index);
        if (state.expiry_us != 0)
            is_put =
                put_timed(rest, INDEX_TABLE_EXPIRY, state.expiry_us, behind);
    }
    if (table == INDEX_TABLE_REQUEST) {
        if (!index_value_read_request(value, &request))
            return index_damaged(rest->index);
        is_put =
            put_timed(rest, INDEX_TABLE_REQUEST_AGE, request.time_us, behind);
    }
    if (table == INDEX_TABLE_UPLOAD) {
        if (!index_value_read_upload(value, &upload))
            return index_damaged(rest->index);
        is_put =
            put_timed(rest, INDEX_TABLE_UPLOAD_AGE, upload.began_us, behind);
    }
    return is_put ? DALV_OK : DALV_TOO_BIG;
}

static enum dalv_status put_entry(struct rest *rest)
{
    struct reader reader;
    uint8_t table;
    enum dalv_status status;

    reader_init(&reader, index_scan_rest(&rest->scan));
    table = reader_u8(&reader);
    if (!reader_is_ok(&reader))
        return index_damaged(rest->index);
    status = put_companion(rest, table, reader.rest);
    if (status != DALV_OK)
        return status;
    return put_purge(rest, (enum index_table)table, (struct bytes){0},
                     reader.rest)
               ? DALV_OK
               : DALV_TOO_BIG;
}

static enum dalv_status put_entries(struct rest *rest,
                                    const struct index_place *place)
{
    struct index_key prefix;
    enum dalv_status status;

    index_key_start_user(&prefix, place);
    writer_u64_be(&prefix.writer, place->history_id);
    status = index_scan_open(&rest->scan, rest->index, &prefix, NULL);
    while (status == DALV_OK && index_scan_is_at_entry(&rest->scan)) {
        status = put_entry(rest);
        if (status == DALV_OK)
            index_scan_next(&rest->scan);
    }
    return index_scan_close(&rest->scan, status);
}

static enum dalv_status put_list_marks(struct rest *rest,
                                       const struct index_place *place)
{
    struct index_key prefix;
    enum dalv_status status;

    index_key_start(&prefix, place, INDEX_TABLE_LIST_ENDED);
    index_key_put_owner(&prefix, place);
    status = index_scan_open(&rest->scan, rest->index, &prefix, NULL);
    while (status == DALV_OK && index_scan_is_at_entry(&rest->scan)) {
        if (put_purge(rest, INDEX_TABLE_LIST_ENDED, (struct bytes){0},
                      index_scan_rest(&rest->scan)))
            index_scan_next(&rest->scan);
        else
            status = DALV_TOO_BIG;
    }
    return index_scan_close(&rest->scan, status);
}

enum dalv_status index_history_rest(struct index *index,
                                    const struct index_scope *scope,
                                    struct writer *writer)
{
    struct index_place place = index_place_of(index, scope);
    struct rest rest = {.index = index, .writer = writer};
    enum dalv_status status = put_entries(&rest, &place);

    if (status == DALV_OK)
        status = put_list_marks(&rest, &place);
    return status == DALV_TOO_BIG && rest.has_any ? DALV_OK : status;
}
