#include "tests/support/live_etcd.h"

#include "base/assert.h"
#include "control/control_etcd.h"
#include "tests/support/guardian.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PROGRAM "/usr/bin/etcd"

enum {
    ARGUMENTS_MAX = 32,
    TEXT_MAX = 320,
    COMMAND_MAX = 2048,
    WAITS_MAX = 300,
    PAUSE_MS = 100,
    ANSWER_MS = 2000,
    CODE_NO_PROGRAM = 127,
};

/* The words of a command, each in memory of its own. */
struct command {
    char words[ARGUMENTS_MAX][TEXT_MAX];
    size_t count;
};

static void rest(void)
{
    struct timespec pause = {.tv_nsec = PAUSE_MS * 1000000L};

    (void)nanosleep(&pause, NULL);
}

static void add(struct command *command, const char *name, const char *value)
{
    ASSERT(command->count < ARGUMENTS_MAX - 1);
    (void)snprintf(command->words[command->count++], TEXT_MAX, "--%s=%s", name,
                   value);
}

bool live_etcd_is_there(void)
{
    return access(PROGRAM, X_OK) == 0;
}

/* A port that nobody has at this moment. */
static uint16_t free_port(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof(address);
    int handle = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    ASSERT(handle >= 0);
    ASSERT(bind(handle, (const struct sockaddr *)&address, size) == 0);
    ASSERT(getsockname(handle, (struct sockaddr *)&address, &size) == 0);
    (void)close(handle);
    return ntohs(address.sin_port);
}

static void put_cluster(const struct live_etcd *etcd, char text[TEXT_MAX])
{
    int size = 0;

    for (size_t i = 0; i < etcd->member_count; i++) {
        size += snprintf(text + size, TEXT_MAX - (size_t)size,
                         "%sm%zu=http://%s:%u", i > 0 ? "," : "", i, etcd->host,
                         etcd->peer_ports[i]);
        ASSERT(size < TEXT_MAX);
    }
}

static void add_certificates(const struct live_etcd *etcd,
                             struct command *command)
{
    char path[PATH_MAX];

    add(command, "client-cert-auth", "true");
    folder_path(&etcd->folder, "ca.crt", path);
    add(command, "trusted-ca-file", path);
    folder_path(&etcd->folder, "server.crt", path);
    add(command, "cert-file", path);
    folder_path(&etcd->folder, "server.key", path);
    add(command, "key-file", path);
}

static void put_command(const struct live_etcd *etcd, size_t member,
                        struct command *command)
{
    const char *scheme = etcd->is_secure ? "https" : "http";
    char text[TEXT_MAX];
    char path[PATH_MAX];

    (void)snprintf(command->words[command->count++], TEXT_MAX, "etcd");
    (void)snprintf(text, sizeof(text), "m%zu", member);
    add(command, "name", text);
    folder_path(&etcd->folder, text, path);
    add(command, "data-dir", path);
    (void)snprintf(text, sizeof(text), "%s://%s:%u", scheme, etcd->host,
                   etcd->client_ports[member]);
    add(command, "listen-client-urls", text);
    add(command, "advertise-client-urls", text);
    (void)snprintf(text, sizeof(text), "http://%s:%u", etcd->host,
                   etcd->peer_ports[member]);
    add(command, "listen-peer-urls", text);
    add(command, "initial-advertise-peer-urls", text);
    put_cluster(etcd, text);
    add(command, "initial-cluster", text);
    add(command, "log-level", "error");
    if (etcd->is_secure)
        add_certificates(etcd, command);
}

/* In the child: only what a child of many threads may call. */
static _Noreturn void become_member(const struct live_etcd *etcd,
                                    struct command *command, int said,
                                    pid_t parent)
{
    char *arguments[ARGUMENTS_MAX];

    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(CODE_NO_PROGRAM);
    if (etcd->place[0] != '\0' && live_network_go(etcd->place) != 0)
        _exit(CODE_NO_PROGRAM);
    for (size_t i = 0; i < command->count; i++)
        arguments[i] = command->words[i];
    arguments[command->count] = NULL;
    (void)dup2(said, STDOUT_FILENO);
    (void)dup2(said, STDERR_FILENO);
    (void)execv(PROGRAM, arguments);
    _exit(CODE_NO_PROGRAM);
}

