/*
 * config get, config set: what holds for all users of a cluster.
 */
#include "cli/cluster_access.h"
#include "cli/command_table.h" /* IWYU pragma: keep */
#include "cli/policy_text.h"
#include "cli/value_json.h"

#include <inttypes.h>

enum {
    ATTEMPTS_MAX = 8,
    PROBLEM_BYTES = 512,
    SETTINGS_MAX = 64,
};

static struct policy_text settings_of(const struct cluster_map *map)
{
    return (struct policy_text){.policy = *map->policy,
                                .replica_count = map->head.replica_count};
}

static int show(const struct cluster_access *access)
{
    const struct invocation *invocation = access->invocation;
    const char *key =
        invocation->operand_count == 0 ? NULL : invocation->operands[0];
    struct policy_text settings = settings_of(&access->map->map);

    if (invocation->is_json && key == NULL) {
        value_json_print(policy_text_json(&settings), invocation->out);
        return EXIT_DONE;
    }
    if (invocation->is_json) {
        json_t *all = policy_text_json(&settings);
        json_t *value = json_object_get(all, key);
        bool is_there = value != NULL;

        if (is_there)
            value_json_print(
                json_pack("{s:s, s:O}", "key", key, "value", value),
                invocation->out);
        json_decref(all);
        return is_there ? EXIT_DONE
                        : invocation_fail(invocation, DALV_NOT_FOUND, key);
    }
    return policy_text_print(&settings, key, invocation->out) > 0
               ? EXIT_DONE
               : invocation_fail(invocation, DALV_NOT_FOUND, key);
}

static int run_get(struct invocation *invocation)
{
    struct cluster_access access = {0};
    int code = cluster_access_begin(&access, invocation);

    if (code == EXIT_DONE)
        code = show(&access);
    cluster_access_close(&access);
    return code;
}

/* ---- Setting ---- */

/* Nodes that may hold copies. */
static uint32_t node_count(const struct cluster_map *map)
{
    uint32_t count = 0;

    for (size_t i = 0; i < map->node_count; i++)
        count += map->nodes[i].state <= CLUSTER_NODE_ACTIVE ? 1 : 0;
    return count;
}

static int take_words(const struct invocation *invocation,
                      const struct cluster_map *map,
                      struct policy_text *settings)
{
    char said[PROBLEM_BYTES];
    struct text problem;
    bool is_right = true;

    text_init(&problem, said, sizeof(said));
    for (size_t i = 0; is_right && i < invocation->operand_count; i++)
        is_right = policy_text_set(settings, invocation->operands[i], &problem);
    if (!is_right || !policy_text_check(settings, &problem))
        return invocation_usage(invocation, "%s", said);
    if (settings->replica_count > map->head.replica_count &&
        settings->replica_count > node_count(map))
        return invocation_fail(invocation, DALV_PRECONDITION,
                               "there are fewer nodes than copies would be "
                               "wanted: add nodes first");
    return EXIT_DONE;
}

static void put_settings(struct map_change *change, const void *wanted)
{
    const struct policy_text *settings = wanted;

    map_change_set_policy(change, &settings->policy, settings->replica_count);
}

static int tell_set(const struct cluster_access *access,
                    const struct policy_text *settings)
{
    const struct invocation *invocation = access->invocation;
    const struct cluster_version version = access->map->map.head.version;

    if (invocation->is_json)
        value_json_print(json_pack("{s:o, s:[I,I]}", "settings",
                                   policy_text_json(settings), "version",
                                   (json_int_t)version.incarnation,
                                   (json_int_t)version.version),
                         invocation->out);
    else
        (void)fprintf(invocation->out,
                      "Set, in map %" PRIu64 ".%" PRIu64
                      "; processes take it within a second\n",
                      version.incarnation, version.version);
    return EXIT_DONE;
}

/* What others changed meanwhile is read again, and the words put upon it; so
   is what came of a transaction whose outcome is unknown. */
static int set(struct cluster_access *access)
{
    enum dalv_status status = DALV_PRECONDITION;
    struct policy_text settings;
    int code = EXIT_DONE;

    for (size_t i = 0; i < ATTEMPTS_MAX && status != DALV_OK; i++) {
        settings = settings_of(&access->map->map);
        code = take_words(access->invocation, &access->map->map, &settings);
        if (code != EXIT_DONE)
            return code;
        status = cluster_access_change(access, put_settings, &settings);
        if (status != DALV_OK && status != DALV_PRECONDITION &&
            status != DALV_UNKNOWN)
            return cluster_access_fail_write(access, status);
        code = cluster_access_read(access);
        if (code != EXIT_DONE)
            return code;
    }
    return status == DALV_OK ? tell_set(access, &settings)
                             : cluster_access_fail_write(access, status);
}

static int run_set(struct invocation *invocation)
{
    struct cluster_access access = {0};
    int code = cluster_access_begin(&access, invocation);

    if (code == EXIT_DONE)
        code = set(&access);
    cluster_access_close(&access);
    return code;
}

static const struct command_option store_options[] = {CLUSTER_ACCESS_OPTION};

static const struct command commands[] = {
    {.name = "config get",
     .operands = "[SETTING]",
     .summary = "Show what holds for all users of the cluster",
     .details = "A line a setting, as 'dalv config set' takes it: replicas; "
                "limits, where 0 is none; domain:PREFIX and merge:PREFIX, of "
                "keys by their longest prefix. Ends with 1 if there is no "
                "such setting.",
     .operand_max = 1,
     COMMAND_OPTIONS(store_options),
     .run = run_get},
    {.name = "config set",
     .operands = "SETTING=VALUE...",
     .summary = "Change what holds for all users of the cluster",
     .details =
         "All of them or none, checked before. They stand in the cluster's "
         "map, and all processes take them without a restart, within a second "
         "where the control store can be reached.\n\n"
         "limits.user_bytes, limits.user_items, limits.devices_per_user, "
         "limits.key_bytes, limits.value_bytes, limits.transaction_bytes, "
         "limits.transaction_operations and limits.sync_operations are "
         "numbers, bytes with KiB, MiB or GiB; 0 is no limit of its own.\n\n"
         "domain:PREFIX is user or system, merge:PREFIX ask, mine or theirs; "
         "default takes a rule away.\n\n"
         "replicas is the number of copies. More are made at once, where nodes "
         "are; fewer from the next 'dalv rebalance' on.",
     .operand_min = 1,
     .operand_max = SETTINGS_MAX,
     COMMAND_OPTIONS(store_options),
     .run = run_set},
};

const struct command_family config_commands =
    COMMAND_FAMILY("Policies", commands);
