#include "demo/stage.h"

#include "base/clock.h"
#include "base/folder_tree.h"
#include "demo/account.h"
#include "token/token.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <netinet/in.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    PORT_FIRST = 20000,
    PORT_SPAN = 12000, /* Below those that the system gives away. */
    PORT_STEP = 16,
    DEVICE_PORT = 2, /* Beyond the base port, as the next. */
    NODE_PORT = 4,
    HTTP_PORT = 10,
    CONNECT_TRIES = 100,
    CONNECT_PAUSE_MS = 100,
    TOKEN_LIFE_S = 1800,
};

/* ---- The folder ---- */

static bool find_programs(struct stage *stage)
{
    ssize_t size = readlink("/proc/self/exe", stage->programs,
                            sizeof(stage->programs) - 1);

    if (size <= 0)
        return false;
    stage->programs[size] = '\0';
    (void)dirname(stage->programs);
    return true;
}

/* ---- The ports ---- */

static bool is_free(unsigned port)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)port)};
    int one = 1;
    int probe = socket(AF_INET, SOCK_STREAM, 0);
    bool is_bound;

    if (probe < 0)
        return false;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    (void)setsockopt(probe, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
    is_bound = bind(probe, (struct sockaddr *)&address, sizeof(address)) == 0;
    (void)close(probe);
    return is_bound;
}

static bool is_base_free(unsigned port)
{
    return is_free(port) && is_free(port + DEVICE_PORT) &&
           is_free(port + NODE_PORT) && is_free(port + HTTP_PORT);
}

/* From a place of its own, so that two that start together seldom meet. */
uint16_t stage_take_port(struct stage *stage)
{
    unsigned first = (unsigned)getpid() * PORT_STEP % PORT_SPAN;

    if (stage->last_port != 0)
        first = (unsigned)stage->last_port + PORT_STEP - PORT_FIRST;
    for (unsigned i = 0; i < PORT_SPAN; i += PORT_STEP) {
        unsigned port = PORT_FIRST + (first + i) % PORT_SPAN;

        if (is_base_free(port)) {
            stage->last_port = (uint16_t)port;
            return stage->last_port;
        }
    }
    return 0;
}

bool stage_open(struct stage *stage, const char *program)
{
    const char *temporary = getenv("TMPDIR");

    memset(stage, 0, sizeof(*stage));
    (void)snprintf(stage->folder, sizeof(stage->folder), "%s/dalv-demo-XXXXXX",
                   temporary != NULL && strlen(temporary) < 40 ? temporary
                                                               : "/tmp");
    if (!find_programs(stage) || mkdtemp(stage->folder) == NULL) {
        (void)fprintf(stderr, "%s: no temporary folder: %s\n", program,
                      strerror(errno));
        return false;
    }
    stage->base_port = stage_take_port(stage);
    if (stage->base_port == 0) {
        (void)fprintf(stderr, "%s: no port is free\n", program);
        (void)rmdir(stage->folder);
        return false;
    }
    return true;
}

void stage_close(struct stage *stage)
{
    dalv_backend_close(&stage->backend);
    stage_stop_server(stage);
    orders_deinit(&stage->orders);
    (void)folder_tree_remove(stage->folder);
}

/* ---- The server ---- */

/* `from` is 0 for a free place. */
static void replace_process(struct stage *stage, pid_t from, pid_t to)
{
    for (size_t i = 0; i < STAGE_PROCESSES_MAX; i++) {
        if (stage->processes[i] == from) {
            stage->processes[i] = to;
            return;
        }
    }
}

pid_t stage_spawn(struct stage *stage, const char *log, char *const arguments[])
{
    char program[PATH_MAX + 16];
    char path[PATH_MAX];
    posix_spawn_file_actions_t actions;
    pid_t child = 0;
    int failure;

    (void)snprintf(program, sizeof(program), "%s/%s", stage->programs,
                   arguments[0]);
    (void)snprintf(path, sizeof(path), "%s/%s", stage->folder, log);
    (void)posix_spawn_file_actions_init(&actions);
    (void)posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, path,
                                           O_WRONLY | O_CREAT | O_APPEND, 0600);
    (void)posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO,
                                           STDOUT_FILENO);
    failure = posix_spawn(&child, program, &actions, NULL, arguments, environ);
    (void)posix_spawn_file_actions_destroy(&actions);
    if (failure == 0) {
        replace_process(stage, 0, child);
        return child;
    }
    account_fail("%s cannot be started: %s", program, strerror(failure));
    return 0;
}

