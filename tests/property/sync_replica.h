/*
 * A device, the naive way: a replica of the user's keys, a journal of work
 * that has no outcome yet, and the rules of DESIGN 7 for what it sends and
 * what it makes of an answer.
 */
#ifndef DALV_TESTS_PROPERTY_SYNC_REPLICA_H
#define DALV_TESTS_PROPERTY_SYNC_REPLICA_H

#include "base/prng.h"
#include "model/change_format.h"
#include "model/cursor.h"
#include "model/message.h"
#include "model/user_state.h"
#include "tests/property/sync_history.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    REPLICA_JOURNAL_MAX = 16,
    REPLICA_PUSHES_MAX = 6,
    REPLICA_PUSH_BYTES_MAX = 256,
    REPLICA_OUTCOMES_MAX = 128,
    REPLICA_CHANGES_MAX = 256,
    REPLICA_SERIALS_MAX = 1024,
};

/* One transaction of the application, whatever numbers it goes under. */
struct replica_push {
    struct history_transaction asked;
    uint64_t serial;
    uint64_t number;  /* 0: never sent under one. */
    bool is_returned; /* It goes out again, on what the device then knows. */
    uint8_t bytes[REPLICA_PUSH_BYTES_MAX];
    size_t size;
};

struct replica_key {
    enum key_kind kind;
    char value;
    uint64_t expiry_us;
    int64_t number;
    uint64_t revision; /* Its place in the feed. */
    uint64_t generation;
    struct history_element elements[HISTORY_ELEMENTS_MAX];
    size_t element_count;
};

struct replica {
    uint64_t device;
    struct cursor cursor;
    struct replica_key keys[HISTORY_KEYS];
    struct replica_push journal[REPLICA_JOURNAL_MAX]; /* Sent ones first. */
    size_t journal_count;
    uint64_t number_next;
    uint64_t confirmed;
    uint64_t chain; /* Over all pushes before the journal's first. */
    uint64_t local_id_next;
};

struct replica_request {
    uint64_t device;
    struct cursor cursor;
    uint64_t confirmed;
    uint64_t first;
    uint64_t chain;
    struct replica_push pushes[REPLICA_PUSHES_MAX];
    size_t push_count;
};

struct replica_change {
    struct change change;
    size_t key;
    char value;
};

struct replica_reply {
    enum dalv_status status;
    enum sync_mode mode;
    uint64_t settled;
    struct outcome outcomes[REPLICA_OUTCOMES_MAX];
    size_t outcome_count;
    uint64_t applied_first;
    uint64_t applied[REPLICA_PUSHES_MAX];
    size_t applied_count;
    struct cursor head;
    struct replica_change changes[REPLICA_CHANGES_MAX];
    size_t change_count; /* In another mode than TAIL: everything there is. */
};

/* How the application's transactions ended: at most once each. */
struct replica_ends {
    uint8_t count[REPLICA_SERIALS_MAX];
    uint64_t serial_next;
    const char *wrong; /* What must not be, or NULL. */
};

void replica_init(struct replica *replica, uint64_t device);
/* The application commits something; nothing if the journal is full. */
void replica_commit(struct replica *replica, struct prng *prng,
                    struct replica_ends *ends);
/* Numbers are given and what is sent is encoded, once for each. */
void replica_ask(struct replica *replica, struct replica_request *out_request);
/*
 * Takes an answer in. `truth` knows how each push ended, which the device must
 * conclude as well.
 */
void replica_hear(struct replica *replica, const struct replica_reply *reply,
                  const struct history *truth, struct prng *prng,
                  struct replica_ends *ends);
void replica_take_change(struct replica *replica,
                         const struct replica_change *change);
bool replica_is_idle(const struct replica *replica);

/* A random transaction; removals name elements of `keys`. */
void replica_invent(const struct replica_key *keys, struct prng *prng,
                    struct history_transaction *out_asked);

#endif
