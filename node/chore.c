#include "node/chore.h"

#include <string.h>

struct chore *chore_create(struct allocator *allocator,
                           const struct chore_wish *wish)
{
    size_t size = wish->user.size + wish->key.size;
    struct chore *chore =
        allocator_take_zeroed(allocator, sizeof(*chore) + size);

    if (chore == NULL)
        return NULL;
    chore->size = size;
    chore->wish = *wish;
    chore->wish.user = bytes_make(chore->bytes, wish->user.size);
    chore->wish.key =
        bytes_make(chore->bytes + wish->user.size, wish->key.size);
    memcpy(chore->bytes, wish->user.data, wish->user.size);
    if (wish->key.size > 0)
        memcpy(chore->bytes + wish->user.size, wish->key.data, wish->key.size);
    return chore;
}

void chore_destroy(struct chore **chore_p, struct allocator *allocator)
{
    struct chore *chore = *chore_p;

    *chore_p = NULL;
    if (chore != NULL)
        allocator_give(allocator, chore, sizeof(*chore) + chore->size);
}
