#include "tests/property/replication/disk.h"

#include "base/assert.h"
#include "base/hash.h"

#include <stdlib.h>
#include <string.h>

struct entry entry_make(struct log_position before, uint64_t epoch,
                        uint64_t value)
{
    struct entry entry = {.epoch = epoch,
                          .index = before.index + 1,
                          .value = value,
                          .previous_crc = before.crc};

    entry.crc =
        (uint32_t)hash64(bytes_make(&entry, offsetof(struct entry, crc)));
    return entry;
}

struct log_position entry_position(const struct entry *entry)
{
    return (struct log_position){
        .epoch = entry->epoch, .index = entry->index, .crc = entry->crc};
}

struct entry entry_at(struct bytes bytes, size_t place)
{
    struct entry entry;

    memcpy(&entry, bytes.data + place * sizeof(entry), sizeof(entry));
    return entry;
}

bool entries_chain(struct bytes bytes, struct log_position before,
                   struct log_position end)
{
    for (size_t i = 0; i < bytes.size / sizeof(struct entry); i++) {
        struct entry entry = entry_at(bytes, i);
        struct entry same = entry_make(before, entry.epoch, entry.value);

        if (memcmp(&entry, &same, sizeof(entry)) != 0 ||
            entry.epoch != end.epoch)
            return false;
        before = entry_position(&entry);
    }
    return log_position_equal(before, end);
}

void state_apply(struct state *state, const struct entry *entry)
{
    size_t key = entry->value % STATE_KEYS;

    if (entry->value == 0)
        return;
    state->index[key] = entry->index;
    state->value[key] = entry->value;
}

void disk_deinit(struct disk *disk)
{
    free(disk->records);
    *disk = (struct disk){0};
}

void disk_wipe(struct disk *disk)
{
    disk_deinit(disk);
}

void disk_append(struct disk *disk, const struct disk_record *record)
{
    if (disk->count == disk->capacity) {
        disk->capacity = disk->capacity * 2 + 64;
        disk->records =
            realloc(disk->records, disk->capacity * sizeof(*disk->records));
        ASSERT(disk->records != NULL);
    }
    disk->records[disk->count++] = *record;
}

void disk_sync(struct disk *disk, size_t count)
{
    ASSERT(count <= disk->count);
    if (count == disk->durable)
        return;
    disk->last_batch = disk->durable;
    disk->durable = count;
}

void disk_crash(struct disk *disk, struct prng *prng)
{
    disk->count =
        disk->durable + prng_below(prng, disk->count - disk->durable + 1);
    disk_sync(disk, disk->count);
}

bool disk_rot(struct disk *disk)
{
    for (size_t i = disk->last_batch; i < disk->count; i++) {
        const struct disk_record *record = &disk->records[i];
        const struct checkpoint *checkpoint =
            &disk->checkpoints[record->partition];

        /* What the index holds its log holds: the bad batch would be found. */
        if (record->type != DISK_ENTRY ||
            record->entry.index <= checkpoint->applied_index)
            return false;
    }
    if (disk->last_batch == disk->count)
        return false;
    disk->count = disk->last_batch;
    disk->durable = disk->count;
    return true;
}

void copy_deinit(struct copy *copy)
{
    free(copy->entries);
    *copy = (struct copy){0};
}

static void put_entry(struct copy *copy, const struct entry *entry)
{
    ASSERT(entry->index == copy_end(copy).index + 1);
    ASSERT(entry->previous_crc == copy_end(copy).crc);
    if (copy->count == copy->capacity) {
        copy->capacity = copy->capacity * 2 + 64;
        copy->entries =
            realloc(copy->entries, copy->capacity * sizeof(*copy->entries));
        ASSERT(copy->entries != NULL);
    }
    copy->entries[copy->count++] = *entry;
    if (entry->epoch > copy->promised)
        copy->promised = entry->epoch;
}

void copy_take(struct copy *copy, const struct disk_record *record)
{
    switch (record->type) {
    case DISK_ENTRY:
        put_entry(copy, &record->entry);
        break;
    case DISK_PROMISE:
        if (record->epoch > copy->promised)
            copy->promised = record->epoch;
        break;
    case DISK_CUT:
        ASSERT(record->position.index >= copy->start.index);
        copy->count = record->position.index - copy->start.index;
        ASSERT(log_position_equal(copy_end(copy), record->position));
        break;
    case DISK_MARK:
        copy->count = 0;
        copy->start = record->position;
        break;
    case DISK_MEMBERS:
        memcpy(copy->members, record->members, record->members_size);
        copy->members_size = record->members_size;
        break;
    }
}

void copy_load(struct copy *copy, const struct disk *disk, uint32_t partition)
{
    copy_deinit(copy);
    for (size_t i = 0; i < disk->count; i++) {
        if (disk->records[i].partition == partition)
            copy_take(copy, &disk->records[i]);
    }
    copy_release(copy, disk->checkpoints[partition].released);
}

void copy_release(struct copy *copy, struct log_position start)
{
    size_t gone;

    if (start.index <= copy->start.index || start.index > copy_end(copy).index)
        return;
    gone = start.index - copy->start.index;
    copy->count -= gone;
    memmove(copy->entries, copy->entries + gone,
            copy->count * sizeof(*copy->entries));
    copy->start = start;
}

struct log_position copy_end(const struct copy *copy)
{
    return copy->count == 0 ? copy->start
                            : entry_position(&copy->entries[copy->count - 1]);
}

const struct entry *copy_entry(const struct copy *copy, uint64_t index)
{
    if (index <= copy->start.index || index > copy->start.index + copy->count)
        return NULL;
    return &copy->entries[index - copy->start.index - 1];
}

struct log_position copy_position(const struct copy *copy, uint64_t index)
{
    const struct entry *entry = copy_entry(copy, index);

    if (index == copy->start.index)
        return copy->start;
    ASSERT(entry != NULL);
    return entry_position(entry);
}

size_t copy_epochs(const struct copy *copy, struct epochs_item *items,
                   size_t max)
{
    size_t count = 0;
    uint64_t epoch = 0;

    for (size_t i = 0; i < copy->count; i++) {
        if (copy->entries[i].epoch == epoch)
            continue;
        epoch = copy->entries[i].epoch;
        if (count == max) {
            memmove(items, items + 1, (max - 1) * sizeof(*items));
            count--;
        }
        items[count++] = (struct epochs_item){
            .epoch = epoch, .first_index = copy->entries[i].index};
    }
    return count;
}
