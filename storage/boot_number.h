/*
 * How often the owner of a data folder has started: a number that grows with
 * each start whatever the clock does. It lies in DIR/boot.
 */
#ifndef DALV_STORAGE_BOOT_NUMBER_H
#define DALV_STORAGE_BOOT_NUMBER_H

#include "base/status.h"

#include <stdint.h>

/*
 * Adds one, durably, and gives the sum; 1 at the first start. DALV_DAMAGED if
 * the file holds no number; DALV_NOT_PERMITTED, DALV_NOT_FOUND (the folder),
 * DALV_NO_SPACE, DALV_IO.
 */
DALV_MUST_CHECK enum dalv_status boot_number_take(const char *folder,
                                                  uint64_t *out_number);

#endif
