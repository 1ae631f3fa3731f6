#include "cluster/cluster_map.h"

#include "base/assert.h"
#include "cluster/cluster_text.h"
#include "cluster/part.h"
#include "cluster/ring.h"

#include <string.h>

enum {
    /* Of a part within a whole map. */
    SIZE_BYTES_MAX = 3,

    /* What an arena may lose to alignment for three things. */
    ALIGNMENT_BYTES = 64
};

_Static_assert(PARTITION_PAGE_BYTES_MAX < 1 << 21, "three bytes of varint");
_Static_assert(CLUSTER_POLICY_BYTES_MAX < 1 << 21, "three bytes of varint");

int cluster_version_compare(struct cluster_version a, struct cluster_version b)
{
    if (a.incarnation != b.incarnation)
        return a.incarnation < b.incarnation ? -1 : 1;
    if (a.version != b.version)
        return a.version < b.version ? -1 : 1;
    return 0;
}

enum dalv_status cluster_head_check(const struct cluster_head *head)
{
    if (!ring_is_partition_count(head->partition_count))
        return DALV_INVALID;
    if (head->replica_count == 0 || head->replica_count > MEMBER_SET_MAX)
        return DALV_INVALID;
    if (head->cluster_id[0] == '\0' ||
        !cluster_text_is_one(head->cluster_id, sizeof(head->cluster_id)))
        return DALV_INVALID;
    return DALV_OK;
}

enum dalv_status cluster_head_encode(const struct cluster_head *head,
                                     struct writer *writer)
{
    enum dalv_status status = cluster_head_check(head);

    if (status != DALV_OK)
        return status;
    part_begin(writer);
    writer_varint(writer, head->version.incarnation);
    writer_varint(writer, head->version.version);
    writer_sized(writer, bytes_from_text(head->cluster_id));
    writer_varint(writer, head->partition_count);
    writer_varint(writer, head->replica_count);
    writer_varint(writer, head->feature_level);
    return writer_is_ok(writer) ? DALV_OK : DALV_TOO_BIG;
}

enum dalv_status cluster_head_decode(struct bytes bytes,
                                     struct cluster_head *out_head)
{
    struct cluster_head head = {.feature_level = 0};
    struct reader reader;
    enum dalv_status status = part_open(&reader, bytes);

    if (status != DALV_OK)
        return status;
    head.version.incarnation = reader_varint(&reader);
    head.version.version = reader_varint(&reader);
    cluster_text_read(&reader, head.cluster_id, sizeof(head.cluster_id));
    head.partition_count = part_u32(&reader);
    head.replica_count = part_u32(&reader);
    head.feature_level = part_u32(&reader);
    if (!reader_is_finished(&reader) || cluster_head_check(&head) != DALV_OK)
        return DALV_PROTOCOL;
    *out_head = head;
    return DALV_OK;
}

size_t cluster_map_memory(uint32_t partition_count)
{
    return sizeof(struct cluster_policy) +
           CLUSTER_NODES_MAX * sizeof(struct cluster_node) +
           partition_count * sizeof(struct partition_record) + ALIGNMENT_BYTES;
}

size_t cluster_map_bytes_max(uint32_t partition_count, size_t node_count)
{
    size_t head = 1 + SIZE_BYTES_MAX + CLUSTER_HEAD_BYTES_MAX;
    size_t policy = SIZE_BYTES_MAX + CLUSTER_POLICY_BYTES_MAX;
    size_t node = SIZE_BYTES_MAX + CLUSTER_NODE_BYTES_MAX;
    size_t page = SIZE_BYTES_MAX + PARTITION_PAGE_BYTES_MAX;

    return head + policy + 2 + node_count * node +
           cluster_map_page_count(partition_count) * page;
}

enum dalv_status cluster_map_init(struct cluster_map *map,
                                  const struct cluster_head *head,
                                  struct arena *arena)
{
    ASSERT(cluster_head_check(head) == DALV_OK);
    *map = (struct cluster_map){.head = *head};
    map->policy = arena_take(arena, 1, sizeof(*map->policy));
    map->nodes = arena_take(arena, CLUSTER_NODES_MAX, sizeof(*map->nodes));
    map->records =
        arena_take(arena, head->partition_count, sizeof(*map->records));
    if (map->policy == NULL || map->nodes == NULL || map->records == NULL)
        return DALV_NO_MEMORY;
    return DALV_OK;
}

void cluster_map_set_alone(struct cluster_map *map,
                           const struct cluster_node *node, uint64_t boot_id)
{
    const struct member self = cluster_node_member(node);
    struct partition_record record = {.epoch = 1,
                                      .state = PARTITION_LED,
                                      .master = self,
                                      .master_boot = boot_id};
    bool is_added = member_set_add(&record.joint.members, &self);

    ASSERT(is_added && cluster_node_check(node) == DALV_OK);
    map->nodes[0] = *node;
    map->node_count = 1;
    *map->policy = cluster_policy_default();
    for (uint32_t p = 0; p < map->head.partition_count; p++)
        map->records[p] = record;
}

/* Where the node stands, or would. */
static size_t node_place(const struct cluster_map *map, uint32_t id)
{
    size_t place = 0;

    while (place < map->node_count && map->nodes[place].id < id)
        place++;
    return place;
}

enum dalv_status cluster_map_put_node(struct cluster_map *map,
                                      const struct cluster_node *node)
{
    enum dalv_status status = cluster_node_check(node);
    size_t place = node_place(map, node->id);

    if (status != DALV_OK)
        return status;
    if (place == map->node_count || map->nodes[place].id != node->id) {
        if (map->node_count == CLUSTER_NODES_MAX)
            return DALV_TOO_BIG;
        memmove(&map->nodes[place + 1], &map->nodes[place],
                (map->node_count - place) * sizeof(*map->nodes));
        map->node_count++;
    }
    map->nodes[place] = *node;
    return DALV_OK;
}

const struct cluster_node *cluster_map_node(const struct cluster_map *map,
                                            uint32_t id)
{
    size_t place = node_place(map, id);

    if (place == map->node_count || map->nodes[place].id != id)
        return NULL;
    return &map->nodes[place];
}

const struct cluster_node *cluster_map_node_named(const struct cluster_map *map,
                                                  struct bytes name)
{
    for (size_t i = 0; i < map->node_count; i++) {
        if (bytes_equal(bytes_from_text(map->nodes[i].name), name))
            return &map->nodes[i];
    }
    return NULL;
}

bool cluster_map_learn(struct cluster_map *map, uint32_t partition,
                       const struct partition_record *record)
{
    ASSERT(partition < map->head.partition_count);
    if (partition_record_compare(&map->records[partition], record) >= 0)
        return false;
    map->records[partition] = *record;
    return true;
}

size_t cluster_map_page_count(uint32_t partition_count)
{
    return (partition_count + PARTITION_PAGE_RECORDS - 1) /
           PARTITION_PAGE_RECORDS;
}

size_t cluster_map_page_size(uint32_t partition_count, size_t page)
{
    size_t first = page * PARTITION_PAGE_RECORDS;

    ASSERT(first < partition_count);
    return partition_count - first < PARTITION_PAGE_RECORDS
               ? partition_count - first
               : PARTITION_PAGE_RECORDS;
}
