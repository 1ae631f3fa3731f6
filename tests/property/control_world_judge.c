#include "tests/property/control_world.h"

#include "base/assert.h"
#include "control/control_layout.h"

#include <string.h>

enum {
    UNEVEN_MAX = 3, /* Two short of two leads each. */
};

_Static_assert(WORLD_PARTITIONS % PARTITION_PAGE_RECORDS == 0,
               "all pages are full");

static bool is_same_joint(const struct joint_set *a, const struct joint_set *b)
{
    return member_set_equal(&a->members, &b->members) &&
           member_set_equal(&a->old_members, &b->old_members);
}

/* The old members were let go, and the new ones are as they were. */
static bool is_let_go(const struct joint_set *before,
                      const struct joint_set *after)
{
    return before->old_members.count > 0 && after->old_members.count == 0 &&
           member_set_equal(&before->members, &after->members);
}

/* Members are being changed: both sets count. */
static bool is_joined(const struct joint_set *before,
                      const struct joint_set *after)
{
    return before->old_members.count == 0 &&
           member_set_equal(&before->members, &after->old_members);
}

/* Whoever comes has held everything once: else a majority may be of those who
   hold nothing. */
static bool are_comers_near(const struct world *world, uint32_t partition,
                            const struct joint_set *before,
                            const struct joint_set *after)
{
    for (size_t i = 0; i < after->members.count; i++) {
        const struct member *member = &after->members.items[i];

        if (!member_set_has(&before->members, member) &&
            !store_id_equal(&world->near[partition][member->node - 1],
                            &member->store))
            return false;
    }
    return true;
}

/* Old members may go when this epoch has committed by both majorities. */
static bool has_committed(const struct world *world, uint32_t partition,
                          uint64_t epoch)
{
    uint32_t length = world->committed_length[partition];

    return length > 0 && world->committed[partition][length - 1] == epoch;
}

static const char *judge_within(const struct world *world, uint32_t partition,
                                const struct partition_record *before,
                                const struct partition_record *after)
{
    if (before->state == PARTITION_OPENING)
        return is_same_joint(&before->joint, &after->joint)
                   ? NULL
                   : "members changed while nobody leads";
    if (after->state != PARTITION_LED ||
        !member_equal(&before->master, &after->master) ||
        before->master_boot != after->master_boot)
        return "an epoch had two masters";
    if (is_same_joint(&before->joint, &after->joint))
        return NULL;
    if (!is_let_go(&before->joint, &after->joint))
        return "members changed within an epoch";
    return has_committed(world, partition, before->epoch)
               ? NULL
               : "old members were let go too early";
}

static const char *judge_next(const struct world *world, uint32_t partition,
                              const struct partition_record *before,
                              const struct partition_record *after)
{
    if (after->state != PARTITION_OPENING || after->change != 0)
        return "an epoch did not begin by being opened";
    if (is_same_joint(&before->joint, &after->joint))
        return NULL;
    if (before->state != PARTITION_LED)
        return "members changed while nobody leads";
    if (!has_committed(world, partition, before->epoch))
        return "members changed before the epoch had committed";
    if (!are_comers_near(world, partition, &before->joint, &after->joint))
        return "a member was taken in that never held anything";
    if (is_joined(&before->joint, &after->joint) ||
        is_let_go(&before->joint, &after->joint))
        return NULL;
    return "members changed without both majorities";
}

static void judge_record(struct world *world, uint32_t partition,
                         const struct partition_record *after)
{
    struct partition_record *before = &world->seen[partition];
    const char *wrong = NULL;

    if (partition_record_equal(before, after))
        return;
    if (world->is_put_back) {
        /* Epochs that were forgotten would be given twice. */
        if (world->is_forgotten[partition])
            world_fail(world, "a forgotten record was changed", partition);
        return;
    }
    if (before->epoch == 0)
        wrong = after->epoch == 1 ? NULL : "a partition began in the middle";
    else if (after->epoch == before->epoch + 1)
        wrong = judge_next(world, partition, before, after);
    else if (after->epoch == before->epoch && after->change > before->change)
        wrong = judge_within(world, partition, before, after);
    else
        wrong = "an epoch did not grow by one";
    if (wrong != NULL)
        world_fail(world, wrong, partition);
    if (after->epoch > before->epoch)
        world->epoch_count++;
    *before = *after;
}