void live_etcd_start(struct live_etcd *etcd, size_t member)
{
    static struct command command;
    pid_t parent = getpid();
    char path[PATH_MAX];
    int said;

    ASSERT(etcd->processes[member] == 0);
    command.count = 0;
    put_command(etcd, member, &command);
    folder_path(&etcd->folder, "log", path);
    said = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    ASSERT(said >= 0);
    etcd->processes[member] = fork();
    ASSERT(etcd->processes[member] >= 0);
    if (etcd->processes[member] == 0)
        become_member(etcd, &command, said, parent);
    (void)close(said);
}

static void prepare(struct live_etcd *etcd, size_t member_count)
{
    ASSERT(member_count >= 1 && member_count <= LIVE_ETCD_MEMBERS_MAX);
    *etcd =
        (struct live_etcd){.member_count = member_count, .host = "127.0.0.1"};
    folder_open_in_memory(&etcd->folder);
    etcd->guardian = guardian_post(etcd->folder.path);
    for (size_t i = 0; i < member_count; i++) {
        etcd->client_ports[i] = free_port();
        etcd->peer_ports[i] = free_port();
    }
}

static void start_all(struct live_etcd *etcd)
{
    for (size_t i = 0; i < etcd->member_count; i++)
        live_etcd_start(etcd, i);
    live_etcd_wait(etcd);
}

void live_etcd_open(struct live_etcd *etcd, size_t member_count)
{
    prepare(etcd, member_count);
    start_all(etcd);
}

static const char make_certificates[] =
    "exec 2>/dev/null; cd '%s' || exit 1\n"
    "new() { openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256"
    " -nodes -days 2 -subj /CN=$1 -keyout $1.key -out $1.crt; }\n"
    "sign() { openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes"
    " -subj /CN=$1 -keyout $1.key -out $1.csr && printf '%%s\\n'"
    " subjectAltName=IP:%s extendedKeyUsage=serverAuth,clientAuth"
    " >$1.ext && openssl x509 -req -days 2 -in $1.csr -CA ca.crt -CAkey ca.key"
    " -CAcreateserial -extfile $1.ext -out $1.crt; }\n"
    "new ca && new other && sign server && sign client";

static void make_secure(struct live_etcd *etcd)
{
    char command[COMMAND_MAX];

    etcd->is_secure = true;
    (void)snprintf(command, sizeof(command), make_certificates,
                   etcd->folder.path, etcd->host);
    /* NOLINTNEXTLINE(cert-env33-c,concurrency-mt-unsafe): a test of ours. */
    ASSERT(system(command) == 0);
}

void live_etcd_open_secure(struct live_etcd *etcd)
{
    prepare(etcd, 1);
    make_secure(etcd);
    start_all(etcd);
}

void live_etcd_open_at(struct live_etcd *etcd, size_t member_count,
                       size_t place)
{
    prepare(etcd, member_count);
    live_network_host(place, etcd->host);
    live_network_path(place, etcd->place);
    make_secure(etcd);
    start_all(etcd);
}

void live_etcd_close(struct live_etcd *etcd)
{
    for (size_t i = 0; i < etcd->member_count; i++)
        live_etcd_kill(etcd, i);
    folder_close(&etcd->folder);
    guardian_dismiss(&etcd->guardian);
}

void live_etcd_kill(struct live_etcd *etcd, size_t member)
{
    if (etcd->processes[member] == 0)
        return;
    (void)kill(etcd->processes[member], SIGKILL);
    (void)waitpid(etcd->processes[member], NULL, 0);
    etcd->processes[member] = 0;
}

void live_etcd_pause(const struct live_etcd *etcd, size_t member)
{
    int status = 0;

    ASSERT(kill(etcd->processes[member], SIGSTOP) == 0);
    /* Its threads do not stop at once. */
    ASSERT(waitpid(etcd->processes[member], &status, WUNTRACED) ==
           etcd->processes[member]);
    ASSERT(WIFSTOPPED(status));
}

void live_etcd_resume(const struct live_etcd *etcd, size_t member)
{
    if (etcd->processes[member] != 0)
        ASSERT(kill(etcd->processes[member], SIGCONT) == 0);
}

