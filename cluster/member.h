/*
 * Who may hold a copy of a partition: a node together with the store in it.
 *
 * A wiped or replaced disk has another store id and is thereby another member,
 * which must catch up before it counts. Sets stand in ascending order, so that
 * equal sets are equal byte for byte.
 *
 * While a set of members is being changed there are two of them, and whatever
 * needs a majority needs one of each (joint sets, RATIONALE finding 2).
 */
#ifndef DALV_CLUSTER_MEMBER_H
#define DALV_CLUSTER_MEMBER_H

#include "base/bytes.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    STORE_ID_BYTES = 16,
    MEMBER_SET_MAX = 7,
    /* Node, store; and the most that a set takes as bytes. */
    MEMBER_BYTES_MAX = 5 + STORE_ID_BYTES,
    MEMBER_SET_BYTES_MAX = 1 + MEMBER_SET_MAX * MEMBER_BYTES_MAX
};

/* Random, made with an empty data directory; all zeros is none. */
struct store_id {
    uint8_t bytes[STORE_ID_BYTES];
};

struct member {
    uint32_t node; /* From 1; 0 is nobody. */
    struct store_id store;
};

/* Ascending by member_compare, each once. */
struct member_set {
    struct member items[MEMBER_SET_MAX];
    size_t count;
};

struct joint_set {
    struct member_set members;
    struct member_set old_members; /* Empty unless a change is under way. */
};

/* Who said yes, by place in each set. Zeroed: nobody did. */
struct joint_votes {
    uint32_t members;
    uint32_t old_members;
};

bool store_id_equal(const struct store_id *a, const struct store_id *b);
bool store_id_is_set(const struct store_id *id);

bool member_is_set(const struct member *member);
bool member_equal(const struct member *a, const struct member *b);
/* By node, then store: < 0, 0, > 0. */
int member_compare(const struct member *a, const struct member *b);

bool member_set_has(const struct member_set *set, const struct member *member);
/* The member that is on this node, NULL if none is. */
const struct member *member_set_on_node(const struct member_set *set,
                                        uint32_t node);
/* True if it is in the set now; false if the set is full. */
bool member_set_add(struct member_set *set, const struct member *member);
/* Absent is fine. */
void member_set_remove(struct member_set *set, const struct member *member);
bool member_set_equal(const struct member_set *a, const struct member_set *b);
/* How many of them are more than half. The set is not empty. */
size_t member_set_majority(const struct member_set *set);

void member_put(struct writer *writer, const struct member *member);
struct member member_read(struct reader *reader);
void member_set_put(struct writer *writer, const struct member_set *set);
/* Fails the reader unless the set is one, in its order. */
void member_set_read(struct reader *reader, struct member_set *out_set);

/* Not in the middle of a change: `old_members` is empty. */
bool joint_set_is_settled(const struct joint_set *joint);
bool joint_set_has(const struct joint_set *joint, const struct member *member);
/* Count a yes; one from nobody's member counts for nothing. */
void joint_set_vote(const struct joint_set *joint, const struct member *member,
                    struct joint_votes *votes);
/* A majority of `members`, and of `old_members` while there are any. */
bool joint_set_is_majority(const struct joint_set *joint,
                           const struct joint_votes *votes);
/* Every one of both. */
bool joint_set_is_all(const struct joint_set *joint,
                      const struct joint_votes *votes);

#endif
