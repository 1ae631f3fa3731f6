/*
 * The large values of a store: what is put, what is there, and what of it
 * nothing names any more. See client/parts_folder.h.
 */
#ifndef DALV_CLIENT_STORE_LARGE_H
#define DALV_CLIENT_STORE_LARGE_H

#include "base/bytes.h"
#include "base/status.h"
#include "client/parts_folder.h"
#include "client/store.h"
#include "model/key_state.h"
#include "model/operation.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    STORE_PUT_LARGE_MAX = 1000, /* That are put and not yet committed. */
};

/* Which value a PUT_UPLOADED puts, or a key in parts has. */
struct parts_id store_large_of(const struct operation *operation);
struct parts_id store_large_shown(struct bytes key,
                                  const struct key_state *state);

/* The next bytes, up to `size` of them; 0 at the end. */
typedef enum dalv_status store_source(void *owner, void *memory, size_t size,
                                      size_t *out_size);

/*
 * Keep a value of more than BOUNDS_VALUE_MAX bytes, durably, to be put by a
 * transaction: `out_operation` gets its upload, bytes and hash. It goes when
 * the store is opened again, if no transaction was committed that puts it.
 * DALV_INVALID if it has no more; DALV_TOO_BIG; DALV_BUSY (too many wait to be
 * committed); and what the source and the disk say.
 */
DALV_MUST_CHECK enum dalv_status store_put_large(struct store *store,
                                                 store_source *source,
                                                 void *owner,
                                                 struct operation *operation);
/* What was put is not to be committed after all. */
DALV_MUST_CHECK enum dalv_status
store_drop_large(struct store *store, const struct operation *operation);

/* For reading. DALV_NOT_FOUND, DALV_DAMAGED. */
DALV_MUST_CHECK enum dalv_status store_open_large(struct store *store,
                                                  const struct parts_id *id,
                                                  struct parts_file **out_file);
/* True if it can be opened. */
bool store_has_large(struct store *store, const struct parts_id *id);

/* A value that is shown was found missing or damaged: the next sync reads it
   again. */
DALV_MUST_CHECK enum dalv_status store_lack_large(struct store *store,
                                                  const struct parts_id *id);

/* A transaction is about to be committed: DALV_NOT_FOUND if a value that it
   puts is not there. */
DALV_MUST_CHECK enum dalv_status
store_check_large(struct store *store, const struct transaction *transaction);
/* It was: its values are the journal's from now on. */
void store_commit_large(struct store *store,
                        const struct store_transaction *transaction);

/* Remove what nothing names, once something may have been let go of. */
DALV_MUST_CHECK enum dalv_status store_sweep_large(struct store *store,
                                                   bool is_opening);

#endif
