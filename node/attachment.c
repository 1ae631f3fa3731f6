#include "node/attachment.h"

#include "base/assert.h"

#include <string.h>

void attachments_init(struct attachments *attachments,
                      struct allocator *allocator, uint32_t voucher_max)
{
    *attachments = (struct attachments){.allocator = allocator,
                                        .voucher_max = voucher_max};
}

static void destroy(struct attachments *attachments,
                    struct attachment *attachment)
{
    struct allocator *allocator = attachments->allocator;
    size_t cursor = 0;
    struct voucher *voucher;

    while ((voucher = map_next(&attachment->vouchers, &cursor)) != NULL)
        voucher_release(&voucher, allocator);
    allocator_give(allocator, attachment->slots,
                   map_slot_count(attachments->voucher_max) *
                       sizeof(struct map_slot));
    allocator_give(allocator, attachment, sizeof(*attachment));
}

static struct attachment *create(struct attachments *attachments, uint64_t peer,
                                 struct bytes id)
{
    size_t slots = map_slot_count(attachments->voucher_max);
    struct attachment *attachment =
        allocator_take_zeroed(attachments->allocator, sizeof(*attachment));

    if (attachment == NULL)
        return NULL;
    attachment->slots =
        allocator_take(attachments->allocator, slots * sizeof(struct map_slot));
    if (attachment->slots == NULL) {
        allocator_give(attachments->allocator, attachment, sizeof(*attachment));
        return NULL;
    }
    map_init(&attachment->vouchers, attachment->slots, slots);
    attachment->peer = peer;
    attachment->id_size = id.size;
    memcpy(attachment->id, id.data, id.size);
    return attachment;
}

void attachments_deinit(struct attachments *attachments)
{
    for (size_t i = 0; i < attachments->count; i++)
        destroy(attachments, attachments->items[i]);
    attachments->count = 0;
}

static void remove_at(struct attachments *attachments, size_t place)
{
    destroy(attachments, attachments->items[place]);
    attachments->items[place] = attachments->items[--attachments->count];
}

/* An older session of the same router goes; a newer one forbids to enter. */
static enum dalv_status make_way(struct attachments *attachments,
                                 struct bytes id, uint64_t session)
{
    for (size_t i = 0; i < attachments->count; i++) {
        const struct attachment *other = attachments->items[i];

        if (!bytes_equal(bytes_make(other->id, other->id_size), id))
            continue;
        if (other->session > session)
            return DALV_PRECONDITION;
        remove_at(attachments, i);
        return DALV_OK;
    }
    return DALV_OK;
}

enum dalv_status attachments_enter(struct attachments *attachments,
                                   uint64_t peer, struct bytes id,
                                   uint64_t session)
{
    struct attachment *attachment;
    enum dalv_status status;

    if (id.size == 0 || id.size > ATTACHMENT_ID_MAX)
        return DALV_INVALID;
    status = make_way(attachments, id, session);
    if (status != DALV_OK)
        return status;
    attachments_leave(attachments, peer);
    if (attachments->count == ATTACHMENTS_MAX)
        return DALV_BUSY;
    attachment = create(attachments, peer, id);
    if (attachment == NULL)
        return DALV_BUSY;
    attachment->session = session;
    attachments->items[attachments->count++] = attachment;
    return DALV_OK;
}

struct attachment *attachments_find(const struct attachments *attachments,
                                    uint64_t peer)
{
    for (size_t i = 0; i < attachments->count; i++) {
        if (attachments->items[i]->peer == peer)
            return attachments->items[i];
    }
    return NULL;
}

void attachments_leave(struct attachments *attachments, uint64_t peer)
{
    for (size_t i = 0; i < attachments->count; i++) {
        if (attachments->items[i]->peer == peer) {
            remove_at(attachments, i);
            return;
        }
    }
}

enum dalv_status attachment_vouch(struct attachment *attachment,
                                  struct allocator *allocator, uint64_t number,
                                  const struct token_claims *claims)
{
    struct voucher *voucher;

    attachment_forget(attachment, allocator, number);
    if (map_is_full(&attachment->vouchers))
        return DALV_BUSY;
    voucher = allocator_take(allocator, sizeof(*voucher));
    if (voucher == NULL)
        return DALV_BUSY;
    *voucher =
        (struct voucher){.holds = 1, .number = number, .claims = *claims};
    map_put(&attachment->vouchers, number, voucher);
    return DALV_OK;
}

struct voucher *attachment_hold(const struct attachment *attachment,
                                uint64_t number)
{
    struct voucher *voucher = map_get(&attachment->vouchers, number);

    if (voucher != NULL)
        voucher->holds++;
    return voucher;
}

void voucher_release(struct voucher **voucher_p, struct allocator *allocator)
{
    struct voucher *voucher = *voucher_p;

    *voucher_p = NULL;
    if (voucher == NULL)
        return;
    ASSERT(voucher->holds > 0);
    if (--voucher->holds == 0)
        allocator_give(allocator, voucher, sizeof(*voucher));
}

void attachment_forget(struct attachment *attachment,
                       struct allocator *allocator, uint64_t number)
{
    struct voucher *voucher = map_remove(&attachment->vouchers, number);

    voucher_release(&voucher, allocator);
}
