/*
 * partition list, partition show, switchover, rebalance.
 */
#include "base/text.h"
#include "cli/cluster_health.h"
#include "cli/cluster_json.h"
#include "cli/command_table.h" /* IWYU pragma: keep */
#include "cli/map_place.h"
#include "cli/operator_wait.h"
#include "cli/partition_text.h"
#include "cli/rebalance_plan.h"
#include "cli/value_json.h"

#include <inttypes.h>

enum {
    DETAIL_BYTES = 512,
};

static void show_partition(const struct cluster_access *access,
                           uint32_t partition)
{
    const struct invocation *invocation = access->invocation;
    const struct cluster_map *map = &access->map->map;

    if (invocation->is_json)
        value_json_print(cluster_json_partition(map, partition),
                         invocation->out);
    else
        partition_text_print(map, partition, invocation->out);
}

static bool is_held_by(const struct partition_record *record,
                       const struct cluster_node *node)
{
    return node == NULL ||
           member_set_on_node(&record->joint.members, node->id) != NULL ||
           member_set_on_node(&record->joint.old_members, node->id) != NULL ||
           member_set_on_node(&record->learners, node->id) != NULL;
}

static void list(const struct cluster_access *access,
                 const struct cluster_node *node)
{
    const struct cluster_map *map = &access->map->map;
    bool is_troubled = invocation_has(access->invocation, "troubled");

    for (uint32_t i = 0;
         access->map->is_founded && i < map->head.partition_count; i++) {
        if (is_held_by(&map->records[i], node) &&
            (!is_troubled || cluster_health_of(map, i) != PARTITION_WELL))
            show_partition(access, i);
    }
}

static int run_list(struct invocation *invocation)
{
    const char *name = invocation_option(invocation, "node");
    const struct cluster_node *node = NULL;
    struct cluster_access access = {0};
    int code = cluster_access_begin(&access, invocation);

    if (code == EXIT_DONE && name != NULL)
        code = map_place_node(&access, name, &node);
    if (code == EXIT_DONE)
        list(&access, node);
    cluster_access_close(&access);
    return code;
}

static const char *role_of(const struct partition_record *record,
                           const struct member *member)
{
    if (member_set_has(&record->learners, member))
        return "catching up";
    if (!member_set_has(&record->joint.members, member))
        return "leaving";
    return record->state == PARTITION_LED &&
                   member_equal(&record->master, member)
               ? "leader"
               : "member";
}

static void print_copies(const struct cluster_access *access,
                         const struct partition_record *record,
                         const struct member_set *set)
{
    const struct cluster_map *map = &access->map->map;

    for (size_t i = 0; i < set->count; i++) {
        const struct cluster_node *node =
            cluster_map_node(map, set->items[i].node);

        (void)fprintf(access->invocation->out, "  %-16s %-12s %s\n",
                      cluster_json_name(map, set->items[i].node),
                      role_of(record, &set->items[i]),
                      node == NULL ? "?" : node->address);
    }
}

/* Of those who leave, only whoever does not stay. */
static struct member_set only_leaving(const struct joint_set *joint)
{
    struct member_set set = joint->old_members;

    for (size_t i = 0; i < joint->members.count; i++)
        member_set_remove(&set, &joint->members.items[i]);
    return set;
}

static int run_show(struct invocation *invocation)
{
    struct cluster_access access = {0};
    uint32_t partition = 0;
    int code = cluster_access_begin(&access, invocation);

    if (code == EXIT_DONE)
        code =
            map_place_partition(&access, invocation->operands[0], &partition);
    if (code == EXIT_DONE)
        show_partition(&access, partition);
    if (code == EXIT_DONE && !invocation->is_json) {
        const struct partition_record *record =
            &access.map->map.records[partition];
        const struct member_set leaving = only_leaving(&record->joint);

        print_copies(&access, record, &record->joint.members);
        print_copies(&access, record, &leaving);
        print_copies(&access, record, &record->learners);
    }
    cluster_access_close(&access);
    return code;
}

/* The controller would refuse it; here it can be said by name. */
static int check_member(const struct cluster_access *access, uint32_t partition,
                        const struct cluster_node *node)
{
    const struct cluster_map *map = &access->map->map;
    const struct member_set *members = &map->records[partition].joint.members;
    char detail[DETAIL_BYTES];
    struct text text;

    if (member_set_on_node(members, node->id) != NULL)
        return EXIT_DONE;
    text_init(&text, detail, sizeof(detail));
    text_put(&text, node->name);
    text_put(&text, " holds no copy of partition ");
    text_put_u64(&text, partition);
    text_put(&text, "; its members are ");
    for (size_t i = 0; i < members->count; i++) {
        text_put(&text, i == 0 ? "" : ", ");
        text_put(&text, cluster_json_name(map, members->items[i].node));
    }
    return invocation_fail(access->invocation, DALV_PRECONDITION,
                           text_string(&text));
}

static int switch_over(struct cluster_access *access)
{
    const struct invocation *invocation = access->invocation;
    struct operator_request wanted = {.verb = OPERATOR_SWITCH};
    const struct cluster_node *node = NULL;
    int code = map_place_partition(
        access, invocation_option(invocation, "partition"), &wanted.partition);

    if (code == EXIT_DONE)
        code =
            map_place_node(access, invocation_option(invocation, "to"), &node);
    if (code == EXIT_DONE)
        code = check_member(access, wanted.partition, node);
    if (code != EXIT_DONE)
        return code;
    wanted.node = node->id;
    return operator_wait_for(access, &wanted);
}

