#include "bench/server.h"

#include "base/clock.h"
#include "base/folder_tree.h"
#include "base/text.h"
#include "bench/client.h"
#include "token/token.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    DEVICE_PORT_OFFSET = 2,
    NODE_PORT_OFFSET = 4,
    START_MS_MAX = 120000,
    START_POLL_MS = 1,
    TOKEN_LIFE_S = 3000,
    US_PER_S = 1000000,
    CONFIG_MODE = 0600,
    FOLDER_MODE = 0700,
    LINE_BYTES = 512,
    /* Fields of /proc/PID/stat behind the name in brackets. */
    STAT_USER_TIME = 12,
    STAT_SYSTEM_TIME = 13,
};

/* Room in paths for what lies in the folder. */
static void path_in(const char *folder, const char *name,
                    char path[BENCH_PATH_BYTES])
{
    int size = snprintf(path, BENCH_PATH_BYTES, "%s/%s", folder, name);

    if (size < 0 || size >= BENCH_PATH_BYTES)
        bench_give_up(name, "the path is too long");
}

static void make_keys(const struct server *server)
{
    char path[BENCH_PATH_BYTES];
    struct token_secret_key secret;
    struct token_key_set set = {.count = 1};
    enum dalv_status status;

    status = token_secret_key_generate("bench", &secret);
    path_in(server->folder, "issuer.key", path);
    if (status == DALV_OK)
        status = token_secret_key_save(path, &secret);
    token_secret_key_public(&secret, &set.keys[0]);
    token_secret_key_wipe(&secret);
    path_in(server->folder, "issuer.pub", path);
    if (status == DALV_OK)
        status = token_key_set_save(path, &set);
    if (status != DALV_OK)
        bench_give_up(path, status_text(status));
}

/*
 * As `dalvd dev` has it, but for the limits of one device, which are there so
 * that none takes all; and a stall is to be measured, not refused.
 */
static void write_config(const struct server *server, const char *yaml)
{
    char path[BENCH_PATH_BYTES];
    int descriptor;
    FILE *file;

    path_in(server->folder, "dalvd.yaml", path);
    descriptor = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, CONFIG_MODE);
    file = descriptor < 0 ? NULL : fdopen(descriptor, "w");
    if (file == NULL)
        bench_give_up(path, strerror(errno));
    (void)fprintf(file,
                  "data: {folder: \"%s\"}\n"
                  "listen: {base_port: %u}\n"
                  "tokens: {key_files: [\"%s/issuer.pub\"]}\n"
                  "requests: {deadline: 30s}\n"
                  "limits:\n"
                  "  requests_per_s: 1000000\n"
                  "  bytes_per_s: 1GiB\n"
                  "  user_bytes: 1GiB\n"
                  "  sync_operations: 1000000\n"
                  "%s",
                  server->folder, server->backend_port, server->keys, yaml);
    if (fclose(file) != 0)
        bench_give_up(path, strerror(errno));
}

static void make_folder(struct server *server, const struct bench *bench,
                        const char *name)
{
    memset(server, 0, sizeof(*server));
    server->bench = bench;
    bench_path(bench, name, server->folder);
    server->backend_port = bench_free_port();
    server->device_port = (uint16_t)(server->backend_port + DEVICE_PORT_OFFSET);
    server->node_port = (uint16_t)(server->backend_port + NODE_PORT_OFFSET);
    if (mkdir(server->folder, FOLDER_MODE) != 0)
        bench_give_up(server->folder, strerror(errno));
}

void server_init(struct server *server, const struct bench *bench,
                 const char *name)
{
    make_folder(server, bench, name);
    memcpy(server->keys, server->folder, sizeof(server->keys));
    make_keys(server);
    write_config(server, "");
}

void server_init_part(struct server *server, const struct bench *bench,
                      const char *name, const struct server *issuer,
                      const char *yaml)
{
    make_folder(server, bench, name);
    memcpy(server->keys, issuer->folder, sizeof(server->keys));
    if (server == issuer)
        make_keys(server);
    write_config(server, yaml);
}

/* It may listen before its storage is there. */
bool server_is_serving(const struct server *server)
{
    struct client client;
    bool is_served;

    if (!client_open_backend(&client, server))
        return false;
    is_served = client_is_served(&client);
    client_close(&client);
    return is_served;
}

