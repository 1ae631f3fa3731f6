/*
 * A cluster in virtual time: nodes whose machines are the product's, disks,
 * a network, two controllers and the store that they agree in.
 *
 * Everything that happens is drawn from one seed. What can go wrong at all in a
 * run is drawn first (a swarm), so that rare combinations come up.
 */
#ifndef DALV_TESTS_PROPERTY_REPLICATION_WORLD_H
#define DALV_TESTS_PROPERTY_REPLICATION_WORLD_H

#include "base/prng.h"
#include "cluster/ballot.h"
#include "cluster/partition_record.h"
#include "model/message.h"
#include "replication/replicator.h"
#include "tests/property/replication/disk.h"
#include "tests/property/replication/gates.h"
#include "tests/property/replication/judge.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    WORLD_NODES_MAX = 7,
    WORLD_CONTROLLERS = 2,
    /* Ends of the network: nodes are 1 .. 7, controllers come behind them. */
    WORLD_ENDS = WORLD_NODES_MAX + WORLD_CONTROLLERS + 1,
    WORLD_HELD_MAX = 1024,
};

/* What may go wrong in a run, in a thousand cases or microseconds. */
struct swarm {
    uint32_t node_count;
    uint32_t copy_count;
    uint64_t lease_us;
    uint32_t loss;
    uint32_t repeat;
    uint32_t reorder;
    uint32_t delay_us;
    uint32_t sync_us;
    uint32_t slow_sync; /* Syncs that take a hundred times as long. */
    uint32_t crash;
    uint32_t pause;
    uint32_t wipe;
    uint32_t rot;
    uint32_t cut;
    uint32_t slow; /* Links that take a second, one way. */
    uint32_t store_unknown;
    uint32_t release; /* Old segments go. */
    uint32_t change;  /* Of members. */
    uint32_t switchover;
    uint32_t proposals;  /* A second, of each partition. */
    uint32_t long_round; /* Rounds that go on with the next event. */
    uint64_t credit_bytes;
    uint32_t page_keys; /* Of a snapshot; 0: drawn for each page. */
    bool is_skewed;
};

enum happening_type {
    AT_NODE, /* A message arrives. */
    AT_CONTROLLER,
    LOG_SYNCED,
    NODE_EVENT, /* An order of the replicator is done. */
    NODE_APPLIES,
    NODE_TICKS,
    NODE_STARTS,
    CONTROLLER_TICKS,
    STORE_ASKED,
    STORE_ANSWERED,
    CLIENTS_WORK,
    FAULTS_STRIKE,
};

struct store_question {
    uint32_t partition;
    uint64_t number;
    bool is_get;
    uint64_t revision; /* Expected; then: as it is. */
    bool is_done;
    struct partition_record record;
};

struct happening {
    uint64_t at_us;
    uint64_t number; /* Of equal times the earlier order comes first. */
    enum happening_type type;
    uint32_t to;
    uint32_t from;
    uint64_t boot_id; /* What is done for a process ends with it. */
    uint8_t *frame;   /* Owned, as is `content`. */
    size_t frame_size;
    uint8_t *content;
    size_t content_size;
    struct replicator_event event;
    struct store_question question;
};

struct node {
    uint32_t id;
    struct store_id store;
    uint64_t boot_id; /* 0: down. */
    uint64_t paused_until_us;
    uint64_t clock_rate; /* In a thousand. */
    uint64_t clock_offset_us;
    bool is_uncertain;
    bool is_sync_held; /* The sync under way does not end. */
    bool is_in_round;  /* The round goes on with the next event. */
    struct disk disk;
    struct copy copies[DISK_PARTITIONS];
    struct replicator *replicator;
    bool is_syncing;
    size_t syncing_count;
    uint64_t syncing_ticket;
    uint64_t ticket;
    bool is_cutting[DISK_PARTITIONS]; /* In the sync under way: true. */
    bool is_cut_ordered[DISK_PARTITIONS];
    uint64_t master_epoch[DISK_PARTITIONS]; /* Not deposed; else 0. */
    uint64_t begins[DISK_PARTITIONS]; /* An epoch-start to be proposed; or 0. */
    bool is_leading[DISK_PARTITIONS];
    uint64_t told_index[DISK_PARTITIONS];
    uint64_t applied_index[DISK_PARTITIONS];
    struct state states[DISK_PARTITIONS];
    bool is_staging[DISK_PARTITIONS]; /* All pages of a snapshot are there. */
    bool is_marked[DISK_PARTITIONS];
    struct state staged[DISK_PARTITIONS];
    void *proposals[4096]; /* Bytes that are lent until LOGGED. */
    size_t proposal_count;
};

struct seen_node {
    uint64_t heard_us;
    uint64_t boot_id;
    struct store_id store;
    struct heartbeaten_part parts[DISK_PARTITIONS];
};

struct seen_partition {
    bool is_known;
    struct partition_record record;
    uint64_t revision;
    uint64_t read_us;
    uint64_t asked_us; /* A question is open. */
    uint64_t question;
    uint64_t led_us;
    uint64_t released;
    struct ballot ballot;
};

