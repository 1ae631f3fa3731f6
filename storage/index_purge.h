/*
 * Lists of entries of an ended history, as the `value` of a HISTORY_PURGED.
 *
 * An entry names a table and what stands before and behind user and history
 * in its key. Those two come from the effect, so that whatever a list says, a
 * purge reaches nothing but that history.
 */
#ifndef DALV_STORAGE_INDEX_PURGE_H
#define DALV_STORAGE_INDEX_PURGE_H

#include "base/bytes.h"
#include "storage/index_layout.h"

#include <stdbool.h>

/* False if it does not fit: then nothing was written. */
bool index_purge_put(struct writer *writer, enum index_table table,
                     struct bytes before, struct bytes behind);

/*
 * Build the key of the list's next entry. False at the end of the list, or at
 * an entry that no list may hold.
 */
bool index_purge_read(struct reader *reader, const struct index_place *place,
                      struct index_key *out_key);

#endif
