/*
 * One node's replicator as the slave of node 2, in partition 0, told what its
 * master, its log and a controller say. What it wants done comes as text, an
 * effect a word: hand-written expectations compare it.
 *
 *     append 1-3    to the log, entries 1 to 3
 *     promise 5     to the log, that epoch
 *     cut 3         to the log, what is behind 3
 *     join          to the master
 *     ask 3         to the master: go on behind 3
 *     tell 3        to the master: durable up to 3
 *     ask-pages     to the master, on the bulk connection
 *     mark 3        to the log: it begins anew behind 3
 *     forget        to the log
 *     damaged, expel, begin-pages, store-page, adopt, commit 3
 *     promised 5, outbid 7, unable, leased    to the controller
 */
#ifndef DALV_TESTS_UNIT_REPLICATION_SLAVE_STORY_H
#define DALV_TESTS_UNIT_REPLICATION_SLAVE_STORY_H

#include "replication/replicator.h"

#include <stdint.h>

struct slave_story;

/* It holds nothing, and follows the master of epoch 1 in a session. */
struct slave_story *slave_story_begin(void);
/* Whatever is under way is forgotten. */
void slave_story_end(struct slave_story **story_p);

/* The master's log: entry `index` as written in `epoch`. */
struct log_position slave_story_position(uint64_t epoch, uint64_t index);

/* What comes of it; borrowed until the next call. */
const char *slave_story_step(struct slave_story *story,
                             struct replicator_event event);

/* The master of the current epoch streams entries of `epoch`, first to last. */
const char *slave_story_stream(struct slave_story *story, uint64_t epoch,
                               uint64_t first, uint64_t last);
/* The master says that the slave's end diverges, all up to `common` may be. */
const char *slave_story_diverge(struct slave_story *story,
                                struct log_position end,
                                struct log_position common);
/* The master's log does not reach back: it says so to a question, behind which
   so many others are on their way. */
const char *slave_story_send_for_pages(struct slave_story *story,
                                       uint64_t questions_later);
/* The master's answer to what was asked: the one page of its index. */
const char *slave_story_last_page(struct slave_story *story,
                                  struct log_position read_at);
/* Node 2 says that it does not lead, or not yet. */
const char *slave_story_fence(struct slave_story *story);
/* The n-th ticketed order from the first is durable. */
const char *slave_story_log(struct slave_story *story, uint64_t ticket);
/* The log refused the order; ticket 0: the cut. */
const char *slave_story_refuse(struct slave_story *story, uint64_t ticket,
                               enum dalv_status status, struct log_position end,
                               uint64_t promised);
/* Node 2 leads the epoch from now on. */
const char *slave_story_follow(struct slave_story *story, uint64_t epoch);
/* The same, of nodes 2 and 3: this one is no member any more. */
const char *slave_story_leave(struct slave_story *story, uint64_t epoch);
const char *slave_story_seal(struct slave_story *story, uint64_t epoch);
/* A beat later, at the end of a round. */
const char *slave_story_wait(struct slave_story *story);
/* As long as the replicator wants to sleep, but at most an eighth of a beat, at
   the end of a round. */
const char *slave_story_wait_a_little(struct slave_story *story);
/* The end of a round, at once. */
const char *slave_story_end_round(struct slave_story *story);

#endif
