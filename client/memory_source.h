/*
 * Bytes in memory as the source of an upload.
 */
#ifndef DALV_CLIENT_MEMORY_SOURCE_H
#define DALV_CLIENT_MEMORY_SOURCE_H

#include "base/status.h"

#include <stddef.h>

/* What struct dalv_source reads by; `owner` is a struct bytes, of which it
   leaves what is still to come. */
enum dalv_status memory_source_read(void *owner, void *memory, size_t size,
                                    size_t *out_size);

#endif
