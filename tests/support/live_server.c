#include "tests/support/live_server.h"

#include "base/assert.h"
#include "base/clock.h"
#include "tests/support/guardian.h"
#include "token/key.h"
#include "token/token.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    /* Below the ports that the system gives to whoever connects. Each server
       has so many, and holds the last one as long as it lives, so that no other
       test takes what it does not listen at yet. */
    PORT_FIRST = 12000,
    PORT_BLOCKS = 500,
    PORT_BLOCK = 16,
    OFFSETS = 5,
    PAUSE_US = 2000,
    TOKEN_LIFE_S = 1800,
    EXIT_IN_USE = 4,
    STARTS_MAX = 5,
    RUNS = -2,
    OUT_OF_TIME = -1,
    NO_PROGRAM = 127,
    TOLD_BYTES = 1500,
};

/* ---- Ports and folder ---- */

/* A socket that has the port; -1 if another has it. */
static int take_port(unsigned port)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_port = htons((uint16_t)port),
        .sin_addr = {htonl(INADDR_LOOPBACK)},
    };
    int handle = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    ASSERT(handle >= 0);
    if (bind(handle, (const struct sockaddr *)&address, sizeof(address)) == 0)
        return handle;
    (void)close(handle);
    return -1;
}

static bool is_free(unsigned port)
{
    int handle = take_port(port);

    if (handle >= 0)
        (void)close(handle);
    return handle >= 0;
}

static void let_ports_go(struct live_server *server)
{
    if (server->port_holder >= 0)
        (void)close(server->port_holder);
    server->port_holder = -1;
}

static void choose_ports(struct live_server *server)
{
    static const unsigned offsets[OFFSETS] = {0, 2, 4, 6, 10};
    unsigned port;
    size_t free_count;

    do {
        uint32_t random = 0;

        let_ports_go(server);
        ASSERT(getrandom(&random, sizeof(random), 0) == sizeof(random));
        port = PORT_FIRST + random % PORT_BLOCKS * PORT_BLOCK;
        server->port_holder = take_port(port + PORT_BLOCK - 1);
        free_count = 0;
        while (server->port_holder >= 0 && free_count < OFFSETS &&
               is_free(port + offsets[free_count]))
            free_count++;
    } while (free_count < OFFSETS);
    server->base_port = (uint16_t)port;
}

static void path_in(const struct live_server *server, const char *name,
                    char path[LIVE_SERVER_PATH_BYTES])
{
    (void)snprintf(path, LIVE_SERVER_PATH_BYTES, "%s/%s", server->folder.path,
                   name);
}

void live_server_open(struct live_server *server)
{
    memset(server, 0, sizeof(*server));
    ASSERT(token_start() == DALV_OK);
    folder_open(&server->folder);
    server->guardian = guardian_post(server->folder.path);
    path_in(server, "data", server->data);
    path_in(server, "server.txt", server->log);
    (void)snprintf(server->host, sizeof(server->host), "127.0.0.1");
    server->port_holder = -1;
    choose_ports(server);
}

void live_server_close(struct live_server *server)
{
    live_server_kill(server);
    let_ports_go(server);
    folder_close(&server->folder);
    guardian_dismiss(&server->guardian);
}

void live_server_set(struct live_server *server, const char *name,
                     const char *value)
{
    ASSERT(server->setting_count < LIVE_SERVER_SETTINGS_MAX);
    (void)snprintf(server->settings[server->setting_count++],
                   LIVE_SERVER_SETTING_BYTES, "%s=%s", name, value);
}

void live_server_unset(struct live_server *server)
{
    server->setting_count = 0;
}

/* ---- Life ---- */

