/*
 * The parts of a controller, for the files that it is made of:
 *
 *   controller.c        its life, the lanes, reading the map
 *   controller_hear.c   what nodes say
 *   controller_work.c   what is to be changed
 *   controller_wish.c   where partitions shall be, and what operators asked
 *   controller_talk.c   what nodes are told
 */
#ifndef DALV_CONTROL_CONTROLLER_INTERNAL_H
#define DALV_CONTROL_CONTROLLER_INTERNAL_H

#include "base/arena.h"
#include "cluster/placement.h"
#include "control/balance.h"
#include "control/controller.h"
#include "control/copies.h"
#include "control/map_change.h"
#include "control/map_reader.h"
#include "control/plan.h"
#include "control/roster.h"

enum {
    CONTROLLER_SWEEP_MS = 1000,
    CONTROLLER_AGAIN_MS = 200,    /* Until what was not answered is repeated. */
    CONTROLLER_BACK_OFF_MS = 250, /* After the store failed. */
    CONTROLLER_SCRATCH_BYTES = 4 << 20,
};

enum controller_state {
    CONTROLLER_WATCHING,
    CONTROLLER_READING, /* What is held may be old: nothing is decided. */
    CONTROLLER_LEADING,
};

/* What the map's lane is doing. */
enum controller_errand {
    CONTROLLER_IDLE,
    CONTROLLER_READS_MAP,
    CONTROLLER_LOOKS, /* Whether the head has moved. */
    CONTROLLER_READS_REQUESTS,
    CONTROLLER_COMMITS,
};

struct partition_watch {
    bool is_busy;    /* Something is to be planned or told. */
    bool is_suspect; /* More was heard than the record says: read anew. */
    bool is_checked; /* That reading is under way. */
    bool is_halted;  /* It said nothing better: rule 4. */
    uint32_t leader; /* The node that an operator wants to lead; 0. */
};

struct controller {
    struct controller_options options;
    struct allocator *allocator;
    struct candidacy candidacy;
    enum controller_state state;
    enum controller_errand errand;
    uint64_t now_ms;
    uint64_t wall_us;
    uint64_t sweep_ms; /* When to look at everything again. */
    uint64_t retry_ms; /* Ask the store nothing before, after a failure. */

    struct map_reader reader;
    struct control_map *map; /* NULL until it was read in this term. */
    struct roster roster;
    uint32_t partition_count; /* Of what follows. */
    struct copies *copies;
    struct partition_watch *watches;

    struct place *places; /* Where partitions shall be, if `has_places`. */
    bool has_places;
    bool is_rebalancing;
    void *placement_memory;
    size_t placement_bytes;
    struct placement_node placement_nodes[CLUSTER_NODES_MAX];
    size_t placement_node_count;
    struct balance balance; /* Of who leads. */
    size_t moving;          /* Partitions whose members are being changed. */

    struct map_change_request requests[OPERATOR_REQUESTS_MAX];
    size_t request_count;
    bool has_requests; /* They were read in this sweep, ... */
    bool has_looked;   /* ... and so was the head. */

    struct map_change change;
    struct control_question questions[CONTROLLER_LANES];
    struct control_key head_key;
    struct control_key counter_key;
    struct control_change counter_change;
    uint8_t counter_value[CONTROL_FRAME_BYTES + CANDIDACY_BYTES_MAX];
    struct arena scratch; /* What this step's messages point at. */
    void *scratch_memory;
};

/* controller.c */
/* Of a copy that nothing was heard of its node is asked for all it has: it may
   have told of it before there was one to take it. */
void controller_align(struct controller *controller, uint32_t partition,
                      const struct partition_record *record);
void controller_report(struct controller_effects *effects,
                       const struct controller_news *news);
/* What is held may be old: read it anew before anything is decided. */
void controller_read_anew(struct controller *controller);
/* All partitions are to be looked at. */
void controller_stir(struct controller *controller);

/* controller_hear.c */
void controller_hear(struct controller *controller,
                     const struct controller_event *event,
                     struct controller_effects *effects);

/* controller_work.c: false if there is nothing to change. */
bool controller_work(struct controller *controller,
                     struct control_question *out_question,
                     struct controller_effects *effects);
/* The transaction ended. */
void controller_on_committed(struct controller *controller,
                             const struct control_reply *reply,
                             struct controller_effects *effects);

/* controller_wish.c */
void controller_on_requests(struct controller *controller,
                            const struct control_answer *answer);
/* Put into the change what operators asked for and how far it is. */
void controller_serve_requests(struct controller *controller);
/* Decide anew where partitions shall be, if there is reason to. */
void controller_place(struct controller *controller);
struct plan_wish controller_wish(const struct controller *controller,
                                 uint32_t partition);
/* Who shall hold a partition that nobody holds yet; empty: nobody can. */
struct member_set controller_founders(const struct controller *controller,
                                      uint32_t partition);

/* controller_talk.c */
void controller_talk(struct controller *controller,
                     struct controller_effects *effects);

#endif
