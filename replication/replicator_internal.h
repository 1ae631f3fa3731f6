/*
 * What the files of the replicator share. Private to replication.
 *
 *   replicator.c          life cycle, events, rounds, questions of the owner
 *   replicator_log.c      what is ordered to the log, and what comes of it
 *   replicator_records.c  records, promises: who leads, who follows
 *   replicator_master.c   towards slaves: JOIN, STREAM, STREAMED
 *   replicator_slave.c    towards masters: JOINED, STREAMED, STREAM
 *   replicator_bulk.c     CATCH_UP, on both sides
 */
#ifndef DALV_REPLICATION_REPLICATOR_INTERNAL_H
#define DALV_REPLICATION_REPLICATOR_INTERNAL_H

#include "base/bounds.h"
#include "base/map.h"
#include "replication/election.h"
#include "replication/leader.h"
#include "replication/peer.h"
#include "replication/replica.h"
#include "replication/replicator.h"

/* No session's number: what was taken in none gives no credit back. */
#define SESSION_BULK UINT64_MAX

enum {
    PEER_SLOTS = 512, /* map_slot_count(REPLICATOR_NODES_MAX). */
    /* Entry bytes that one message to a slave may bring along. */
    STREAMED_BYTES_FULL = 1 << 20,
    READING_BYTES = 256 << 10,
};

/* Something that was ordered to the log and is not durable yet. */
struct log_item {
    struct queue_link link;   /* In the order of tickets. */
    struct queue_link flight; /* Entries: in their replica's. */
    struct replica *replica;
    enum replicator_effect_type type;
    uint64_t ticket;
    uint64_t epoch;       /* PROMISE. */
    uint64_t session;     /* APPEND from a master: where credit goes back; 0
                             for what was proposed here. */
    struct entry_run run; /* APPEND; MARK: `end`. */
    bool is_void;         /* It follows what the log has refused. */
    bool is_of_loss;      /* MARK: no snapshot came, the copy is lost. */
};

struct replicator {
    struct replicator_options options;
    uint64_t started_us;
    uint64_t now_us;
    struct replica **replicas; /* NULL: nothing is known of it here. */
    struct map peers;
    struct map_slot peer_slots[PEER_SLOTS];
    struct peer *peer_list[REPLICATOR_NODES_MAX];
    size_t peer_count;
    uint64_t ticket;
    uint64_t session;
    uint64_t report;
    uint32_t request;
    uint32_t reading;
    struct queue log;       /* struct log_item. */
    struct queue seals;     /* struct election: promises being made durable. */
    struct queue attention; /* struct replica. */
    struct queue catching;  /* struct replica. */
    struct queue reports;   /* struct replica, by report_number. */
    size_t uncertain_count;
    uint64_t next_beat_us;
    struct replicator_effects *effects; /* During a step. */
};

/* replicator.c */
struct replica *replicator_get(const struct replicator *replicator,
                               uint32_t partition);
/* The same, made if there is none; NULL without memory or partition. */
struct replica *replicator_obtain(struct replicator *replicator,
                                  uint32_t partition);
struct peer *replicator_peer(const struct replicator *replicator,
                             uint32_t node);
struct peer *replicator_obtain_peer(struct replicator *replicator,
                                    uint32_t node);
struct replicator_effect *replicator_add_effect(struct replicator *replicator,
                                                enum replicator_effect_type,
                                                uint32_t partition);
bool replicator_has_room(const struct replicator *replicator);
void replicator_note_change(struct replicator *replicator,
                            struct replica *replica);
void replicator_attend(struct replicator *replicator, struct replica *replica);

/* replicator_log.c */
/* False without memory: nothing was ordered. */
bool replicator_append(struct replicator *replicator, struct replica *replica,
                       const struct entry_run *run, uint64_t session);
bool replicator_promise(struct replicator *replicator, struct replica *replica,
                        uint64_t epoch);
void replicator_put_members(struct replicator *replicator,
                            struct replica *replica);
bool replicator_mark(struct replicator *replicator, struct replica *replica,
                     struct log_position start);
/* The same, of a copy that is lost, or is to be none. */
void replicator_mark_loss(struct replicator *replicator,
                          struct replica *replica);
void replicator_forget(struct replicator *replicator, struct replica *replica);
void replicator_on_logged(struct replicator *replicator, uint64_t ticket);
void replicator_on_cut(struct replica *replica, struct log_position end);
void replicator_on_refused(struct replicator *replicator,
                           const struct replicator_event *event);
