/*
 * What this device did and the cluster has not settled: the journal's content,
 * in memory.
 *
 *              store_commit
 *                   |
 *                   v          number        settle: applied, merged
 *         .---- PENDING ---------------------------------------> (gone)
 *         |      ^   |
 *         |      |   | settle: asked; a rebase that finds another's change
 *         |      |   v
 *         |     CONFLICT --- resolve: theirs ---> LOST --- 30 days ---> (gone)
 *         |       resolve: mine, answer: PENDING again
 *         |
 *         '-- settle: refused for good, erased --> DEAD --- discard ---> (gone)
 *
 * A change is made of parts that are put one behind the other and take effect
 * together in ledger_commit, which makes them durable first. What is read back
 * at opening goes through the same code, so memory and file can not disagree.
 */
#ifndef DALV_CLIENT_LEDGER_H
#define DALV_CLIENT_LEDGER_H

#include "base/bytes.h"
#include "base/status.h"
#include "client/journal.h"
#include "client/ledger_part.h"
#include "model/transaction.h"
#include "storage/files.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    LEDGER_RECEIPTS_MAX = 10000, /* Durable transactions remembered. */
    LEDGER_LOST_MAX = 1000,      /* Entries of the conflict log. */
};

/* One local transaction; borrowed from the ledger until its next commit. */
struct ledger_entry {
    struct ledger_entry *next;
    struct ledger_draft draft;      /* Its bytes are the entry's own. */
    struct transaction transaction; /* Decoded; borrows from the draft. */
    uint64_t *key_hashes;           /* hash64 of each operation's key. */
};

struct ledger_entries {
    struct ledger_entry *first;
    struct ledger_entry *last;
    size_t count;
};

struct ledger;

/*
 * Read the journal of `folder`, and write it anew. A new one is empty and has
 * no identity. Statuses of journal_open; after damage it is DALV_OK, and
 * ledger_report tells of it: then local ids go on far behind the last known,
 * so that none is used twice.
 */
DALV_MUST_CHECK enum dalv_status ledger_open(struct files *files,
                                             const char *folder,
                                             struct ledger **out_ledger);
void ledger_close(struct ledger **ledger_p);
const struct journal_report *ledger_report(const struct ledger *ledger);

/* Who this store is; zeros and an empty user before the first was put. */
const struct ledger_identity *ledger_identity(const struct ledger *ledger);
const struct ledger_position *ledger_position(const struct ledger *ledger);

/* PENDING and CONFLICT, in local order. */
const struct ledger_entries *ledger_pending(const struct ledger *ledger);
/* DEAD and LOST, oldest first. */
const struct ledger_entries *ledger_losses(const struct ledger *ledger);
/* One of either by its local id; NULL if there is none. */
const struct ledger_entry *ledger_find(const struct ledger *ledger,
                                       uint64_t local_id);
/* The pending one under a push number; NULL if there is none. */
const struct ledger_entry *ledger_pushed(const struct ledger *ledger,
                                         uint64_t push_number);
/* The highest push number given, or settled. */
uint64_t ledger_push_last(const struct ledger *ledger);
/* As it goes, or went, out. */
struct bytes ledger_entry_sent(const struct ledger_entry *entry);
/* The chain over all pushes up to `push_number`, settled or given. */
uint64_t ledger_chain(const struct ledger *ledger, uint64_t push_number);

/* True if `local_id` was settled and is remembered. */
bool ledger_receipt(const struct ledger *ledger, uint64_t local_id,
                    struct ledger_receipt *out_receipt);

/*
 * Put a part of the next change; it is copied. An IDENTITY with another
 * install or device id takes all push numbers back. DALV_NO_MEMORY: as if it
 * had not been called, but for parts put before.
 */
DALV_MUST_CHECK enum dalv_status ledger_put(struct ledger *ledger,
                                            const struct ledger_part *part);
/* The parts put since the last commit; borrowed until the next. */
struct bytes ledger_parts(const struct ledger *ledger);
/* Forget the parts put since the last commit. */
void ledger_cancel(struct ledger *ledger);

/*
 * Make the parts durable, then take them into memory. Failures are those of
 * journal_sync, and nothing happened unless ledger_is_poisoned.
 */
DALV_MUST_CHECK enum dalv_status ledger_commit(struct ledger *ledger);

/* True if file and memory may differ: close it, and open it again. */
bool ledger_is_poisoned(const struct ledger *ledger);

/*
 * Write the journal anew if most of it is of no use any more. A failure that
 * does not poison leaves all as it was.
 */
DALV_MUST_CHECK enum dalv_status ledger_compact(struct ledger *ledger);

#endif
