#include "tests/integration/failover.h"

#include "base/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    US_PER_MS = 1000,
    S_PER_DAY = 86400,
    TIME_OFFSET = 11, /* "2026-01-31T10:00:00.123456Z" */
    FIELD_BYTES = 32,
};

static const char *const events[FAILOVER_STAGES] = {
    [FAILOVER_SUSPECTED] = " node_away ",  [FAILOVER_OPENED] = " epoch_opened ",
    [FAILOVER_CHOSEN] = " master_chosen ", [FAILOVER_LEADING] = " leading ",
    [FAILOVER_ROUTED] = " map_taken ",
};

/* Milliseconds since midnight that a line begins with; 0 for none. */
static uint64_t time_of(const char *line)
{
    unsigned parts[4];

    if (strlen(line) < TIME_OFFSET ||
        sscanf(line + TIME_OFFSET, "%2u:%2u:%2u.%3u", /* NOLINT(cert-err34-c) */
               &parts[0], &parts[1], &parts[2], &parts[3]) != 4)
        return 0;
    return ((parts[0] * 60ULL + parts[1]) * 60 + parts[2]) * 1000 + parts[3];
}

/* A node is lost for all partitions, a map is one of all of them. */
static bool is_told_of(const char *line, uint32_t partition)
{
    char field[FIELD_BYTES];
    const char *found = strstr(line, " partition=");
    int size = snprintf(field, sizeof(field), " partition=%u", partition);

    if (found == NULL || strstr(line, events[FAILOVER_SUSPECTED]) != NULL)
        return true;
    return strncmp(found, field, (size_t)size) == 0 &&
           strchr(" \n", found[size]) != NULL;
}

static void look_at(struct failover *failover, const char *line,
                    uint64_t begin_ms)
{
    uint64_t at_ms = time_of(line);

    if (at_ms < begin_ms || !is_told_of(line, failover->partition))
        return;
    for (size_t i = 0; i < FAILOVER_STAGES; i++) {
        uint64_t *stage_ms = &failover->stage_ms[i];

        if (strstr(line, events[i]) != NULL &&
            (*stage_ms == 0 || at_ms - begin_ms < *stage_ms))
            *stage_ms = at_ms - begin_ms + 1;
    }
}

static void read_stages(const struct live_cluster *cluster,
                        struct failover *failover, uint64_t begin_ms)
{
    for (size_t i = 0; i < LIVE_CLUSTER_PROCESSES; i++) {
        FILE *file = fopen(cluster->processes[i].log, "re");
        char *line = NULL;
        size_t capacity = 0;

        while (file != NULL && getline(&line, &capacity, file) > 0)
            look_at(failover, line, begin_ms);
        free(line);
        if (file != NULL)
            (void)fclose(file);
    }
}

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
    uint64_t midnight_ms;
    char user[32];

    if (node == SIZE_MAX)
        return DALV_NOT_FOUND;
    *out_failover = (struct failover){.partition = partition};
    live_cluster_user(partition, 0, user);
    status = put(backend, user);
    if (status != DALV_OK)
        return status;
    begin_ms = clock_boot_ms();
    midnight_ms = clock_wall_us() / US_PER_MS % (S_PER_DAY * 1000ULL);
    live_cluster_kill(cluster, node);
    status = put(backend, user);
    out_failover->took_ms = clock_boot_ms() - begin_ms;
    out_failover->is_answered = status == DALV_OK;
    read_stages(cluster, out_failover, midnight_ms);
    return status;
}

void failover_tell(const struct failover *failover)
{
    const uint64_t *stages = failover->stage_ms;

    (void)printf("partition %u went on after %llu ms: suspected %llu, opened "
                 "%llu, chosen %llu, led %llu, first map %llu\n",
                 failover->partition, (unsigned long long)failover->took_ms,
                 (unsigned long long)stages[FAILOVER_SUSPECTED],
                 (unsigned long long)stages[FAILOVER_OPENED],
                 (unsigned long long)stages[FAILOVER_CHOSEN],
                 (unsigned long long)stages[FAILOVER_LEADING],
                 (unsigned long long)stages[FAILOVER_ROUTED]);
    (void)fflush(stdout);
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
