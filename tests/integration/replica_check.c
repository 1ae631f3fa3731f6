#include "tests/integration/replica_check.h"

#include "base/assert.h"
#include "base/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    POSITION_BYTES = 64,
    EQUAL_MS = 15000,
    PAUSE_US = 200000,
};

/* The last entry of each partition. An entry's CRC covers that of the entry
   before it: who has the same end has the same log. */
struct log_ends {
    char positions[LIVE_CLUSTER_PARTITIONS][POSITION_BYTES];
    bool is_read;
};

static bool find_field(const char *line, const char *name, char *text,
                       size_t capacity)
{
    const char *at = strstr(line, name);

    if (at == NULL)
        return false;
    at += strlen(name);
    (void)snprintf(text, capacity, "%.*s", (int)strcspn(at, " \n"), at);
    return true;
}

static void read_line(struct log_ends *ends, const char *line)
{
    bool is_entry = strncmp(line, "data ", 5) == 0 ||
                    strncmp(line, "epoch_start ", 12) == 0;
    bool is_cut =
        strncmp(line, "truncate ", 9) == 0 || strncmp(line, "mark ", 5) == 0;
    char number[16];
    size_t partition;

    if ((!is_entry && !is_cut) ||
        !find_field(line, " partition=", number, sizeof(number)))
        return;
    partition = strtoull(number, NULL, 10);
    ASSERT(partition < LIVE_CLUSTER_PARTITIONS);
    ASSERT(find_field(line, is_cut ? " kept=" : " position=",
                      ends->positions[partition], POSITION_BYTES));
}

static void read_ends(const struct live_server *node, struct log_ends *ends)
{
    char command[4096];
    char *line = NULL;
    size_t capacity = 0;
    FILE *dump;

    memset(ends, 0, sizeof(*ends));
    (void)snprintf(command, sizeof(command), "'%s' log dump '%s/log'",
                   DALV_PROGRAM, node->data);
    dump = popen(command, "re");
    ASSERT(dump != NULL);
    while (getline(&line, &capacity, dump) > 0)
        read_line(ends, line);
    free(line);
    ends->is_read = pclose(dump) == 0;
}

static bool are_equal(const struct live_cluster *cluster,
                      struct log_ends ends[LIVE_CLUSTER_NODES])
{
    bool is_equal = true;

    for (size_t i = 0; i < LIVE_CLUSTER_NODES; i++) {
        read_ends(&cluster->processes[i], &ends[i]);
        is_equal = is_equal && ends[i].is_read &&
                   memcmp(ends[i].positions, ends[0].positions,
                          sizeof(ends[i].positions)) == 0;
    }
    return is_equal;
}

static void tell(const struct log_ends ends[LIVE_CLUSTER_NODES])
{
    for (size_t i = 0; i < LIVE_CLUSTER_PARTITIONS; i++) {
        (void)fprintf(stderr, "partition %zu ends at", i);
        for (size_t j = 0; j < LIVE_CLUSTER_NODES; j++)
            (void)fprintf(stderr, " %s", ends[j].positions[i]);
        (void)fputc('\n', stderr);
    }
}

bool replica_check(const struct live_cluster *cluster)
{
    static struct log_ends ends[LIVE_CLUSTER_NODES];
    uint64_t until_ms = clock_boot_ms() + EQUAL_MS;

    while (!are_equal(cluster, ends)) {
        if (clock_boot_ms() >= until_ms) {
            tell(ends);
            return false;
        }
        (void)usleep(PAUSE_US);
    }
    return true;
}
