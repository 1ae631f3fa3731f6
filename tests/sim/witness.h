/*
 * The witness: it reads what is committed, in its order, keeps every user's
 * chronicle, and judges by the promises what deeds became and what anybody saw.
 */
#ifndef DALV_TESTS_SIM_WITNESS_H
#define DALV_TESTS_SIM_WITNESS_H

#include "model/cursor.h"
#include "storage/record.h"
#include "tests/sim/chronicle.h"
#include "tests/sim/deed.h"

enum {
    WITNESS_HISTORIES_MAX = 16, /* Of one user. */
    WITNESS_USERS = 2,
    WITNESS_PARTITIONS_MAX = 8,
};

struct world;

struct witness_user {
    const char *name;
    struct chronicle *histories[WITNESS_HISTORIES_MAX];
    size_t history_count;
    /* What was told to anybody: nobody may be told less from then on. */
    struct cursor told;
};

struct witness {
    struct world *world;
    struct witness_user users[WITNESS_USERS];
    uint64_t times_us[WITNESS_PARTITIONS_MAX];
    uint8_t *arena_block;
};

void witness_init(struct witness *witness, struct world *world);
void witness_deinit(struct witness *witness);

/* The next committed entry of its partition. */
void witness_take_record(struct witness *witness, const struct record *record);

/* The newest position of a user; zeros if there is none. */
struct cursor witness_head(const struct witness *witness, unsigned user);
/* The newest history, erased or not; NULL if there is none. */
struct chronicle *witness_newest(const struct witness *witness, unsigned user);
/* True if the history is known, and was erased. */
bool witness_is_erased(const struct witness *witness, unsigned user,
                       uint64_t history_id);
/* NULL, and the world has failed, if there is no such moment. */
struct chronicle *witness_moment(struct witness *witness, unsigned user,
                                 struct cursor cursor);

/* The number of a user that is known. */
unsigned witness_find_user(const struct witness *witness, struct bytes name);

/* Somebody was told of that moment. */
void witness_tell(struct witness *witness, unsigned user, struct cursor cursor);

/* Somebody saw that at that moment. */
void witness_claim(struct witness *witness, unsigned user, struct cursor cursor,
                   const struct chronicle_claim *claim);

#endif
