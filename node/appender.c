#include "node/appender.h"

#include "base/assert.h"
#include "storage/record.h"
#include "storage/user_record.h"

enum {
    STAGING_BYTES = PROPOSAL_BYTES_FULL + RECORD_BYTES_MAX
};

static size_t places_bytes(uint32_t partition_count)
{
    return partition_count * sizeof(struct appender_place);
}

enum dalv_status appender_init(struct appender *appender,
                               struct allocator *allocator,
                               uint32_t partition_count)
{
    *appender = (struct appender){.allocator = allocator,
                                  .partition_count = partition_count};
    appender->places =
        allocator_take_zeroed(allocator, places_bytes(partition_count));
    appender->staging = allocator_take(allocator, STAGING_BYTES);
    appender->payload = allocator_take(allocator, RECORD_PAYLOAD_MAX);
    if (appender->places == NULL || appender->staging == NULL ||
        appender->payload == NULL) {
        appender_deinit(appender);
        return DALV_NO_MEMORY;
    }
    writer_init(&appender->writer, appender->staging, STAGING_BYTES);
    return DALV_OK;
}

void appender_deinit(struct appender *appender)
{
    struct allocator *allocator = appender->allocator;

    allocator_give(allocator, appender->places,
                   places_bytes(appender->partition_count));
    allocator_give(allocator, appender->staging, STAGING_BYTES);
    allocator_give(allocator, appender->payload, RECORD_PAYLOAD_MAX);
}

void appender_lead(struct appender *appender, uint32_t partition,
                   const struct appender_start *start)
{
    struct appender_place *place = &appender->places[partition];

    ASSERT(start->epoch > 0);
    if (place->at.epoch != start->epoch)
        place->at = *start;
    place->is_led = true;
}

void appender_rest(struct appender *appender, uint32_t partition)
{
    appender->places[partition].is_led = false;
}

bool appender_leads(const struct appender *appender, uint32_t partition)
{
    return appender->places[partition].is_led;
}

uint64_t appender_time_us(const struct appender *appender, uint32_t partition,
                          uint64_t wall_us)
{
    uint64_t newest_us = appender->places[partition].at.time_us;

    return wall_us > newest_us ? wall_us : newest_us;
}

uint64_t appender_next_index(const struct appender *appender,
                             uint32_t partition)
{
    return appender->places[partition].at.end.index + 1;
}

uint64_t appender_epoch(const struct appender *appender, uint32_t partition)
{
    return appender->places[partition].at.epoch;
}

/* The judge keeps every record within the log's bounds, so it must fit. */
static void put_record(struct appender *appender, uint32_t partition,
                       struct user_record *decided)
{
    struct appender_start *place = &appender->places[partition].at;
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
    decided->crc = record.position.crc;
    place->end = record.position;
    place->time_us = decided->time_us;
    appender->record_count++;
}

/* What was judged cannot be taken back, and there is no going on. */
static struct proposal *propose(struct appender *appender, uint32_t partition,
                                struct log_position before)
{
    struct proposal *proposal =
        proposal_create(appender->allocator, writer_bytes(&appender->writer));

    ASSERT(proposal != NULL);
    proposal->partition = partition;
    proposal->before = before;
    proposal->end = appender->places[partition].at.end;
    proposal->record_count = appender->record_count;
    appender->record_count = 0;
    writer_init(&appender->writer, appender->staging, STAGING_BYTES);
    return proposal;
}

void appender_put(struct appender *appender, struct turn *turn,
                  struct list *proposals)
{
    const struct judge *judge = &turn->judge;
    struct log_position before = appender->places[turn->partition].at.end;
    struct proposal *proposal;

    ASSERT(judge->record_count > 0);
    ASSERT(appender_leads(appender, turn->partition));
    ASSERT(turn->first_index == before.index + 1);
    for (size_t i = 0; i < judge->record_count; i++) {
        if (appender->writer.size >= PROPOSAL_BYTES_FULL) {
            proposal = propose(appender, turn->partition, before);
            before = proposal->end;
            list_append(proposals, &proposal->link);
        }
        put_record(appender, turn->partition, &judge->records[i]);
    }
    proposal = propose(appender, turn->partition, before);
    proposal->turn = turn;
    list_append(proposals, &proposal->link);
}