void live_etcd_endpoints(const struct live_etcd *etcd, size_t first,
                         char endpoints[LIVE_ETCD_ENDPOINTS_BYTES])
{
    int size = 0;

    for (size_t i = 0; i < etcd->member_count; i++) {
        size_t member = (first + i) % etcd->member_count;

        size +=
            snprintf(endpoints + size, LIVE_ETCD_ENDPOINTS_BYTES - (size_t)size,
                     "%s%s://%s:%u", i > 0 ? "," : "",
                     etcd->is_secure ? "https" : "http", etcd->host,
                     etcd->client_ports[member]);
        ASSERT(size < LIVE_ETCD_ENDPOINTS_BYTES);
    }
}

void live_etcd_files(const struct live_etcd *etcd, char files[3][PATH_MAX])
{
    folder_path(&etcd->folder, "ca.crt", files[0]);
    folder_path(&etcd->folder, "client.crt", files[1]);
    folder_path(&etcd->folder, "client.key", files[2]);
}

struct control_store *live_etcd_session(const struct live_etcd *etcd,
                                        size_t first, uint32_t answer_ms)
{
    char endpoints[LIVE_ETCD_ENDPOINTS_BYTES];
    char files[3][PATH_MAX];
    struct control_etcd_options options = {
        .http = {.endpoints = endpoints, .answer_ms = answer_ms},
        .prefix = "/dalv/test/",
    };
    struct control_store *store = NULL;
    char said[TEXT_MAX];
    struct text text;

    if (etcd->is_secure) {
        live_etcd_files(etcd, files);
        options.http.authority = files[0];
        options.http.certificate = files[1];
        options.http.key = files[2];
    }
    text_init(&text, said, sizeof(said));
    live_etcd_endpoints(etcd, first, endpoints);
    ASSERT(control_etcd_open(&options, &store, &text) == DALV_OK);
    return store;
}

/* Puts one key of its own, whatever it is now. */
static bool is_ready(struct control_store *store, struct control_answer *answer)
{
    struct control_change change = {.verb = CONTROL_PUT,
                                    .key = bytes_from_text("is ready"),
                                    .value = bytes_from_text("yes")};
    struct control_transaction transaction = {&change, 1};
    enum dalv_status status = control_store_get(store, change.key, answer);
    uint64_t revision = 0;

    if (status == DALV_OK)
        change.revision = answer->entries[0].revision;
    else if (status != DALV_NOT_FOUND)
        return false;
    return control_store_commit(store, &transaction, &revision) == DALV_OK;
}

void live_etcd_wait(const struct live_etcd *etcd)
{
    struct control_store *store = live_etcd_session(etcd, 0, ANSWER_MS);
    void *memory = malloc(CONTROL_ANSWER_BYTES_MAX);
    struct control_answer answer;
    unsigned waits = 0;

    ASSERT(memory != NULL);
    control_answer_init(&answer, memory);
    while (!is_ready(store, &answer)) {
        ASSERT(waits++ < WAITS_MAX);
        rest();
    }
    control_store_close(&store);
    free(memory);
}

static void put_certificates(const struct live_etcd *etcd, char *text,
                             size_t capacity)
{
    const char *folder = etcd->folder.path;

    text[0] = '\0';
    if (etcd->is_secure)
        (void)snprintf(text, capacity,
                       "--cacert=%s/ca.crt --cert=%s/client.crt "
                       "--key=%s/client.key",
                       folder, folder, folder);
}

/* etcdctl, as it is, prints "... true ..." for the leader in its fifth field.
 */
static bool is_leader(const struct live_etcd *etcd, size_t member)
{
    char certificates[COMMAND_MAX / 2];
    char command[COMMAND_MAX];

    put_certificates(etcd, certificates, sizeof(certificates));
    (void)snprintf(command, sizeof(command),
                   "ETCDCTL_API=3 etcdctl --endpoints=%s:%u %s "
                   "endpoint status 2>/dev/null | cut -d, -f5 | grep -q true",
                   etcd->host, etcd->client_ports[member], certificates);
    /* NOLINTNEXTLINE(cert-env33-c,concurrency-mt-unsafe): a test. */
    return system(command) == 0;
}

size_t live_etcd_leader(const struct live_etcd *etcd)
{
    for (unsigned waits = 0; waits < WAITS_MAX; waits++) {
        for (size_t i = 0; i < etcd->member_count; i++) {
            if (is_leader(etcd, i))
                return i;
        }
        rest();
    }
    ASSERT_UNREACHABLE("there is no leader");
}
