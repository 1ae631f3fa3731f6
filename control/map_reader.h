/*
 * Reads the cluster map out of a control store, in as many questions as it
 * takes, as of one version.
 *
 *   HEAD --> POLICY --> NODES --> PAGES --> CHECK --> DONE
 *    ^  \                                     |
 *    |   +-- no newer than what is known ---> SAME
 *    +--- the head has changed meanwhile -----+
 *
 * Every change of the map moves the head in the same transaction, so a head
 * that did not move means that all was read of one version. It is pure: the
 * owner carries each question to a store and brings the answer.
 */
#ifndef DALV_CONTROL_MAP_READER_H
#define DALV_CONTROL_MAP_READER_H

#include "base/allocator.h"
#include "base/status.h"
#include "cluster/cluster_map.h"
#include "control/control_question.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    MAP_READER_PAGES_MAX = 2048,
    MAP_READER_ROUNDS_MAX = 8, /* How often the head may move. */
};

/* A map, and at which revision each part of it was. Owns its memory. */
struct control_map {
    struct cluster_map map;
    uint64_t head_revision;
    uint64_t policy_revision;
    uint64_t node_revisions[CLUSTER_NODES_MAX]; /* As map.nodes. */
    uint64_t page_revisions[MAP_READER_PAGES_MAX];
    bool is_founded; /* All pages are there. They are made in their order: the
                        records of those that are not have epoch 0. */
    struct allocator *allocator;
    void *memory;
    size_t memory_size;
};

void control_map_destroy(struct control_map **map_p);

enum map_reader_state {
    MAP_READER_HEAD,
    MAP_READER_POLICY,
    MAP_READER_NODES,
    MAP_READER_PAGES,
    MAP_READER_CHECK,
    MAP_READER_DONE,   /* Take the map. */
    MAP_READER_SAME,   /* The store has no newer one. */
    MAP_READER_FAILED, /* See `status`. */
};

/* Embedded by its owner, who may read `state` and `status`. */
struct map_reader {
    enum map_reader_state state;
    enum dalv_status status;
    struct allocator *allocator;
    struct cluster_version known;
    struct control_map *map;
    struct control_key last; /* Of the list that is being read. */
    size_t page_count;       /* That were read. */
    unsigned rounds;
};

/*
 * Begin to read. What is no newer than `known` is not read; zeros read in any
 * case. What a reader still held is given back.
 */
void map_reader_init(struct map_reader *reader, struct allocator *allocator);
void map_reader_begin(struct map_reader *reader, struct cluster_version known);
void map_reader_deinit(struct map_reader *reader);

/* True while there is a question to ask; it borrows from the reader. */
bool map_reader_ask(struct map_reader *reader,
                    struct control_question *out_question);

/*
 * The answer to it. FAILED with DALV_NOT_FOUND if there is no cluster in the
 * store, DALV_DAMAGED or DALV_UNSUPPORTED if a part is not what was written,
 * DALV_NO_MEMORY, DALV_BUSY if the map changes faster than it can be read, or
 * what the store said.
 */
void map_reader_answer(struct map_reader *reader,
                       const struct control_reply *reply);

/* DONE: the map is the caller's; release with control_map_destroy. */
struct control_map *map_reader_take(struct map_reader *reader);

#endif
