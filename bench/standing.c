#include "bench/standing.h"

typedef void on_part(void *owner, const struct heartbeaten_part *part);

static void visit(struct client *node, on_part *on_part_heard, void *owner)
{
    struct message question = {
        .type = MESSAGE_HEARTBEAT,
        .heartbeat = {.cluster_id = bytes_from_text("local"),
                      .controller = bytes_from_text("dalv-bench")},
    };
    bool is_partial = true;

    while (is_partial) {
        struct message answer =
            client_ask(node, &question, MESSAGE_HEARTBEATEN);

        for (size_t i = 0; i < answer.heartbeaten.part_count; i++)
            on_part_heard(owner, &answer.heartbeaten.parts[i]);
        question.heartbeat.report = answer.heartbeaten.report;
        is_partial = answer.heartbeaten.is_partial;
    }
}

static void add(void *owner, const struct heartbeaten_part *part)
{
    struct standing *standing = owner;
    bool is_near = part->role == PARTITION_FOLLOWING && part->is_caught_up &&
                   !part->is_not_whole && !part->is_uncertain;

    standing->leading += part->role == PARTITION_LEADING;
    standing->following += is_near;
    standing->other += part->role != PARTITION_LEADING &&
                       part->role != PARTITION_IDLE && !is_near;
    standing->durable += part->durable_index;
    standing->applied += part->applied_index;
}

struct standing standing_ask(struct client *node)
{
    struct standing standing = {0};

    visit(node, add, &standing);
    return standing;
}

struct search {
    uint32_t partition;
    bool is_led;
};

static void look(void *owner, const struct heartbeaten_part *part)
{
    struct search *search = owner;

    if (part->partition == search->partition)
        search->is_led = part->role == PARTITION_LEADING;
}

bool standing_leads(struct client *node, uint32_t partition)
{
    struct search search = {.partition = partition};

    visit(node, look, &search);
    return search.is_led;
}