void server_launch(struct server *server)
{
    char log[BENCH_PATH_BYTES];
    char config[BENCH_PATH_BYTES];
    char program[BENCH_PATH_BYTES];
    char option[] = "--config";
    char *arguments[] = {program, option, config, NULL};

    path_in(server->folder, "dalvd.yaml", config);
    (void)snprintf(program, sizeof(program), "%s", server->bench->plan.server);
    bench_path(server->bench, "dalvd.log", log);
    process_start(&server->process, arguments, log);
}

uint64_t server_start(struct server *server)
{
    uint64_t began_us = clock_boot_us();

    server_launch(server);
    while (!server_is_serving(server)) {
        if (clock_boot_us() - began_us > START_MS_MAX * 1000ULL)
            bench_give_up("dalvd", "did not start in time");
        (void)poll(NULL, 0, START_POLL_MS);
    }
    return clock_boot_us() - began_us;
}

void server_stop(struct server *server, int signal)
{
    process_stop(&server->process, signal);
}

void server_remove_index(struct server *server)
{
    char path[BENCH_PATH_BYTES];

    path_in(server->folder, "index", path);
    if (folder_tree_remove(path) != DALV_OK)
        bench_give_up(path, "can not be removed");
}

/* ---- Tokens ---- */

static void issue(const struct server *server, enum token_role role,
                  const char *user, char token[SERVER_TOKEN_BYTES])
{
    uint64_t now_s = clock_wall_us() / US_PER_S;
    struct token_claims claims = {
        .role = role,
        .issuer = "dalvdb",
        .audience = "local",
        .issued_s = now_s,
        .not_before_s = now_s,
        .expires_s = now_s + TOKEN_LIFE_S,
        .right_count = 1,
        .rights = {{.grants = TOKEN_READ | TOKEN_WRITE | TOKEN_WATCH}},
    };
    struct token_secret_key key;
    char path[BENCH_PATH_BYTES];
    struct text text;

    path_in(server->keys, "issuer.key", path);
    (void)snprintf(claims.user, sizeof(claims.user), "%s", user);
    text_init(&text, token, SERVER_TOKEN_BYTES);
    if (token_secret_key_load(path, &key) != DALV_OK ||
        token_issue(&key, &claims, &text) != DALV_OK)
        bench_give_up("token", "the server's key does not sign");
    token_secret_key_wipe(&key);
}

void server_backend_token(const struct server *server,
                          char token[SERVER_TOKEN_BYTES])
{
    issue(server, TOKEN_BACKEND, "", token);
}

void server_device_token(const struct server *server, const char *user,
                         char token[SERVER_TOKEN_BYTES])
{
    issue(server, TOKEN_DEVICE, user, token);
}

/* ---- What it costs the machine ---- */

static void read_line(const struct server *server, const char *name,
                      char line[LINE_BYTES])
{
    char path[64];
    FILE *file;

    (void)snprintf(path, sizeof(path), "/proc/%d/%s", (int)server->process.id,
                   name);
    file = fopen(path, "re");
    if (file == NULL || fgets(line, LINE_BYTES, file) == NULL)
        bench_give_up(path, "can not be read");
    (void)fclose(file);
}

double server_memory_mib(const struct server *server)
{
    char line[LINE_BYTES];
    char *resident = NULL;
    long page_bytes = sysconf(_SC_PAGESIZE);

    read_line(server, "statm", line);
    (void)strtoull(line, &resident, 10);
    return strtod(resident, NULL) * (double)page_bytes / (1 << 20);
}

uint64_t server_cpu_us(const struct server *server)
{
    char line[LINE_BYTES];
    const char *place;
    uint64_t ticks = 0;

    read_line(server, "stat", line);
    place = strrchr(line, ')');
    for (int i = 1; place != NULL && i <= STAT_SYSTEM_TIME; i++) {
        place = strchr(place + 1, ' ');
        if (place != NULL && i >= STAT_USER_TIME)
            ticks += strtoull(place, NULL, 10);
    }
    return ticks * US_PER_S / (uint64_t)sysconf(_SC_CLK_TCK);
}
