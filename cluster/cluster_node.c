#include "cluster/cluster_node.h"

#include "cluster/cluster_text.h"
#include "cluster/part.h"

#include <string.h>

static bool is_state(uint64_t state)
{
    return state >= CLUSTER_NODE_JOINING && state <= CLUSTER_NODE_REMOVED;
}

static bool are_texts_possible(const struct cluster_node *node)
{
    return node->name[0] != '\0' && node->address[0] != '\0' &&
           cluster_text_is_one(node->name, sizeof(node->name)) &&
           cluster_text_is_one(node->zone, sizeof(node->zone)) &&
           cluster_text_is_one(node->address, sizeof(node->address)) &&
           cluster_text_is_one(node->bulk_address, sizeof(node->bulk_address));
}

enum dalv_status cluster_node_check(const struct cluster_node *node)
{
    bool has_started = node->boot_number != 0;

    if (node->id == 0 || node->id > CLUSTER_NODE_ID_MAX ||
        !is_state(node->state))
        return DALV_INVALID;
    if (node->weight == 0 || node->weight > CLUSTER_WEIGHT_MAX)
        return DALV_INVALID;
    if (has_started != store_id_is_set(&node->store))
        return DALV_INVALID;
    return are_texts_possible(node) ? DALV_OK : DALV_INVALID;
}

struct member cluster_node_member(const struct cluster_node *node)
{
    struct member member = {0};

    if (store_id_is_set(&node->store)) {
        member.node = node->id;
        member.store = node->store;
    }
    return member;
}

bool cluster_node_has_key(const struct cluster_node *node)
{
    static const uint8_t none[CLUSTER_KEY_BYTES];

    return memcmp(node->key, none, sizeof(none)) != 0;
}

bool cluster_node_equal(const struct cluster_node *a,
                        const struct cluster_node *b)
{
    return a->id == b->id && a->state == b->state &&
           strcmp(a->name, b->name) == 0 && strcmp(a->zone, b->zone) == 0 &&
           strcmp(a->address, b->address) == 0 &&
           strcmp(a->bulk_address, b->bulk_address) == 0 &&
           memcmp(a->key, b->key, CLUSTER_KEY_BYTES) == 0 &&
           a->weight == b->weight && store_id_equal(&a->store, &b->store) &&
           a->boot_number == b->boot_number;
}

enum dalv_status cluster_node_encode(const struct cluster_node *node,
                                     struct writer *writer)
{
    enum dalv_status status = cluster_node_check(node);

    if (status != DALV_OK)
        return status;
    part_begin(writer);
    writer_u8(writer, (uint8_t)node->state);
    writer_varint(writer, node->id);
    writer_sized(writer, bytes_from_text(node->name));
    writer_sized(writer, bytes_from_text(node->zone));
    writer_sized(writer, bytes_from_text(node->address));
    writer_sized(writer, bytes_from_text(node->bulk_address));
    writer_bytes_put(writer, bytes_make(node->key, CLUSTER_KEY_BYTES));
    writer_varint(writer, node->weight);
    writer_bytes_put(writer, bytes_make(node->store.bytes, STORE_ID_BYTES));
    writer_varint(writer, node->boot_number);
    return writer_is_ok(writer) ? DALV_OK : DALV_TOO_BIG;
}

static void read_array(struct reader *reader, uint8_t *array, size_t size)
{
    struct bytes bytes = reader_bytes(reader, size);

    if (reader_is_ok(reader))
        memcpy(array, bytes.data, size);
}

static void read_node(struct reader *reader, struct cluster_node *node)
{
    uint8_t state = reader_u8(reader);

    if (is_state(state))
        node->state = (enum cluster_node_state)state;
    node->id = part_u32(reader);
    cluster_text_read(reader, node->name, sizeof(node->name));
    cluster_text_read(reader, node->zone, sizeof(node->zone));
    cluster_text_read(reader, node->address, sizeof(node->address));
    cluster_text_read(reader, node->bulk_address, sizeof(node->bulk_address));
    read_array(reader, node->key, CLUSTER_KEY_BYTES);
    node->weight = part_u32(reader);
    read_array(reader, node->store.bytes, STORE_ID_BYTES);
    node->boot_number = reader_varint(reader);
}

enum dalv_status cluster_node_decode(struct bytes bytes,
                                     struct cluster_node *out_node)
{
    struct cluster_node node = {.id = 0};
    struct reader reader;
    enum dalv_status status = part_open(&reader, bytes);

    if (status != DALV_OK)
        return status;
    read_node(&reader, &node);
    if (!reader_is_finished(&reader) || cluster_node_check(&node) != DALV_OK)
        return DALV_PROTOCOL;
    *out_node = node;
    return DALV_OK;
}
