/*
 * A token bucket: how much of something a client may still ask for now.
 *
 * It holds what a rate gives in `burst_s` seconds and begins full. Whoever
 * takes more than there is waits; what is larger than the whole bucket is given
 * once it is full.
 */
#ifndef DALV_ROUTER_BUCKET_H
#define DALV_ROUTER_BUCKET_H

#include <stdint.h>

enum {
    BUCKET_PER_S_MAX = 1 << 30,
    BUCKET_BURST_S_MAX = 1000,
};

struct bucket_rate {
    uint64_t per_s;   /* Up to BUCKET_PER_S_MAX; 0 for no limit. */
    uint64_t burst_s; /* 1 to BUCKET_BURST_S_MAX. */
};

struct bucket {
    uint64_t missing;   /* To its fullness, in thousandths, ... */
    uint64_t poured_ms; /* ... at this time. Zeros: full. */
};

/* How long until `amount` can be taken; 0 for now. */
uint32_t bucket_wait_ms(const struct bucket *bucket,
                        const struct bucket_rate *rate, uint64_t amount,
                        uint64_t now_ms);

/* Take `amount`, for which there was nothing to wait. */
void bucket_take(struct bucket *bucket, const struct bucket_rate *rate,
                 uint64_t amount, uint64_t now_ms);

#endif
