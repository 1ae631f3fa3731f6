/*
 * An ordered map in memory with the faults of one on disk.
 *
 * The store is the disk: it outlives the maps that are opened on it, one at a
 * time. A call can be made to fail, and a crash takes back all that was
 * written from any point after the last flush on, as a loss of LevelDB's
 * write-ahead log does: what is left is always the state after an exact prefix
 * of the batches.
 *
 * Cursors see the map as of their opening. Deterministic; nothing is random.
 */
#ifndef DALV_TESTS_SUPPORT_MEMORY_KV_H
#define DALV_TESTS_SUPPORT_MEMORY_KV_H

#include "base/status.h"
#include "storage/kv.h"

#include <stddef.h>
#include <stdint.h>

struct memory_store;

struct memory_store *memory_store_create(void);
void memory_store_destroy(struct memory_store **store_p);

/* Open the store; it must not be open (ASSERT). Close with kv_close. */
struct kv *memory_kv_open(struct memory_store *store);

/*
 * Let the `nth` call from now on (1 is the next: get, write, flush, size,
 * opening or closing a cursor) end with `status`; a write or flush that fails
 * does nothing. 0 takes it back.
 */
void memory_store_fail(struct memory_store *store, uint64_t nth,
                       enum dalv_status status);

/* How many batches a crash may take back: those since the last flush. */
size_t memory_store_unflushed_count(const struct memory_store *store);

/* Of those, the ones up to the last that was written with a sync. */
size_t memory_store_synced_count(const struct memory_store *store);

/*
 * The machine stops: of the batches since the last flush the first `kept_count`
 * stay. The store must be closed (ASSERT).
 */
void memory_store_crash(struct memory_store *store, size_t kept_count);

/*
 * What a write-ahead log that is not to be believed may do: the `nth` batch
 * since the last flush (0 is the first) is missing, and those behind it are
 * not. The store must be closed (ASSERT).
 */
void memory_store_lose(struct memory_store *store, size_t nth);

/* Hold exactly what `from` holds, flushed. The store must be closed. */
void memory_store_copy(struct memory_store *store,
                       const struct memory_store *from);

/* Hold nothing. The store must be closed. */
void memory_store_clear(struct memory_store *store);

#endif
