#include "control/agent.h"

#include "base/assert.h"

#include <stdlib.h>

enum agent_state {
    RESTING,
    WAITING, /* The desk waits for a hint. */
    READING,
};

struct agent {
    struct control_desk *desk;
    struct map_reader reader;
    enum agent_state state;
    struct cluster_version known;
    uint64_t head_revision; /* Of what is known. */
    uint64_t next_ms;       /* Read nothing before. */
    struct control_key head;
    struct control_map *map; /* Newer, and not taken yet. */
    enum dalv_status status;
    bool is_hinted;
};

enum dalv_status agent_create(struct control_desk **desk_p,
                              struct allocator *allocator,
                              struct agent **out_agent)
{
    struct agent *agent = calloc(1, sizeof(*agent));

    if (agent == NULL) {
        control_desk_destroy(desk_p);
        return DALV_NO_MEMORY;
    }
    agent->desk = *desk_p;
    *desk_p = NULL;
    agent->head = control_key_head();
    map_reader_init(&agent->reader, allocator);
    *out_agent = agent;
    return DALV_OK;
}

void agent_destroy(struct agent **agent_p)
{
    struct agent *agent = *agent_p;

    if (agent == NULL)
        return;
    *agent_p = NULL;
    control_desk_destroy(&agent->desk);
    map_reader_deinit(&agent->reader);
    control_map_destroy(&agent->map);
    free(agent);
}

static void begin_reading(struct agent *agent)
{
    struct control_question question;

    agent->is_hinted = false;
    agent->state = READING;
    map_reader_begin(&agent->reader, agent->known);
    ASSERT(map_reader_ask(&agent->reader, &question));
    control_desk_ask(agent->desk, &question);
}

/* Until the store hints, or a second is over. */
static void begin_waiting(struct agent *agent)
{
    agent->state = WAITING;
    control_desk_wait(agent->desk, control_key_bytes(&agent->head),
                      agent->head_revision, AGENT_REST_MS);
}

static enum agent_news end_reading(struct agent *agent, uint64_t now_ms)
{
    agent->state = RESTING;
    agent->next_ms = now_ms + AGENT_REST_MIN_MS;
    agent->status = agent->reader.status;
    if (agent->reader.state == MAP_READER_FAILED) {
        agent->next_ms = now_ms + AGENT_REST_MS;
        return AGENT_FAILED;
    }
    if (agent->reader.state == MAP_READER_SAME)
        return AGENT_NOTHING;
    control_map_destroy(&agent->map);
    agent->map = map_reader_take(&agent->reader);
    agent->known = agent->map->map.head.version;
    agent->head_revision = agent->map->head_revision;
    return AGENT_MAP;
}

static enum agent_news on_reply(struct agent *agent,
                                const struct control_reply *reply,
                                uint64_t now_ms)
{
    struct control_question question;

    if (agent->state == WAITING) {
        begin_reading(agent);
        return AGENT_NOTHING;
    }
    map_reader_answer(&agent->reader, reply);
    if (!map_reader_ask(&agent->reader, &question))
        return end_reading(agent, now_ms);
    control_desk_ask(agent->desk, &question);
    return AGENT_NOTHING;
}

enum agent_news agent_tick(struct agent *agent, uint64_t now_ms)
{
    struct control_reply reply;
    enum agent_news news = AGENT_NOTHING;

    if (control_desk_is_busy(agent->desk) &&
        control_desk_collect(agent->desk, &reply))
        news = on_reply(agent, &reply, now_ms);
    if (agent->state != RESTING || now_ms < agent->next_ms)
        return news;
    if (agent->head_revision == 0 || agent->is_hinted ||
        agent->reader.state == MAP_READER_FAILED)
        begin_reading(agent);
    else
        begin_waiting(agent);
    return news;
}

void agent_hint(struct agent *agent, struct cluster_version version)
{
    if (cluster_version_compare(version, agent->known) > 0)
        agent->is_hinted = true;
}

struct control_map *agent_take(struct agent *agent)
{
    struct control_map *map = agent->map;

    agent->map = NULL;
    return map;
}

enum dalv_status agent_status(const struct agent *agent)
{
    return agent->status;
}

const char *agent_problem(const struct agent *agent)
{
    return control_desk_problem(agent->desk);
}

uint64_t agent_next_ms(const struct agent *agent)
{
    return agent->state == RESTING ? agent->next_ms : UINT64_MAX;
}

bool agent_on_job_done(struct agent *agent, const struct worker *from)
{
    return control_desk_on_job_done(agent->desk, from);
}

struct worker *agent_worker(struct agent *agent)
{
    return control_desk_worker(agent->desk);
}