static int run_switchover(struct invocation *invocation)
{
    struct cluster_access access = {0};
    int code;

    if (!invocation_has(invocation, "partition") ||
        !invocation_has(invocation, "to"))
        return invocation_usage(invocation,
                                "\"switchover\" needs --partition P and --to "
                                "NODE");
    code = cluster_access_begin(&access, invocation);
    if (code == EXIT_DONE)
        code = switch_over(&access);
    cluster_access_close(&access);
    return code;
}

static const char *move_name(enum placement_move_type type)
{
    switch (type) {
    case PLACEMENT_ADD:
        return "add";
    case PLACEMENT_MOVE:
        return "move";
    case PLACEMENT_DROP:
        return "drop";
    case PLACEMENT_LEAD:
        return "lead";
    }
    return "?";
}

static const char *name_or_null(const struct cluster_map *map, uint32_t node)
{
    return node == 0 ? NULL : cluster_json_name(map, node);
}

static void print_move(const struct cluster_access *access,
                       const struct placement_move *move)
{
    const struct invocation *invocation = access->invocation;
    const struct cluster_map *map = &access->map->map;
    const char *from = name_or_null(map, move->from);
    const char *to = name_or_null(map, move->to);

    if (invocation->is_json) {
        value_json_print(json_pack("{s:s, s:I, s:s*, s:s*}", "move",
                                   move_name(move->type), "partition",
                                   (json_int_t)move->partition, "from", from,
                                   "to", to),
                         invocation->out);
        return;
    }
    (void)fprintf(invocation->out, "partition %" PRIu32 " %s%s%s%s%s\n",
                  move->partition, move_name(move->type),
                  from == NULL ? "" : " from ", from == NULL ? "" : from,
                  to == NULL ? "" : " to ", to == NULL ? "" : to);
}

static void print_plan(const struct cluster_access *access,
                       const struct rebalance_plan *plan)
{
    const struct invocation *invocation = access->invocation;
    struct placement_moves moves;
    struct placement_move move;
    size_t lead_count = 0;
    size_t copy_count = 0;

    placement_moves_init(&moves, plan->old_places, plan->new_places,
                         plan->partition_count);
    while (placement_moves_next(&moves, &move)) {
        print_move(access, &move);
        if (move.type == PLACEMENT_LEAD)
            lead_count++;
        else
            copy_count++;
    }
    if (!invocation->is_json)
        (void)fprintf(invocation->out,
                      "%zu copies would change, and %zu leaders\n", copy_count,
                      lead_count);
}

static int show_plan(const struct cluster_access *access)
{
    struct rebalance_plan plan = {0};
    enum dalv_status status = rebalance_plan_make(&access->map->map, &plan);
    int code = EXIT_DONE;

    if (status == DALV_OK)
        print_plan(access, &plan);
    else
        code = invocation_fail(access->invocation, status,
                               "no node is active: nothing can be placed");
    rebalance_plan_release(&plan);
    return code;
}

static int run_rebalance(struct invocation *invocation)
{
    const struct operator_request wanted = {.verb = OPERATOR_REBALANCE};
    struct cluster_access access = {0};
    int code = cluster_access_begin(&access, invocation);

    if (code == EXIT_DONE && !access.map->is_founded)
        code = invocation_fail(invocation, DALV_PRECONDITION,
                               "the cluster has no partitions yet: its nodes "
                               "have not started");
    if (code == EXIT_DONE && invocation_has(invocation, "dry-run"))
        code = show_plan(&access);
    else if (code == EXIT_DONE)
        code = operator_wait_for(&access, &wanted);
    cluster_access_close(&access);
    return code;
}

static const struct command_option list_options[] = {
    CLUSTER_ACCESS_OPTION,
    {.name = "node", .value = "NODE", .help = "Only what this node holds"},
    {.name = "troubled",
     .help = "Only those without a leader, with too few copies, or moving"},
};

static const struct command_option show_options[] = {CLUSTER_ACCESS_OPTION};

static const struct command_option switch_options[] = {
    CLUSTER_ACCESS_OPTION,
    {.name = "partition", .value = "P", .help = "The partition's number"},
    {.name = "to", .value = "NODE", .help = "Who shall lead it, a member"},
    OPERATOR_WAIT_OPTIONS,
};

static const struct command_option rebalance_options[] = {
    CLUSTER_ACCESS_OPTION,
    {.name = "dry-run", .help = "Print what would move, and move nothing"},
    OPERATOR_WAIT_OPTIONS,
};

static const struct command commands[] = {
    {.name = "partition list",
     .operands = "",
     .summary = "Show partitions, who leads them and who holds them",
     .details = "A line each, or with --json an object: its epoch and change, "
                "its leader, its members, who is leaving, and learners, which "
                "catch up before they count.",
     COMMAND_OPTIONS(list_options),
     .run = run_list},
    {.name = "partition show",
     .operands = "PARTITION",
     .summary = "Show one partition and each of its copies",
     .operand_min = 1,
     .operand_max = 1,
     COMMAND_OPTIONS(show_options),
     .run = run_show},
    {.name = "switchover",
     .operands = "",
     .summary = "Let another member lead a partition",
     .details = "Both --partition and --to are needed. Nothing is lost and "
                "nobody sees an error: writes wait for a moment. Refused, "
                "with 3, if the node holds no copy.",
     COMMAND_OPTIONS(switch_options),
     .run = run_switchover},
    {.name = "rebalance",
     .operands = "",
     .summary = "Give every node its share of copies and leaders",
     .details = "As few copies move as that takes, while all go on being "
                "served. --dry-run computes it from the map, which does not "
                "know who is away.",
     COMMAND_OPTIONS(rebalance_options),
     .run = run_rebalance},
};

const struct command_family partition_commands =
    COMMAND_FAMILY("Partitions", commands);
