/*
 * A place in one partition's log: which entry, of which epoch.
 *
 * Zeros stand before the first entry. Entries count 1, 2, 3, ... within a
 * partition; the CRC is that of the entry's record, so that two logs that name
 * the same position hold the same entries up to it.
 */
#ifndef DALV_MODEL_LOG_POSITION_H
#define DALV_MODEL_LOG_POSITION_H

#include <stdbool.h>
#include <stdint.h>

struct log_position {
    uint64_t epoch;
    uint64_t index;
    uint32_t crc;
};

bool log_position_equal(struct log_position a, struct log_position b);

/*
 * Which log is longer: by epoch, then index: < 0, 0, > 0. The CRC has no say:
 * two that differ in it alone hold different entries, which is damage.
 */
int log_position_compare(struct log_position a, struct log_position b);

#endif
