/*
 * A client's way to the cluster: a wire to one of the routers, a greeting, and
 * one question at a time with its answer.
 *
 * It gives up on an answer that does not come, and then connects anew; what was
 * asked may or may not have happened.
 */
#ifndef DALV_TESTS_SIM_LINE_H
#define DALV_TESTS_SIM_LINE_H

#include "base/buffer.h"
#include "base/status.h"
#include "model/message.h"
#include "tests/sim/wire.h"

#include <stdbool.h>
#include <stdint.h>

struct line;

struct line_handlers {
    void *owner;
    /* The answer to the question; borrowed for the call. */
    void (*on_answer)(void *owner, const struct message *answer);
    /* A message that answers nothing. */
    void (*on_push)(void *owner, const struct message *message);
    /* The question will not be answered, or there is no connection. */
    void (*on_lost)(void *owner);
};

enum line_state {
    LINE_DOWN,
    LINE_GREETING,
    LINE_READY,
    LINE_ASKING,
};

struct line {
    struct world *world;
    struct line_handlers handlers;
    enum line_state state;
    struct wire *wire;
    uint32_t request; /* The last one given. */
    uint64_t asked;   /* Counts questions: an alarm of an older one is late. */
    uint64_t session; /* Counts connections. */
    struct buffer frame;
    uint64_t expires_us; /* The token that was shown last. */
    bool is_faithful;    /* Its wires lose nothing until they are cut. */
    bool is_expired;     /* It was, by the servers' clock, at the question. */
};

void line_init(struct line *line, struct world *world,
               const struct line_handlers *handlers);
void line_deinit(struct line *line);

/*
 * Connect to any router and greet it. on_answer gets WELCOMED or REFUSED, or
 * on_lost is called.
 */
void line_open(struct line *line, const struct message *hello);
/* Ask; the line is ready. */
void line_ask(struct line *line, const struct message *question);
/* Hang up, if there is a connection; no handler is called any more. */
void line_close(struct line *line);

#endif
