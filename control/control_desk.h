/*
 * Questions to a control store from a loop that must not wait: a thread of its
 * own for each lane asks them.
 *
 * A lane is a session of its own on the store, so that the counter of the
 * controller never waits behind a map that is being read.
 */
#ifndef DALV_CONTROL_CONTROL_DESK_H
#define DALV_CONTROL_CONTROL_DESK_H

#include "base/status.h"
#include "control/control_question.h"
#include "net/worker.h"

#include <stdbool.h>

struct control_desk;

/*
 * Takes the store, which is closed with the desk; also if this fails. `name` is
 * the thread's. What worker_create says, or DALV_NO_MEMORY.
 */
DALV_MUST_CHECK enum dalv_status control_desk_create(
    const char *name, struct control_store **store_p,
    struct control_desk **out_desk);
/* Waits for the question that is under way. */
void control_desk_destroy(struct control_desk **desk_p);

/*
 * Ask. What the question points at stays the caller's, and as it is, until the
 * answer was collected. None may be under way.
 */
void control_desk_ask(struct control_desk *desk,
                      const struct control_question *question);
/* Wait for a change of a key, as control_store_wait; answered with DALV_OK. */
void control_desk_wait(struct control_desk *desk, struct bytes key,
                       uint64_t revision, uint32_t patience_ms);

bool control_desk_is_busy(const struct control_desk *desk);

/*
 * The answer, if it is there: true, and it is borrowed until the next question.
 */
bool control_desk_collect(struct control_desk *desk,
                          struct control_reply *out_reply);

/* What the store says about its last failure; only while nothing is asked. */
const char *control_desk_problem(const struct control_desk *desk);

/* For a loop to wait on, see net/worker.h. */
struct worker *control_desk_worker(struct control_desk *desk);
/* The loop has taken what its worker has done: collect it. False if it is of
   another one. */
bool control_desk_on_job_done(struct control_desk *desk,
                              const struct worker *from);

#endif
