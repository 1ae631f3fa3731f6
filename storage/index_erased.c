/*
 * Stubs: what an erasure leaves, and which of its records the log still has.
 */
#include "storage/index.h"
#include "storage/index_internal.h"

static void count_stub(const struct index_stub *stub,
                       struct index_erasures *erasures)
{
    if (stub->log_index <= erasures->gone_index)
        return;
    if (erasures->count == 0 || stub->time_us < erasures->oldest_us)
        erasures->oldest_us = stub->time_us;
    erasures->count++;
}

enum dalv_status index_sum_erasures(struct index *index, uint32_t partition,
                                    struct index_erasures *erasures)
{
    struct index_place place = index_place_of_partition(index, partition);
    struct index_key prefix;
    struct index_scan scan;
    enum dalv_status status;

    erasures->count = 0;
    erasures->oldest_us = 0;
    index_key_start(&prefix, &place, INDEX_TABLE_ERASED);
    status = index_scan_open(&scan, index, &prefix, NULL);
    while (status == DALV_OK && index_scan_is_at_entry(&scan)) {
        struct index_stub stub;

        if (!index_value_read_stub(index_scan_value(&scan), &stub))
            status = index_damaged(index);
        else
            count_stub(&stub, erasures);
        index_scan_next(&scan);
    }
    return index_scan_close(&scan, status);
}

/* What lies between the first key of a partition and that of the next. */
enum dalv_status index_compact(struct index *index, uint32_t partition)
{
    struct index_place place = index_place_of_partition(index, partition);
    struct index_key from;
    struct index_key to;

    index_key_start(&from, &place, INDEX_TABLE_FORMAT);
    place.partition++;
    index_key_start(&to, &place, INDEX_TABLE_FORMAT);
    return kv_compact(index->kv, index_key_bytes(&from), index_key_bytes(&to));
}
