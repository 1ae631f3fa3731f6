#include "node/shell_internal.h"

#include "base/bounds.h"
#include "base/clock.h"

enum {
    TOLD_AT_A_TIME = 16,                             /* Copies. */
    KNOWN_BYTES_MAX = 2 * MEMBER_SET_BYTES_MAX + 32, /* Of one partition. */
};

/* How it is with this node, and what has changed since it was asked last. */
static struct parcel *answer_heartbeat(const struct node_shell *shell,
                                       uint64_t peer,
                                       const struct message *question)
{
    static struct heartbeaten_part parts[BOUNDS_PARTITIONS_LISTED_MAX];
    static uint8_t known_bytes[BOUNDS_PARTITIONS_LISTED_MAX * KNOWN_BYTES_MAX];
    const struct node_shell_options *options = &shell->options;
    struct writer known;
    struct replicator_report report = {.parts = parts,
                                       .part_max = BOUNDS_PARTITIONS_LISTED_MAX,
                                       .known = &known};
    struct message answer = {.type = MESSAGE_HEARTBEATEN,
                             .request = question->request};

    writer_init(&known, known_bytes, sizeof(known_bytes));
    replicator_fill_report(shell->replicas->replicator,
                           question->heartbeat.report, &report);
    answer.heartbeaten = (struct message_heartbeaten){
        .node = options->self.node,
        .store = bytes_make(options->self.store.bytes, STORE_ID_BYTES),
        .boot_id = options->boot_id,
        .boot_number = options->boot_number,
        .incarnation = shell->peers->version.incarnation,
        .version = shell->peers->version.version,
        .report = report.number,
        .since = question->heartbeat.report,
        .wall_us = clock_wall_us(),
        .is_partial = report.part_count == BOUNDS_PARTITIONS_LISTED_MAX,
        .parts = parts,
        .part_count = report.part_count,
    };
    return gateway_reply(peer, &answer);
}

struct parcel *node_shell_answer_heartbeat(const struct node_shell *shell,
                                           uint64_t peer,
                                           const struct message *question)
{
    if (shell->replicas == NULL ||
        !bytes_equal(question->heartbeat.cluster_id, shell->options.cluster_id))
        return NULL;
    return answer_heartbeat(shell, peer, question);
}

void node_shell_tell_copies(const struct node_shell *shell,
                            node_shell_tell *tell, void *owner)
{
    struct heartbeaten_part parts[TOLD_AT_A_TIME];
    uint8_t known_bytes[TOLD_AT_A_TIME * KNOWN_BYTES_MAX];
    struct writer known;
    struct replicator_report report = {
        .parts = parts, .part_max = TOLD_AT_A_TIME, .known = &known};
    uint64_t since = 0;

    if (shell->replicas == NULL)
        return;
    do {
        writer_init(&known, known_bytes, sizeof(known_bytes));
        replicator_fill_report(shell->replicas->replicator, since, &report);
        for (size_t i = 0; i < report.part_count; i++)
            tell(owner, &parts[i]);
        since = report.number;
    } while (report.part_count == TOLD_AT_A_TIME);
}