int stage_wait(struct stage *stage, pid_t *process_p)
{
    int status = 0;
    pid_t ended;

    do {
        ended = waitpid(*process_p, &status, 0);
    } while (ended < 0 && errno == EINTR);
    replace_process(stage, *process_p, 0);
    *process_p = 0;
    return ended > 0 && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

bool stage_start_server(struct stage *stage)
{
    char data[PATH_MAX];
    char port[8];
    char *const arguments[] = {(char[]){"dalvd"},
                               (char[]){"dev"},
                               (char[]){"--data"},
                               data,
                               (char[]){"--base-port"},
                               port,
                               NULL};

    (void)snprintf(data, sizeof(data), "%s/server", stage->folder);
    (void)snprintf(port, sizeof(port), "%u", stage->base_port);
    stage->server = stage_spawn(stage, "server.txt", arguments);
    return stage->server != 0;
}

void stage_kill_server(struct stage *stage)
{
    if (stage->server == 0)
        return;
    (void)kill(stage->server, SIGKILL);
    (void)stage_wait(stage, &stage->server);
}

void stage_stop_server(struct stage *stage)
{
    if (stage->server == 0)
        return;
    (void)kill(stage->server, SIGTERM);
    (void)stage_wait(stage, &stage->server);
}

/* ---- Tokens ---- */

static void fill_claims(struct token_claims *claims, enum token_role role,
                        const char *user)
{
    uint64_t now_s = clock_wall_us() / 1000000;

    memset(claims, 0, sizeof(*claims));
    claims->role = role;
    claims->issued_s = now_s;
    claims->not_before_s = now_s;
    claims->expires_s = now_s + TOKEN_LIFE_S;
    claims->right_count = 1;
    claims->rights[0].grants = TOKEN_READ | TOKEN_WRITE | TOKEN_WATCH;
    (void)snprintf(claims->issuer, sizeof(claims->issuer), "dalvdb");
    (void)snprintf(claims->audience, sizeof(claims->audience), "local");
    (void)snprintf(claims->user, sizeof(claims->user), "%s", user);
}

static bool issue(const struct stage *stage, enum token_role role,
                  const char *user, char token[STAGE_TOKEN_MAX + 1])
{
    char path[PATH_MAX];
    struct token_secret_key key;
    struct token_claims claims;
    struct text text;
    enum dalv_status status;

    (void)snprintf(path, sizeof(path), "%s/server/issuer.key", stage->folder);
    status = token_secret_key_load(path, &key);
    if (status != DALV_OK)
        return false;
    fill_claims(&claims, role, user);
    text_init(&text, token, STAGE_TOKEN_MAX + 1);
    status = token_issue(&key, &claims, &text);
    token_secret_key_wipe(&key);
    return status == DALV_OK;
}

bool stage_issue_token(const struct stage *stage, const char *user,
                       char token[STAGE_TOKEN_MAX + 1])
{
    if (issue(stage, TOKEN_DEVICE, user, token))
        return true;
    account_fail("no token for %s can be issued", user);
    return false;
}

/* ---- Reaching it ---- */

static enum dalv_status add_endpoints(struct dalv_backend_options *options,
                                      const uint16_t *ports, size_t count)
{
    enum dalv_status status = DALV_OK;
    char endpoint[64];

    for (size_t i = 0; status == DALV_OK && i < count; i++) {
        (void)snprintf(endpoint, sizeof(endpoint), "tcp://127.0.0.1:%u",
                       ports[i]);
        status = dalv_backend_options_add_endpoint(options, endpoint);
    }
    return status;
}

static enum dalv_status try_connect(struct stage *stage, const uint16_t *ports,
                                    size_t count)
{
    char token[STAGE_TOKEN_MAX + 1];
    struct dalv_backend_options *options = NULL;
    enum dalv_status status;

    if (!issue(stage, TOKEN_BACKEND, "", token))
        return DALV_UNAVAILABLE; /* The server has made no key yet. */
    status = dalv_backend_options_create(&options);
    if (status == DALV_OK)
        status = add_endpoints(options, ports, count);
    if (status == DALV_OK)
        status = dalv_backend_options_set_token(options, token);
    if (status == DALV_OK)
        status = dalv_backend_open(options, &stage->backend);
    dalv_backend_options_destroy(&options);
    return status;
}

bool stage_connect_to(struct stage *stage, const uint16_t *ports, size_t count)
{
    enum dalv_status status = DALV_UNAVAILABLE;

    dalv_backend_close(&stage->backend);
    for (unsigned i = 0; i < CONNECT_TRIES; i++) {
        status = try_connect(stage, ports, count);
        if (status == DALV_OK)
            return true;
        (void)usleep(CONNECT_PAUSE_MS * 1000);
    }
    account_fail("no server answers: %s", dalv_status_text(status));
    return false;
}

bool stage_connect(struct stage *stage)
{
    return stage_connect_to(stage, &stage->base_port, 1);
}

static enum dalv_status fill_options(const struct stage *stage,
                                     const char *user, const char *name,
                                     struct dalv_device_options *options)
{
    char token[STAGE_TOKEN_MAX + 1];
    char path[PATH_MAX];
    char endpoint[64];
    enum dalv_status status;

    if (!stage_issue_token(stage, user, token))
        return DALV_INTERNAL;
    (void)snprintf(path, sizeof(path), "%s/%s-%s", stage->folder, user, name);
    (void)snprintf(endpoint, sizeof(endpoint), "tcp://127.0.0.1:%u",
                   (unsigned)stage->base_port + DEVICE_PORT);
    status = dalv_device_options_set_path(options, path);
    if (status == DALV_OK)
        status = dalv_device_options_set_user(options, dalv_text(user));
    if (status == DALV_OK)
        status = dalv_device_options_add_endpoint(options, endpoint);
    if (status == DALV_OK)
        status = dalv_device_options_set_token(options, token);
    return status;
}

struct dalv_device *stage_open_device(const struct stage *stage,
                                      const char *user, const char *name)
{
    struct dalv_device_options *options = NULL;
    struct dalv_device *device = NULL;
    enum dalv_status status = dalv_device_options_create(&options);

    if (status == DALV_OK)
        status = fill_options(stage, user, name, options);
    if (status == DALV_OK)
        status = dalv_device_open(options, &device);
    dalv_device_options_destroy(&options);
    if (status != DALV_OK)
        account_fail("the device %s of %s does not open: %s", name, user,
                     dalv_status_text(status));
    return device;
}

double stage_seconds(void)
{
    uint64_t now_us = clock_boot_us();

    return (double)now_us / 1e6;
}
