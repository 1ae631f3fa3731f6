/*
 * What a process says of itself to whoever watches over it.
 *
 * Live: its loop turns; if not, only a new start helps. Ready: it is live and
 * can do its work now; if not, ask somebody else for a while. Neither depends
 * on other processes, so that one failure does not take down many.
 *
 * The loop's thread writes, the thread that answers HTTP reads.
 */
#ifndef DALV_HTTP_HEALTH_H
#define DALV_HTTP_HEALTH_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum {
    HEALTH_SILENCE_MS_MAX = 5000,
};

struct health {
    _Atomic uint64_t beat_ms; /* When the loop turned last. */
    _Atomic bool is_ready;
};

/* Live from now on, and not ready. Times are clock_boot_ms(). */
void health_init(struct health *health, uint64_t now_ms);

/* Once in each turn of the loop. */
void health_beat(struct health *health, uint64_t now_ms);

void health_set_ready(struct health *health, bool is_ready);

/* True if the last beat is not more than HEALTH_SILENCE_MS_MAX ago. */
bool health_is_live(const struct health *health, uint64_t now_ms);

bool health_is_ready(const struct health *health, uint64_t now_ms);

#endif
