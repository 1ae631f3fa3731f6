#include "bench/fleet.h"

#include "base/clock.h"
#include "bench/client.h"
#include "bench/standing.h"
#include "cluster/ring.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

enum {
    COMMAND_MS_MAX = 60000,
    WELL_MS_MAX = 120000,
    POLL_MS = 5,
    SAID_BYTES = 4096,
    YAML_BYTES = BENCH_PATH_BYTES + 256,
    NAME_BYTES = 64,
    NUMBER_BYTES = 16,
    WORDS_MAX = 16,
};

/* ---- What `dalv` does ---- */

/* It lies where dalvd does. */
static void find_command(const struct fleet *fleet, char path[BENCH_PATH_BYTES])
{
    const char *server = fleet->bench->plan.server;
    const char *name = strrchr(server, '/');
    int folder = name == NULL ? 0 : (int)(name - server) + 1;
    int size = snprintf(path, BENCH_PATH_BYTES, "%.*sdalv", folder, server);

    if (size < 0 || size >= BENCH_PATH_BYTES)
        bench_give_up("dalv", "the path is too long");
}

/* `dalv`, some words, and where the control store is. */
struct command {
    char program[BENCH_PATH_BYTES];
    char store[BENCH_PATH_BYTES];
    char option[sizeof("--store")];
    char *words[WORDS_MAX];
};

static void make_command(const struct fleet *fleet, char *const *words,
                         struct command *command)
{
    size_t count = 1;

    find_command(fleet, command->program);
    memcpy(command->store, fleet->store, sizeof(command->store));
    memcpy(command->option, "--store", sizeof(command->option));
    command->words[0] = command->program;
    for (; words[count - 1] != NULL; count++)
        command->words[count] = words[count - 1];
    command->words[count++] = command->option;
    command->words[count++] = command->store;
    command->words[count] = NULL;
}

static void run(const struct fleet *fleet, char *const *words,
                char said[SAID_BYTES])
{
    struct command command;

    make_command(fleet, words, &command);
    process_capture(command.words, COMMAND_MS_MAX, said, SAID_BYTES);
}

static void begin(const struct fleet *fleet, char *const *words,
                  struct process *out_process)
{
    char log[BENCH_PATH_BYTES];
    struct command command;

    make_command(fleet, words, &command);
    bench_path(fleet->bench, "dalv.log", log);
    process_start(out_process, command.words, log);
}

static void node_text(const struct fleet *fleet, size_t node,
                      char text[NAME_BYTES])
{
    (void)snprintf(text, NAME_BYTES, "node-%zu=127.0.0.1:%u", node + 1,
                   fleet->nodes[node].node_port);
}

static void make_map(const struct fleet *fleet)
{
    char words[][16] = {"cluster", "init", "--id", "local", "--partitions"};
    char partitions[NUMBER_BYTES];
    char nodes[FLEET_NODES][NAME_BYTES];
    char said[SAID_BYTES];
    char *arguments[] = {words[0],   words[1], words[2], words[3], words[4],
                         partitions, nodes[0], nodes[1], nodes[2], NULL};

    (void)snprintf(partitions, sizeof(partitions), "%u", fleet->partitions);
    for (size_t i = 0; i < FLEET_NODES; i++)
        node_text(fleet, i, nodes[i]);
    run(fleet, arguments, said);
}

void fleet_begin_switchover(const struct fleet *fleet, const char *user,
                            size_t node, struct process *out_process)
{
    char words[][16] = {"switchover", "--partition", "--to"};
    char partition[NUMBER_BYTES];
    char to[NAME_BYTES];
    char *arguments[] = {words[0], words[1], partition, words[2], to, NULL};

    (void)snprintf(partition, sizeof(partition), "%u",
                   ring_partition(bytes_from_text(user), fleet->partitions));
    (void)snprintf(to, sizeof(to), "node-%zu", node + 1);
    begin(fleet, arguments, out_process);
}

void fleet_begin_rebalance(const struct fleet *fleet,
                           struct process *out_process)
{
    char word[] = "rebalance";
    char *arguments[] = {word, NULL};

    begin(fleet, arguments, out_process);
}

/* ---- Processes ---- */

static void configure(struct fleet *fleet, struct server *server,
                      const char *role, size_t number)
{
    char yaml[YAML_BYTES];
    char name[NAME_BYTES];

    (void)snprintf(name, sizeof(name), "%s-%s-%zu", fleet->name, role, number);
    (void)snprintf(yaml, sizeof(yaml),
                   "roles: [%s]\n"
                   "node: {name: \"%s\", id: %zu}\n"
                   "cluster: {partitions: %u}\n"
                   "control: {store: \"%s\"}\n",
                   role, name, number, fleet->partitions, fleet->store);
    server_init_part(server, fleet->bench, name, &fleet->router, yaml);
}

