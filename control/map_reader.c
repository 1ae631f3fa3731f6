#include "control/map_reader.h"

#include "base/assert.h"
#include "cluster/ring.h"

#include <string.h>

_Static_assert(RING_PARTITIONS_MAX / PARTITION_PAGE_RECORDS ==
                   MAP_READER_PAGES_MAX,
               "every page has a place for its revision");

void control_map_destroy(struct control_map **map_p)
{
    struct control_map *map = *map_p;

    if (map == NULL)
        return;
    *map_p = NULL;
    allocator_give(map->allocator, map->memory, map->memory_size);
    allocator_give(map->allocator, map, sizeof(*map));
}

void map_reader_init(struct map_reader *reader, struct allocator *allocator)
{
    *reader =
        (struct map_reader){.state = MAP_READER_SAME, .allocator = allocator};
}

void map_reader_deinit(struct map_reader *reader)
{
    control_map_destroy(&reader->map);
}

void map_reader_begin(struct map_reader *reader, struct cluster_version known)
{
    control_map_destroy(&reader->map);
    reader->known = known;
    reader->status = DALV_OK;
    reader->state = MAP_READER_HEAD;
    reader->rounds = 0;
}

static void fail(struct map_reader *reader, enum dalv_status status)
{
    control_map_destroy(&reader->map);
    reader->state = MAP_READER_FAILED;
    reader->status = status;
}

bool map_reader_ask(struct map_reader *reader,
                    struct control_question *out_question)
{
    struct control_question question = {.type = CONTROL_GET};

    switch (reader->state) {
    case MAP_READER_HEAD:
    case MAP_READER_CHECK:
        reader->last = control_key_head();
        question.key = control_key_bytes(&reader->last);
        break;
    case MAP_READER_POLICY:
        reader->last = control_key_policy();
        question.key = control_key_bytes(&reader->last);
        break;
    case MAP_READER_NODES:
    case MAP_READER_PAGES:
        question.type = CONTROL_LIST;
        question.key = reader->state == MAP_READER_NODES
                           ? control_prefix_nodes()
                           : control_prefix_pages();
        question.after = control_key_bytes(&reader->last);
        break;
    case MAP_READER_DONE:
    case MAP_READER_SAME:
    case MAP_READER_FAILED:
        return false;
    }
    *out_question = question;
    return true;
}

static struct control_map *make_map(struct map_reader *reader,
                                    const struct cluster_head *head)
{
    struct allocator *allocator = reader->allocator;
    struct control_map *map = allocator_take_zeroed(allocator, sizeof(*map));
    struct arena arena;

    if (map == NULL)
        return NULL;
    map->allocator = allocator;
    map->memory_size = cluster_map_memory(head->partition_count);
    map->memory = allocator_take(allocator, map->memory_size);
    if (map->memory != NULL) {
        arena_init(&arena, map->memory, map->memory_size);
        if (cluster_map_init(&map->map, head, &arena) == DALV_OK)
            return map;
    }
    control_map_destroy(&map);
    return NULL;
}

static void on_head(struct map_reader *reader,
                    const struct control_entry *entry, struct bytes bytes)
{
    struct cluster_head head;
    enum dalv_status status = cluster_head_decode(bytes, &head);

    if (status != DALV_OK) {
        fail(reader, status);
        return;
    }
    if (cluster_version_compare(head.version, reader->known) <= 0) {
        reader->state = MAP_READER_SAME;
        return;
    }
    control_map_destroy(&reader->map);
    reader->map = make_map(reader, &head);
    if (reader->map == NULL) {
        fail(reader, DALV_NO_MEMORY);
        return;
    }
    reader->map->head_revision = entry->revision;
    reader->state = MAP_READER_POLICY;
}

static void on_policy(struct map_reader *reader,
                      const struct control_entry *entry, struct bytes bytes)
{
    enum dalv_status status =
        cluster_policy_decode(bytes, reader->map->map.policy);

    if (status != DALV_OK) {
        fail(reader, status);
        return;
    }
    reader->map->policy_revision = entry->revision;
    reader->last.size = 0;
    reader->state = MAP_READER_NODES;
}

