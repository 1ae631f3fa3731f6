/*
 * One user, its store, devices that push and a backend that updates: what the
 * stories of sync are told with.
 *
 * Each call is a batch of its own: a view is filled, judged on, and what was
 * decided applied to the store. Anything wrong with a record fails the test.
 */
#ifndef DALV_TESTS_UNIT_SYNC_FIXTURE_H
#define DALV_TESTS_UNIT_SYNC_FIXTURE_H

#include "model/operation.h"
#include "sync/device.h"
#include "sync/judge.h"
#include "sync/policy.h"
#include "sync/push.h"
#include "sync/update.h"
#include "tests/support/operations.h"
#include "tests/support/small_store.h"

#include <stddef.h>
#include <stdint.h>

enum {
    FIXTURE_DEVICES_MAX = 40,
    FIXTURE_PUSH_BYTES_MAX = 1 << 16,
    FIXTURE_PUSHES_MAX = 64,
};

/* What a device's store keeps to push. */
struct fixture_device {
    uint64_t number_next;
    uint64_t chain;
    uint64_t local_id_next;
};

struct fixture {
    struct small_store store;
    struct policy policy;
    uint64_t now_us;
    uint64_t history_id_next;
    uint64_t request_next;
    size_t record_max;
    struct fixture_device devices[FIXTURE_DEVICES_MAX]; /* By device id. */
    struct arena arena;  /* Of the batch at work. */
    struct arena pushes; /* What was encoded; for the fixture's life. */
    void *memory;
    void *push_memory;
    struct user_view view;
    struct judge judge;
};

/* Never the same twice: heap, since a fixture is big. */
struct fixture *fixture_create(void);
void fixture_destroy(struct fixture **fixture_p);

/* A batch: begin, want with `view`, fill, judge with `judge`, end. */
void fixture_begin(struct fixture *fixture);
void fixture_fill(struct fixture *fixture);
void fixture_end(struct fixture *fixture);

/* A new device's id. */
uint64_t fixture_open(struct fixture *fixture, uint8_t install);

/* One transaction of a backend. */
struct update_answer fixture_update(struct fixture *fixture,
                                    const struct operation *operations,
                                    size_t count);
/* The same of one operation that must go through: its revision. */
uint64_t fixture_write(struct fixture *fixture, struct operation operation);

/* What a device pushes: transactions as bytes, numbered and chained. */
struct fixture_sync {
    struct message_sync message;
    struct bytes pushes[FIXTURE_PUSHES_MAX];
};

/* A SYNC with nothing in it yet, from where the device stands. */
void fixture_sync_init(struct fixture *fixture, uint64_t device,
                       uint64_t cursor, struct fixture_sync *out_sync);
/* Adds a transaction of one operation, based on the cursor. */
void fixture_sync_add(struct fixture *fixture, uint64_t device,
                      struct fixture_sync *sync, struct operation operation);
void fixture_sync_add_transaction(struct fixture *fixture,
                                  struct fixture_sync *sync,
                                  const struct transaction *transaction);
/* Judged; the answer borrows from the arena until the next batch. */
struct push_answer fixture_sync_send(struct fixture *fixture, uint64_t device,
                                     const struct fixture_sync *sync);
/* The device took the answer in: it goes on behind what is settled. */
void fixture_sync_done(struct fixture *fixture, uint64_t device,
                       const struct fixture_sync *sync);

/*
 * A device pushes one transaction based on `base`: how it ended. OUTCOME_
 * APPLIED with the revision, or what the answer's outcomes say.
 */
struct outcome fixture_push(struct fixture *fixture, uint64_t device,
                            uint64_t base, const struct operation *operations,
                            size_t count);

#endif
