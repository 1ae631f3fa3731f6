/*
 * The log lines that name why tokens were refused, which bearers do not hear.
 *
 * Anybody can show tokens, as many as he likes: so a line counts all refusals
 * of one reason, and comes once in REFUSAL_LOG_EVERY_MS at most.
 */
#ifndef DALV_DALVD_REFUSAL_LOG_H
#define DALV_DALVD_REFUSAL_LOG_H

#include "token/gate.h"

#include <stdint.h>

enum {
    REFUSAL_LOG_EVERY_MS = 10000
};

struct refusal_log {
    uint64_t told[TOKEN_REASON_COUNT]; /* Of what the gate has counted. */
    uint64_t next_ms;                  /* Before it nothing is told. */
};

/* Tell what the gate has refused since the last time, if it is time. */
void refusal_log_tell(struct refusal_log *log, const struct token_gate *gate,
                      uint64_t now_ms);

#endif
