#include "storage/index_purge.h"

bool index_purge_put(struct writer *writer, enum index_table table,
                     struct bytes before, struct bytes behind)
{
    size_t size_before = writer->size;

    writer_u8(writer, (uint8_t)table);
    writer_sized(writer, before);
    writer_sized(writer, behind);
    if (writer_is_ok(writer))
        return true;
    writer->size = size_before;
    writer->failed = false;
    return false;
}

static bool is_of_history(uint8_t table)
{
    return table >= INDEX_TABLE_DEVICE && table <= INDEX_TABLE_UPLOAD;
}

/* The partition's tables whose keys hold a user and a history. */
static bool is_of_partition(uint8_t table)
{
    return table == INDEX_TABLE_EXPIRY || table == INDEX_TABLE_REQUEST_AGE ||
           table == INDEX_TABLE_LIST_ENDED || table == INDEX_TABLE_UPLOAD_AGE;
}

bool index_purge_read(struct reader *reader, const struct index_place *place,
                      struct index_key *out_key)
{
    uint8_t table = reader_u8(reader);
    struct bytes before = reader_sized(reader, sizeof(uint64_t));
    struct bytes behind = reader_sized(reader, INDEX_KEY_BYTES_MAX);

    if (!reader_is_ok(reader))
        return false;
    if (is_of_history(table)) {
        index_key_start_history(out_key, place, (enum index_table)table);
    } else if (is_of_partition(table)) {
        index_key_start(out_key, place, (enum index_table)table);
        writer_bytes_put(&out_key->writer, before);
        index_key_put_owner(out_key, place);
    } else {
        return false;
    }
    writer_bytes_put(&out_key->writer, behind);
    return writer_is_ok(&out_key->writer);
}