/* False if it does not listen yet. */
static bool is_node_well(const struct fleet *fleet, size_t node,
                         size_t *leading, size_t *following)
{
    struct standing standing;
    struct client client;

    if (!client_open_node(&client, &fleet->nodes[node]))
        return false;
    standing = standing_ask(&client);
    client_close(&client);
    *leading += standing.leading;
    *following += standing.following;
    return standing.other == 0;
}

static bool is_well(const struct fleet *fleet)
{
    size_t leading = 0;
    size_t following = 0;

    for (size_t i = 0; i < fleet->node_count; i++)
        if (!is_node_well(fleet, i, &leading, &following))
            return false;
    return leading == fleet->partitions &&
           following == (size_t)fleet->partitions * (FLEET_NODES - 1);
}

void fleet_wait_well(const struct fleet *fleet)
{
    uint64_t end_ms = clock_boot_ms() + WELL_MS_MAX;

    while (!is_well(fleet)) {
        if (clock_boot_ms() >= end_ms)
            bench_give_up(fleet->name, "is not well in time");
        (void)poll(NULL, 0, POLL_MS);
    }
}

size_t fleet_master(const struct fleet *fleet, const char *user)
{
    uint32_t partition =
        ring_partition(bytes_from_text(user), fleet->partitions);

    for (size_t i = 0; i < fleet->node_count; i++) {
        struct client client;
        bool is_led;

        if (!client_open_node(&client, &fleet->nodes[i]))
            continue;
        is_led = standing_leads(&client, partition);
        client_close(&client);
        if (is_led)
            return i;
    }
    return SIZE_MAX;
}

static void wait_until_serving(const struct fleet *fleet)
{
    uint64_t end_ms = clock_boot_ms() + WELL_MS_MAX;

    while (!server_is_serving(&fleet->router)) {
        if (clock_boot_ms() >= end_ms)
            bench_give_up(fleet->name, "does not serve in time");
        (void)poll(NULL, 0, POLL_MS);
    }
}

void fleet_start(struct fleet *fleet, const struct bench *bench,
                 const char *name, uint32_t partitions)
{
    char control[NAME_BYTES];
    char path[BENCH_PATH_BYTES];

    memset(fleet, 0, sizeof(*fleet));
    fleet->bench = bench;
    fleet->name = name;
    fleet->partitions = partitions;
    fleet->node_count = FLEET_NODES;
    (void)snprintf(control, sizeof(control), "%s-control.db", name);
    bench_path(bench, control, path);
    if (snprintf(fleet->store, sizeof(fleet->store), "file:%s", path) >=
        (int)sizeof(fleet->store))
        bench_give_up(name, "the path is too long");
    configure(fleet, &fleet->router, "router", FLEET_NODES_MAX + 1);
    for (size_t i = 0; i < fleet->node_count; i++)
        configure(fleet, &fleet->nodes[i], "storage", i + 1);
    make_map(fleet);
    for (size_t i = 0; i < fleet->node_count; i++)
        server_launch(&fleet->nodes[i]);
    server_launch(&fleet->router);
    wait_until_serving(fleet);
    fleet_wait_well(fleet);
}

static void wait_until_joined(const struct fleet *fleet)
{
    uint64_t end_ms = clock_boot_ms() + WELL_MS_MAX;
    char words[][8] = {"node", "list"};
    char *arguments[] = {words[0], words[1], NULL};
    char said[SAID_BYTES];

    do {
        run(fleet, arguments, said);
        if (clock_boot_ms() >= end_ms)
            bench_give_up(fleet->name, "has a node that does not join");
    } while (strstr(said, "joining") != NULL);
}

void fleet_add_node(struct fleet *fleet)
{
    char words[][8] = {"node", "add"};
    char node[NAME_BYTES];
    char said[SAID_BYTES];
    char *arguments[] = {words[0], words[1], node, NULL};
    size_t added = fleet->node_count++;

    configure(fleet, &fleet->nodes[added], "storage", added + 1);
    node_text(fleet, added, node);
    run(fleet, arguments, said);
    server_launch(&fleet->nodes[added]);
    wait_until_joined(fleet);
}

void fleet_stop(struct fleet *fleet)
{
    server_stop(&fleet->router, SIGTERM);
    for (size_t i = 0; i < fleet->node_count; i++)
        server_stop(&fleet->nodes[i], SIGTERM);
}

uint64_t fleet_cpu_us(const struct fleet *fleet)
{
    uint64_t sum_us = server_cpu_us(&fleet->router);

    for (size_t i = 0; i < fleet->node_count; i++)
        sum_us += server_cpu_us(&fleet->nodes[i]);
    return sum_us;
}
