#include "replication/epochs.h"

#include "base/assert.h"

#include <string.h>

void epochs_put(struct epochs *epochs, uint64_t epoch, uint64_t index)
{
    if (epochs->count > 0) {
        uint64_t newest = epochs->items[epochs->count - 1].epoch;

        ASSERT(newest <= epoch);
        if (newest == epoch)
            return;
    }
    if (epochs->count == EPOCHS_MAX) {
        epochs->count--;
        memmove(&epochs->items[0], &epochs->items[1],
                epochs->count * sizeof(epochs->items[0]));
    }
    epochs->items[epochs->count++] =
        (struct epochs_item){.epoch = epoch, .first_index = index};
}

void epochs_cut(struct epochs *epochs, uint64_t index)
{
    while (epochs->count > 0 &&
           epochs->items[epochs->count - 1].first_index > index)
        epochs->count--;
}

uint64_t epochs_at(const struct epochs *epochs, uint64_t index)
{
    for (size_t i = epochs->count; i > 0; i--) {
        if (epochs->items[i - 1].first_index <= index)
            return epochs->items[i - 1].epoch;
    }
    return 0;
}

uint64_t epochs_end_of(const struct epochs *epochs, uint64_t epoch,
                       uint64_t end_index, uint64_t *out_epoch)
{
    uint64_t end = end_index;

    for (size_t i = epochs->count; i > 0; i--) {
        const struct epochs_item *item = &epochs->items[i - 1];

        if (item->epoch <= epoch) {
            *out_epoch = item->epoch;
            return end;
        }
        end = item->first_index - 1;
    }
    *out_epoch = 0;
    return end;
}
