/*
 * Who may say what to a router: the rules at the door, without any state.
 */
#ifndef DALV_ROUTER_ADMISSION_H
#define DALV_ROUTER_ADMISSION_H

#include "base/status.h"
#include "model/message.h"
#include "router/bucket.h"
#include "router/session.h"
#include "token/reason.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    ADMISSION_IN_FLIGHT_MAX = 16384, /* Requests of one session. */
    ADMISSION_PROTOCOL = 1,          /* The version that we speak. */
};

/* What a refusal says; `text` is static. Status DALV_OK: admitted. */
struct admission {
    enum dalv_status status;
    const char *text;
    uint32_t retry_after_ms;
};

/* What one device may ask for. */
struct admission_limits {
    struct bucket_rate requests;
    struct bucket_rate bytes;
};

struct admission admission_make(enum dalv_status status, const char *text);

/* DALV_BUSY with a time to come back after. */
struct admission admission_busy(const char *text);

/* A HELLO at the port for devices, or at the one for backends. */
struct admission admission_judge_hello(const struct message_hello *hello,
                                       bool is_device_port);

/* What the verifier said of the token that a HELLO showed. */
struct admission admission_judge_token(const struct message_hello *hello,
                                       enum token_reason reason,
                                       const struct token_claims *claims);

/* Any other request; `session` is NULL before HELLO. */
struct admission admission_judge_request(const struct session *session,
                                         enum message_type type,
                                         uint64_t wall_us);

/*
 * The same, of a device that may ask: DALV_QUOTA, with a time to come back
 * after, if it asks too much; else the request, `bytes` long, is counted.
 */
struct admission admission_judge_rate(struct session *session,
                                      const struct admission_limits *limits,
                                      size_t bytes, uint64_t now_ms);

#endif
