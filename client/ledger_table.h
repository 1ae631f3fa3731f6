/*
 * What a ledger holds in memory, and how each part changes it.
 */
#ifndef DALV_CLIENT_LEDGER_TABLE_H
#define DALV_CLIENT_LEDGER_TABLE_H

#include "base/arena.h"
#include "base/map.h"
#include "base/status.h"
#include "client/ledger.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ledger_table {
    struct ledger_identity identity;
    uint8_t *user_memory;
    struct ledger_position position;
    struct ledger_entries pending;
    struct ledger_entries losses;
    struct map by_id; /* Every entry of both. */
    struct map_slot *slots;
    /* Entry i has the push number position.settled + 1 + i. */
    struct ledger_entry **pushed;
    size_t pushed_count;
    size_t pushed_capacity;
    struct ledger_receipt *receipts; /* A ring of LEDGER_RECEIPTS_MAX. */
    uint64_t receipt_count;          /* Ever. */
    uint8_t *scratch_block;
    struct arena scratch;
};

DALV_MUST_CHECK enum dalv_status ledger_table_init(struct ledger_table *table);
void ledger_table_deinit(struct ledger_table *table);

/*
 * Take one part. DALV_DAMAGED if it fits nothing that is there: then nothing
 * was changed. DALV_NO_MEMORY, DALV_UNSUPPORTED.
 */
DALV_MUST_CHECK enum dalv_status
ledger_table_take(struct ledger_table *table, const struct ledger_part *part);

#endif
