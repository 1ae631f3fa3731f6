/*
 * A committed record as changes: what live devices and watches are told.
 *
 * A record tells all that is needed; nothing is read. Clean-up and what
 * belongs to devices and requests make no changes.
 */
#ifndef DALV_SYNC_CHANGES_H
#define DALV_SYNC_CHANGES_H

#include "base/bytes.h"
#include "base/status.h"
#include "model/change_format.h"
#include "model/effect.h"

#include <stdbool.h>
#include <stddef.h>

struct changes {
    const struct user_record *record;
    struct bytes prefix; /* Only keys that begin so. */
    size_t next;         /* Effect to look at. */
    bool is_list_told;   /* The key of the list that it makes was given. */
};

void changes_init(struct changes *changes, const struct user_record *record,
                  struct bytes prefix);

/* The next one, borrowed from the record; false at the end. */
bool changes_next(struct changes *changes, struct change *out_change);

/* Puts all of them. DALV_TOO_BIG if they do not fit: then the receiver is told
 * of a gap instead. */
DALV_MUST_CHECK enum dalv_status changes_write(const struct user_record *record,
                                               struct bytes prefix,
                                               struct change_writer *writer);

#endif
