/*
 * The part of one user's data that a batch of requests touches, in memory.
 *
 * The core says what it needs (struct user_query), the index fills it in
 * (struct user_view), the judge reads it and keeps it up to date while it
 * decides, so that each transaction of a batch sees the effects of the ones
 * before it. All memory is the arena's that the query was made in.
 */
#ifndef DALV_MODEL_USER_VIEW_H
#define DALV_MODEL_USER_VIEW_H

#include "base/arena.h"
#include "base/status.h"
#include "model/key_state.h"
#include "model/operation.h"
#include "model/transaction.h"
#include "model/upload.h"
#include "model/user_state.h"

#include <stdbool.h>
#include <stddef.h>

struct view_key {
    struct bytes key;
    struct key_state state; /* Zeros if the key was never there. */
};

struct view_element {
    struct bytes key;
    struct dot dot;
    bool is_found;
    struct element_state state;
};

struct view_device {
    /* What was asked for: a device id, or with id 0 an install id. */
    uint64_t device;
    struct install_id install;
    bool is_found;
    struct device_state state;
    /* Outcomes kept for it, by push number; all that it has not confirmed. */
    struct outcome *outcomes;
    size_t outcome_count;
};

struct view_upload {
    struct bytes key;
    bool is_found;
    struct upload_state state; /* What was asked for: state.upload. */
};

struct view_request {
    struct request_id id;
    bool is_found;
    struct request_state state;
    uint32_t operation; /* Refused: the one at fault. Not kept by the log. */
};

/*
 * A query while it is built, and the answer once it is filled. Keys are sorted
 * and unique, elements sorted by (key, dot) and unique, once
 * user_view_prepare was called.
 */
struct user_view {
    struct bytes user;
    struct user_state state; /* Zeros if the user is not known. */
    struct view_key *keys;
    size_t key_count;
    size_t key_capacity;
    struct view_element *elements;
    size_t element_count;
    size_t element_capacity;
    struct view_device *devices;
    size_t device_count;
    size_t device_capacity;
    struct view_request *requests;
    size_t request_count;
    size_t request_capacity;
    struct view_upload *uploads;
    size_t upload_count;
    size_t upload_capacity;
    struct arena *arena;
};

/* Most of each that one view takes; DALV_TOO_BIG beyond. */
struct user_view_bounds {
    size_t keys;
    size_t elements;
    size_t devices;
    size_t requests;
    size_t uploads;
};

/* An empty query about `user`, which is copied into the arena. */
DALV_MUST_CHECK enum dalv_status user_view_init(
    struct user_view *view, struct arena *arena, struct bytes user,
    const struct user_view_bounds *bounds);

/*
 * Ask for all that judging `transaction` will need: every key that it names,
 * the element of every dot that it removes, and uploads. Keys are borrowed.
 * After
 * DALV_TOO_BIG some of it may have been asked for, which does no harm.
 */
DALV_MUST_CHECK enum dalv_status user_view_want_transaction(
    struct user_view *view, const struct transaction *transaction);
DALV_MUST_CHECK enum dalv_status user_view_want_key(struct user_view *view,
                                                    struct bytes key);
/* One element: a device's addition, whose dot must not be there yet. */
DALV_MUST_CHECK enum dalv_status user_view_want_element(struct user_view *view,
                                                        struct bytes key,
                                                        struct dot dot);
/* By its id, or with id 0 by `install`, which else may be NULL. */
DALV_MUST_CHECK enum dalv_status user_view_want_device(
    struct user_view *view, uint64_t device, const struct install_id *install);
DALV_MUST_CHECK enum dalv_status user_view_want_request(
    struct user_view *view, const struct request_id *id);

/* One of the uploads of a key; its number is upload.state.upload. */
DALV_MUST_CHECK enum dalv_status user_view_want_upload(struct user_view *view,
                                                       struct bytes key,
                                                       uint64_t upload);

/*
 * Sort and drop doubles: the query is complete, and owns its keys from now on.
 * DALV_NO_MEMORY if the arena has no room for them.
 */
DALV_MUST_CHECK enum dalv_status user_view_prepare(struct user_view *view);

/* What the view holds; NULL if it was not asked for. */
struct view_key *user_view_key(struct user_view *view, struct bytes key);
struct view_element *user_view_element(struct user_view *view, struct bytes key,
                                       struct dot dot);
/* The device with this id, however it was asked for. */
struct view_device *user_view_device(struct user_view *view, uint64_t device);
/* What was asked for by an install id. */
struct view_device *user_view_install(struct user_view *view,
                                      const struct install_id *install);
struct view_request *user_view_request(struct user_view *view,
                                       const struct request_id *id);
struct view_upload *user_view_upload(struct user_view *view, struct bytes key,
                                     uint64_t upload);

#endif
