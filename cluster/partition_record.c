#include "cluster/partition_record.h"

#include "base/assert.h"
#include "cluster/part.h"

static bool shares_any(const struct member_set *set,
                       const struct joint_set *joint)
{
    for (size_t i = 0; i < set->count; i++) {
        if (joint_set_has(joint, &set->items[i]))
            return true;
    }
    return false;
}

static bool is_master_possible(const struct partition_record *record)
{
    bool is_named = member_is_set(&record->master) && record->master_boot != 0;
    bool is_unset = record->master.node == 0 && record->master_boot == 0 &&
                    !store_id_is_set(&record->master.store);

    if (record->state == PARTITION_LED)
        return is_named && joint_set_has(&record->joint, &record->master);
    return record->state == PARTITION_OPENING && (is_named || is_unset);
}

enum dalv_status partition_record_check(const struct partition_record *record)
{
    if (record->epoch == 0 || record->joint.members.count == 0)
        return DALV_INVALID;
    if (!is_master_possible(record))
        return DALV_INVALID;
    if (shares_any(&record->learners, &record->joint))
        return DALV_INVALID;
    return DALV_OK;
}

int partition_record_compare(const struct partition_record *a,
                             const struct partition_record *b)
{
    if (a->epoch != b->epoch)
        return a->epoch < b->epoch ? -1 : 1;
    if (a->change != b->change)
        return a->change < b->change ? -1 : 1;
    return 0;
}

bool partition_record_equal(const struct partition_record *a,
                            const struct partition_record *b)
{
    return partition_record_compare(a, b) == 0 && a->state == b->state &&
           member_equal(&a->master, &b->master) &&
           a->master_boot == b->master_boot &&
           member_set_equal(&a->joint.members, &b->joint.members) &&
           member_set_equal(&a->joint.old_members, &b->joint.old_members) &&
           member_set_equal(&a->learners, &b->learners);
}

bool partition_record_is_led_by(const struct partition_record *record,
                                const struct member *member, uint64_t boot)
{
    return record->state == PARTITION_LED && record->master_boot == boot &&
           member_equal(&record->master, member);
}

static void put_record(struct writer *writer,
                       const struct partition_record *record)
{
    bool has_master = member_is_set(&record->master);

    writer_u8(writer, (uint8_t)record->state);
    writer_varint(writer, record->epoch);
    writer_varint(writer, record->change);
    writer_u8(writer, has_master);
    if (has_master) {
        member_put(writer, &record->master);
        writer_u64(writer, record->master_boot);
    }
    member_set_put(writer, &record->joint.members);
    member_set_put(writer, &record->joint.old_members);
    member_set_put(writer, &record->learners);
}

static void read_record(struct reader *reader,
                        struct partition_record *out_record)
{
    uint8_t state = reader_u8(reader);
    uint8_t has_master;

    *out_record = (struct partition_record){.epoch = 0};
    if (state != PARTITION_OPENING && state != PARTITION_LED)
        reader_fail(reader);
    out_record->state =
        state == PARTITION_LED ? PARTITION_LED : PARTITION_OPENING;
    out_record->epoch = reader_varint(reader);
    out_record->change = reader_varint(reader);
    has_master = reader_u8(reader);
    if (has_master > 1)
        reader_fail(reader);
    if (has_master == 1) {
        out_record->master = member_read(reader);
        out_record->master_boot = reader_u64(reader);
        if (!member_is_set(&out_record->master))
            reader_fail(reader);
    }
    member_set_read(reader, &out_record->joint.members);
    member_set_read(reader, &out_record->joint.old_members);
    member_set_read(reader, &out_record->learners);
    if (partition_record_check(out_record) != DALV_OK)
        reader_fail(reader);
}

enum dalv_status partition_record_encode(const struct partition_record *record,
                                         struct writer *writer)
{
    enum dalv_status status = partition_record_check(record);

    if (status != DALV_OK)
        return status;
    part_begin(writer);
    put_record(writer, record);
    return writer_is_ok(writer) ? DALV_OK : DALV_TOO_BIG;
}

enum dalv_status partition_record_decode(struct bytes bytes,
                                         struct partition_record *out_record)
{
    struct partition_record record;
    struct reader reader;
    enum dalv_status status = part_open(&reader, bytes);

    if (status != DALV_OK)
        return status;
    read_record(&reader, &record);
    if (!reader_is_finished(&reader))
        return DALV_PROTOCOL;
    *out_record = record;
    return DALV_OK;
}

enum dalv_status partition_page_encode(const struct partition_record *records,
                                       size_t count, struct writer *writer)
{
    ASSERT(count >= 1 && count <= PARTITION_PAGE_RECORDS);
    part_begin(writer);
    writer_u8(writer, (uint8_t)count);
    for (size_t i = 0; i < count; i++) {
        enum dalv_status status = partition_record_check(&records[i]);

        if (status != DALV_OK)
            return status;
        put_record(writer, &records[i]);
    }
    return writer_is_ok(writer) ? DALV_OK : DALV_TOO_BIG;
}

enum dalv_status partition_page_decode(struct bytes bytes, size_t count,
                                       struct partition_record *out_records)
{
    struct reader reader;
    enum dalv_status status;

    ASSERT(count >= 1 && count <= PARTITION_PAGE_RECORDS);
    status = part_open(&reader, bytes);
    if (status != DALV_OK)
        return status;
    if (reader_u8(&reader) != count)
        return DALV_PROTOCOL;
    for (size_t i = 0; i < count && reader_is_ok(&reader); i++)
        read_record(&reader, &out_records[i]);
    return reader_is_finished(&reader) ? DALV_OK : DALV_PROTOCOL;
}
