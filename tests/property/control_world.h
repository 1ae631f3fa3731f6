/*
 * A small cluster without data: two controllers on one control store, and nodes
 * that promise, lead, follow and die, all from one seed and in virtual time.
 *
 * What a node's log holds is told by the epochs of its entries, which is all
 * that an election is about. The judge stands outside: it reads the store after
 * every transaction and sees what nodes committed; it asks no controller.
 */
#ifndef DALV_TESTS_PROPERTY_CONTROL_WORLD_H
#define DALV_TESTS_PROPERTY_CONTROL_WORLD_H

#include "base/budget.h"
#include "base/prng.h"
#include "cluster/partition_record.h"
#include "control/controller.h"
#include "tests/support/memory_control.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    WORLD_NODES = 5,
    WORLD_CONTROLLERS = 2,
    WORLD_PARTITIONS = 64,
    WORLD_LOG_MAX = 4000,
    WORLD_LETTERS_MAX = 4096,
    WORLD_TICK_MS = 10,
    WORLD_LEASE_MS = 200,
};

/* What one node has of one partition. */
struct world_copy {
    struct partition_record record; /* That it acts by; epoch 0: none. */
    uint64_t promised;              /* Durable, like the log. */
    uint32_t log[WORLD_LOG_MAX];    /* The epoch of each entry. */
    uint32_t length;
    enum partition_role role;
    bool has_begun; /* Master: its epoch-start entry is in the log. */
    bool is_caught_up;
    uint64_t alone_ms;    /* Master: since when it has no majority. */
    uint64_t lease_ms;    /* Refuses seals until then. */
    uint64_t lease_epoch; /* Of the master whom the lease was given to. */
};

struct world_node {
    bool is_up;
    bool is_deaf;       /* Cut from controllers, not from other nodes. */
    uint64_t paused_ms; /* Does nothing until then. */
    uint64_t boot;
    uint64_t boot_number;
    struct store_id store;
    uint64_t report;
    uint64_t started_ms;
    struct world_copy copies[WORLD_PARTITIONS];
};

/* A message on its way, with all that it points at. */
struct world_letter {
    uint64_t due_ms;
    bool is_to_node;
    uint32_t node; /* From or to. */
    size_t controller;
    struct message message;
    void *parts;
    size_t part_bytes;
    uint8_t *records;      /* START: the bytes of the records. */
    struct store_id store; /* Of the node, when it was sent. */
    struct world_letter *next;
};

struct world_lane {
    bool is_waiting;
    uint64_t due_ms;
    bool is_done; /* Carried out; the reply travels. */
    struct control_question question;
    struct control_reply reply;
    struct control_answer answer;
    void *memory;
};

struct world_controller {
    struct controller *controller;
    struct control_store *store;
    struct world_lane lanes[CONTROLLER_LANES];
    uint64_t paused_ms;
    uint64_t skew_ms; /* Its clock is its own. */
};

struct world {
    struct budget budget;
    struct prng prng;
    uint64_t now_ms;
    bool is_quiet;    /* Faults are over. */
    bool is_put_back; /* The store is an older one: see the judge. */
    struct memory_control *control;
    struct control_store *judge;
    struct control_answer answer;
    void *memory;
    struct world_controller controllers[WORLD_CONTROLLERS];
    struct world_node *nodes;
    struct world_letter *letters;
    size_t letter_count;
    struct controller_effects effects;
    bool was_wiped;
    uint64_t epoch_count; /* Opened, over all partitions. */
    uint64_t commit_count;
    uint64_t unsure_count;

    /* The judge's memory. */
    struct partition_record seen[WORLD_PARTITIONS];
    uint32_t committed[WORLD_PARTITIONS][WORLD_LOG_MAX];
    uint32_t committed_length[WORLD_PARTITIONS];
    bool is_forgotten[WORLD_PARTITIONS]; /* By a store that was put back. */
    /* On each node, the last disk that ever held all of the partition. */
    struct store_id near[WORLD_PARTITIONS][WORLD_NODES];
    const char *wrong; /* The first promise that was broken. */
    uint32_t wrong_partition;
};

/* control_world.c */
struct world *world_create(void);
void world_destroy(struct world **world_p);
/* NULL if all went well. */
const char *world_run(struct world *world, uint64_t seed);
void world_controller_step(struct world *world, size_t place,
                           const struct controller_event *event);
void world_fail(struct world *world, const char *wrong, uint32_t partition);

/* control_world_mail.c */
void world_post(struct world *world, const struct world_letter *letter);
void world_deliver(struct world *world);
void world_drop_letters(struct world *world);

/* control_world_node.c */
void world_node_start(struct world *world, uint32_t node);
void world_node_wipe(struct world *world, uint32_t node);
void world_node_hear(struct world *world, const struct world_letter *letter);
void world_nodes_tick(struct world *world);

/* control_world_judge.c: what stands in the store now, against what stood. */
void world_judge_store(struct world *world);
void world_judge_commit(struct world *world, uint32_t node, uint32_t partition);
void world_judge_end(struct world *world);
/* The store was put back to these records: those that are behind what was seen
   stay as they are. */
void world_judge_put_back(struct world *world,
                          const struct partition_record *old);

#endif
