/*
 * How a node's copies of partitions end, and what its log keeps for the copies
 * of others.
 */
#include "node/shell_internal.h"

enum {
    PURGE_EVERY_MS = 20, /* Some entries: others want the index as well. */
};

/* The log is damaged, but the index is sound: that one copy alone is lost. */
void shell_on_entries_unreadable(struct node_shell *shell, uint32_t partition)
{
    shell_replicate(shell, (struct replicator_event){
                               .type = REPLICATOR_COPY_DAMAGED,
                               .partition = partition,
                           });
}

void shell_forget_place(struct node_shell *shell, uint32_t partition)
{
    struct replica_place *place = &shell->replicas->places[partition];

    place->ordered_index = 0;
    place->time_us = 0;
    place->start = (struct log_position){0};
}

/* ---- What the index has dropped ---- */

void shell_purge_soon(struct node_shell *shell)
{
    if (shell->replicas->purge_due_ms == UINT64_MAX)
        shell->replicas->purge_due_ms = loop_now_ms(shell->loop);
}

void shell_purge(struct node_shell *shell, uint64_t now_ms)
{
    struct replicas *replicas = shell->replicas;

    if (replicas->is_purge_ordered || now_ms < replicas->purge_due_ms)
        return;
    replicas->is_purge_ordered = true;
    replicas->purge_due_ms = UINT64_MAX;
    shell_order_index(shell, (struct index_order){.type = INDEX_PURGE});
}

void shell_on_purged(struct node_shell *shell, bool is_done)
{
    shell->replicas->is_purge_ordered = false;
    if (!is_done)
        shell->replicas->purge_due_ms =
            loop_now_ms(shell->loop) + PURGE_EVERY_MS;
}

/* ---- What the log keeps ---- */

void shell_note_wanted(struct node_shell *shell)
{
    if (shell->replicas == NULL)
        return;
    for (uint32_t i = 0; i < shell->store->partition_count; i++)
        shell->wanted[i] =
            replicator_wanted_index(shell->replicas->replicator, i);
}

void shell_note_starts(struct node_shell *shell)
{
    if (shell->replicas == NULL)
        return;
    for (uint32_t i = 0; i < shell->store->partition_count; i++) {
        struct replica_place *place = &shell->replicas->places[i];

        if (shell->starts[i].index <= place->start.index)
            continue;
        place->start = shell->starts[i];
        shell_replicate(shell, (struct replicator_event){
                                   .type = REPLICATOR_RELEASED,
                                   .partition = i,
                                   .position = place->start,
                               });
    }
    shell_act(shell);
}
