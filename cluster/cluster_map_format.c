/* A whole map as bytes: a version, and the sized parts one behind the other. */
#include "cluster/cluster_map.h"

#include "cluster/part.h"

enum {
    PART_BYTES_MAX = PARTITION_PAGE_BYTES_MAX
};

_Static_assert(PART_BYTES_MAX >= (int)CLUSTER_POLICY_BYTES_MAX,
               "a policy fits");
_Static_assert(PART_BYTES_MAX >= (int)CLUSTER_NODE_BYTES_MAX, "a node fits");
_Static_assert(PART_BYTES_MAX >= (int)CLUSTER_HEAD_BYTES_MAX, "a head fits");

/* A part is written into memory of its own first: its size stands before it. */
struct draft {
    struct writer writer;
    uint8_t block[PART_BYTES_MAX];
};

static void draft_begin(struct draft *part)
{
    writer_init(&part->writer, part->block, sizeof(part->block));
}

static enum dalv_status draft_end(struct draft *part, enum dalv_status status,
                                  struct writer *writer)
{
    if (status == DALV_OK)
        writer_sized(writer, writer_bytes(&part->writer));
    return status;
}

static enum dalv_status put_head(const struct cluster_map *map,
                                 struct writer *writer)
{
    struct draft part;

    draft_begin(&part);
    return draft_end(&part, cluster_head_encode(&map->head, &part.writer),
                     writer);
}

static enum dalv_status put_policy(const struct cluster_map *map,
                                   struct writer *writer)
{
    struct draft part;

    draft_begin(&part);
    return draft_end(&part, cluster_policy_encode(map->policy, &part.writer),
                     writer);
}

static enum dalv_status put_nodes(const struct cluster_map *map,
                                  struct writer *writer)
{
    enum dalv_status status = DALV_OK;
    struct draft part;

    writer_varint(writer, map->node_count);
    for (size_t i = 0; i < map->node_count && status == DALV_OK; i++) {
        draft_begin(&part);
        status = draft_end(
            &part, cluster_node_encode(&map->nodes[i], &part.writer), writer);
    }
    return status;
}

static enum dalv_status put_pages(const struct cluster_map *map,
                                  struct writer *writer)
{
    uint32_t partitions = map->head.partition_count;
    enum dalv_status status = DALV_OK;
    struct draft part;

    for (size_t page = 0;
         page < cluster_map_page_count(partitions) && status == DALV_OK;
         page++) {
        draft_begin(&part);
        status = partition_page_encode(
            map->records + page * PARTITION_PAGE_RECORDS,
            cluster_map_page_size(partitions, page), &part.writer);
        status = draft_end(&part, status, writer);
    }
    return status;
}

enum dalv_status cluster_map_encode(const struct cluster_map *map,
                                    struct writer *writer)
{
    enum dalv_status status;

    part_begin(writer);
    status = put_head(map, writer);
    if (status == DALV_OK)
        status = put_policy(map, writer);
    if (status == DALV_OK)
        status = put_nodes(map, writer);
    if (status == DALV_OK)
        status = put_pages(map, writer);
    if (status == DALV_OK && !writer_is_ok(writer))
        status = DALV_TOO_BIG;
    return status;
}

static struct bytes read_part(struct reader *reader)
{
    return reader_sized(reader, PART_BYTES_MAX);
}

static enum dalv_status read_nodes(struct reader *reader,
                                   struct cluster_map *map)
{
    uint64_t count = reader_varint(reader);

    if (count > CLUSTER_NODES_MAX)
        return DALV_PROTOCOL;
    for (size_t i = 0; i < count; i++) {
        struct cluster_node *node = &map->nodes[i];
        enum dalv_status status = cluster_node_decode(read_part(reader), node);

        if (status != DALV_OK)
            return status;
        if (i > 0 && node->id <= map->nodes[i - 1].id)
            return DALV_PROTOCOL;
        map->node_count = i + 1;
    }
    return DALV_OK;
}

static enum dalv_status read_pages(struct reader *reader,
                                   struct cluster_map *map)
{
    uint32_t partitions = map->head.partition_count;

    for (size_t page = 0; page < cluster_map_page_count(partitions); page++) {
        enum dalv_status status = partition_page_decode(
            read_part(reader), cluster_map_page_size(partitions, page),
            map->records + page * PARTITION_PAGE_RECORDS);

        if (status != DALV_OK)
            return status;
    }
    return DALV_OK;
}

static enum dalv_status read_parts(struct reader *reader, struct arena *arena,
                                   struct cluster_map *map)
{
    struct cluster_head head;
    enum dalv_status status = cluster_head_decode(read_part(reader), &head);

    if (status == DALV_OK)
        status = cluster_map_init(map, &head, arena);
    if (status == DALV_OK)
        status = cluster_policy_decode(read_part(reader), map->policy);
    if (status == DALV_OK)
        status = read_nodes(reader, map);
    if (status == DALV_OK)
        status = read_pages(reader, map);
    if (status == DALV_OK && !reader_is_finished(reader))
        status = DALV_PROTOCOL;
    return status;
}

enum dalv_status cluster_map_decode(struct bytes bytes, struct arena *arena,
                                    struct cluster_map *out_map)
{
    struct cluster_map map;
    struct reader reader;
    enum dalv_status status = part_open(&reader, bytes);

    if (status != DALV_OK)
        return status;
    status = read_parts(&reader, arena, &map);
    if (status == DALV_OK)
        *out_map = map;
    return status;
}
