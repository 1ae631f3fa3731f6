#include "node/push.h"

#include <string.h>

static struct bytes keep(uint8_t **place_p, struct bytes bytes)
{
    uint8_t *kept = *place_p;

    if (bytes.size > 0)
        memcpy(kept, bytes.data, bytes.size);
    *place_p += bytes.size;
    return bytes_make(kept, bytes.size);
}

struct push_out *push_create(struct allocator *allocator,
                             const struct message_changed *changed)
{
    size_t size =
        changed->page.size + changed->user.size + changed->resume.size;
    struct push_out *push = allocator_take(allocator, sizeof(*push) + size);
    uint8_t *place;

    if (push == NULL)
        return NULL;
    memset(push, 0, sizeof(*push));
    push->size = size;
    push->changed = *changed;
    place = push->bytes;
    push->changed.page = keep(&place, changed->page);
    push->changed.user = keep(&place, changed->user);
    push->changed.resume = keep(&place, changed->resume);
    return push;
}

void push_destroy(struct push_out **push_p, struct allocator *allocator)
{
    struct push_out *push = *push_p;

    *push_p = NULL;
    if (push != NULL)
        allocator_give(allocator, push, sizeof(*push) + push->size);
}