void live_server_configure(struct live_server *server, const char *yaml)
{
    char path[PATH_MAX];
    char text[2 * PATH_MAX];
    struct token_secret_key key;
    struct token_key_set set = {.count = 1};

    ASSERT(mkdir(server->data, S_IRWXU) == 0 || errno == EEXIST);
    (void)snprintf(path, sizeof(path), "%s/issuer.key", server->data);
    ASSERT(token_secret_key_generate("test", &key) == DALV_OK);
    ASSERT(token_secret_key_save(path, &key) == DALV_OK);
    token_secret_key_public(&key, &set.keys[0]);
    token_secret_key_wipe(&key);
    (void)snprintf(path, sizeof(path), "%s/issuer.pub", server->data);
    ASSERT(token_key_set_save(path, &set) == DALV_OK);
    (void)snprintf(text, sizeof(text),
                   "data:\n  folder: %s\n"
                   "tokens:\n  key_files: [%s/issuer.pub]\n"
                   "listen:\n  host: %s\n  base_port: %u\n%s",
                   server->data, server->data, server->host, server->base_port,
                   yaml);
    path_in(server, "dalvd.yaml", server->config);
    folder_put(&server->folder, "dalvd.yaml", S_IRUSR | S_IWUSR, text, path);
}

void live_server_trust(struct live_server *server,
                       const struct live_server *issuer)
{
    struct token_secret_key key;
    struct token_key_set set = {.count = 1};
    char path[PATH_MAX];

    (void)snprintf(path, sizeof(path), "%s/issuer.key", issuer->data);
    ASSERT(token_secret_key_load(path, &key) == DALV_OK);
    token_secret_key_public(&key, &set.keys[0]);
    token_secret_key_wipe(&key);
    (void)snprintf(path, sizeof(path), "%s/issuer.pub", server->data);
    ASSERT(token_key_set_save(path, &set) == DALV_OK);
}

/* In the child: only what a child of many threads may call. */
static void become_server(struct live_server *server, int said, pid_t parent,
                          char *const arguments[])
{
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(NO_PROGRAM);
    if (server->place[0] != '\0' && live_network_go(server->place) != 0)
        _exit(NO_PROGRAM);
    (void)dup2(said, STDERR_FILENO);
    for (size_t i = 0; i < server->setting_count; i++)
        (void)putenv(server->settings[i]);
    (void)execv(server->program == NULL ? DALVD_PROGRAM : server->program,
                arguments);
    _exit(NO_PROGRAM);
}

void live_server_start(struct live_server *server)
{
    char port[8];
    char *as_dev[] = {(char[]){"dalvd"},
                      (char[]){"dev"},
                      (char[]){"--data"},
                      server->data,
                      (char[]){"--base-port"},
                      port,
                      NULL};
    char *as_configured[] = {(char[]){"dalvd"}, (char[]){"--config"},
                             server->config, NULL};
    pid_t parent = getpid();
    int said = open(server->log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC,
                    S_IRUSR | S_IWUSR);

    if (said < 0)
        perror(server->log);
    ASSERT(said >= 0);
    ASSERT(server->process == 0);
    (void)snprintf(port, sizeof(port), "%u", server->base_port);
    server->process = fork();
    ASSERT(server->process >= 0);
    if (server->process == 0)
        become_server(server, said, parent,
                      server->config[0] == '\0' ? as_dev : as_configured);
    (void)close(said);
}

static int exit_code_of(int state)
{
    return WIFEXITED(state) ? WEXITSTATUS(state) : 128 + WTERMSIG(state);
}

int live_server_look(struct live_server *server)
{
    int state = 0;
    pid_t ended = waitpid(server->process, &state, WNOHANG);

    if (ended != server->process)
        return RUNS;
    server->process = 0;
    server->code = exit_code_of(state);
    return server->code;
}

void live_server_kill(struct live_server *server)
{
    if (server->process == 0)
        return;
    (void)kill(server->process, SIGKILL);
    while (waitpid(server->process, NULL, 0) < 0 && errno == EINTR)
        continue;
    server->process = 0;
}

void live_server_signal(struct live_server *server, int signal)
{
    if (server->process != 0)
        (void)kill(server->process, signal);
}

