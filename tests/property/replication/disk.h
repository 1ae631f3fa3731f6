/*
 * A node's disk in the model of replication: one log for all partitions, of
 * which a crash keeps what was synced and any beginning of what was not.
 *
 * An entry's bytes are the struct itself; its CRC is a hash over the rest and
 * the CRC before, so that equal CRCs mean equal histories.
 */
#ifndef DALV_TESTS_PROPERTY_REPLICATION_DISK_H
#define DALV_TESTS_PROPERTY_REPLICATION_DISK_H

#include "base/bytes.h"
#include "base/prng.h"
#include "model/log_position.h"
#include "replication/epochs.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    DISK_PARTITIONS = 3,
    DISK_MEMBERS_BYTES = 512,
    STATE_KEYS = 8,
};

struct entry {
    uint64_t epoch;
    uint64_t index;
    uint64_t value; /* 0: an epoch-start. */
    uint32_t previous_crc;
    uint32_t crc;
};

struct entry entry_make(struct log_position before, uint64_t epoch,
                        uint64_t value);
struct log_position entry_position(const struct entry *entry);
/* Reads the entry at a place of a run's bytes. */
struct entry entry_at(struct bytes bytes, size_t place);
/* True if the entries follow `before` and each other, up to `end`. */
bool entries_chain(struct bytes bytes, struct log_position before,
                   struct log_position end);

/* What a partition's data is: the last value of each key. */
struct state {
    uint64_t index[STATE_KEYS];
    uint64_t value[STATE_KEYS];
};

void state_apply(struct state *state, const struct entry *entry);

enum disk_type {
    DISK_ENTRY,
    DISK_PROMISE,
    DISK_CUT,
    DISK_MARK,
    DISK_MEMBERS,
};

struct disk_record {
    enum disk_type type;
    uint32_t partition;
    struct entry entry;
    uint64_t epoch;               /* PROMISE. */
    struct log_position position; /* CUT: the end now; MARK: the start. */
    uint8_t members[DISK_MEMBERS_BYTES];
    size_t members_size;
};

/* A partition's copy as the process sees it. */
struct copy {
    struct log_position start;
    struct entry *entries; /* Behind `start`. */
    size_t count;
    size_t capacity;
    uint64_t promised;
    uint8_t members[DISK_MEMBERS_BYTES];
    size_t members_size;
};

/* What the index holds durably. */
struct checkpoint {
    uint64_t applied_index;
    struct state state;
    bool is_not_whole;
    struct log_position released; /* Segments up to here are gone. */
};

struct disk {
    struct disk_record *records;
    size_t count;
    size_t capacity;
    size_t durable;    /* Records that are synced, ... */
    size_t last_batch; /* ... and where the last sync began. */
    struct checkpoint checkpoints[DISK_PARTITIONS];
};

void disk_deinit(struct disk *disk);
/* Everything is gone. */
void disk_wipe(struct disk *disk);
void disk_append(struct disk *disk, const struct disk_record *record);
void disk_sync(struct disk *disk, size_t count);
/* Keeps a beginning of what was not synced. */
void disk_crash(struct disk *disk, struct prng *prng);
/* The last batch, synced and acknowledged, looks torn, and is cut. */
bool disk_rot(struct disk *disk);

void copy_deinit(struct copy *copy);
void copy_take(struct copy *copy, const struct disk_record *record);
/* What the disk holds of a partition. */
void copy_load(struct copy *copy, const struct disk *disk, uint32_t partition);
void copy_release(struct copy *copy, struct log_position start);
struct log_position copy_end(const struct copy *copy);
/* NULL if it is not there. */
const struct entry *copy_entry(const struct copy *copy, uint64_t index);
struct log_position copy_position(const struct copy *copy, uint64_t index);
/* The newest epochs, at most `max`; gives how many. */
size_t copy_epochs(const struct copy *copy, struct epochs_item *items,
                   size_t max);

#endif
