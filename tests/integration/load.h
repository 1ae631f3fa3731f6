/*
 * Writes of several users at once, many of them under way, and a witness who
 * hears of each. Where a history is written there are reads among them.
 */
#ifndef DALV_TESTS_INTEGRATION_LOAD_H
#define DALV_TESTS_INTEGRATION_LOAD_H

#include "base/prng.h"
#include "client/dalv.h"
#include "tests/check/history_writer.h"
#include "tests/integration/witness.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    LOAD_WINDOW = 64, /* Writes that wait for their answers. */
};

struct load;

struct load_ticket {
    struct load *load;
    bool is_used;
    size_t user;
    size_t number; /* SIZE_MAX: it is a read. */
    uint64_t call; /* In the history. */
};

struct load {
    struct witness *witness;        /* Borrowed. */
    struct history_writer *history; /* Borrowed; NULL: none is written. */
    struct dalv_backend *backend;   /* Borrowed; NULL: none. */
    struct prng prng;
    struct load_ticket tickets[LOAD_WINDOW];
    size_t under_way;
    size_t answered; /* Ever. */
};

void load_init(struct load *load, struct witness *witness, uint64_t seed);
/* With this backend from now on. What was under way with another is given up:
   its outcome is unknown. */
void load_use(struct load *load, struct dalv_backend *backend);

/* Ask for a write, again or for the first time; false if the window is full. */
bool load_ask(struct load *load, size_t user, size_t number);
/* Read a user's counter, or, of each few, one of his marks; false if the window
   is full. Only where a history is written: nobody else judges it. */
bool load_read(struct load *load, size_t user);
/* Fill the window with new writes of users by chance; a few are asked twice at
   once, as a network might. */
void load_fill(struct load *load);
/* Take answers for up to `timeout_ms`. */
void load_poll(struct load *load, uint32_t timeout_ms);
/* Until nothing is under way; false after `timeout_ms`. */
bool load_drain(struct load *load, uint32_t timeout_ms);
/* Keep the window full until there are so many more answers, or for so long. */
void load_run(struct load *load, size_t answers, uint32_t duration_ms);

#endif
