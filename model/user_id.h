/*
 * Whose data it is: 1 to BOUNDS_USER_ID_MAX bytes of UTF-8 without U+0000.
 */
#ifndef DALV_MODEL_USER_ID_H
#define DALV_MODEL_USER_ID_H

#include "base/bytes.h"
#include "base/status.h"

/* DALV_OK, DALV_INVALID (empty or not UTF-8) or DALV_TOO_BIG. */
DALV_MUST_CHECK enum dalv_status user_id_check(struct bytes user);

#endif
