#include "tests/support/live_cluster.h"

#include "base/allocator.h"
#include "base/assert.h"
#include "base/budget.h"
#include "base/clock.h"
#include "cluster/ring.h"
#include "control/cluster_init.h"
#include "control/control_file.h"
#include "control/map_reader.h"
#include "tests/support/guardian.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
    MEMORY_BYTES = 64 << 20,
    PROBLEM_BYTES = 512,
    NODES_PORT = 4,
    NAME_BYTES = 32,
    LED_MS = 30000,
    PAUSE_US = 20000,
    /* The bytes of its file by which SQLite keeps transactions apart. */
    LOCK_FIRST = 0x40000000,
    LOCK_COUNT = 512,
};

/* ---- The control store ---- */

static struct control_store *open_control(const struct live_cluster *cluster)
{
    struct control_store *store = NULL;
    char said[PROBLEM_BYTES];
    struct text problem;

    text_init(&problem, said, sizeof(said));
    if (control_file_open(cluster->control, &store, &problem) != DALV_OK)
        (void)fprintf(stderr, "%s\n", text_string(&problem));
    return store;
}

static void make_map(struct live_cluster *cluster)
{
    static struct cluster_node nodes[LIVE_CLUSTER_NODES];
    struct cluster_init init = {
        .head = {.version = {.incarnation = 1},
                 .cluster_id = "local",
                 .partition_count = LIVE_CLUSTER_PARTITIONS,
                 .replica_count = LIVE_CLUSTER_NODES,
                 .feature_level = 1},
        .policy = cluster_policy_default(),
        .nodes = nodes,
        .node_count = LIVE_CLUSTER_NODES,
    };
    struct control_store *store = open_control(cluster);
    struct budget budget;

    ASSERT(store != NULL);
    budget_init(&budget, MEMORY_BYTES);
    for (size_t i = 0; i < LIVE_CLUSTER_NODES; i++) {
        unsigned port = cluster->processes[i].base_port + (unsigned)NODES_PORT;

        nodes[i] = (struct cluster_node){.id = (uint32_t)i + 1,
                                         .state = CLUSTER_NODE_JOINING,
                                         .weight = CLUSTER_WEIGHT_NORMAL};
        (void)snprintf(nodes[i].name, sizeof(nodes[i].name), "node-%zu", i + 1);
        (void)snprintf(nodes[i].address, sizeof(nodes[i].address),
                       "127.0.0.1:%u", port);
    }
    ASSERT(cluster_init(store, &init, &budget.allocator) == DALV_OK);
    control_store_close(&store);
}

static struct control_reply answer(struct control_store *store,
                                   const struct control_question *question,
                                   struct control_answer *out_answer)
{
    struct control_reply reply = {.answer = out_answer};

    if (question->type == CONTROL_GET)
        reply.status = control_store_get(store, question->key, out_answer);
    else
        reply.status = control_store_list(store, question->key, question->after,
                                          out_answer);
    return reply;
}

/* NULL unless there is one whose partitions are founded. */
static struct control_map *read_map(struct control_store *store,
                                    struct allocator *allocator)
{
    static uint8_t memory[CONTROL_ANSWER_BYTES_MAX];
    static struct map_reader reader;
    struct control_answer said;
    struct control_question question;
    struct control_map *map = NULL;

    control_answer_init(&said, memory);
    map_reader_init(&reader, allocator);
    map_reader_begin(&reader, (struct cluster_version){0});
    while (map_reader_ask(&reader, &question)) {
        struct control_reply reply = answer(store, &question, &said);

        map_reader_answer(&reader, &reply);
    }
    if (reader.state == MAP_READER_DONE)
        map = map_reader_take(&reader);
    map_reader_deinit(&reader);
    if (map != NULL && !map->is_founded)
        control_map_destroy(&map);
    return map;
}

/* Who leads each partition; false if it cannot be read. */
static bool read_masters(const struct live_cluster *cluster,
                         size_t masters[LIVE_CLUSTER_PARTITIONS])
{
    struct control_store *store = open_control(cluster);
    struct control_map *map = NULL;
    struct budget budget;
    bool is_read;

    if (store == NULL)
        return false;
    budget_init(&budget, MEMORY_BYTES);
    map = read_map(store, &budget.allocator);
    is_read = map != NULL;
    for (size_t i = 0; is_read && i < LIVE_CLUSTER_PARTITIONS; i++) {
        const struct partition_record *record = &map->map.records[i];

        masters[i] =
            record->state == PARTITION_LED ? record->master.node - 1 : SIZE_MAX;
    }
    control_map_destroy(&map);
    control_store_close(&store);
    return is_read;
}

size_t live_cluster_master(const struct live_cluster *cluster,
                           uint32_t partition)
{
    size_t masters[LIVE_CLUSTER_PARTITIONS];

    return read_masters(cluster, masters) ? masters[partition] : SIZE_MAX;
}

void live_cluster_user(uint32_t partition, unsigned number, char name[32])
{
    unsigned candidate = 0;

    for (unsigned found = 0; found <= number; candidate++) {
        (void)snprintf(name, NAME_BYTES, "user-%u", candidate);
        found += ring_partition(bytes_from_text(name),
                                LIVE_CLUSTER_PARTITIONS) == partition;
    }
}

/* ---- Life ---- */

