#include "demo/troupe.h"

#include "demo/account.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum {
    NODE_PORT = 4, /* Beyond the base port. */
    ADDRESS_BYTES = 48,
    FILE_BYTES = 2048,
};

static void path_in(const struct troupe *troupe, const char *name,
                    char path[PATH_MAX])
{
    (void)snprintf(path, PATH_MAX, "%s/cluster/%s", troupe->stage->folder,
                   name);
}

/* The keys are those of the first server; the cluster has its name as well. */
static bool write_configuration(const struct troupe *troupe, size_t process)
{
    bool is_node = process < TROUPE_NODES;
    const char *folder = troupe->stage->folder;
    char name[24];
    char path[PATH_MAX];
    FILE *file;

    (void)snprintf(name, sizeof(name), "%zu.yaml", process + 1);
    path_in(troupe, name, path);
    file = fopen(path, "w");
    if (file == NULL)
        return false;
    (void)fprintf(file,
                  "roles: [%s]\n"
                  "node: {name: %s-%zu, id: %zu}\n"
                  "cluster: {id: local, partitions: 64}\n"
                  "control: {store: \"file:%s/cluster/control.db\"}\n"
                  "data: {folder: %s/cluster/data-%zu}\n"
                  "listen: {base_port: %u}\n"
                  "log: {segment_bytes: 8MiB}\n"
                  "tokens: {key_files: [%s/server/issuer.pub]}\n",
                  is_node ? "storage" : "router", is_node ? "node" : "router",
                  process + 1, process + 1, folder, folder, process + 1,
                  troupe->ports[process], folder);
    return fclose(file) == 0 && chmod(path, 0600) == 0;
}

static bool start(struct troupe *troupe, size_t process)
{
    char path[PATH_MAX];
    char log[48];
    char name[24];
    char *const arguments[] = {(char[]){"dalvd"}, (char[]){"--config"}, path,
                               NULL};

    (void)snprintf(name, sizeof(name), "%zu.yaml", process + 1);
    (void)snprintf(log, sizeof(log), "cluster/%zu.txt", process + 1);
    path_in(troupe, name, path);
    troupe->processes[process] = stage_spawn(troupe->stage, log, arguments);
    return troupe->processes[process] != 0;
}

static void store_in(const struct troupe *troupe, char store[PATH_MAX + 32])
{
    (void)snprintf(store, PATH_MAX + 32, "file:%s/cluster/control.db",
                   troupe->stage->folder);
}

/* As an operator does. */
static bool found(const struct troupe *troupe)
{
    char store[PATH_MAX + 32];
    char nodes[TROUPE_NODES][ADDRESS_BYTES];
    char *arguments[] = {(char[]){"dalv"},
                         (char[]){"cluster"},
                         (char[]){"init"},
                         (char[]){"--store"},
                         store,
                         (char[]){"--id"},
                         (char[]){"local"},
                         (char[]){"--partitions"},
                         (char[]){"64"},
                         nodes[0],
                         nodes[1],
                         nodes[2],
                         NULL};
    pid_t process;

    store_in(troupe, store);
    for (size_t i = 0; i < TROUPE_NODES; i++)
        (void)snprintf(nodes[i], sizeof(nodes[i]), "node-%zu=127.0.0.1:%u",
                       i + 1, (unsigned)troupe->ports[i] + NODE_PORT);
    process = stage_spawn(troupe->stage, "cluster/init.txt", arguments);
    return process != 0 && stage_wait(troupe->stage, &process) == 0;
}

bool troupe_start(struct troupe *troupe, struct stage *stage)
{
    char folder[PATH_MAX];
    bool is_started = true;

    memset(troupe, 0, sizeof(*troupe));
    troupe->stage = stage;
    path_in(troupe, "", folder);
    is_started = mkdir(folder, 0700) == 0;
    for (size_t i = 0; is_started && i < TROUPE_PROCESSES; i++) {
        troupe->ports[i] = stage_take_port(stage);
        is_started = troupe->ports[i] != 0 && write_configuration(troupe, i);
    }
    is_started = is_started && found(troupe);
    for (size_t i = 0; is_started && i < TROUPE_PROCESSES; i++)
        is_started = start(troupe, i);
    if (!is_started)
        account_fail("the cluster cannot be started");
    return is_started;
}

/* "partition 4 epoch 1.1 led by node-2 members ..." */
static size_t read_master(const char *path)
{
    static const char words[] = "led by node-";
    char text[FILE_BYTES] = "";
    FILE *file = fopen(path, "r");
    const char *place;
    unsigned long node = 0;

    if (file == NULL)
        return TROUPE_NODES;
    text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
    (void)fclose(file);
    place = strstr(text, words);
    if (place != NULL)
        node = strtoul(place + sizeof(words) - 1, NULL, 10);
    return node >= 1 && node <= TROUPE_NODES ? node - 1 : TROUPE_NODES;
}

size_t troupe_master_of(const struct troupe *troupe, const char *user)
{
    char store[PATH_MAX + 32];
    char path[PATH_MAX];
    char name[256];
    char *const arguments[] = {(char[]){"dalv"},
                               (char[]){"locate"},
                               (char[]){"--store"},
                               store,
                               (char[]){"--"},
                               name,
                               NULL};
    pid_t process;
    size_t node = TROUPE_NODES;

    (void)snprintf(name, sizeof(name), "%s", user);
    store_in(troupe, store);
    process = stage_spawn(troupe->stage, "cluster/locate.txt", arguments);
    path_in(troupe, "locate.txt", path);
    if (process != 0 && stage_wait(troupe->stage, &process) == 0)
        node = read_master(path);
    if (node == TROUPE_NODES)
        account_fail("dalv locate does not tell who leads %s", user);
    return node;
}

void troupe_kill(struct troupe *troupe, size_t process)
{
    if (troupe->processes[process] == 0)
        return;
    (void)kill(troupe->processes[process], SIGKILL);
    (void)stage_wait(troupe->stage, &troupe->processes[process]);
}

void troupe_stop(struct troupe *troupe)
{
    for (size_t i = 0; i < TROUPE_PROCESSES; i++) {
        if (troupe->processes[i] != 0)
            (void)kill(troupe->processes[i], SIGTERM);
    }
    for (size_t i = 0; i < TROUPE_PROCESSES; i++) {
        if (troupe->processes[i] != 0)
            (void)stage_wait(troupe->stage, &troupe->processes[i]);
    }
}
