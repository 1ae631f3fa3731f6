/*
 * What befalls a group's nodes: controllers that are none, damage, promises
 * that they know nothing of, a life without their partitions.
 */
#include "base/assert.h"
#include "base/clock.h"
#include "node/shell_internal.h"
#include "storage/segment.h"
#include "tests/support/node_group_internal.h"

#include <stdio.h>

enum {
    PARTS = NODE_GROUP_PARTITIONS,
    PATIENCE_MS = NODE_GROUP_PATIENCE_MS,
    KNOWN_BYTES = PARTS * 1024,
    ROT_OFFSET = 2 * 4096 + 100, /* In the log's third batch. */
};

static bool is_nobody(const void *owner, const struct curve_key *key)
{
    (void)owner;
    (void)key;
    return false;
}

void node_group_doubt(struct node_group *group, uint32_t node)
{
    group->nodes[node - 1].shell->options.is_router = is_nobody;
}

void node_group_expel(struct node_group *group, uint32_t node)
{
    group->nodes[node - 1].is_expelled = true;
}

bool node_group_is_empty(struct node_group *group, uint32_t node)
{
    const struct node_shell *shell = group->nodes[node - 1].shell;
    uint64_t until_ms = clock_boot_ms() + PATIENCE_MS;
    bool is_empty = false;

    while (!is_empty && clock_boot_ms() < until_ms) {
        node_group_run(group);
        is_empty = true;
        for (uint32_t i = 0; i < PARTS; i++)
            is_empty = is_empty &&
                       !replicator_has_copy(shell->replicas->replicator, i);
    }
    return is_empty;
}

bool node_group_counts(const struct node_group *group, uint32_t node)
{
    const struct node_shell *shell = group->nodes[node - 1].shell;
    struct heartbeaten_part parts[PARTS];
    uint8_t memory[KNOWN_BYTES];
    struct writer known;
    struct replicator_report report = {
        .parts = parts, .part_max = PARTS, .known = &known};
    bool is_whole = true;

    writer_init(&known, memory, sizeof(memory));
    replicator_fill_report(shell->replicas->replicator, 0, &report);
    for (size_t i = 0; i < report.part_count; i++)
        is_whole = is_whole && !parts[i].is_not_whole;
    return is_whole;
}

bool node_group_is_whole(struct node_group *group, uint32_t node)
{
    uint64_t until_ms = clock_boot_ms() + PATIENCE_MS;

    while (!node_group_counts(group, node) && clock_boot_ms() < until_ms)
        node_group_run(group);
    return node_group_counts(group, node);
}

void node_group_damage(struct node_group *group, uint32_t node)
{
    for (uint32_t i = 0; i < PARTS; i++)
        shell_on_entries_unreadable(group->nodes[node - 1].shell, i);
}

void node_group_rot(struct node_group *group, uint32_t node)
{
    char path[128];
    char name[SEGMENT_NAME_BYTES];
    FILE *file;
    int byte;

    segment_name(1, /* is_new= */ false, name);
    (void)snprintf(path, sizeof(path), "%s/log/%s", group->nodes[node - 1].path,
                   name);
    file = fopen(path, "r+b");
    ASSERT(file != NULL && fseek(file, ROT_OFFSET, SEEK_SET) == 0);
    byte = fgetc(file);
    ASSERT(byte != EOF && fseek(file, ROT_OFFSET, SEEK_SET) == 0);
    ASSERT(fputc(byte ^ 1, file) != EOF && fclose(file) == 0);
}

void node_group_promise(struct node_group *group, uint32_t node, uint64_t epoch)
{
    for (uint32_t i = 0; i < PARTS; i++)
        shell_order_log(group->nodes[node - 1].shell,
                        (struct log_order){.type = LOG_PROMISE,
                                           .partition = i,
                                           .epoch = epoch});
}
