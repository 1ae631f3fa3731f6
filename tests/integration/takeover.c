#include "tests/integration/takeover.h"

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

static const char *const events[TAKEOVER_STAGES] = {
    [TAKEOVER_SUSPECTED] = " node_away ",  [TAKEOVER_OPENED] = " epoch_opened ",
    [TAKEOVER_CHOSEN] = " master_chosen ", [TAKEOVER_LEADING] = " leading ",
    [TAKEOVER_ROUTED] = " map_taken ",
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

    if (found == NULL || strstr(line, events[TAKEOVER_SUSPECTED]) != NULL)
        return true;
    return strncmp(found, field, (size_t)size) == 0 &&
           strchr(" \n", found[size]) != NULL;
}

static void look_at(struct takeover *takeover, const char *line,
                    uint64_t begin_ms)
{
    uint64_t at_ms = time_of(line);

    if (at_ms < begin_ms || !is_told_of(line, takeover->partition))
        return;
    for (size_t i = 0; i < TAKEOVER_STAGES; i++) {
        uint64_t *stage_ms = &takeover->stage_ms[i];

        if (strstr(line, events[i]) != NULL &&
            (*stage_ms == 0 || at_ms - begin_ms < *stage_ms))
            *stage_ms = at_ms - begin_ms + 1;
    }
}

void takeover_read(const struct live_cluster *cluster, uint32_t partition,
                   uint64_t begin_ms, struct takeover *out_takeover)
{
    *out_takeover = (struct takeover){.partition = partition};
    for (size_t i = 0; i < LIVE_CLUSTER_PROCESSES; i++) {
        FILE *file = fopen(cluster->processes[i].log, "re");
        char *line = NULL;
        size_t capacity = 0;

        while (file != NULL && getline(&line, &capacity, file) > 0)
            look_at(out_takeover, line, begin_ms);
        free(line);
        if (file != NULL)
            (void)fclose(file);
    }
}

uint64_t takeover_now_ms(void)
{
    return clock_wall_us() / US_PER_MS % (S_PER_DAY * 1000ULL);
}

void takeover_tell(const struct takeover *takeover)
{
    static const char *const names[TAKEOVER_STAGES] = {
        [TAKEOVER_SUSPECTED] = "suspected", [TAKEOVER_OPENED] = "opened",
        [TAKEOVER_CHOSEN] = "chosen",       [TAKEOVER_LEADING] = "led",
        [TAKEOVER_ROUTED] = "first map",
    };

    for (size_t i = 0; i < TAKEOVER_STAGES; i++) {
        if (takeover->stage_ms[i] > 0)
            (void)printf(", %s %llu", names[i],
                         (unsigned long long)takeover->stage_ms[i] - 1);
    }
    (void)printf("\n");
    (void)fflush(stdout);
}
