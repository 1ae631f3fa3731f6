#include "tests/integration/failover.h"

#include "base/clock.h"

#include <stdio.h>
#include <stdlib.h>

static enum dalv_status put(struct dalv_backend *backend, const char *user)
{
    return dalv_backend_put(backend, dalv_text(user), dalv_text("key"),
                            dalv_text("value"), NULL);
}

enum dalv_status failover_measure(struct live_cluster *cluster,
                                  struct dalv_backend *backend,
                                  uint32_t partition,
                                  struct failover *out_failover)
{
    size_t node = live_cluster_master(cluster, partition);
    enum dalv_status status;
    uint64_t begin_ms;
    uint64_t logged_ms;
    char user[32];

    if (node == SIZE_MAX)
        return DALV_NOT_FOUND;
    *out_failover = (struct failover){0};
    live_cluster_user(partition, 0, user);
    status = put(backend, user);
    if (status != DALV_OK)
        return status;
    begin_ms = clock_boot_ms();
    logged_ms = takeover_now_ms();
    live_cluster_kill(cluster, node);
    status = put(backend, user);
    out_failover->took_ms = clock_boot_ms() - begin_ms;
    takeover_read(cluster, partition, logged_ms, &out_failover->takeover);
    return status;
}

void failover_tell(const struct failover *failover)
{
    (void)printf("partition %u went on after %llu ms",
                 failover->takeover.partition,
                 (unsigned long long)failover->took_ms);
    takeover_tell(&failover->takeover);
}

static int by_time(const void *left, const void *right)
{
    const struct failover *a = left;
    const struct failover *b = right;

    return (a->took_ms > b->took_ms) - (a->took_ms < b->took_ms);
}

uint64_t failover_percentile(struct failover *failovers, size_t count,
                             unsigned percent)
{
    size_t place = (count * percent + 99) / 100;

    qsort(failovers, count, sizeof(*failovers), by_time);
    return failovers[place > 0 ? place - 1 : 0].took_ms;
}
