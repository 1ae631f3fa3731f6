#include "router/links.h"

#include "base/assert.h"

uint16_t links_find(const struct links *links, uint32_t node)
{
    for (uint16_t i = 0; node != 0 && i < LINKS_MAX; i++) {
        if (links->items[i].node == node)
            return i;
    }
    return LINK_NONE;
}

uint16_t links_add(struct links *links, uint32_t node)
{
    uint16_t link = links_find(links, node);

    ASSERT(node != 0);
    for (uint16_t i = 0; link == LINK_NONE && i < LINKS_MAX; i++) {
        if (links->items[i].node == 0) {
            links->items[i] = (struct link){.node = node};
            link = i;
        }
    }
    return link;
}

void links_remove(struct links *links, uint16_t link)
{
    links_detach(links, link);
    links->items[link].node = 0;
}

void links_attach(struct links *links, uint16_t link)
{
    if (!links->items[link].is_attached)
        links->attached_count++;
    links->items[link].is_attached = true;
}

void links_detach(struct links *links, uint16_t link)
{
    if (links->items[link].is_attached)
        links->attached_count--;
    links->items[link].is_attached = false;
}

bool links_is_attached(const struct links *links, uint16_t link)
{
    return link != LINK_NONE && links->items[link].is_attached;
}

void link_set_add(struct link_set *set, uint16_t link)
{
    set->words[link / 64] |= UINT64_C(1) << link % 64;
}

void link_set_remove(struct link_set *set, uint16_t link)
{
    set->words[link / 64] &= ~(UINT64_C(1) << link % 64);
}

bool link_set_has(const struct link_set *set, uint16_t link)
{
    return (set->words[link / 64] >> link % 64 & 1) != 0;
}

bool link_set_is_empty(const struct link_set *set)
{
    uint64_t all = 0;

    for (size_t i = 0; i < LINK_SET_WORDS; i++)
        all |= set->words[i];
    return all == 0;
}

uint16_t link_set_only(const struct link_set *set)
{
    uint16_t only = LINK_NONE;

    for (unsigned i = 0; i < LINK_SET_WORDS; i++) {
        uint64_t word = set->words[i];
        unsigned bit = 0;

        if (word == 0)
            continue;
        if (only != LINK_NONE || (word & (word - 1)) != 0)
            return LINK_NONE;
        while ((word >> bit & 1) == 0)
            bit++;
        only = (uint16_t)(i * 64 + bit);
    }
    return only;
}
