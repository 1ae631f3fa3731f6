#include "http/health.h"

void health_init(struct health *health, uint64_t now_ms)
{
    atomic_init(&health->beat_ms, now_ms);
    atomic_init(&health->is_ready, false);
}

void health_beat(struct health *health, uint64_t now_ms)
{
    atomic_store_explicit(&health->beat_ms, now_ms, memory_order_relaxed);
}

void health_set_ready(struct health *health, bool is_ready)
{
    atomic_store_explicit(&health->is_ready, is_ready, memory_order_relaxed);
}

bool health_is_live(const struct health *health, uint64_t now_ms)
{
    uint64_t beat_ms =
        atomic_load_explicit(&health->beat_ms, memory_order_relaxed);

    /* A beat may come between the reader's look at the clock and this one. */
    return now_ms <= beat_ms || now_ms - beat_ms <= HEALTH_SILENCE_MS_MAX;
}

bool health_is_ready(const struct health *health, uint64_t now_ms)
{
    return atomic_load_explicit(&health->is_ready, memory_order_relaxed) &&
           health_is_live(health, now_ms);
}
