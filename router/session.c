#include "router/session.h"

#include <string.h>

struct session *session_create(struct allocator *allocator, struct bytes token)
{
    struct session *session =
        allocator_take_zeroed(allocator, sizeof(*session) + token.size);

    if (session == NULL)
        return NULL;
    session->token_size = token.size;
    memcpy(session->token, token.data, token.size);
    return session;
}

void session_destroy(struct session **session_p, struct allocator *allocator)
{
    struct session *session = *session_p;

    if (session != NULL)
        allocator_give(allocator, session,
                       sizeof(*session) + session->token_size);
    *session_p = NULL;
}

bool session_is_same_client(const struct session *a, const struct session *b)
{
    return a->is_device == b->is_device &&
           memcmp(&a->install, &b->install, sizeof(a->install)) == 0 &&
           bytes_equal(session_user(a), session_user(b));
}

void session_take_over(struct session *session, const struct session *old)
{
    session->number = old->number;
    session->state = old->state;
    session->device = old->device;
    session->in_flight = old->in_flight;
}

struct bytes session_user(const struct session *session)
{
    return bytes_from_text(session->claims.user);
}

struct bytes session_token(const struct session *session)
{
    return bytes_make(session->token, session->token_size);
}

uint64_t session_expiry_us(const struct session *session)
{
    return session->claims.expires_s * UINT64_C(1000000);
}
