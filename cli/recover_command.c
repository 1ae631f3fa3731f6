#include "cli/recover_command.h"

#include "cli/cluster_access.h"
#include "cli/controller_pulse.h"
#include "cli/recovery_plan.h"
#include "cli/value_json.h"
#include "control/cluster_init.h"
#include "control/map_change.h"

#include <inttypes.h>
#include <stdlib.h>

enum {
    ATTEMPTS_MAX = 256, /* Transactions, of 3 nodes or 56 pages. */
};

const struct command_option
    recover_command_options[RECOVER_COMMAND_OPTION_COUNT] = {
        CLUSTER_ACCESS_OPTION,
        {.name = "replace",
         .help = "Also if the store holds a cluster: it is thrown away"},
        {.name = "dry-run",
         .help = "Say what would be written, and write "
                 "nothing"},
};

/* All that it takes; on the heap. */
struct recovering {
    struct cluster_access access;
    struct process_round first;  /* Whom the operator names. */
    struct process_round second; /* And the nodes of their map. */
    struct recovery_plan plan;
};

static const struct inspection_options questions = {
    .patience_ms = PROCESS_ROUND_PATIENCE_MS,
    .wants_copies = true,
    .wants_map = true,
};

static int refuse(const struct recovering *recovering, const char *why)
{
    return invocation_fail(recovering->access.invocation, DALV_PRECONDITION,
                           why);
}

/* ---- Safeguards ---- */

/* A controller would go on by what it remembers, beside the new records. */
static const struct inspection *find_controller(
    const struct process_round *round)
{
    for (size_t i = 0; i < round->count; i++) {
        if (round->items[i].outcome == INSPECTION_ANSWERED &&
            round->items[i].said.is_controller)
            return &round->items[i];
    }
    return NULL;
}

static int check_controller(const struct recovering *recovering)
{
    const struct inspection *item = find_controller(&recovering->second);
    char why[RECOVERY_PROBLEM_BYTES];

    if (item == NULL)
        return EXIT_DONE;
    (void)snprintf(why, sizeof(why),
                   "%.*s is the controller: stop all routers first",
                   (int)item->said.name.size, item->said.name.data);
    return refuse(recovering, why);
}

static int check_store(struct recovering *recovering)
{
    struct cluster_access *access = &recovering->access;
    struct control_key key = control_key_head();
    struct controller_pulse pulse;
    enum dalv_status status = control_store_get(
        access->store, control_key_bytes(&key), &access->answer);

    if (status == DALV_NOT_FOUND)
        return EXIT_DONE;
    if (status != DALV_OK)
        return cluster_access_fail(access, status);
    if (!invocation_has(access->invocation, "replace"))
        return refuse(recovering, "the control store holds a cluster; if it "
                                  "is an older state of this one, --replace "
                                  "throws it away");
    status = controller_pulse_feel(access, &pulse);
    if (status != DALV_OK)
        return cluster_access_fail(access, status);
    return pulse.is_felt
               ? refuse(recovering, "a controller is at work on this store: "
                                    "stop all routers first")
               : EXIT_DONE;
}

/* ---- Asking ---- */

static int ask(struct recovering *recovering, struct invocation *invocation)
{
    int code =
        process_round_list(&recovering->first, invocation, /* map= */ NULL);

    if (code != EXIT_DONE)
        return code;
    if (recovering->first.count == 0)
        return invocation_usage(invocation,
                                "name the admin ports of processes that run, "
                                "as HOST:PORT or as endpoints.admin of the "
                                "profile");
    process_round_ask(&recovering->first, &questions);
    if (!recovery_plan_begin(&recovering->plan, &recovering->first))
        return refuse(recovering, recovering->plan.problem);
    process_round_copy(&recovering->second, &recovering->first);
    process_round_add_nodes(&recovering->second, &recovering->plan.map);
    process_round_ask(&recovering->second, &questions);
    return EXIT_DONE;
}

/* ---- Writing ---- */

static enum dalv_status remove_entry(struct cluster_access *access,
                                     const struct control_entry *entry)
{
    struct control_change change = {
        .verb = CONTROL_REMOVE, .key = entry->key, .revision = entry->revision};
    const struct control_transaction transaction = {&change, 1};
    uint64_t revision = 0;

    return control_store_commit(access->store, &transaction, &revision);
}

/* The head goes first: without it the store holds no cluster. */
static enum dalv_status empty(struct cluster_access *access)
{
    const struct control_key head = control_key_head();
    const struct control_key policy = control_key_policy();
    const struct bytes prefixes[] = {
        control_key_bytes(&head),  control_key_bytes(&policy),
        control_prefix_nodes(),    control_prefix_pages(),
        control_prefix_requests(),
    };

    for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
        enum dalv_status status = DALV_OK;

        do {
            status = control_store_list(access->store, prefixes[i],
                                        (struct bytes){0}, &access->answer);
            if (status == DALV_OK && access->answer.count == 0)
                break;
            if (status == DALV_OK)
                status = remove_entry(access, &access->answer.entries[0]);
        } while (status == DALV_OK);
        if (status != DALV_OK)
            return status;
    }
    return DALV_OK;
}

