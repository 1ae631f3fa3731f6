/*
 * The routers that are attached to this node, and the tokens that they have
 * vouched for.
 *
 * A token travels once and is verified here, whatever the router says of it;
 * requests then name it by number. A router that starts again comes with a
 * higher session: what its older sessions asked is not heard any more.
 */
#ifndef DALV_NODE_ATTACHMENT_H
#define DALV_NODE_ATTACHMENT_H

#include "base/allocator.h"
#include "base/bytes.h"
#include "base/map.h"
#include "base/status.h"
#include "token/claims.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    ATTACHMENT_ID_MAX = 64,
    ATTACHMENTS_MAX = 256, /* Routers of one cluster. */
};

/* A token that was verified. It lives as long as anybody holds it. */
struct voucher {
    unsigned holds;
    uint64_t number;
    struct token_claims claims;
};

struct attachment {
    uint64_t peer; /* The connection. */
    uint64_t session;
    size_t id_size;
    uint8_t id[ATTACHMENT_ID_MAX];
    struct map vouchers; /* number -> struct voucher */
    struct map_slot *slots;
};

struct attachments {
    struct allocator *allocator;
    uint32_t voucher_max; /* Of one router. */
    struct attachment *items[ATTACHMENTS_MAX];
    size_t count;
};

void attachments_init(struct attachments *attachments,
                      struct allocator *allocator, uint32_t voucher_max);
void attachments_deinit(struct attachments *attachments);

/*
 * A router says who it is. DALV_PRECONDITION if a newer session of it is
 * attached, DALV_INVALID for a bad id, DALV_BUSY if there are too many.
 */
DALV_MUST_CHECK enum dalv_status attachments_enter(
    struct attachments *attachments, uint64_t peer, struct bytes id,
    uint64_t session);

/* The router behind a connection; NULL if it is not attached, or outdated. */
struct attachment *attachments_find(const struct attachments *attachments,
                                    uint64_t peer);

/* Its connection is gone, and with it its vouchers. */
void attachments_leave(struct attachments *attachments, uint64_t peer);

/*
 * Remember a verified token under a number, in the place of an older one.
 * DALV_BUSY without room.
 */
DALV_MUST_CHECK enum dalv_status attachment_vouch(
    struct attachment *attachment, struct allocator *allocator, uint64_t number,
    const struct token_claims *claims);

/* Held for the caller, who lets it go by voucher_release; NULL: unknown. */
struct voucher *attachment_hold(const struct attachment *attachment,
                                uint64_t number);
void voucher_release(struct voucher **voucher_p, struct allocator *allocator);

/* Nobody will name it again. */
void attachment_forget(struct attachment *attachment,
                       struct allocator *allocator, uint64_t number);

#endif
