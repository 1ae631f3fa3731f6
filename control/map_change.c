#include "control/map_change.h"

#include "base/assert.h"

#include <string.h>

_Static_assert((int)MAP_CHANGE_PARTS_MAX <= (int)CONTROL_CHANGES_MAX,
               "a change is one transaction");
_Static_assert(CLUSTER_POLICY_BYTES_MAX + CLUSTER_HEAD_BYTES_MAX + 128 <=
                   (int)CONTROL_TRANSACTION_BYTES_MAX,
               "a policy fits into one as well");
_Static_assert(MAP_CHANGE_PAGES_MAX *(PARTITION_PAGE_BYTES_MAX + 64) +
                       MAP_CHANGE_NODES_MAX * (CLUSTER_NODE_BYTES_MAX + 64) +
                       MAP_CHANGE_REQUESTS_MAX *
                           (OPERATOR_REQUEST_BYTES_MAX + 64) +
                       CLUSTER_HEAD_BYTES_MAX + 64 <=
                   (int)CONTROL_TRANSACTION_BYTES_MAX,
               "whatever is put in fits into one");

static size_t page_of(uint32_t partition)
{
    return partition / PARTITION_PAGE_RECORDS;
}

enum dalv_status map_change_init(struct map_change *change,
                                 struct allocator *allocator)
{
    memset(change, 0, sizeof(*change));
    change->allocator = allocator;
    change->records = allocator_take(allocator, MAP_CHANGE_RECORDS_MAX *
                                                    sizeof(*change->records));
    change->values = allocator_take(allocator, CONTROL_TRANSACTION_BYTES_MAX);
    if (change->records != NULL && change->values != NULL)
        return DALV_OK;
    map_change_deinit(change);
    return DALV_NO_MEMORY;
}

void map_change_deinit(struct map_change *change)
{
    if (change->allocator == NULL)
        return;
    allocator_give(change->allocator, change->records,
                   MAP_CHANGE_RECORDS_MAX * sizeof(*change->records));
    allocator_give(change->allocator, change->values,
                   CONTROL_TRANSACTION_BYTES_MAX);
    change->allocator = NULL;
}

void map_change_clear(struct map_change *change)
{
    change->record_count = 0;
    change->page_count = 0;
    change->node_count = 0;
    change->request_count = 0;
    change->has_policy = false;
    change->replica_count = 0;
    change->part_count = 0;
    change->value_bytes = 0;
}

bool map_change_is_empty(const struct map_change *change)
{
    return change->record_count + change->node_count + change->request_count ==
               0 &&
           !change->has_policy;
}

bool map_change_put_record(struct map_change *change, uint32_t partition,
                           const struct partition_record *record)
{
    size_t count = change->record_count;
    uint32_t last = count == 0 ? 0 : change->records[count - 1].partition;
    bool is_new_page = count == 0 || page_of(last) != page_of(partition);

    ASSERT(count == 0 || last < partition);
    if (is_new_page && change->page_count == MAP_CHANGE_PAGES_MAX)
        return false;
    change->page_count += is_new_page ? 1 : 0;
    change->records[change->record_count++] =
        (struct map_change_record){partition, *record};
    return true;
}

bool map_change_put_node(struct map_change *change,
                         const struct cluster_node *node)
{
    if (change->node_count == MAP_CHANGE_NODES_MAX)
        return false;
    for (size_t i = 0; i < change->node_count; i++) {
        if (change->nodes[i].id == node->id)
            return false;
    }
    change->nodes[change->node_count++] = *node;
    return true;
}

bool map_change_put_request(struct map_change *change,
                            const struct map_change_request *request)
{
    if (change->request_count == MAP_CHANGE_REQUESTS_MAX)
        return false;
    change->requests[change->request_count++] = *request;
    return true;
}

void map_change_set_policy(struct map_change *change,
                           const struct cluster_policy *policy,
                           uint32_t replica_count)
{
    ASSERT(map_change_is_empty(change));
    change->policy = *policy;
    change->has_policy = true;
    change->replica_count = replica_count;
}

/* Composing: what each part is swapped for, one behind the other in memory. */

static struct writer begin_value(struct map_change *change)
{
    struct writer writer;

    writer_init(&writer, change->values + change->value_bytes,
                CONTROL_TRANSACTION_BYTES_MAX - change->value_bytes);
    control_frame_begin(&writer);
    return writer;
}

static enum dalv_status end_value(struct map_change *change,
                                  struct writer *writer,
                                  const struct control_key *key,
                                  uint64_t revision, enum dalv_status status)
{
    struct control_key *kept = &change->keys[change->part_count];

    if (status != DALV_OK)
        return status;
    *kept = *key;
    control_frame_end(writer, control_key_bytes(kept));
    if (!writer_is_ok(writer))
        return DALV_TOO_BIG;
    change->parts[change->part_count++] = (struct control_change){
        .verb = CONTROL_PUT,
        .key = control_key_bytes(kept),
        .revision = revision,
        .value = writer_bytes(writer),
    };
    change->value_bytes += writer->size;
    return DALV_OK;
}

