/*
 * One question to a control store, as a machine asks it and a desk carries it
 * to a thread that may wait for the answer.
 */
#ifndef DALV_CONTROL_CONTROL_QUESTION_H
#define DALV_CONTROL_CONTROL_QUESTION_H

#include "control/control_layout.h"
#include "control/control_store.h"

enum control_question_type {
    CONTROL_GET,
    CONTROL_LIST,
    CONTROL_COMMIT,
};

struct control_question {
    enum control_question_type type;
    struct bytes key;   /* GET; LIST: what the keys begin with. */
    struct bytes after; /* LIST. */
    struct control_transaction transaction; /* COMMIT. */
};

/* The answer: the status, and what it brings. */
struct control_reply {
    enum dalv_status status;
    const struct control_answer *answer; /* GET, LIST; borrowed. */
    uint64_t revision;                   /* COMMIT. */
};

#endif
