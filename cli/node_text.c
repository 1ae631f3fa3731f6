#include "cli/node_text.h"

#include "base/decimal.h"
#include "cluster/cluster_text.h"
#include "config/address.h"
#include "net/curve_key.h"

#include <string.h>

_Static_assert((int)CURVE_KEY_BYTES == (int)CLUSTER_KEY_BYTES, "the same key");

enum {
    PORT_MAX = 65535,
};

static bool is_name_character(char character)
{
    return (character >= 'a' && character <= 'z') ||
           (character >= 'A' && character <= 'Z') ||
           (character >= '0' && character <= '9') || character == '-' ||
           character == '_' || character == '.';
}

static bool is_name(struct bytes name)
{
    for (size_t i = 0; i < name.size; i++) {
        if (!is_name_character((char)name.data[i]))
            return false;
    }
    return name.size > 0 && name.size <= CLUSTER_NAME_BYTES_MAX;
}

/* A host's name is asked for by whoever connects. */
static bool is_host_name(struct bytes host)
{
    return is_name(host);
}

static bool is_address(struct bytes address)
{
    struct address numeric;
    size_t colon = address.size;
    uint64_t port = 0;

    if (address_parse(address, &numeric))
        return numeric.port != 0;
    while (colon > 0 && address.data[colon - 1] != ':')
        colon--;
    return colon > 1 &&
           decimal_read(bytes_make(address.data + colon, address.size - colon),
                        PORT_MAX, &port) &&
           port != 0 && is_host_name(bytes_make(address.data, colon - 1));
}

static bool set_address(char *text, size_t capacity, struct bytes value)
{
    return is_address(value) && cluster_text_set(text, capacity, value);
}

static bool set_weight(struct cluster_node *node, struct bytes value)
{
    uint64_t weight = 0;

    if (!decimal_read(value, CLUSTER_WEIGHT_MAX, &weight) || weight == 0)
        return false;
    node->weight = (uint32_t)weight;
    return true;
}

static bool set_key(struct cluster_node *node, struct bytes value)
{
    struct curve_key key;

    if (curve_key_parse(value, &key) != DALV_OK)
        return false;
    memcpy(node->key, key.bytes, CLUSTER_KEY_BYTES);
    return true;
}

bool node_text_set_key(struct cluster_node *node, const char *key)
{
    return set_key(node, bytes_from_text(key));
}

static bool set_zone(struct cluster_node *node, struct bytes value)
{
    return is_name(value) &&
           cluster_text_set(node->zone, sizeof(node->zone), value);
}

static bool set_bulk(struct cluster_node *node, struct bytes value)
{
    return set_address(node->bulk_address, sizeof(node->bulk_address), value);
}

static const struct {
    const char *name;
    bool (*set)(struct cluster_node *node, struct bytes value);
    const char *problem;
} traits[] = {
    {"zone=", set_zone, "a zone is 1 to 64 letters, digits, '-', '_' or '.'"},
    {"weight=", set_weight, "a weight is 1 to 10000; 100 is normal"},
    {"key=", set_key, "a key is 40 characters, as 'dalv keys show' prints it"},
    {"bulk=", set_bulk, "bulk= takes HOST:PORT"},
};

static const char *set_trait(struct cluster_node *node, struct bytes trait)
{
    for (size_t i = 0; i < sizeof(traits) / sizeof(traits[0]); i++) {
        struct bytes name = bytes_from_text(traits[i].name);

        if (!bytes_has_prefix(trait, name))
            continue;
        return traits[i].set(node, bytes_make(trait.data + name.size,
                                              trait.size - name.size))
                   ? NULL
                   : traits[i].problem;
    }
    return "behind the address stand zone=, weight=, key= or bulk=";
}

static const char *set_first(struct cluster_node *node, struct bytes first)
{
    const uint8_t *equals =
        first.size == 0 ? NULL : memchr(first.data, '=', first.size);
    size_t size = equals == NULL ? 0 : (size_t)(equals - first.data);

    if (equals == NULL)
        return "a node is NAME=HOST:PORT";
    if (!is_name(bytes_make(first.data, size)))
        return "a node's name is 1 to 64 letters, digits, '-', '_' or '.'";
    if (!set_address(node->address, sizeof(node->address),
                     bytes_make(equals + 1, first.size - size - 1)))
        return "a node's address is HOST:PORT, [HOST]:PORT if it has colons";
    return cluster_text_set(node->name, sizeof(node->name),
                            bytes_make(first.data, size))
               ? NULL
               : "a node's name is too long";
}

bool node_text_parse(const char *text, struct cluster_node *out_node,
                     struct text *problem)
{
    struct cluster_node node = {.state = CLUSTER_NODE_JOINING,
                                .weight = CLUSTER_WEIGHT_NORMAL};
    size_t size = strcspn(text, ",");
    const char *wrong = set_first(&node, bytes_make(text, size));
    const char *rest = text + size;

    while (wrong == NULL && *rest == ',') {
        rest++;
        size = strcspn(rest, ",");
        wrong = set_trait(&node, bytes_make(rest, size));
        rest += size;
    }
    if (wrong == NULL) {
        *out_node = node;
        return true;
    }
    text_put_bytes(problem, bytes_from_text(text));
    text_put(problem, ": ");
    text_put(problem, wrong);
    return false;
}

static bool is_loopback(const char *text)
{
    struct address address;

    return text[0] == '\0' || (address_parse(bytes_from_text(text), &address) &&
                               address_is_loopback(&address));
}

static bool has_key(const struct cluster_node *node)
{
    static const uint8_t none[CLUSTER_KEY_BYTES];

    return memcmp(node->key, none, sizeof(none)) != 0;
}

const char *node_text_clash(const struct cluster_node *a,
                            const struct cluster_node *b)
{
    bool is_past =
        a->state == CLUSTER_NODE_REMOVED || b->state == CLUSTER_NODE_REMOVED;

    if (strcmp(a->name, b->name) == 0)
        return "name";
    if (has_key(a) && memcmp(a->key, b->key, CLUSTER_KEY_BYTES) == 0)
        return "key";
    if (!is_past && strcmp(a->address, b->address) == 0)
        return "address";
    return NULL;
}

bool node_text_is_safe(const struct cluster_node *node)
{
    return has_key(node) ||
           (is_loopback(node->address) && is_loopback(node->bulk_address));
}
