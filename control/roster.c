#include "control/roster.h"

#include <string.h>

void roster_clear(struct roster *roster)
{
    memset(roster, 0, sizeof(*roster));
}

static const struct roster_entry *find(const struct roster *roster,
                                       uint32_t node)
{
    size_t low = 0;
    size_t high = roster->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (roster->items[middle].node < node)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == roster->count || roster->items[low].node != node)
        return NULL;
    return &roster->items[low];
}

struct roster_entry *roster_find(struct roster *roster, uint32_t node)
{
    const struct roster_entry *found = find(roster, node);

    return found == NULL ? NULL : &roster->items[found - roster->items];
}

static void insert(struct roster *roster, uint32_t node, uint64_t now_ms)
{
    size_t place = 0;

    while (place < roster->count && roster->items[place].node < node)
        place++;
    memmove(&roster->items[place + 1], &roster->items[place],
            (roster->count - place) * sizeof(roster->items[0]));
    roster->items[place] = (struct roster_entry){
        .node = node,
        .is_alive = true,
        .heard_ms = now_ms,
    };
    roster->count++;
}

static bool is_listed(const struct cluster_map *map, uint32_t id)
{
    const struct cluster_node *node = cluster_map_node(map, id);

    return node != NULL && node->state != CLUSTER_NODE_REMOVED;
}

void roster_align(struct roster *roster, const struct cluster_map *map,
                  uint64_t now_ms)
{
    size_t kept = 0;

    for (size_t i = 0; i < roster->count; i++) {
        if (is_listed(map, roster->items[i].node))
            roster->items[kept++] = roster->items[i];
    }
    roster->count = kept;
    for (size_t i = 0; i < map->node_count; i++) {
        const struct cluster_node *node = &map->nodes[i];
        struct roster_entry *entry;

        if (!is_listed(map, node->id))
            continue;
        if (find(roster, node->id) == NULL)
            insert(roster, node->id, now_ms);
        entry = roster_find(roster, node->id);
        roster_judge(entry, node);
    }
}

bool roster_hear(struct roster_entry *entry,
                 const struct message_heartbeaten *heard, uint64_t now_ms)
{
    bool is_other = entry->boot != heard->boot_id;

    if (is_other) {
        /* Every start of a store counts up; an old copy of it does not know. */
        bool is_put_back =
            entry->boot != 0 && heard->boot_number <= entry->boot_number &&
            memcmp(entry->store.bytes, heard->store.data, STORE_ID_BYTES) == 0;

        entry->standing = is_put_back ? ROSTER_PUT_BACK : ROSTER_ENTERING;
        entry->boot_before = entry->boot;
        entry->boot = heard->boot_id;
        entry->boot_number = heard->boot_number;
        memcpy(entry->store.bytes, heard->store.data, STORE_ID_BYTES);
        entry->whole = 0; /* Reports of another start counted for itself. */
    }
    entry->heard_ms = now_ms;
    entry->is_alive = true;
    entry->is_stalled = heard->is_stalled || heard->is_no_space;
    entry->report = heard->report;
    if (heard->since <= entry->whole)
        entry->whole = heard->report;
    entry->is_asked_again = heard->is_partial;
    return is_other;
}

void roster_ask_all(struct roster_entry *entry)
{
    entry->whole = 0;
}

void roster_judge(struct roster_entry *entry, const struct cluster_node *node)
{
    if (entry->boot == 0)
        return;
    if (entry->standing == ROSTER_PUT_BACK)
        return;
    if (!store_id_equal(&entry->store, &node->store) ||
        entry->boot_number > node->boot_number)
        entry->standing = ROSTER_ENTERING;
    else
        entry->standing = entry->boot_number < node->boot_number
                              ? ROSTER_PUT_BACK
                              : ROSTER_COUNTED;
}

bool roster_expire(struct roster *roster, uint32_t patience_ms, uint64_t now_ms)
{
    bool is_changed = false;

    for (size_t i = 0; i < roster->count; i++) {
        struct roster_entry *entry = &roster->items[i];

        if (!entry->is_alive || now_ms < entry->heard_ms + patience_ms)
            continue;
        entry->is_alive = false;
        entry->away_ms = now_ms;
        is_changed = true;
    }
    return is_changed;
}

uint64_t roster_boot(const struct roster *roster, const struct member *member)
{
    const struct roster_entry *entry = find(roster, member->node);

    if (entry == NULL || !entry->is_alive ||
        entry->standing != ROSTER_COUNTED ||
        !store_id_equal(&entry->store, &member->store))
        return 0;
    return entry->boot;
}

bool roster_is_present(const struct roster *roster, const struct member *member)
{
    return roster_boot(roster, member) != 0;
}

bool roster_has_failed(const struct roster *roster, const struct member *member,
                       uint64_t boot)
{
    const struct roster_entry *entry = find(roster, member->node);

    if (entry == NULL || !entry->is_alive)
        return true;
    if (entry->standing == ROSTER_UNHEARD)
        return false;
    return entry->boot != boot || entry->standing == ROSTER_PUT_BACK ||
           entry->is_stalled || !store_id_equal(&entry->store, &member->store);
}
