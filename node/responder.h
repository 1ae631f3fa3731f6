/*
 * Answers read requests from the index and encodes what it found.
 *
 * It runs on the thread that owns the index; a request is its own until it
 * goes back to the core.
 */
#ifndef DALV_NODE_RESPONDER_H
#define DALV_NODE_RESPONDER_H

#include "base/arena.h"
#include "base/status.h"
#include "node/request.h"
#include "node/resume.h"
#include "storage/index.h"

#include <stddef.h>
#include <stdint.h>

enum {
    /* A page holds at least one change, whatever the budget. */
    RESPONDER_PAGE_BYTES_MAX =
        BOUNDS_PAGE_BYTES_MAX + BOUNDS_VALUE_MAX + BOUNDS_KEY_MAX + 256,
    RESPONDER_PAGE_BYTES_MIN = 64,
    RESPONDER_PAGE_BYTES_DEFAULT = 256 << 10,
    RESPONDER_ARENA_BYTES = 2 << 20,
    RESPONDER_DIGEST_KEYS = 64,    /* Keys a range, if the client says none. */
    RESPONDER_DIGEST_RANGES = 512, /* Ranges in one answer. */
    RESPONDER_ITEMS = 256,         /* Devices or conflicts in one answer. */
};

struct responder {
    struct index *index;
    struct index_scope scope; /* Of the user that is asked about. */
    struct arena arena;
    uint8_t resume[RESUME_BYTES_MAX];
    uint8_t page[RESPONDER_PAGE_BYTES_MAX];
    uint8_t arena_block[RESPONDER_ARENA_BYTES];
};

/* Work on `index`, which must outlive it. The struct is large: on the heap. */
void responder_init(struct responder *responder, struct index *index);

/*
 * Make the answer's frame, or name the due keys that must go first. DALV_OK
 * also for an answer that refuses; every other status is the index's poison.
 */
DALV_MUST_CHECK enum dalv_status responder_answer(struct responder *responder,
                                                  struct request *request);

#endif
