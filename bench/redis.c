#include "bench/redis.h"

#include "base/clock.h"

#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    START_MS_MAX = 10000,
    START_POLL_MS = 5,
    MEASURE_MS_MAX = 300000,
    NUMBER_BYTES = 12,
    OUTPUT_BYTES = 4096,
    FOLDER_MODE = 0700,
    REPLICA_AT = 17, /* Among the arguments. */
    /* Fields of a line: test, rate, average, min, p50, p95, p99, max. */
    FIELD_RATE = 1,
    FIELD_P50 = 4,
    FIELD_P99 = 6,
    FIELDS = 8,
};

static bool is_answering(uint16_t port)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons(port),
                                  .sin_addr = {htonl(INADDR_LOOPBACK)}};
    static const char ping[] = "PING\r\n";
    char answer[16] = {0};
    int peer = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool is_pong =
        connect(peer, (struct sockaddr *)&address, sizeof(address)) == 0 &&
        write(peer, ping, sizeof(ping) - 1) > 0 &&
        read(peer, answer, sizeof(answer) - 1) > 0 &&
        strncmp(answer, "+PONG", 5) == 0;

    (void)close(peer);
    return is_pong;
}

/* `master` is the port of whom it replicates; NULL: of nobody. */
static void start(struct redis *redis, const char *name, char *master)
{
    char port[NUMBER_BYTES];
    char folder[BENCH_PATH_BYTES];
    char log[BENCH_PATH_BYTES];
    char program[] = "redis-server";
    char words[][32] = {"--port",
                        "--bind",
                        "127.0.0.1",
                        "--dir",
                        "--save",
                        "",
                        "--appendonly",
                        "yes",
                        "--appendfsync",
                        "always",
                        "--auto-aof-rewrite-percentage",
                        "0",
                        "--repl-diskless-sync-delay",
                        "--replicaof"};
    char *arguments[] = {program,   words[0],  port,      words[1],  words[2],
                         words[3],  folder,    words[4],  words[5],  words[6],
                         words[7],  words[8],  words[9],  words[10], words[11],
                         words[12], words[11], words[13], words[2],  master,
                         NULL};
    uint64_t end_ms = clock_boot_ms() + START_MS_MAX;

    redis->port = bench_free_port();
    (void)snprintf(port, sizeof(port), "%u", redis->port);
    if (master == NULL)
        arguments[REPLICA_AT] = NULL;
    bench_path(redis->bench, name, folder);
    bench_path(redis->bench, "redis.log", log);
    (void)mkdir(folder, FOLDER_MODE);
    process_start(&redis->process, arguments, log);
    while (!is_answering(redis->port)) {
        if (clock_boot_ms() >= end_ms)
            bench_give_up(program, "did not start in time");
        (void)poll(NULL, 0, START_POLL_MS);
    }
}

void redis_start(struct redis *redis, const struct bench *bench)
{
    redis->bench = bench;
    start(redis, "redis", NULL);
}

void redis_start_replica(struct redis *redis, const struct redis *master,
                         const char *name)
{
    char port[NUMBER_BYTES];

    (void)snprintf(port, sizeof(port), "%u", master->port);
    redis->bench = master->bench;
    start(redis, name, port);
}

void redis_stop(struct redis *redis)
{
    process_stop(&redis->process, SIGTERM);
}

/* Of the last line, "SET","12345.67","0.1",...; its fields in quotes. */
static void parse(const char *text, double numbers[FIELDS])
{
    const char *line = strchr(text, '\n');

    memset(numbers, 0, FIELDS * sizeof(*numbers));
    for (int i = 0; i < FIELDS && line != NULL; i++) {
        line = strchr(line, '"');
        if (line == NULL)
            break;
        numbers[i] = strtod(line + 1, NULL);
        line = strchr(line + 1, '"');
        line = line == NULL ? NULL : line + 1;
    }
}

struct redis_result redis_measure(const struct redis *redis,
                                  enum redis_command command,
                                  struct load_shape shape, uint32_t count)
{
    char program[] = "redis-benchmark";
    char words[][8] = {"-p", "-t", "-n", "-c", "-P", "-d", "-r", "--csv"};
    char names[][4] = {[REDIS_SET] = "set", [REDIS_GET] = "get"};
    char numbers[6][NUMBER_BYTES];
    char *arguments[] = {
        program,    words[0],   numbers[0], words[1],   names[command],
        words[2],   numbers[1], words[3],   numbers[2], words[4],
        numbers[3], words[5],   numbers[4], words[6],   numbers[5],
        words[7],   NULL};
    uint32_t values[] = {redis->port,
                         count,
                         shape.connections,
                         shape.depth,
                         (uint32_t)redis->bench->plan.value_bytes,
                         redis->bench->plan.keys};
    char output[OUTPUT_BYTES];
    double fields[FIELDS];

    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
        (void)snprintf(numbers[i], sizeof(numbers[i]), "%u", values[i]);
    process_capture(arguments, MEASURE_MS_MAX, output, sizeof(output));
    parse(output, fields);
    if (fields[FIELD_RATE] <= 0)
        bench_give_up(program, "its output is not understood");
    return (struct redis_result){.rate = fields[FIELD_RATE],
                                 .p50_ms = fields[FIELD_P50],
                                 .p99_ms = fields[FIELD_P99]};
}