int live_server_wait(struct live_server *server)
{
    uint64_t until_ms = clock_boot_ms() + LIVE_SERVER_WAIT_MS;
    int code;

    ASSERT(server->process != 0);
    while ((code = live_server_look(server)) == RUNS) {
        if (clock_boot_ms() >= until_ms) {
            live_server_kill(server);
            return OUT_OF_TIME;
        }
        (void)usleep(PAUSE_US);
    }
    return code;
}

int live_server_stop(struct live_server *server)
{
    live_server_signal(server, SIGTERM);
    return live_server_wait(server);
}

/* RUNS once it answers, else its exit code. */
static int wait_until_it_answers(struct live_server *server)
{
    uint64_t until_ms = clock_boot_ms() + LIVE_SERVER_WAIT_MS;
    char text[64];

    while (!live_server_ask(server, "/healthz", text, sizeof(text))) {
        int code = live_server_look(server);

        if (code != RUNS)
            return code;
        if (clock_boot_ms() >= until_ms)
            return OUT_OF_TIME;
        (void)usleep(PAUSE_US);
    }
    return RUNS;
}

/* A test that fails shows what the server said last. */
static void tell_why(const struct live_server *server, int code)
{
    char last[TOLD_BYTES + 1] = "";
    FILE *file = fopen(server->log, "re");

    if (file != NULL) {
        (void)fseek(file, -(long)TOLD_BYTES, SEEK_END);
        last[fread(last, 1, TOLD_BYTES, file)] = '\0';
        (void)fclose(file);
    }
    (void)fprintf(stderr, "the server on port %u does not answer (%d):\n%s\n",
                  server->base_port, code, last);
}

bool live_server_wait_ready(struct live_server *server)
{
    int code = wait_until_it_answers(server);

    if (code != RUNS)
        tell_why(server, code);
    return code == RUNS;
}

bool live_server_start_ready(struct live_server *server)
{
    for (int i = 0; i < STARTS_MAX; i++) {
        int code;

        live_server_start(server);
        code = wait_until_it_answers(server);
        if (code == RUNS)
            return true;
        live_server_kill(server);
        tell_why(server, code);
        if (code != EXIT_IN_USE || server->config[0] != '\0')
            break;
        choose_ports(server); /* Another took them meanwhile. */
    }
    return false;
}

/* ---- Reaching it ---- */

void live_server_endpoint(const struct live_server *server, unsigned offset,
                          char endpoint[64])
{
    (void)snprintf(endpoint, 64, "tcp://%s:%u", server->host,
                   server->base_port + offset);
}

void live_server_token(const struct live_server *server, enum token_role role,
                       const char *user, char token[LIVE_SERVER_TOKEN_BYTES])
{
    uint64_t now_s = clock_wall_us() / 1000000;
    struct token_claims claims = {
        .role = role,
        .issued_s = now_s,
        .not_before_s = now_s,
        .expires_s = now_s + TOKEN_LIFE_S,
        .right_count = 1,
        .rights = {{.grants = TOKEN_READ | TOKEN_WRITE | TOKEN_WATCH}},
    };
    struct token_secret_key key;
    struct text text;
    char path[LIVE_SERVER_PATH_BYTES + 16];

    (void)snprintf(claims.issuer, sizeof(claims.issuer), "dalvdb");
    (void)snprintf(claims.audience, sizeof(claims.audience), "local");
    (void)snprintf(claims.user, sizeof(claims.user), "%s", user);
    (void)snprintf(path, sizeof(path), "%s/issuer.key", server->data);
    ASSERT(token_secret_key_load(path, &key) == DALV_OK);
    text_init(&text, token, LIVE_SERVER_TOKEN_BYTES);
    ASSERT(token_issue(&key, &claims, &text) == DALV_OK);
    token_secret_key_wipe(&key);
}

static size_t receive_all(int handle, char *text, size_t capacity)
{
    size_t size = 0;

    while (size + 1 < capacity) {
        ssize_t count = recv(handle, text + size, capacity - size - 1, 0);

        if (count <= 0)
            break;
        size += (size_t)count;
    }
    text[size] = '\0';
    return size;
}

