#include "node/appender.h"

#include "base/assert.h"
#include "storage/record.h"
#include "storage/user_record.h"

#include <string.h>

enum {
    STAGING_BYTES = LOG_GROUP_BYTES_FULL + RECORD_BYTES_MAX
};

static size_t partitions_bytes(uint32_t partition_count)
{
    return partition_count * sizeof(struct appender_start);
}

enum dalv_status appender_init(struct appender *appender,
                               struct allocator *allocator,
                               const struct appender_start *starts,
                               uint32_t partition_count)
{
    *appender = (struct appender){.allocator = allocator,
                                  .partition_count = partition_count};
    appender->partitions =
        allocator_take(allocator, partitions_bytes(partition_count));
    appender->staging = allocator_take(allocator, STAGING_BYTES);
    appender->payload = allocator_take(allocator, RECORD_PAYLOAD_MAX);
    if (appender->partitions == NULL || appender->staging == NULL ||
        appender->payload == NULL) {
        appender_deinit(appender);
        return DALV_NO_MEMORY;
    }
    memcpy(appender->partitions, starts, partitions_bytes(partition_count));
    writer_init(&appender->writer, appender->staging, STAGING_BYTES);
    list_init(&appender->turns);
    return DALV_OK;
}

void appender_deinit(struct appender *appender)
{
    struct allocator *allocator = appender->allocator;

    allocator_give(allocator, appender->partitions,
                   partitions_bytes(appender->partition_count));
    allocator_give(allocator, appender->staging, STAGING_BYTES);
    allocator_give(allocator, appender->payload, RECORD_PAYLOAD_MAX);
}

uint64_t appender_time_us(const struct appender *appender, uint32_t partition,
                          uint64_t wall_us)
{
    uint64_t newest_us = appender->partitions[partition].time_us;

    return wall_us > newest_us ? wall_us : newest_us;
}

uint64_t appender_next_index(const struct appender *appender,
                             uint32_t partition)
{
    return appender->partitions[partition].end.index + 1;
}

uint64_t appender_epoch(const struct appender *appender, uint32_t partition)
{
    return appender->partitions[partition].epoch;
}

/* The judge keeps every record within the log's bounds, so it must fit. */
static void put_record(struct appender *appender, uint32_t partition,
                       const struct user_record *decided)
{
    struct appender_start *place = &appender->partitions[partition];
    struct record record = {
        .type = RECORD_DATA,
        .partition = partition,
        .position = {.epoch = place->epoch, .index = place->end.index + 1},
        .previous_crc = place->end.crc};
    struct writer payload;
    enum dalv_status status;

    writer_init(&payload, appender->payload, RECORD_PAYLOAD_MAX);
    status = user_record_encode(decided, &payload);
    ASSERT(status == DALV_OK);
    record.payload = writer_bytes(&payload);
    status = record_encode(&record, &appender->writer);
    ASSERT(status == DALV_OK);
    place->end = record.position;
    place->time_us = decided->time_us;
    appender->record_count++;
}

void appender_put(struct appender *appender, struct turn *turn,
                  struct list *groups)
{
    const struct judge *judge = &turn->judge;

    ASSERT(judge->record_count > 0);
    ASSERT(turn->first_index == appender_next_index(appender, turn->partition));
    for (size_t i = 0; i < judge->record_count; i++) {
        if (appender->writer.size >= LOG_GROUP_BYTES_FULL)
            appender_flush(appender, groups);
        put_record(appender, turn->partition, &judge->records[i]);
    }
    list_append(&appender->turns, &turn->link);
}

void appender_flush(struct appender *appender, struct list *groups)
{
    struct log_group *group;

    if (appender->record_count == 0)
        return;
    group =
        log_group_create(appender->allocator, writer_bytes(&appender->writer),
                         appender->record_count);
    /* What was judged cannot be taken back, and there is no going on. */
    ASSERT(group != NULL);
    list_append_all(&group->turns, &appender->turns);
    list_append(groups, &group->link);
    appender->record_count = 0;
    writer_init(&appender->writer, appender->staging, STAGING_BYTES);
}
