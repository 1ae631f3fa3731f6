#include "router/admission.h"

enum {
    RETRY_AFTER_MS = 100
};

struct admission admission_make(enum dalv_status status, const char *text)
{
    return (struct admission){.status = status, .text = text};
}

struct admission admission_busy(const char *text)
{
    return (struct admission){
        .status = DALV_BUSY, .text = text, .retry_after_ms = RETRY_AFTER_MS};
}

struct admission admission_judge_hello(const struct message_hello *hello,
                                       bool is_device_port)
{
    if (hello->protocol < ADMISSION_PROTOCOL)
        return admission_make(DALV_UNSUPPORTED,
                              "this server speaks protocol 1 and later");
    if (hello->is_device == is_device_port)
        return admission_make(DALV_OK, "");
    return admission_make(
        DALV_INVALID, is_device_port
                          ? "this port is for devices: backends use another"
                          : "this port is for backends: devices use another");
}

struct admission admission_judge_token(const struct message_hello *hello,
                                       enum token_reason reason,
                                       const struct token_claims *claims)
{
    enum dalv_status status = token_reason_status(reason);

    if (reason == TOKEN_EXPIRED)
        return admission_make(status, "the token has expired: show a new one");
    if (reason == TOKEN_LIFE_TOO_LONG)
        return admission_make(status, hello->is_device
                                          ? "the token lives longer than the "
                                            "server's tokens.device_life_max"
                                          : "the token lives longer than the "
                                            "server's tokens.service_life_max");
    /* The same words whatever is wrong: an enemy learns nothing. */
    if (status != DALV_OK || hello->is_device != (claims->role == TOKEN_DEVICE))
        return admission_make(DALV_NOT_PERMITTED, "the token is refused");
    return admission_make(DALV_OK, "");
}

static bool may_send(const struct session *session, enum message_type type)
{
    return session->is_device ? message_is_for_devices(type)
                              : message_is_for_backends(type);
}

struct admission admission_judge_request(const struct session *session,
                                         enum message_type type,
                                         uint64_t wall_us)
{
    if (session == NULL)
        return admission_make(DALV_NOT_PERMITTED,
                              "say HELLO with a token first");
    if (session->state == SESSION_EXPIRED ||
        session_expiry_us(session) <= wall_us)
        return admission_make(DALV_EXPIRED,
                              "the token has expired: say HELLO with a new "
                              "one");
    if (session->refusal != DALV_OK)
        return admission_make(session->refusal,
                              "the storage node refuses the token: say HELLO "
                              "with another one");
    if (session->state != SESSION_OPEN)
        return admission_make(DALV_UNAVAILABLE,
                              "the session is not open yet, not done");
    if (!may_send(session, type))
        return admission_make(DALV_NOT_PERMITTED, session->is_device
                                                      ? "not for devices"
                                                      : "not for backends");
    if (session->in_flight >= ADMISSION_IN_FLIGHT_MAX)
        return admission_busy("too many requests in flight on this "
                              "connection, not done");
    return admission_make(DALV_OK, "");
}

struct admission admission_judge_rate(struct session *session,
                                      const struct admission_limits *limits,
                                      size_t bytes, uint64_t now_ms)
{
    uint32_t requests_ms =
        bucket_wait_ms(&session->requests, &limits->requests, 1, now_ms);
    uint32_t bytes_ms =
        bucket_wait_ms(&session->bytes, &limits->bytes, bytes, now_ms);
    struct admission refused = {.status = DALV_QUOTA};

    if (requests_ms == 0 && bytes_ms == 0) {
        bucket_take(&session->requests, &limits->requests, 1, now_ms);
        bucket_take(&session->bytes, &limits->bytes, bytes, now_ms);
        return admission_make(DALV_OK, "");
    }
    refused.text = requests_ms >= bytes_ms
                       ? "too many requests of this device, not done"
                       : "too many bytes from this device, not done";
    refused.retry_after_ms = requests_ms >= bytes_ms ? requests_ms : bytes_ms;
    return refused;
}