static void configure(struct live_cluster *cluster, size_t process)
{
    struct live_server *server = &cluster->processes[process];
    char yaml[1024];

    (void)snprintf(yaml, sizeof(yaml),
                   "roles: [%s]\n"
                   "node:\n  name: process-%zu\n  id: %zu\n"
                   "cluster:\n  partitions: %d\n"
                   "control:\n  store: \"file:%s/control.db\"\n"
                   "log:\n  segment_bytes: 8MiB\n"
                   "index:\n  cache_bytes: 8MiB\n  write_buffer_bytes: 4MiB\n"
                   "logging:\n  level: debug\n",
                   process < LIVE_CLUSTER_NODES ? "storage" : "router",
                   process + 1, process + 1, LIVE_CLUSTER_PARTITIONS,
                   cluster->folder.path);
    live_server_configure(server, yaml);
    if (process > 0)
        live_server_trust(server, &cluster->processes[0]);
}

void live_cluster_open(struct live_cluster *cluster)
{
    memset(cluster, 0, sizeof(*cluster));
    cluster->lock = -1;
    folder_open(&cluster->folder);
    cluster->guardian = guardian_post(cluster->folder.path);
    folder_path(&cluster->folder, "control.db", cluster->control);
    for (size_t i = 0; i < LIVE_CLUSTER_PROCESSES; i++) {
        live_server_open(&cluster->processes[i]);
        configure(cluster, i);
    }
    make_map(cluster);
}

void live_cluster_close(struct live_cluster *cluster)
{
    live_cluster_unlock_control(cluster);
    for (size_t i = 0; i < LIVE_CLUSTER_PROCESSES; i++)
        live_server_kill(&cluster->processes[i]);
    for (size_t i = 0; i < LIVE_CLUSTER_PROCESSES; i++)
        live_server_close(&cluster->processes[i]);
    folder_close(&cluster->folder);
    guardian_dismiss(&cluster->guardian);
}

static bool is_all_led(const struct live_cluster *cluster)
{
    size_t masters[LIVE_CLUSTER_PARTITIONS];

    if (!read_masters(cluster, masters))
        return false;
    for (size_t i = 0; i < LIVE_CLUSTER_PARTITIONS; i++) {
        if (masters[i] == SIZE_MAX)
            return false;
    }
    return true;
}

static bool wait_until_led(const struct live_cluster *cluster)
{
    uint64_t until_ms = clock_boot_ms() + LED_MS;

    while (!is_all_led(cluster)) {
        if (clock_boot_ms() >= until_ms) {
            (void)fputs("not all partitions are led\n", stderr);
            return false;
        }
        (void)usleep(PAUSE_US);
    }
    return true;
}

bool live_cluster_heal(struct live_cluster *cluster)
{
    bool is_ready = true;

    live_cluster_unlock_control(cluster);
    for (size_t i = 0; i < LIVE_CLUSTER_PROCESSES; i++) {
        live_cluster_resume(cluster, i);
        live_cluster_start(cluster, i);
    }
    for (size_t i = 0; i < LIVE_CLUSTER_PROCESSES && is_ready; i++)
        is_ready = live_server_wait_ready(&cluster->processes[i]);
    return is_ready && wait_until_led(cluster);
}

void live_cluster_start(struct live_cluster *cluster, size_t process)
{
    if (cluster->processes[process].process == 0)
        live_server_start(&cluster->processes[process]);
}

void live_cluster_kill(struct live_cluster *cluster, size_t process)
{
    live_server_kill(&cluster->processes[process]);
    cluster->is_paused[process] = false;
}

void live_cluster_pause(struct live_cluster *cluster, size_t process)
{
    live_server_signal(&cluster->processes[process], SIGSTOP);
    cluster->is_paused[process] = true;
}

void live_cluster_resume(struct live_cluster *cluster, size_t process)
{
    if (cluster->is_paused[process])
        live_server_signal(&cluster->processes[process], SIGCONT);
    cluster->is_paused[process] = false;
}

void live_cluster_lock_control(struct live_cluster *cluster)
{
    struct flock all = {.l_type = F_WRLCK,
                        .l_whence = SEEK_SET,
                        .l_start = LOCK_FIRST,
                        .l_len = LOCK_COUNT};

    if (cluster->lock >= 0)
        return;
    cluster->lock = open(cluster->control, O_RDWR | O_CLOEXEC);
    ASSERT(cluster->lock >= 0);
    ASSERT(fcntl(cluster->lock, F_OFD_SETLKW, &all) == 0);
}

void live_cluster_unlock_control(struct live_cluster *cluster)
{
    if (cluster->lock >= 0)
        (void)close(cluster->lock);
    cluster->lock = -1;
}

/* ---- Reaching it ---- */

struct dalv_backend *live_cluster_connect(struct live_cluster *cluster,
                                          size_t router, uint32_t timeout_ms)
{
    char token[LIVE_SERVER_TOKEN_BYTES];
    struct dalv_backend_options *options = NULL;
    struct dalv_backend *backend = NULL;
    enum dalv_status status;

    live_server_token(&cluster->processes[0], TOKEN_BACKEND, "", token);
    ASSERT(dalv_backend_options_create(&options) == DALV_OK);
    for (size_t i = 0; i < LIVE_CLUSTER_ROUTERS; i++) {
        size_t process =
            LIVE_CLUSTER_NODES + (router + i) % LIVE_CLUSTER_ROUTERS;
        char endpoint[64];

        live_server_endpoint(&cluster->processes[process], 0, endpoint);
        ASSERT(dalv_backend_options_add_endpoint(options, endpoint) == DALV_OK);
    }
    ASSERT(dalv_backend_options_set_token(options, token) == DALV_OK);
    ASSERT(dalv_backend_options_set_timeout(options, timeout_ms) == DALV_OK);
    status = dalv_backend_open(options, &backend);
    if (status != DALV_OK)
        (void)fprintf(stderr, "no router takes a backend: %s\n",
                      dalv_status_text(status));
    dalv_backend_options_destroy(&options);
    return backend;
}