/* The head moved: what was read may be of two versions. */
static void on_check(struct map_reader *reader,
                     const struct control_entry *entry)
{
    if (entry->revision == reader->map->head_revision) {
        reader->state = MAP_READER_DONE;
        return;
    }
    reader->rounds++;
    reader->state = MAP_READER_HEAD;
    if (reader->rounds == MAP_READER_ROUNDS_MAX)
        fail(reader, DALV_BUSY);
}

static enum dalv_status take_node(struct map_reader *reader,
                                  const struct control_entry *entry,
                                  struct bytes bytes)
{
    struct control_map *map = reader->map;
    struct cluster_node node;
    enum dalv_status status = cluster_node_decode(bytes, &node);
    size_t place = map->map.node_count;
    uint64_t number;

    if (status != DALV_OK)
        return status;
    if (!control_key_number(entry->key, control_prefix_nodes(), &number) ||
        number != node.id || place == CLUSTER_NODES_MAX)
        return DALV_DAMAGED;
    map->node_revisions[place] = entry->revision;
    return cluster_map_put_node(&map->map, &node);
}

static enum dalv_status take_page(struct map_reader *reader,
                                  const struct control_entry *entry,
                                  struct bytes bytes)
{
    struct control_map *map = reader->map;
    uint32_t partitions = map->map.head.partition_count;
    size_t page = reader->page_count;
    uint64_t number;

    if (!control_key_number(entry->key, control_prefix_pages(), &number) ||
        number != page || page >= cluster_map_page_count(partitions))
        return DALV_DAMAGED;
    map->page_revisions[page] = entry->revision;
    reader->page_count++;
    return partition_page_decode(
        bytes, cluster_map_page_size(partitions, page),
        &map->map.records[page * PARTITION_PAGE_RECORDS]);
}

/* Behind the last of a list: what comes next. */
static void end_list(struct map_reader *reader)
{
    uint32_t partitions = reader->map->map.head.partition_count;

    reader->last.size = 0;
    if (reader->state == MAP_READER_NODES) {
        reader->page_count = 0;
        reader->state = MAP_READER_PAGES;
    } else {
        reader->map->is_founded =
            reader->page_count == cluster_map_page_count(partitions);
        reader->state = MAP_READER_CHECK;
    }
}

static void on_list(struct map_reader *reader,
                    const struct control_answer *answer)
{
    for (size_t i = 0; i < answer->count; i++) {
        const struct control_entry *entry = &answer->entries[i];
        struct bytes bytes;
        enum dalv_status status =
            control_frame_open(entry->value, entry->key, &bytes);

        if (status == DALV_OK)
            status = reader->state == MAP_READER_NODES
                         ? take_node(reader, entry, bytes)
                         : take_page(reader, entry, bytes);
        if (status != DALV_OK) {
            fail(reader, status);
            return;
        }
        /* Its number was read, so that it is of the right size. */
        reader->last.size = entry->key.size;
        memcpy(reader->last.memory, entry->key.data, entry->key.size);
    }
    if (answer->is_whole)
        end_list(reader);
    else if (answer->count == 0)
        fail(reader, DALV_DAMAGED);
}

static void on_one(struct map_reader *reader, const struct control_entry *entry)
{
    struct bytes bytes;
    enum dalv_status status =
        control_frame_open(entry->value, entry->key, &bytes);

    if (status != DALV_OK)
        fail(reader, status);
    else if (reader->state == MAP_READER_HEAD)
        on_head(reader, entry, bytes);
    else if (reader->state == MAP_READER_POLICY)
        on_policy(reader, entry, bytes);
    else
        on_check(reader, entry);
}

void map_reader_answer(struct map_reader *reader,
                       const struct control_reply *reply)
{
    if (reply->status != DALV_OK)
        fail(reader, reply->status);
    else if (reader->state == MAP_READER_NODES ||
             reader->state == MAP_READER_PAGES)
        on_list(reader, reply->answer);
    else
        on_one(reader, &reply->answer->entries[0]);
}

struct control_map *map_reader_take(struct map_reader *reader)
{
    struct control_map *map = reader->map;

    ASSERT(reader->state == MAP_READER_DONE);
    reader->map = NULL;
    reader->state = MAP_READER_SAME;
    return map;
}
