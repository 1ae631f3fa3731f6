/*
 * Whatever is decoded as a map, a record, a page, a node, a policy or a head
 * must be the one form of what it says. The first byte chooses which.
 */
#include "base/assert.h"
#include "cluster/cluster_map.h"

enum {
    ARENA_BYTES = 48 << 20,
    AGAIN_BYTES = 1 << 20,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint8_t arena_block[ARENA_BYTES];
static uint8_t again_block[AGAIN_BYTES];

static void try_map(struct bytes bytes, struct writer *writer)
{
    struct arena arena;
    struct cluster_map map;

    arena_init(&arena, arena_block, sizeof(arena_block));
    if (cluster_map_decode(bytes, &arena, &map) == DALV_OK)
        ASSERT(cluster_map_encode(&map, writer) == DALV_OK);
}

static void try_record(struct bytes bytes, struct writer *writer)
{
    struct partition_record record;

    if (partition_record_decode(bytes, &record) == DALV_OK)
        ASSERT(partition_record_encode(&record, writer) == DALV_OK);
}

static void try_page(struct bytes bytes, struct writer *writer)
{
    struct partition_record records[2];

    if (partition_page_decode(bytes, 2, records) == DALV_OK)
        ASSERT(partition_page_encode(records, 2, writer) == DALV_OK);
}

static void try_node(struct bytes bytes, struct writer *writer)
{
    struct cluster_node node;

    if (cluster_node_decode(bytes, &node) == DALV_OK)
        ASSERT(cluster_node_encode(&node, writer) == DALV_OK);
}

static void try_policy(struct bytes bytes, struct writer *writer)
{
    struct cluster_policy policy;

    if (cluster_policy_decode(bytes, &policy) == DALV_OK)
        ASSERT(cluster_policy_encode(&policy, writer) == DALV_OK);
}

static void try_head(struct bytes bytes, struct writer *writer)
{
    struct cluster_head head;

    if (cluster_head_decode(bytes, &head) == DALV_OK)
        ASSERT(cluster_head_encode(&head, writer) == DALV_OK);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static void (*const tries[])(struct bytes, struct writer *) = {
        try_map, try_record, try_page, try_node, try_policy, try_head,
    };
    struct writer writer;
    struct bytes rest;

    if (size == 0 || size > AGAIN_BYTES)
        return 0;
    rest = bytes_make(data + 1, size - 1);
    writer_init(&writer, again_block, sizeof(again_block));
    tries[data[0] % (sizeof(tries) / sizeof(tries[0]))](rest, &writer);
    ASSERT(writer.size == 0 || bytes_equal(writer_bytes(&writer), rest));
    return 0;
}
