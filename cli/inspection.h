/*
 * One process, asked at its admin port how it is.
 *
 *   PROBED --> CONNECTING --> ASKED --> [ASKED_COPIES] --> ANSWERED
 *      |            |           |             |
 *      +------------+-----------+-------------+----> any other outcome
 *
 * Several are asked at once. Who does not answer is told apart by what the
 * network said: nobody there, somebody who lets us not in, somebody who is
 * silent.
 */
#ifndef DALV_CLI_INSPECTION_H
#define DALV_CLI_INSPECTION_H

#include "cluster/member.h"
#include "config/address.h"
#include "model/message.h"
#include "net/endpoint.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum inspection_outcome {
    INSPECTION_ANSWERED,
    INSPECTION_UNRESOLVED,   /* Its host is a name that nobody knows. */
    INSPECTION_DOWN,         /* Its machine says that nobody listens. */
    INSPECTION_UNREACHABLE,  /* Its machine says nothing. */
    INSPECTION_SILENT,       /* It listens, and does not answer. */
    INSPECTION_NOT_ADMITTED, /* It does not let us in, or is another one. */
};

struct inspection_block; /* Memory that answers lie in. */

struct inspection {
    /* Set by the caller. */
    struct address address;
    uint32_t node; /* Who should be there by the map; 0: nobody says. */
    /* What came of it. */
    enum inspection_outcome outcome;
    uint64_t asked_us; /* By the own clock, ... */
    uint64_t heard_us; /* ... when it answered. */
    struct message_inspected said;
    struct heartbeaten_part *parts; /* Of a storage node in a cluster. */
    size_t part_count;
    bool has_parts;       /* All of them were told, ... */
    struct member member; /* ... by this one, ... */
    uint64_t boot_number; /* ... in this start. */
    /* While it goes on. */
    struct endpoint *endpoint;
    bool is_over;
    uint64_t report;
    size_t part_capacity;
    uint32_t *places; /* Of a partition's part, and one; 0: none. */
    struct inspection_block *blocks;
};

struct inspection_options {
    const struct endpoint_keys *keys; /* NULL on loopback without. */
    uint32_t patience_ms;             /* For all of it. */
    bool wants_configuration;
    bool wants_metrics;
    bool wants_copies;
    bool wants_map;
};

/* Ask them all. The network was started; each is released afterwards. */
void inspection_run(struct inspection *inspections, size_t count,
                    const struct inspection_options *options);
void inspection_release(struct inspection *inspection);

/* What it said of its copy of a partition; NULL: nothing. */
const struct heartbeaten_part *inspection_part(
    const struct inspection *inspection, uint32_t partition);

/* What became of it, in few words. Static. */
const char *inspection_outcome_name(enum inspection_outcome outcome);

#endif
