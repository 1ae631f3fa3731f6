#include "client/session.h"

#include "base/assert.h"

static struct session_effect *append(struct session_effects *effects,
                                     enum session_effect_type type)
{
    struct session_effect *effect;

    ASSERT(effects->count < SESSION_EFFECTS_MAX);
    effect = &effects->items[effects->count++];
    *effect = (struct session_effect){.type = type};
    return effect;
}

void session_init(struct session *session,
                  const struct session_options *options)
{
    ASSERT(options->endpoint_count > 0);
    *session = (struct session){.options = *options};
    prng_init(&session->prng, options->seed);
    /* Clients of one list spread over its routers. */
    session->endpoint =
        (size_t)prng_below(&session->prng, options->endpoint_count);
}

static void connect(struct session *session, uint64_t now_ms,
                    struct session_effects *effects)
{
    session->state = SESSION_GREETING;
    session->deadline_ms = now_ms + SESSION_GREETING_MS;
    append(effects, SESSION_CONNECT)->endpoint = session->endpoint;
}

/* Uniform in what doubles with every round that failed. */
static uint64_t rest_ms(struct session *session, size_t rounds)
{
    uint64_t longest = SESSION_REST_MIN_MS;

    for (size_t i = 1; i < rounds && longest < session->options.rest_max_ms;
         i++)
        longest *= 2;
    if (longest > session->options.rest_max_ms)
        longest = session->options.rest_max_ms;
    return prng_below(&session->prng, longest + 1);
}

/* On to the next endpoint: at once, or after a rest once each had its turn. */
static void move_on(struct session *session, uint64_t now_ms,
                    struct session_effects *effects)
{
    size_t count = session->options.endpoint_count;

    (void)append(effects, SESSION_DISCONNECT);
    session->endpoint = (session->endpoint + 1) % count;
    session->failures++;
    if (session->failures % count != 0) {
        connect(session, now_ms, effects);
        return;
    }
    session->state = SESSION_RESTING;
    session->deadline_ms = now_ms + rest_ms(session, session->failures / count);
}

/* After a session that lasted, the next attempt comes at once; a router that
   welcomes and then breaks off is a failure like any other. */
static void lose(struct session *session, uint64_t now_ms,
                 struct session_effects *effects)
{
    if (now_ms - session->opened_ms < SESSION_SETTLED_MS) {
        move_on(session, now_ms, effects);
        return;
    }
    session->failures = 0;
    (void)append(effects, SESSION_DISCONNECT);
    session->endpoint =
        (session->endpoint + 1) % session->options.endpoint_count;
    connect(session, now_ms, effects);
}

static uint64_t silence_ms(const struct session *session)
{
    return session->is_asked ? SESSION_ASKED_SILENCE_MS
                             : SESSION_IDLE_SILENCE_MS;
}

static void listen(struct session *session, uint64_t now_ms)
{
    session->is_pinged = false;
    session->deadline_ms = now_ms + silence_ms(session);
}

static void on_welcomed(struct session *session, uint64_t now_ms)
{
    if (session->state != SESSION_GREETING)
        return;
    session->state = SESSION_OPEN;
    session->opened_ms = now_ms;
    listen(session, now_ms);
}

static bool is_passing(enum dalv_status status)
{
    return status == DALV_BUSY || status == DALV_UNAVAILABLE ||
           status == DALV_TIMEOUT || status == DALV_UNKNOWN;
}

static void on_turned_down(struct session *session,
                           const struct session_event *event,
                           struct session_effects *effects)
{
    if (session->state != SESSION_GREETING && session->state != SESSION_OPEN)
        return;
    if (is_passing(event->status)) {
        move_on(session, event->now_ms, effects);
        return;
    }
    (void)append(effects, SESSION_DISCONNECT);
    session->state = SESSION_REFUSED;
    session->refusal = event->status;
}

static void on_ticked_open(struct session *session, uint64_t now_ms,
                           struct session_effects *effects)
{
    if (session->is_pinged) {
        lose(session, now_ms, effects);
        return;
    }
    session->is_pinged = true;
    session->deadline_ms = now_ms + SESSION_PONG_MS;
    (void)append(effects, SESSION_PING);
}

static void on_ticked(struct session *session, uint64_t now_ms,
                      struct session_effects *effects)
{
    if (now_ms < session->deadline_ms)
        return;
    switch (session->state) {
    case SESSION_RESTING:
        connect(session, now_ms, effects);
        break;
    case SESSION_GREETING:
        move_on(session, now_ms, effects);
        break;
    case SESSION_OPEN:
        on_ticked_open(session, now_ms, effects);
        break;
    case SESSION_REFUSED:
        break;
    }
}

static void on_broken(struct session *session, uint64_t now_ms,
                      struct session_effects *effects)
{
    if (session->state == SESSION_GREETING)
        move_on(session, now_ms, effects);
    else if (session->state == SESSION_OPEN)
        lose(session, now_ms, effects);
}

/* A request begins to wait: silence counts from now on, not from before. */
static void on_asked(struct session *session, uint64_t now_ms)
{
    if (session->is_asked)
        return;
    session->is_asked = true;
    if (session->state == SESSION_OPEN && !session->is_pinged)
        session->deadline_ms = now_ms + SESSION_ASKED_SILENCE_MS;
}

static void on_answered(struct session *session, uint64_t now_ms)
{
    session->is_asked = false;
    if (session->state == SESSION_OPEN && !session->is_pinged)
        listen(session, now_ms);
}

void session_step(struct session *session, const struct session_event *event,
                  struct session_effects *out_effects)
{
    uint64_t now_ms = event->now_ms;

    out_effects->count = 0;
    switch (event->type) {
    case SESSION_TICKED:
        on_ticked(session, now_ms, out_effects);
        break;
    case SESSION_HEARD:
        if (session->state == SESSION_OPEN)
            listen(session, now_ms);
        break;
    case SESSION_WELCOMED:
        on_welcomed(session, now_ms);
        break;
    case SESSION_TURNED_DOWN:
        on_turned_down(session, event, out_effects);
        break;
    case SESSION_ASKED:
        on_asked(session, now_ms);
        break;
    case SESSION_ANSWERED:
        on_answered(session, now_ms);
        break;
    case SESSION_BROKEN:
        on_broken(session, now_ms, out_effects);
        break;
    }
}

uint64_t session_next_deadline_ms(const struct session *session)
{
    return session->state == SESSION_REFUSED ? UINT64_MAX
                                             : session->deadline_ms;
}
