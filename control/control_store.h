/*
 * Where a cluster keeps what must be agreed on: the seam behind which SQLite,
 * etcd, or a store in memory stands.
 *
 * A store is a map from short keys to values. Its revision grows with each
 * transaction, and an entry carries the revision of the transaction that wrote
 * it last. Reads are linearizable: they see every transaction whose end anybody
 * has been told of. There is one way to write: a transaction that names, for
 * each key that it touches or only looks at, the revision it must still have.
 *
 * What the statuses of a transaction mean is all that safety rests on:
 *
 *   DALV_OK            it took effect, durably;
 *   DALV_PRECONDITION  a key had another revision: it did not and never will;
 *   DALV_UNKNOWN       it did, it did not, or it will do so later: read again,
 *                      and act on what is there;
 *   any other          it did not and never will.
 *
 * Calls block, for some seconds if need be. They belong into a thread that has
 * nothing else to do (control/control_desk.h), and one thread at a time uses a
 * store; open it several times for several threads.
 */
#ifndef DALV_CONTROL_CONTROL_STORE_H
#define DALV_CONTROL_CONTROL_STORE_H

#include "base/arena.h"
#include "base/bytes.h"
#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    CONTROL_KEY_BYTES_MAX = 128,
    CONTROL_VALUE_BYTES_MAX = 64 << 10,
    /* Of one transaction. etcd takes 128 operations and 1.5 MiB. */
    CONTROL_CHANGES_MAX = 64,
    CONTROL_TRANSACTION_BYTES_MAX = 1 << 20,
    /* Of one list. */
    CONTROL_ENTRIES_MAX = 32,
    /* The memory that an answer can take at most. */
    CONTROL_ANSWER_BYTES_MAX =
        CONTROL_ENTRIES_MAX *
        (CONTROL_VALUE_BYTES_MAX + CONTROL_KEY_BYTES_MAX + 32),
};

struct control_entry {
    struct bytes key;
    struct bytes value;
    uint64_t revision; /* At least 1. */
};

/* What a read gave, in memory of the reader. */
struct control_answer {
    struct arena arena;
    struct control_entry entries[CONTROL_ENTRIES_MAX];
    size_t count;
    bool is_whole; /* No further key of the prefix stands behind the last. */
};

enum control_verb {
    CONTROL_EXPECT, /* Look only: the key must have this revision. */
    CONTROL_PUT,
    CONTROL_REMOVE,
};

struct control_change {
    enum control_verb verb;
    struct bytes key;
    uint64_t revision;  /* That it must have; 0: there must be no such key. */
    struct bytes value; /* PUT. */
};

struct control_transaction {
    const struct control_change *changes; /* No key twice. */
    size_t count;                         /* 1 .. CONTROL_CHANGES_MAX. */
};

struct control_store;

struct control_store_table {
    enum dalv_status (*get)(struct control_store *store, struct bytes key,
                            struct control_answer *answer);
    enum dalv_status (*list)(struct control_store *store, struct bytes prefix,
                             struct bytes after, struct control_answer *answer);
    enum dalv_status (*commit)(struct control_store *store,
                               const struct control_transaction *transaction,
                               uint64_t *out_revision);
    void (*wait)(struct control_store *store, struct bytes key,
                 uint64_t revision, uint32_t patience_ms);
    const char *(*problem)(const struct control_store *store);
    void (*close)(struct control_store *store);
};

/* An implementation embeds it as its first member. */
struct control_store {
    const struct control_store_table *table;
};

/* `memory` is CONTROL_ANSWER_BYTES_MAX bytes, the caller's. */
void control_answer_init(struct control_answer *answer, void *memory);
void control_answer_clear(struct control_answer *answer);
/*
 * For implementations: a copy of one more entry. DALV_DAMAGED if key, value or
 * count is beyond the bounds above: nobody who keeps them wrote it.
 */
DALV_MUST_CHECK enum dalv_status control_answer_add(
    struct control_answer *answer, const struct control_entry *entry);

/*
 * The entry of one key, or DALV_NOT_FOUND. What a read gives is the answer's
 * until it is read into again. Both reads give DALV_UNAVAILABLE if the store
 * can not be asked or did not answer in time, DALV_DAMAGED or DALV_UNSUPPORTED
 * if what it holds is not what was put there, DALV_NOT_PERMITTED.
 */
DALV_MUST_CHECK enum dalv_status control_store_get(
    struct control_store *store, struct bytes key,
    struct control_answer *answer);

/*
 * Entries whose keys begin with `prefix` and stand behind `after` (empty: from
 * the first), in the order of their bytes, of one moment. At most
 * CONTROL_ENTRIES_MAX: whoever needs more asks again from the last key, and
 * makes sure by a key of its own that nothing changed between the two.
 */
DALV_MUST_CHECK enum dalv_status control_store_list(
    struct control_store *store, struct bytes prefix, struct bytes after,
    struct control_answer *answer);

/*
 * All changes or none; see above. `out_revision` is what the keys that were
 * put have from now on. Besides what the table there says: DALV_TOO_BIG,
 * DALV_UNAVAILABLE, DALV_BUSY, DALV_NO_SPACE, DALV_NOT_PERMITTED.
 */
DALV_MUST_CHECK enum dalv_status control_store_commit(
    struct control_store *store, const struct control_transaction *transaction,
    uint64_t *out_revision);

/*
 * Return soon after `key` may have got a revision above `revision`, at the
 * latest after `patience_ms`. It is a hint: it may return too early, and it may
 * sleep through a change.
 */
void control_store_wait(struct control_store *store, struct bytes key,
                        uint64_t revision, uint32_t patience_ms);

/*
 * What was wrong at the last call that did not end well, for people; never
 * NULL, borrowed until the next call.
 */
const char *control_store_problem(const struct control_store *store);

void control_store_close(struct control_store **store_p);

#endif
