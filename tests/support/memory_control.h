/*
 * A control store in memory, with the faults of one on other machines.
 *
 * The core is the store; it outlives the sessions that are opened on it. What
 * it is told to do wrong happens to all sessions. Deterministic; one thread.
 */
#ifndef DALV_TESTS_SUPPORT_MEMORY_CONTROL_H
#define DALV_TESTS_SUPPORT_MEMORY_CONTROL_H

#include "control/control_store.h"

#include <stdbool.h>
#include <stddef.h>

enum memory_control_fault {
    MEMORY_CONTROL_NONE,
    MEMORY_CONTROL_DOWN, /* Nothing is done: DALV_UNAVAILABLE. */
    MEMORY_CONTROL_DEAF, /* Transactions get lost: DALV_UNKNOWN. */
    MEMORY_CONTROL_MUTE, /* Their answers do: done, and DALV_UNKNOWN. */
    MEMORY_CONTROL_SLOW, /* They wait for memory_control_deliver. */
};

struct memory_control;

struct memory_control *memory_control_create(void);
/* All sessions were closed. */
void memory_control_destroy(struct memory_control **control_p);

struct control_store *memory_control_open(struct memory_control *control);

/* What happens to every call from now on. */
void memory_control_fault(struct memory_control *control,
                          enum memory_control_fault fault);

/* Carry out what SLOW held back, in its order, where it still can be. */
void memory_control_deliver(struct memory_control *control);

/*
 * Remember what the store holds, and put that back: what an operator does with
 * a backup. Revisions go on from where they are.
 */
void memory_control_save(struct memory_control *control);
void memory_control_restore(struct memory_control *control);

#endif
