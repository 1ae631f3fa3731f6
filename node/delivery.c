#include "node/delivery.h"

#include "base/assert.h"

#include <stdlib.h>

struct delivery *delivery_create(struct parcel **parcel_p)
{
    struct delivery *delivery = calloc(1, sizeof(*delivery));

    ASSERT(delivery != NULL);
    delivery->parcel = *parcel_p;
    *parcel_p = NULL;
    return delivery;
}

void delivery_hold(struct delivery *delivery)
{
    delivery->order_count++;
}

void delivery_release(struct delivery **delivery_p)
{
    struct delivery *delivery = *delivery_p;

    *delivery_p = NULL;
    ASSERT(delivery->order_count > 0);
    if (--delivery->order_count > 0)
        return;
    parcel_destroy(&delivery->parcel);
    free(delivery);
}
