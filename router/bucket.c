#include "router/bucket.h"

#include "base/assert.h"

/* A rate a second is as many thousandths a millisecond. */
enum {
    THOUSANDTHS = 1000
};

static uint64_t capacity_of(const struct bucket_rate *rate)
{
    return rate->per_s * rate->burst_s * THOUSANDTHS;
}

/* What is missing now; times that do not grow pour nothing. */
static uint64_t missing_at(const struct bucket *bucket,
                           const struct bucket_rate *rate, uint64_t now_ms)
{
    uint64_t elapsed_ms =
        now_ms > bucket->poured_ms ? now_ms - bucket->poured_ms : 0;
    uint64_t missing = bucket->missing;

    if (missing > capacity_of(rate)) /* The rate was lowered meanwhile. */
        missing = capacity_of(rate);
    if (elapsed_ms >= missing / rate->per_s + 1)
        return 0;
    return missing > elapsed_ms * rate->per_s
               ? missing - elapsed_ms * rate->per_s
               : 0;
}

static uint64_t thousandths_of(uint64_t amount, const struct bucket_rate *rate)
{
    uint64_t capacity = capacity_of(rate);

    return amount < capacity / THOUSANDTHS ? amount * THOUSANDTHS : capacity;
}

uint32_t bucket_wait_ms(const struct bucket *bucket,
                        const struct bucket_rate *rate, uint64_t amount,
                        uint64_t now_ms)
{
    uint64_t rest;

    if (rate->per_s == 0)
        return 0;
    ASSERT(rate->per_s <= BUCKET_PER_S_MAX && rate->burst_s > 0 &&
           rate->burst_s <= BUCKET_BURST_S_MAX);
    rest = missing_at(bucket, rate, now_ms) + thousandths_of(amount, rate);
    if (rest <= capacity_of(rate))
        return 0;
    rest -= capacity_of(rate);
    return (uint32_t)((rest + rate->per_s - 1) / rate->per_s);
}

void bucket_take(struct bucket *bucket, const struct bucket_rate *rate,
                 uint64_t amount, uint64_t now_ms)
{
    if (rate->per_s == 0)
        return;
    bucket->missing =
        missing_at(bucket, rate, now_ms) + thousandths_of(amount, rate);
    bucket->poured_ms = now_ms;
}
