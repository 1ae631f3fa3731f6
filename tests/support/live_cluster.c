#include "tests/support/live_cluster.h"

#include "base/assert.h"
#include "base/clock.h"
#include "cluster/ring.h"
#include "tests/support/guardian.h"
#include "tests/support/live_leadership.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CONTROL_FILE "control.db"

enum {
    NODES_PORT = 4,
    NAME_BYTES = 32,
    COMMAND_BYTES = 2 * PATH_MAX,
    KEYS_PATH_BYTES = 512,
    YAML_BYTES = 2048,
    CONTROL_BYTES = 1024,
    FILE_NAME_BYTES = 16,
    KEY_TEXT_BYTES = 64,
    LED_MS = 30000,
    CALM_MS = 1500,
    PAUSE_US = 20000,
    /* The bytes of its file by which SQLite keeps transactions apart. */
    LOCK_FIRST = 0x40000000,
    LOCK_COUNT = 512,
};

/* ---- The control store ---- */

/* With the command that operators use. */
static void make_cluster(const struct live_cluster *cluster)
{
    char command[COMMAND_BYTES];
    int size = snprintf(command, sizeof(command),
                        "'%s' --profile '%s' cluster init --id local "
                        "--partitions %d --replicas %d",
                        DALV_PROGRAM, cluster->profile, LIVE_CLUSTER_PARTITIONS,
                        LIVE_CLUSTER_NODES);

    if (cluster->options.is_keyed)
        size += snprintf(command + size, sizeof(command) - (size_t)size,
                         " --keys '%s/keys'", cluster->folder.path);
    for (size_t i = 0; i < LIVE_CLUSTER_NODES; i++)
        size +=
            snprintf(command + size, sizeof(command) - (size_t)size,
                     " node-%zu=%s:%u", i + 1, cluster->processes[i].host,
                     cluster->processes[i].base_port + (unsigned)NODES_PORT);
    size +=
        snprintf(command + size, sizeof(command) - (size_t)size, " >/dev/null");
    ASSERT(size < COMMAND_BYTES);
    /* NOLINTNEXTLINE(cert-env33-c,concurrency-mt-unsafe): a test of ours. */
    ASSERT(system(command) == 0);
}

