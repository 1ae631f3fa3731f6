#include "tests/support/live_leadership.h"

#include "base/budget.h"
#include "control/map_reader.h"

#include <stdio.h>

enum {
    MEMORY_BYTES = 64 << 20,
    PROBLEM_BYTES = 512,
};

static struct control_reply answer(struct control_store *store,
                                   const struct control_question *question,
                                   struct control_answer *out_answer)
{
    struct control_reply reply = {.answer = out_answer};

    if (question->type == CONTROL_GET)
        reply.status = control_store_get(store, question->key, out_answer);
    else
        reply.status = control_store_list(store, question->key, question->after,
                                          out_answer);
    return reply;
}

/* NULL unless there is one whose partitions are founded. */
static struct control_map *read_map(struct control_store *store,
                                    struct allocator *allocator)
{
    static uint8_t memory[CONTROL_ANSWER_BYTES_MAX];
    static struct map_reader reader;
    struct control_answer said;
    struct control_question question;
    struct control_map *map = NULL;

    control_answer_init(&said, memory);
    map_reader_init(&reader, allocator);
    map_reader_begin(&reader, (struct cluster_version){0});
    while (map_reader_ask(&reader, &question)) {
        struct control_reply reply = answer(store, &question, &said);

        map_reader_answer(&reader, &reply);
    }
    if (reader.state == MAP_READER_DONE)
        map = map_reader_take(&reader);
    map_reader_deinit(&reader);
    if (map != NULL && !map->is_founded)
        control_map_destroy(&map);
    return map;
}

/* NULL: it is not there, and said so. */
static struct control_store *open_control(const struct control_place *place)
{
    struct control_store *store = NULL;
    char said[PROBLEM_BYTES];
    struct text problem;

    text_init(&problem, said, sizeof(said));
    if (control_place_open(place, &store, &problem) != DALV_OK)
        (void)fprintf(stderr, "%s\n", text_string(&problem));
    return store;
}

bool live_leadership_read(const struct control_place *place,
                          struct live_leadership *out_leadership)
{
    struct control_store *store = open_control(place);
    struct control_map *map = NULL;
    struct budget budget;
    bool is_read;

    if (store == NULL)
        return false;
    budget_init(&budget, MEMORY_BYTES);
    map = read_map(store, &budget.allocator);
    is_read = map != NULL;
    is_read = is_read && map->map.head.partition_count <= LIVE_PARTITIONS_MAX;
    *out_leadership = (struct live_leadership){0};
    for (size_t i = 0; is_read && i < map->map.head.partition_count; i++) {
        const struct partition_record *record = &map->map.records[i];

        out_leadership->masters[i] =
            record->state == PARTITION_LED ? record->master.node : 0;
        out_leadership->epochs[i] = record->epoch;
        out_leadership->changes[i] = record->change;
    }
    control_map_destroy(&map);
    control_store_close(&store);
    return is_read;
}
