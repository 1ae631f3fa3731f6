/*
 * Who is the controller: a counter in the control store.
 *
 * The holder counts it up by compare and swap every quarter of a term, and
 * holds for nine tenths of a term from the moment at which it sent a count that
 * went through. Everybody else watches the counter with the own clock; whoever
 * sees it stand still for eleven tenths may take over, by the same swap.
 *
 *   WATCHING --- it stood still, or nobody was there: a swap went through --->
 *      ^                                                            HOLDING
 *      +--- the swap failed, or nine tenths went by without one --------+
 *
 * 1. Nothing rests on there being one holder only: all that a controller does
 *    is a compare and swap, and epochs only grow. Clocks may run as they like.
 * 2. A count whose outcome is unknown is read again; it counts from its sending
 *    if it turns out to have gone through.
 * 3. At most one question is under way at any time.
 */
#ifndef DALV_CONTROL_CANDIDACY_H
#define DALV_CONTROL_CANDIDACY_H

#include "base/bytes.h"
#include "base/status.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    CANDIDACY_NAME_BYTES_MAX = 64,
    CANDIDACY_BYTES_MAX = 1 + 10 + 10 + 1 + CANDIDACY_NAME_BYTES_MAX,
    CANDIDACY_TERM_MS = 1500,
};

/* What stands in the store. */
struct candidacy_record {
    uint64_t holder;  /* Random, made with each start of a process. */
    uint64_t counter; /* Counted up by each renewal. */
    char name[CANDIDACY_NAME_BYTES_MAX + 1]; /* For people. */
};

DALV_MUST_CHECK enum dalv_status candidacy_record_encode(
    const struct candidacy_record *record, struct writer *writer);
/* DALV_PROTOCOL if malformed, DALV_UNSUPPORTED for a newer format. */
DALV_MUST_CHECK enum dalv_status candidacy_record_decode(
    struct bytes bytes, struct candidacy_record *out_record);

/* What it wants to be asked of the store. */
enum candidacy_question {
    CANDIDACY_NOTHING,
    CANDIDACY_READ, /* The record and its revision. */
    CANDIDACY_SWAP, /* `next` in place of what has `revision`. */
};

/* Embedded by its owner; only the fields that say so may be read. */
struct candidacy {
    uint64_t id;
    char name[CANDIDACY_NAME_BYTES_MAX + 1];
    uint32_t term_ms;
    enum candidacy_question pending; /* Of which the answer is awaited. */
    bool is_unsure;                  /* What became of the last swap. */
    uint64_t next_ms;                /* Ask nothing before. */
    uint64_t sent_ms;                /* Of the last swap. */
    uint64_t held_ms;                /* Holding from this sending on; 0. */
    uint64_t moved_ms;               /* When the counter was seen to move. */
    /* The record as it was seen last; revision 0: there is none. */
    struct candidacy_record seen;
    uint64_t seen_revision;
    bool has_seen;
    /* For the owner: what a SWAP puts, and in place of what. */
    struct candidacy_record next;
    uint64_t revision;
};

/* `id` is random and not 0; a name that is too long is cut. */
void candidacy_init(struct candidacy *candidacy, uint64_t id, const char *name,
                    uint32_t term_ms);

/* What to ask now; the owner carries it out at once and reports the answer. */
enum candidacy_question candidacy_ask(struct candidacy *candidacy,
                                      uint64_t now_ms);

/*
 * The answer to READ. `record` is NULL and `revision` 0 if there is none; any
 * other failure than DALV_NOT_FOUND is a status.
 */
void candidacy_on_read(struct candidacy *candidacy, enum dalv_status status,
                       const struct candidacy_record *record, uint64_t revision,
                       uint64_t now_ms);

/* The answer to SWAP. */
void candidacy_on_swapped(struct candidacy *candidacy, enum dalv_status status,
                          uint64_t revision, uint64_t now_ms);

bool candidacy_is_holding(const struct candidacy *candidacy, uint64_t now_ms);
/* Who holds it as far as is known; NULL if nobody was seen. */
const char *candidacy_holder(const struct candidacy *candidacy);
/* When to ask again. */
uint64_t candidacy_next_ms(const struct candidacy *candidacy);

#endif