size_t live_cluster_master(const struct live_cluster *cluster,
                           uint32_t partition)
{
    struct live_leadership leadership;

    if (!live_leadership_read(&cluster->control, &leadership) ||
        leadership.masters[partition] == 0)
        return SIZE_MAX;
    return leadership.masters[partition] - 1;
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

static const char *keys_of(const struct live_cluster *cluster, size_t process,
                           char path[KEYS_PATH_BYTES])
{
    path[0] = '\0';
    if (cluster->options.is_keyed && process < LIVE_CLUSTER_NODES)
        (void)snprintf(path, KEYS_PATH_BYTES, "%s/keys/node-%zu",
                       cluster->folder.path, process + 1);
    else if (cluster->options.is_keyed)
        (void)snprintf(path, KEYS_PATH_BYTES, "%s/keys/routers",
                       cluster->folder.path);
    return path;
}

/* As configurations and profiles have it. */
static void put_control(const struct live_cluster *cluster,
                        char text[CONTROL_BYTES])
{
    int size = snprintf(text, CONTROL_BYTES,
                        "control:\n  store: \"%s\"\n  authority_file: \"%s\"\n"
                        "  certificate_file: \"%s\"\n  key_file: \"%s\"\n",
                        cluster->control_name, cluster->control_files[0],
                        cluster->control_files[1], cluster->control_files[2]);

    ASSERT(size < CONTROL_BYTES);
}

static void choose_control(struct live_cluster *cluster)
{
    const struct live_etcd *etcd = cluster->options.etcd;
    char text[CONTROL_BYTES];

    if (etcd == NULL) {
        (void)snprintf(cluster->control_name, sizeof(cluster->control_name),
                       "file:%s/%s", cluster->folder.path, CONTROL_FILE);
    } else {
        (void)snprintf(cluster->control_name, sizeof(cluster->control_name),
                       "etcd:");
        live_etcd_endpoints(etcd, 0, cluster->control_name + strlen("etcd:"));
    }
    if (etcd != NULL && etcd->is_secure)
        live_etcd_files(etcd, cluster->control_files);
    cluster->control =
        (struct control_place){.name = cluster->control_name,
                               .authority = cluster->control_files[0],
                               .certificate = cluster->control_files[1],
                               .key = cluster->control_files[2]};
    put_control(cluster, text);
    folder_put(&cluster->folder, "profile.yaml", S_IRUSR | S_IWUSR, text,
               cluster->profile);
}

static void configure(struct live_cluster *cluster, size_t process)
{
    struct live_server *server = &cluster->processes[process];
    char keys[KEYS_PATH_BYTES];
    char control[CONTROL_BYTES];
    char yaml[YAML_BYTES];

    put_control(cluster, control);
    (void)snprintf(yaml, sizeof(yaml),
                   "roles: [%s]\n"
                   "node:\n  name: process-%zu\n  id: %zu\n"
                   "cluster:\n  partitions: %d\n"
                   "%s"
                   "keys:\n  folder: \"%s\"\n"
                   "log:\n  segment_bytes: 8MiB\n"
                   "index:\n  cache_bytes: 8MiB\n  write_buffer_bytes: 4MiB\n"
                   "logging:\n  level: debug\n",
                   process < LIVE_CLUSTER_NODES ? "storage" : "router",
                   process + 1, process + 1, LIVE_CLUSTER_PARTITIONS, control,
                   keys_of(cluster, process, keys));
    live_server_configure(server, yaml);
    if (process > 0)
        live_server_trust(server, &cluster->processes[0]);
}

void live_cluster_open(struct live_cluster *cluster,
                       const struct live_cluster_options *options)
{
    memset(cluster, 0, sizeof(*cluster));
    cluster->options = *options;
    cluster->lock = -1;
    prng_init(&cluster->versions, options->seed);
    folder_open(&cluster->folder);
    cluster->guardian = guardian_post(cluster->folder.path);
    choose_control(cluster);
    for (size_t i = 0; i < LIVE_CLUSTER_PROCESSES; i++) {
        struct live_server *server = &cluster->processes[i];

        live_server_open(server);
        if (options->has_network) {
            live_network_host(i + 1, server->host);
            live_network_path(i + 1, server->place);
        }
    }
    make_cluster(cluster);
    for (size_t i = 0; i < LIVE_CLUSTER_PROCESSES; i++)
        configure(cluster, i);
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

static bool is_all_led(const struct live_cluster *cluster,
                       struct live_leadership *out_leadership)
{
    if (!live_leadership_read(&cluster->control, out_leadership))
        return false;
    for (size_t i = 0; i < LIVE_CLUSTER_PARTITIONS; i++) {
        if (out_leadership->masters[i] == 0)
            return false;
    }
    return true;
}

static bool wait_until_led(const struct live_cluster *cluster)
{
    uint64_t until_ms = clock_boot_ms() + LED_MS;
    struct live_leadership leadership;

    while (!is_all_led(cluster, &leadership)) {
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

bool live_cluster_settle(struct live_cluster *cluster)
{
    struct live_leadership before = {0};
    struct live_leadership now = {0};
    uint64_t until_ms;
    uint64_t since_ms;

    if (!live_cluster_heal(cluster))
        return false;
    since_ms = clock_boot_ms();
    until_ms = since_ms + LED_MS;
    while (clock_boot_ms() < since_ms + CALM_MS) {
        if (clock_boot_ms() >= until_ms)
            return false;
        if (!is_all_led(cluster, &now) ||
            memcmp(&now, &before, sizeof(now)) != 0)
            since_ms = clock_boot_ms();
        before = now;
        (void)usleep(PAUSE_US);
    }
    return true;
}

static void choose_version(struct live_cluster *cluster,
                           struct live_server *server)
{
    server->program = NULL;
    if (cluster->options.other_program == NULL ||
        prng_below(&cluster->versions, 2) == 0)
        return;
    server->program = cluster->options.other_program;
    cluster->other_start_count++;
}

void live_cluster_start(struct live_cluster *cluster, size_t process)
{
    struct live_server *server = &cluster->processes[process];

    if (server->process != 0)
        (void)live_server_look(server);
    if (server->process != 0)
        return;
    choose_version(cluster, server);
    live_server_start(server);
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

static void lock_file(struct live_cluster *cluster)
{
    struct flock all = {.l_type = F_WRLCK,
                        .l_whence = SEEK_SET,
                        .l_start = LOCK_FIRST,
                        .l_len = LOCK_COUNT};
    char path[PATH_MAX];

    folder_path(&cluster->folder, CONTROL_FILE, path);
    cluster->lock = open(path, O_RDWR | O_CLOEXEC);
    ASSERT(cluster->lock >= 0);
    ASSERT(fcntl(cluster->lock, F_OFD_SETLKW, &all) == 0);
}

void live_cluster_lock_control(struct live_cluster *cluster)
{
    struct live_etcd *etcd = cluster->options.etcd;

    if (etcd == NULL && cluster->lock < 0)
        lock_file(cluster);
    for (size_t i = 0; etcd != NULL && i < etcd->member_count; i++)
        live_etcd_kill(etcd, i);
}

/* A member that was killed has it all on its disk. */
void live_cluster_unlock_control(struct live_cluster *cluster)
{
    struct live_etcd *etcd = cluster->options.etcd;

    if (cluster->lock >= 0)
        (void)close(cluster->lock);
    cluster->lock = -1;
    for (size_t i = 0; etcd != NULL && i < etcd->member_count; i++) {
        live_etcd_resume(etcd, i);
        if (etcd->processes[i] == 0)
            live_etcd_start(etcd, i);
    }
}

/* ---- Reaching it ---- */

/* What `dalv keys show` prints. */
static void read_public_key(const char *key_file, char text[KEY_TEXT_BYTES])
{
    char command[COMMAND_BYTES];
    FILE *shown;

    (void)snprintf(command, sizeof(command), "'%s' keys show '%s'",
                   DALV_PROGRAM, key_file);
    /* NOLINTNEXTLINE(cert-env33-c): a test of ours. */
    shown = popen(command, "re");
    ASSERT(shown != NULL && fgets(text, KEY_TEXT_BYTES, shown) != NULL);
    text[strcspn(text, "\n")] = '\0';
    (void)pclose(shown);
}

static void show_keys(const struct live_cluster *cluster,
                      struct dalv_backend_options *options)
{
    char folder[KEYS_PATH_BYTES];
    char key_file[KEYS_PATH_BYTES + FILE_NAME_BYTES];
    char server_key[KEY_TEXT_BYTES];

    if (!cluster->options.is_keyed)
        return;
    (void)keys_of(cluster, LIVE_CLUSTER_NODES, folder);
    (void)snprintf(key_file, sizeof(key_file), "%s/backends.key", folder);
    read_public_key(key_file, server_key);
    (void)snprintf(key_file, sizeof(key_file), "%s/client.key", folder);
    ASSERT(dalv_backend_options_set_keys(options, server_key, key_file) ==
           DALV_OK);
}

static struct dalv_backend *connect_backend(struct live_cluster *cluster,
                                            size_t router, uint32_t timeout_ms,
                                            uint32_t max_staleness_ms)
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
    show_keys(cluster, options);
    ASSERT(dalv_backend_options_set_timeout(options, timeout_ms) == DALV_OK);
    ASSERT(dalv_backend_options_set_max_staleness(options, max_staleness_ms) ==
           DALV_OK);
    status = dalv_backend_open(options, &backend);
    if (status != DALV_OK)
        (void)fprintf(stderr, "no router takes a backend: %s\n",
                      dalv_status_text(status));
    dalv_backend_options_destroy(&options);
    return backend;
}

struct dalv_backend *live_cluster_connect(struct live_cluster *cluster,
                                          size_t router, uint32_t timeout_ms)
{
    return connect_backend(cluster, router, timeout_ms, 0);
}

struct dalv_backend *live_cluster_connect_reader(struct live_cluster *cluster,
                                                 uint32_t timeout_ms,
                                                 uint32_t max_staleness_ms)
{
    return connect_backend(cluster, 0, timeout_ms, max_staleness_ms);
}