void world_judge_store(struct world *world)
{
    static struct partition_record found[PARTITION_PAGE_RECORDS];
    enum dalv_status status =
        control_store_list(world->judge, control_prefix_pages(),
                           (struct bytes){0}, &world->answer);

    ASSERT(status == DALV_OK);
    for (size_t page = 0; page < world->answer.count; page++) {
        const struct control_entry *entry = &world->answer.entries[page];
        struct bytes bytes;

        if (control_frame_open(entry->value, entry->key, &bytes) != DALV_OK ||
            partition_page_decode(bytes, PARTITION_PAGE_RECORDS, found) !=
                DALV_OK) {
            world_fail(world, "a page can not be read", (uint32_t)page);
            return;
        }
        for (uint32_t i = 0; i < PARTITION_PAGE_RECORDS; i++)
            judge_record(world, (uint32_t)page * PARTITION_PAGE_RECORDS + i,
                         &found[i]);
    }
}

/* A master that commits holds all that was ever committed before. */
void world_judge_commit(struct world *world, uint32_t node, uint32_t partition)
{
    const struct world_copy *copy = &world->nodes[node - 1].copies[partition];
    uint32_t length = world->committed_length[partition];

    if (copy->length < length || memcmp(copy->log, world->committed[partition],
                                        length * sizeof(copy->log[0])) != 0) {
        world_fail(world, "something that was committed is lost", partition);
        return;
    }
    world->commit_count += copy->length - length;
    memcpy(world->committed[partition], copy->log,
           copy->length * sizeof(copy->log[0]));
    world->committed_length[partition] = copy->length;
}

static bool is_led(const struct world *world, uint32_t partition)
{
    const struct partition_record *record = &world->seen[partition];
    const struct world_node *node;

    if (record->state != PARTITION_LED)
        return false;
    node = &world->nodes[record->master.node - 1];
    return node->is_up && node->boot == record->master_boot &&
           node->copies[partition].role == PARTITION_LEADING &&
           node->copies[partition].record.epoch == record->epoch;
}

/* It leads, and nobody has asked that it be emptied. */
static bool is_for_leading(const struct world *world, uint32_t node)
{
    const struct cluster_map *map = NULL;

    for (size_t i = 0; i < WORLD_CONTROLLERS && map == NULL; i++)
        map = controller_map(world->controllers[i].controller);
    return map != NULL &&
           cluster_map_node(map, node)->state == CLUSTER_NODE_ACTIVE;
}

/* All weigh the same: no member leads much less than the leader does. */
static void judge_balance(struct world *world)
{
    uint32_t leads[WORLD_NODES + 1] = {0};

    for (uint32_t i = 0; i < WORLD_PARTITIONS; i++)
        leads[world->seen[i].master.node]++;
    for (uint32_t i = 0; i < WORLD_PARTITIONS; i++) {
        const struct partition_record *record = &world->seen[i];

        for (size_t j = 0; j < record->joint.members.count; j++) {
            uint32_t node = record->joint.members.items[j].node;

            if (is_for_leading(world, node) &&
                leads[node] + UNEVEN_MAX < leads[record->master.node])
                world_fail(world, "leads are uneven in the end", i);
        }
    }
}

/* Faults have been over for a while. */
void world_judge_end(struct world *world)
{
    for (uint32_t i = 0; i < WORLD_PARTITIONS; i++) {
        const struct partition_record *record = &world->seen[i];

        if (!is_led(world, i))
            world_fail(world, "a partition has no master in the end", i);
        else if (!joint_set_is_settled(&record->joint) ||
                 record->learners.count > 0)
            world_fail(world, "a move did not come to an end", i);
        else if (record->joint.members.count != 3)
            world_fail(world, "a partition has too few copies in the end", i);
        for (size_t j = 0; j < WORLD_CONTROLLERS; j++) {
            if (controller_is_halted(world->controllers[j].controller, i))
                world_fail(world, "a partition was halted without reason", i);
        }
    }
    judge_balance(world);
}

void world_judge_put_back(struct world *world,
                          const struct partition_record *old)
{
    bool is_first = !world->is_put_back;

    world->is_put_back = true;
    for (uint32_t i = 0; i < WORLD_PARTITIONS; i++) {
        if (is_first)
            world->is_forgotten[i] =
                partition_record_compare(&world->seen[i], &old[i]) > 0;
        world->seen[i] = old[i];
    }
    world_judge_store(world);
}
