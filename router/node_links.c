#include "router/node_links.h"

#include "base/text.h"
#include "net/parcel.h"

#include <string.h>

enum {
    ENDPOINT_TEXT_BYTES = 6 + CLUSTER_ADDRESS_BYTES_MAX + 1, /* tcp://... */
};

static void close_at(struct node_links *links, size_t place)
{
    struct node_link *link = &links->items[place];

    loop_remove_endpoint(links->loop, link->endpoint);
    endpoint_close(&link->endpoint);
    *link = links->items[--links->count];
}

static bool is_wanted(const struct cluster_node *node)
{
    return node != NULL && node->state != CLUSTER_NODE_REMOVED;
}

static void close_stale(struct node_links *links, const struct cluster_map *map)
{
    for (size_t i = links->count; i-- > 0;) {
        const struct cluster_node *node =
            cluster_map_node(map, links->items[i].node);

        if (!is_wanted(node) ||
            strcmp(node->address, links->items[i].address) != 0)
            close_at(links, i);
    }
}

static const struct node_link *find(const struct node_links *links,
                                    uint32_t node)
{
    for (size_t i = 0; i < links->count; i++) {
        if (links->items[i].node == node)
            return &links->items[i];
    }
    return NULL;
}

static enum dalv_status open_one(const struct node_links *links,
                                 const struct cluster_node *node,
                                 struct endpoint **out_endpoint)
{
    bool is_own = links->own != NULL && node->id == links->own_node;
    char block[ENDPOINT_TEXT_BYTES];
    struct endpoint_options options = {
        .role = ENDPOINT_TO_NODE, .queue_bytes_max = links->queue_bytes_max};
    struct endpoint_keys keys;
    struct text text;

    if (is_own) {
        options.within = links->own;
        return endpoint_open(&options, out_endpoint);
    }
    text_init(&text, block, sizeof(block));
    text_put(&text, "tcp://");
    text_put(&text, node->address);
    options.address = text_string(&text);
    if (links->keys != NULL) {
        keys = *links->keys;
        memcpy(keys.server.bytes, node->key, sizeof(keys.server.bytes));
        options.keys = &keys;
    }
    return endpoint_open(&options, out_endpoint);
}

enum dalv_status node_links_follow(struct node_links *links,
                                   const struct cluster_map *map)
{
    enum dalv_status first = DALV_OK;

    close_stale(links, map);
    for (size_t i = 0; i < map->node_count; i++) {
        const struct cluster_node *node = &map->nodes[i];
        struct node_link *link = &links->items[links->count];
        enum dalv_status status;

        if (!is_wanted(node) || find(links, node->id) != NULL)
            continue;
        status = open_one(links, node, &link->endpoint);
        if (status == DALV_OK) {
            link->node = node->id;
            memcpy(link->address, node->address, sizeof(link->address));
            loop_add_endpoint(links->loop, link->endpoint);
            links->count++;
        } else if (first == DALV_OK) {
            first = status;
        }
    }
    return first;
}

void node_links_close(struct node_links *links)
{
    while (links->count > 0)
        close_at(links, links->count - 1);
}

uint32_t node_links_node(const struct node_links *links,
                         const struct endpoint *endpoint)
{
    for (size_t i = 0; i < links->count; i++) {
        if (links->items[i].endpoint == endpoint)
            return links->items[i].node;
    }
    return 0;
}

enum dalv_status node_links_send(const struct node_links *links, uint32_t node,
                                 struct parcel **parcel_p)
{
    const struct node_link *link = find(links, node);

    if (link != NULL)
        return endpoint_send(link->endpoint, parcel_p);
    parcel_destroy(parcel_p);
    return DALV_UNAVAILABLE;
}
