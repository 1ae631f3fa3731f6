#include "cli/import_item.h"

#include "base/hash.h"

void import_item_init(struct import_item *item)
{
    *item = (struct import_item){0};
    buffer_init(&item->user);
    buffer_init(&item->large);
    buffer_init(&item->large_key);
}

void import_item_deinit(struct import_item *item)
{
    buffer_deinit(&item->user);
    buffer_deinit(&item->large);
    buffer_deinit(&item->large_key);
    dalv_transaction_destroy(&item->transaction);
}

enum dalv_status import_item_begin(struct import_item *item, struct bytes user,
                                   struct bytes key)
{
    dalv_transaction_destroy(&item->transaction);
    buffer_clear(&item->user);
    buffer_clear(&item->large);
    buffer_clear(&item->large_key);
    buffer_put(&item->user, user);
    item->key_hash = hash64_seeded(key, hash64(user));
    return dalv_transaction_create(&item->transaction);
}