void replicator_become_certain(struct replicator *replicator,
                               struct replica *replica);

/* replicator_records.c */
void replicator_on_record(struct replicator *replicator,
                          struct replica *replica,
                          const struct partition_record *record);
void replicator_on_seal(struct replicator *replicator,
                        const struct replicator_event *event);
void replicator_answer_seals(struct replicator *replicator, uint64_t ticket);
void replicator_on_start(struct replicator *replicator,
                         const struct replicator_event *event);
/* It leads no more, if it did. */
void replicator_depose(struct replicator *replicator, struct replica *replica);

/* replicator_master.c */
void replicator_on_join(struct replicator *replicator,
                        const struct message_join *join, uint32_t request);
void replicator_on_stream(struct replicator *replicator,
                          const struct message_stream *stream);
void replicator_on_log_read(struct replicator *replicator,
                            const struct replicator_event *event);
void replicator_close_uplink(struct replicator *replicator, struct peer *peer);
void replicator_tell(struct replica *replica);
/* Its master leads no more: before any other echo the slave is to hear it. */
void replicator_part_from(struct replicator *replicator,
                          const struct leader_slot *slot);
void replicator_refresh_leader(struct replicator *replicator,
                               struct replica *replica);
void replicator_refresh_peer(struct replicator *replicator, struct peer *peer);
void replicator_tell_slave(struct replicator *replicator, struct peer *peer);

/* replicator_slave.c */
void replicator_follow(struct replicator *replicator, struct replica *replica,
                       uint32_t node);
void replicator_unfollow(struct replica *replica);
void replicator_ask(struct replica *replica);
/* The same, anew, but not before the next beat. */
void replicator_ask_later(struct replicator *replicator,
                          struct replica *replica);
/* What is here is not what was committed: a snapshot takes its place. */
void replicator_lose_copy(struct replicator *replicator,
                          struct replica *replica);
/* Nobody wants it here any more. */
void replicator_expel(struct replicator *replicator, struct replica *replica);
/* Entries of its master. Gives whether they were taken. */
bool replicator_take_run(struct replicator *replicator, struct replica *replica,
                         const struct entry_run *run, uint64_t session);
void replicator_hear_commit(struct replicator *replicator,
                            struct replica *replica, uint64_t commit_index,
                            uint64_t master_index);
void replicator_note_caught_up(struct replicator *replicator,
                               struct replica *replica);
void replicator_on_joined(struct replicator *replicator,
                          const struct message_joined *joined);
void replicator_on_streamed(struct replicator *replicator,
                            const struct message_streamed *streamed,
                            struct bytes content);
void replicator_lose_master(struct peer *peer);
/* What was sent before may have gone nowhere. */
void replicator_reach_master(struct peer *peer);
void replicator_ask_master(struct replicator *replicator, struct peer *peer);

/* replicator_bulk.c */
void replicator_catch_up(struct replicator *replicator, struct replica *replica,
                         bool is_snapshot);
void replicator_stop_catching_up(struct replica *replica);
/* A snapshot that replaced nothing yet is not waited for: the copy is what it
   was. */
void replicator_give_up_pages(struct replica *replica);
/* The same, unless it takes a snapshot. */
void replicator_end_log_catch_up(struct replica *replica);
void replicator_go_on_catching_up(struct replicator *replicator,
                                  struct replica *replica);
void replicator_ask_bulk(struct replicator *replicator);
/* Questions to that master may be lost: they are due again. */
void replicator_ask_bulk_again(struct replicator *replicator,
                               const struct peer *master);
void replicator_on_catch_up(struct replicator *replicator,
                            const struct message_catch_up *asked,
                            uint32_t request);
void replicator_on_bulk_read(struct replicator *replicator,
                             const struct replicator_event *event);
void replicator_on_caught_up(struct replicator *replicator,
                             const struct message *message,
                             struct bytes content);
void replicator_on_page_stored(struct replicator *replicator,
                               struct replica *replica);
void replicator_on_pages_failed(struct replicator *replicator,
                                struct replica *replica);
void replicator_adopt_if_reached(struct replicator *replicator,
                                 struct replica *replica);
void replicator_on_adopted(struct replicator *replicator,
                           struct replica *replica);

#endif