static enum dalv_status compose_head(struct map_change *change,
                                     const struct control_map *map)
{
    struct cluster_head head = map->map.head;
    struct control_key key = control_key_head();
    struct writer writer = begin_value(change);

    head.version.version++;
    if (change->replica_count != 0)
        head.replica_count = change->replica_count;
    return end_value(change, &writer, &key, map->head_revision,
                     cluster_head_encode(&head, &writer));
}

static enum dalv_status compose_policy(struct map_change *change,
                                       const struct control_map *map)
{
    struct control_key key = control_key_policy();
    struct writer writer = begin_value(change);

    return end_value(change, &writer, &key, map->policy_revision,
                     cluster_policy_encode(&change->policy, &writer));
}

static enum dalv_status compose_node(struct map_change *change,
                                     const struct control_map *map,
                                     const struct cluster_node *node)
{
    struct control_key key = control_key_node(node->id);
    const struct cluster_node *known = cluster_map_node(&map->map, node->id);
    struct writer writer = begin_value(change);
    uint64_t revision =
        known == NULL ? 0 : map->node_revisions[known - map->map.nodes];

    return end_value(change, &writer, &key, revision,
                     cluster_node_encode(node, &writer));
}

static enum dalv_status compose_request(struct map_change *change,
                                        const struct map_change_request *one)
{
    struct control_key key = control_key_request(one->request.id);
    struct writer writer = begin_value(change);
    enum dalv_status status =
        end_value(change, &writer, &key, one->revision,
                  operator_request_encode(&one->request, &writer));

    if (status == DALV_OK && one->is_removal)
        change->parts[change->part_count - 1].verb = CONTROL_REMOVE;
    return status;
}

/* The page as it will be; gives the place behind its last changed record. */
static enum dalv_status compose_page(struct map_change *change,
                                     const struct control_map *map,
                                     size_t *place_p)
{
    struct partition_record *records = change->page;
    size_t page = page_of(change->records[*place_p].partition);
    size_t first = page * PARTITION_PAGE_RECORDS;
    size_t count = cluster_map_page_size(map->map.head.partition_count, page);
    struct control_key key = control_key_page((uint32_t)page);
    struct writer writer = begin_value(change);

    memcpy(records, &map->map.records[first], count * sizeof(records[0]));
    while (*place_p < change->record_count &&
           page_of(change->records[*place_p].partition) == page) {
        const struct map_change_record *one = &change->records[(*place_p)++];

        records[one->partition - first] = one->record;
    }
    return end_value(change, &writer, &key, map->page_revisions[page],
                     partition_page_encode(records, count, &writer));
}

enum dalv_status map_change_compose(struct map_change *change,
                                    const struct control_map *map,
                                    struct control_transaction *out_transaction)
{
    enum dalv_status status = compose_head(change, map);
    size_t place = 0;

    if (change->has_policy && status == DALV_OK)
        status = compose_policy(change, map);
    while (place < change->record_count && status == DALV_OK)
        status = compose_page(change, map, &place);
    for (size_t i = 0; i < change->node_count && status == DALV_OK; i++)
        status = compose_node(change, map, &change->nodes[i]);
    for (size_t i = 0; i < change->request_count && status == DALV_OK; i++)
        status = compose_request(change, &change->requests[i]);
    if (status == DALV_OK)
        *out_transaction = (struct control_transaction){
            .changes = change->parts, .count = change->part_count};
    return status;
}

static void apply_node(struct control_map *map, const struct cluster_node *node,
                       uint64_t revision)
{
    const struct cluster_node *known = cluster_map_node(&map->map, node->id);
    bool is_new = known == NULL;
    size_t place;

    /* It was encoded, so it is one that can be, and there is room for it. */
    ASSERT(cluster_map_put_node(&map->map, node) == DALV_OK);
    place = (size_t)(cluster_map_node(&map->map, node->id) - map->map.nodes);
    if (is_new)
        memmove(&map->node_revisions[place + 1], &map->node_revisions[place],
                (map->map.node_count - 1 - place) *
                    sizeof(map->node_revisions[0]));
    map->node_revisions[place] = revision;
}

void map_change_apply(const struct map_change *change, struct control_map *map,
                      uint64_t revision)
{
    map->map.head.version.version++;
    map->head_revision = revision;
    if (change->replica_count != 0)
        map->map.head.replica_count = change->replica_count;
    if (change->has_policy) {
        *map->map.policy = change->policy;
        map->policy_revision = revision;
    }
    for (size_t i = 0; i < change->record_count; i++) {
        const struct map_change_record *one = &change->records[i];

        map->map.records[one->partition] = one->record;
        map->page_revisions[page_of(one->partition)] = revision;
        if (one->partition + 1 == map->map.head.partition_count)
            map->is_founded = true;
    }
    for (size_t i = 0; i < change->node_count; i++)
        apply_node(map, &change->nodes[i], revision);
}