struct controller {
    uint32_t id; /* Its end of the network. */
    uint64_t paused_until_us;
    uint64_t beat_us;
    uint64_t question;
    struct seen_node nodes[WORLD_NODES_MAX + 1];
    struct seen_partition partitions[DISK_PARTITIONS];
};

struct world {
    struct prng prng;
    struct swarm swarm;
    uint64_t now_us;
    uint64_t number;
    struct happening *heap;
    size_t heap_count;
    size_t heap_capacity;
    struct node nodes[WORLD_NODES_MAX + 1]; /* From 1. */
    struct controller controllers[WORLD_CONTROLLERS];
    struct partition_record records[DISK_PARTITIONS]; /* The store. */
    uint64_t revisions[DISK_PARTITIONS];
    uint64_t link_us[WORLD_ENDS][WORLD_ENDS]; /* Last delivery, for order. */
    uint64_t cut_until_us[WORLD_ENDS][WORLD_ENDS];
    uint64_t slow_us[WORLD_ENDS][WORLD_ENDS];
    uint64_t value;
    uint64_t acknowledged_us[DISK_PARTITIONS][JUDGE_ENTRIES_MAX];
    bool is_faulty; /* Faults strike. */
    struct gates gates;
    struct happening held[WORLD_HELD_MAX]; /* Oldest first. */
    size_t held_count;
    bool is_traced;
    struct judge judge;
    struct replicator_effects effects;
    struct allocator allocator;
    uint8_t frame[1 << 17]; /* What a message was decoded to. */
};

/* world.c */
/* Faults, and what else there is, drawn from the seed; clients and controllers
   at work. */
struct world *world_create(uint64_t seed, bool is_traced);
/* Nothing goes wrong and nobody works but the nodes: for a schedule. */
struct world *world_create_still(uint64_t seed, bool is_traced,
                                 const struct swarm *swarm);
/* Clients and controllers begin to work. */
void world_let_go(struct world *world);
void world_destroy(struct world **world_p);
/* Let time pass up to then, or until a promise is broken. */
void world_run(struct world *world, uint64_t until_us);
/* No fault any more: what is down starts, what is cut heals. */
void world_heal(struct world *world);
bool world_chance(struct world *world, uint32_t of_thousand);
uint64_t world_below(struct world *world, uint64_t bound);
/* Takes what `happening` owns. */
void world_put(struct world *world, uint64_t delay_us,
               const struct happening *happening);
/* The control store has another record now. */
void world_put_record(struct world *world, uint32_t partition,
                      const struct partition_record *record);
/* What was held back of a link arrives, the oldest first, at most `max`; gives
   how many. */
size_t world_deliver(struct world *world, uint32_t from, uint32_t to,
                     size_t max);
void world_send(struct world *world, uint32_t from, uint32_t to,
                const struct message *message, struct bytes content);
void world_trace(const struct world *world, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* describe.c: how everything stands, for whoever looks at a trace. */
void world_describe(const struct world *world);

/* node.c */
void node_start(struct world *world, struct node *node);
void node_stop(struct world *world, struct node *node);
uint64_t node_clock_us(const struct world *world, const struct node *node);
struct member node_member(const struct node *node);
void node_happens(struct world *world, struct node *node,
                  struct happening *happening);
void node_propose(struct world *world, struct node *node, uint32_t partition,
                  size_t count);
/* False if it may not be answered there and now. */
bool node_read(struct world *world, struct node *node, uint32_t partition);
void node_release(struct world *world, struct node *node, uint32_t partition);

/* One event, and the end of its round unless that goes on. */
void node_step(struct world *world, struct node *node,
               const struct replicator_event *event);

/* What its disk holds from that record on. */
void node_tell_judge(struct world *world, const struct node *node, size_t from);

/* node_orders.c: what a replicator's effects do. */
void node_begin_sync(struct world *world, struct node *node);
void node_order_log(struct world *world, struct node *node,
                    const struct replicator_effect *effect);
void node_read_log(struct world *world, struct node *node,
                   const struct replicator_effect *effect);
void node_read_page(struct world *world, struct node *node,
                    const struct replicator_effect *effect);
void node_store_page(struct world *world, struct node *node,
                     const struct replicator_effect *effect);
void node_begin_pages(struct node *node, uint32_t partition);
/* What it holds is wanted no more. */
void node_drop(struct world *world, struct node *node, uint32_t partition);
void node_adopt(struct world *world, struct node *node, uint32_t partition);
void node_commit(struct world *world, struct node *node, uint32_t partition,
                 uint64_t index);
void node_apply(struct world *world, struct node *node, uint32_t partition);

/* control.c */
/* The next epoch is opened, with those members. */
struct partition_record control_opened(const struct partition_record *before,
                                       const struct joint_set *joint);
/* It is led by the chosen one. */
struct partition_record control_led(const struct partition_record *opening,
                                    const struct ballot_vote *chosen);
void controller_seal(struct world *world, struct controller *controller,
                     uint32_t partition, uint32_t node);
void controller_start(struct world *world, struct controller *controller,
                      uint32_t partition, uint32_t node);
void controller_happens(struct world *world, struct controller *controller,
                        struct happening *happening);
void control_store_happens(struct world *world, struct happening *happening);

/* faults.c */
void faults_draw(struct world *world);
void faults_strike(struct world *world);
void clients_work(struct world *world);

#endif
