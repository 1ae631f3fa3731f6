#include "cli/cluster_json.h"

#include "net/curve_key.h"

#include <string.h>

const char *cluster_json_state(enum cluster_node_state state)
{
    switch (state) {
    case CLUSTER_NODE_JOINING:
        return "joining";
    case CLUSTER_NODE_ACTIVE:
        return "active";
    case CLUSTER_NODE_DRAINING:
        return "draining";
    case CLUSTER_NODE_REMOVED:
        return "removed";
    }
    return "?";
}

const char *cluster_json_name(const struct cluster_map *map, uint32_t node)
{
    const struct cluster_node *known = cluster_map_node(map, node);

    return known == NULL ? "?" : known->name;
}

static const char *text_or_null(const char *text)
{
    return text[0] == '\0' ? NULL : text;
}

json_t *cluster_json_node(const struct cluster_node *node)
{
    static const uint8_t none[CLUSTER_KEY_BYTES];
    bool has_key = memcmp(node->key, none, sizeof(none)) != 0;
    char text[CURVE_KEY_TEXT_BYTES];
    struct curve_key key;

    memcpy(key.bytes, node->key, CLUSTER_KEY_BYTES);
    curve_key_format(&key, text);
    return json_pack("{s:I, s:s, s:s, s:s, s:s*, s:s*, s:I, s:s*, s:I}", "id",
                     (json_int_t)node->id, "name", node->name, "state",
                     cluster_json_state(node->state), "address", node->address,
                     "bulk_address", text_or_null(node->bulk_address), "zone",
                     text_or_null(node->zone), "weight",
                     (json_int_t)node->weight, "key", has_key ? text : NULL,
                     "starts", (json_int_t)node->boot_number);
}

json_t *cluster_json_members(const struct cluster_map *map,
                             const struct member_set *set)
{
    json_t *names = json_array();

    for (size_t i = 0; i < set->count; i++) {
        const char *name = cluster_json_name(map, set->items[i].node);

        if (json_array_append_new(names, json_string(name)) != 0) {
            json_decref(names);
            return NULL;
        }
    }
    return names;
}

json_t *cluster_json_partition(const struct cluster_map *map,
                               uint32_t partition)
{
    const struct partition_record *record = &map->records[partition];
    bool is_led = record->state == PARTITION_LED;

    return json_pack(
        "{s:I, s:I, s:s, s:s*, s:o, s:o, s:o}", "partition",
        (json_int_t)partition, "epoch", (json_int_t)record->epoch, "state",
        is_led ? "led" : "opening", "leader",
        is_led ? cluster_json_name(map, record->master.node) : NULL, "members",
        cluster_json_members(map, &record->joint.members), "leaving",
        cluster_json_members(map, &record->joint.old_members), "learners",
        cluster_json_members(map, &record->learners));
}
