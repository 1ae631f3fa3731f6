#include "tests/property/replication/world.h"

#include <stdio.h>

static void describe_set(const char *name, const struct member_set *set)
{
    (void)printf(" %s", name);
    for (size_t i = 0; i < set->count; i++)
        (void)printf(" %u.%u", set->items[i].node,
                     set->items[i].store.bytes[1]);
}

static void describe_record(const struct world *world, uint32_t partition)
{
    const struct partition_record *record = &world->records[partition];

    (void)printf("p%u epoch %lu.%lu %s", partition,
                 (unsigned long)record->epoch, (unsigned long)record->change,
                 record->state == PARTITION_LED ? "led" : "opening");
    (void)printf(
        " by %u.%u%s,", record->master.node, record->master.store.bytes[1],
        world->nodes[record->master.node].boot_id == record->master_boot
            ? ""
            : " (of another boot)");
    describe_set("members", &record->joint.members);
    describe_set("old", &record->joint.old_members);
    describe_set("learners", &record->learners);
    (void)printf(
        "; acknowledged %lu\n",
        (unsigned long)world->judge.partitions[partition].acknowledged_index);
}

static const char *name_of(enum partition_role role)
{
    static const char *const names[] = {"idle", "following", "beginning",
                                        "leading", "stalled"};

    return names[role];
}

static void describe_part(const struct heartbeaten_part *part)
{
    (void)printf(
        "  p%u %s epoch %lu.%lu promised %lu, end %lu of %lu, durable "
        "%lu, committed %lu, applied %lu%s%s%s%s\n",
        part->partition, name_of(part->role), (unsigned long)part->epoch,
        (unsigned long)part->change, (unsigned long)part->promised,
        (unsigned long)part->end.index, (unsigned long)part->end.epoch,
        (unsigned long)part->durable_index, (unsigned long)part->commit_index,
        (unsigned long)part->applied_index,
        part->is_uncertain ? ", uncertain" : "",
        part->is_not_whole ? ", not whole" : "",
        part->is_caught_up ? ", caught up" : "",
        part->outbid != 0 ? ", outbid" : "");
}

static void describe_node(const struct node *node)
{
    struct heartbeaten_part parts[DISK_PARTITIONS];
    uint8_t memory[DISK_PARTITIONS * DISK_MEMBERS_BYTES];
    struct writer known;
    struct replicator_report report = {
        .parts = parts, .part_max = DISK_PARTITIONS, .known = &known};

    (void)printf("node %u.%u%s\n", node->id, node->store.bytes[1],
                 node->boot_id == 0 ? " is down" : "");
    if (node->boot_id == 0)
        return;
    writer_init(&known, memory, sizeof(memory));
    replicator_fill_report(node->replicator, 0, &report);
    for (size_t i = 0; i < report.part_count; i++)
        describe_part(&parts[i]);
}

void world_describe(const struct world *world)
{
    if (!world->is_traced)
        return;
    for (uint32_t p = 0; p < DISK_PARTITIONS; p++)
        describe_record(world, p);
    for (uint32_t i = 1; i <= world->swarm.node_count; i++)
        describe_node(&world->nodes[i]);
}
