/*
 * A user's transaction as the payload of a DATA record (struct user_record,
 * model/effect.h): who, when, by whom, then all effects, then in the same order
 * what each of them replaces.
 */
#ifndef DALV_STORAGE_USER_RECORD_H
#define DALV_STORAGE_USER_RECORD_H

#include "base/arena.h"
#include "base/bytes.h"
#include "base/status.h"
#include "model/effect.h"

/*
 * Append the payload to `writer`. DALV_TOO_BIG if it does not fit, or a key or
 * the user id is beyond its bound; DALV_INVALID for what decode would refuse.
 * On failure the writer is as it was.
 */
DALV_MUST_CHECK enum dalv_status user_record_encode(
    const struct user_record *record, struct writer *writer);

/*
 * Effects are taken from the arena; the user, keys and values are borrowed
 * from `payload`. DALV_DAMAGED if it is no user record; DALV_UNSUPPORTED for an
 * effect of a newer version; DALV_TOO_BIG if the arena is too small.
 */
DALV_MUST_CHECK enum dalv_status user_record_decode(
    struct bytes payload, struct arena *arena, struct user_record *out_record);

#endif