static enum dalv_status write_head(struct recovering *recovering)
{
    struct cluster_access *access = &recovering->access;
    const struct cluster_map *map = &recovering->plan.map;
    const struct cluster_init init = {
        .head = map->head,
        .policy = *map->policy,
        .nodes = map->nodes,
        .node_count = map->node_count < CLUSTER_INIT_NODES_MAX
                          ? map->node_count
                          : CLUSTER_INIT_NODES_MAX,
    };
    enum dalv_status status =
        cluster_init(access->store, &init, &access->budget.allocator);

    return status == DALV_UNKNOWN
               ? cluster_init(access->store, &init, &access->budget.allocator)
               : status;
}

/* As many of the nodes, and then of the records, that are not there yet as go
   into one transaction; false if all are there. */
static bool put_missing(const struct recovering *recovering,
                        struct map_change *change)
{
    const struct cluster_map *wanted = &recovering->plan.map;
    const struct cluster_map *there = &recovering->access.map->map;

    for (size_t i = 0; i < wanted->node_count; i++) {
        if (cluster_map_node(there, wanted->nodes[i].id) == NULL &&
            !map_change_put_node(change, &wanted->nodes[i]))
            return true;
    }
    for (uint32_t i = 0; i < wanted->head.partition_count; i++) {
        if (there->records[i].epoch < wanted->records[i].epoch &&
            !map_change_put_record(change, i, &wanted->records[i]))
            break;
    }
    return !map_change_is_empty(change);
}

/* Repeats what was refused or may have been done, on what is there then. */
static enum dalv_status write_records(struct recovering *recovering,
                                      struct map_change *change)
{
    struct cluster_access *access = &recovering->access;

    for (size_t i = 0; i < ATTEMPTS_MAX; i++) {
        struct control_transaction transaction;
        uint64_t revision = 0;
        enum dalv_status status;

        if (cluster_access_read(access) != EXIT_DONE)
            return DALV_UNAVAILABLE;
        map_change_clear(change);
        if (!put_missing(recovering, change))
            return DALV_OK;
        status = map_change_compose(change, access->map, &transaction);
        if (status == DALV_OK)
            status =
                control_store_commit(access->store, &transaction, &revision);
        if (status != DALV_OK && status != DALV_PRECONDITION &&
            status != DALV_UNKNOWN)
            return status;
    }
    return DALV_BUSY;
}

static enum dalv_status write_map(struct recovering *recovering)
{
    struct cluster_access *access = &recovering->access;
    struct map_change *change = calloc(1, sizeof(*change));
    enum dalv_status status = DALV_NO_MEMORY;

    if (change != NULL)
        status = map_change_init(change, &access->budget.allocator);
    if (status == DALV_OK)
        status = empty(access);
    if (status == DALV_OK)
        status = write_head(recovering);
    if (status == DALV_OK)
        status = write_records(recovering, change);
    if (change != NULL)
        map_change_deinit(change);
    free(change);
    return status;
}

static int tell(const struct recovering *recovering, bool is_written)
{
    const struct invocation *invocation = recovering->access.invocation;
    const struct recovery_plan *plan = &recovering->plan;
    const struct cluster_head *head = &plan->map.head;

    if (invocation->is_json)
        value_json_print(
            json_pack("{s:s, s:b, s:I, s:I, s:I, s:I, s:I}", "cluster",
                      head->cluster_id, "written", is_written, "incarnation",
                      (json_int_t)head->version.incarnation, "nodes",
                      (json_int_t)plan->map.node_count, "partitions",
                      (json_int_t)head->partition_count, "by_log",
                      (json_int_t)plan->by_log_count, "by_map",
                      (json_int_t)plan->by_map_count),
            invocation->out);
    else
        (void)fprintf(invocation->out,
                      "%s %s: incarnation %" PRIu64 ", %zu nodes, %" PRIu32
                      " partitions, %zu of them by what logs say%s\n",
                      is_written ? "Recovered" : "It would recover",
                      head->cluster_id, head->version.incarnation,
                      plan->map.node_count, head->partition_count,
                      plan->by_log_count,
                      is_written ? ". Start the routers now" : "");
    return EXIT_DONE;
}

static int recover(struct recovering *recovering, struct invocation *invocation)
{
    struct cluster_access *access = &recovering->access;
    int code = cluster_access_open(access, invocation);
    enum dalv_status status;

    if (code == EXIT_DONE)
        code = ask(recovering, invocation);
    if (code == EXIT_DONE)
        code = check_controller(recovering);
    if (code == EXIT_DONE)
        code = check_store(recovering);
    if (code == EXIT_DONE &&
        !recovery_plan_finish(&recovering->plan, &recovering->second))
        code = refuse(recovering, recovering->plan.problem);
    if (code != EXIT_DONE)
        return code;
    if (invocation_has(invocation, "dry-run"))
        return tell(recovering, /* is_written= */ false);
    status = write_map(recovering);
    return status == DALV_OK ? tell(recovering, /* is_written= */ true)
                             : cluster_access_fail_write(access, status);
}

int recover_command_run(struct invocation *invocation)
{
    struct recovering *recovering = calloc(1, sizeof(*recovering));
    int code;

    if (recovering == NULL)
        return invocation_fail(invocation, DALV_NO_MEMORY, NULL);
    code = recover(recovering, invocation);
    recovery_plan_release(&recovering->plan);
    process_round_release(&recovering->first);
    process_round_release(&recovering->second);
    cluster_access_close(&recovering->access);
    free(recovering);
    return code;
}