bool live_server_ask(const struct live_server *server, const char *path,
                     char *text, size_t capacity)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_port = htons((uint16_t)(server->base_port + 10)),
    };
    struct timeval patience = {.tv_sec = 5};
    char question[128];
    static char answer[64 << 10];
    const char *body = NULL;
    int handle = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    ASSERT(handle >= 0);
    ASSERT(inet_pton(AF_INET, server->host, &address.sin_addr) == 1);
    (void)setsockopt(handle, SOL_SOCKET, SO_RCVTIMEO, &patience,
                     sizeof(patience));
    (void)snprintf(question, sizeof(question),
                   "GET %s HTTP/1.1\r\nHost: localhost\r\n"
                   "Connection: close\r\n\r\n",
                   path);
    if (connect(handle, (const struct sockaddr *)&address, sizeof(address)) ==
            0 &&
        send(handle, question, strlen(question), MSG_NOSIGNAL) > 0 &&
        receive_all(handle, answer, sizeof(answer)) > 0)
        body = strstr(answer, "\r\n\r\n");
    (void)close(handle);
    if (body != NULL)
        (void)snprintf(text, capacity, "%s", body + 4);
    return body != NULL;
}

double live_server_metric(const struct live_server *server, const char *name)
{
    static char text[64 << 10];
    size_t size = strlen(name);
    const char *line;

    if (!live_server_ask(server, "/metrics", text, sizeof(text)))
        return -1;
    for (line = text; line != NULL; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (strncmp(line, name, size) == 0 && line[size] == ' ')
            return strtod(line + size, NULL);
    }
    return -1;
}

size_t live_server_resident_bytes(const struct live_server *server)
{
    char path[64];
    char line[128];
    size_t kib = 0;
    FILE *file;

    (void)snprintf(path, sizeof(path), "/proc/%d/status", (int)server->process);
    file = fopen(path, "re");
    if (file == NULL)
        return 0;
    while (kib == 0 && fgets(line, sizeof(line), file) != NULL) {
        if (strncmp(line, "VmRSS:", 6) == 0)
            kib = strtoul(line + 6, NULL, 10);
    }
    (void)fclose(file);
    return kib << 10;
}

bool live_server_last_said(const struct live_server *server, const char *text,
                           char *line, size_t capacity)
{
    char *read = NULL;
    size_t read_capacity = 0;
    bool is_said = false;
    FILE *file = fopen(server->log, "re");

    while (file != NULL && getline(&read, &read_capacity, file) > 0) {
        if (strstr(read, text) == NULL)
            continue;
        is_said = true;
        (void)snprintf(line, capacity, "%s", read);
    }
    free(read);
    if (file != NULL)
        (void)fclose(file);
    return is_said;
}

bool live_server_said(const struct live_server *server, const char *text)
{
    char line[2] = "";

    return live_server_last_said(server, text, line, sizeof(line));
}

struct dalv_backend *live_server_connect(struct live_server *server,
                                         uint32_t timeout_ms)
{
    char token[LIVE_SERVER_TOKEN_BYTES];
    char endpoint[64];
    struct dalv_backend_options *options = NULL;
    struct dalv_backend *backend = NULL;
    enum dalv_status status;

    if (wait_until_it_answers(server) != RUNS)
        return NULL;
    live_server_token(server, TOKEN_BACKEND, "", token);
    live_server_endpoint(server, 0, endpoint);
    ASSERT(dalv_backend_options_create(&options) == DALV_OK);
    ASSERT(dalv_backend_options_add_endpoint(options, endpoint) == DALV_OK);
    ASSERT(dalv_backend_options_set_token(options, token) == DALV_OK);
    ASSERT(dalv_backend_options_set_timeout(options, timeout_ms) == DALV_OK);
    status = dalv_backend_open(options, &backend);
    if (status != DALV_OK)
        (void)fprintf(stderr, "the server on port %u takes no backend: %s\n",
                      server->base_port, dalv_status_text(status));
    dalv_backend_options_destroy(&options);
    return backend;
}
