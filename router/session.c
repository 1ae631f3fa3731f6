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

bool session_continues(const struct session *session, const struct session *old)
{
    return old->state != SESSION_EXPIRED &&
           session->is_device == old->is_device &&
           memcmp(&session->install, &old->install, sizeof(old->install)) ==
               0 &&
           bytes_equal(session_user(session), session_user(old));
}

void session_take_over(struct session *session, const struct session *old)
{
    session->number = old->number;
    if (!session->is_device)
        session->state = old->state;
    session->is_listening = old->is_listening;
    session->listens = old->listens;
    session->known_at = old->known_at;
    session->listens_at = old->listens_at;
    session->is_deaf = old->is_deaf;
    session->in_flight = old->in_flight;
    session->requests = old->requests;
    session->bytes = old->bytes;
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
