#include "bench/etcd.h"

#include "base/bytes.h"
#include "base/clock.h"
#include "base/prng.h"
#include "bench/histogram.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    LOG_LINE_BYTES = 128,
    START_MS_MAX = 30000,
    START_POLL_MS = 50,
    MEASURE_MS_MAX = 120000,
    ADDRESS_BYTES = 64,
    NAME_BYTES = 16,
    NUMBER_BYTES = 12,
    SAID_BYTES = 2048,
    GRPC_HEADER_BYTES = 5,
    PUT_BYTES_MAX = 2048,
    KEY_TAG = 0x0a, /* Fields 1 and 2 of PutRequest, both bytes. */
    VALUE_TAG = 0x12,
    MS_PER_S = 1000,
};

static const char client[] = "etcdctl";

/* ---- Members ---- */

static void address(char text[ADDRESS_BYTES], uint16_t port)
{
    (void)snprintf(text, ADDRESS_BYTES, "http://127.0.0.1:%u", port);
}

static void start_member(struct etcd *etcd, size_t index)
{
    char program[] = "etcd";
    char options[][32] = {"--name",
                          "--data-dir",
                          "--listen-client-urls",
                          "--advertise-client-urls",
                          "--listen-peer-urls",
                          "--initial-advertise-peer-urls",
                          "--initial-cluster",
                          "--log-level",
                          "error"};
    char name[NAME_BYTES];
    char folder[BENCH_PATH_BYTES];
    char log[BENCH_PATH_BYTES];
    char clients[ADDRESS_BYTES];
    char peers[ADDRESS_BYTES];
    char all[ETCD_MEMBERS * (ADDRESS_BYTES + NAME_BYTES)] = "";
    char *arguments[] = {
        program, options[0], name,    options[1], folder,     options[2],
        clients, options[3], clients, options[4], peers,      options[5],
        peers,   options[6], all,     options[7], options[8], NULL};
    size_t size = 0;

    for (size_t i = 0; i < ETCD_MEMBERS; i++)
        size += (size_t)snprintf(all + size, sizeof(all) - size,
                                 "%setcd-%zu=http://127.0.0.1:%u",
                                 i == 0 ? "" : ",", i, etcd->peer_ports[i]);
    (void)snprintf(name, sizeof(name), "etcd-%zu", index);
    bench_path(etcd->bench, name, folder);
    bench_path(etcd->bench, "etcd.log", log);
    address(clients, etcd->client_ports[index]);
    address(peers, etcd->peer_ports[index]);
    process_start(&etcd->members[index], arguments, log);
}

/* ---- What it says of itself ---- */

/* The number behind a name in JSON; 0 if there is none. */
static uint64_t number_of(const char *json, const char *name)
{
    const char *place = strstr(json, name);

    return place == NULL ? 0 : strtoull(place + strlen(name), NULL, 10);
}

static bool ask_status(const struct etcd *etcd, size_t index,
                       char said[SAID_BYTES])
{
    char program[sizeof(client)];
    char words[][32] = {"--endpoints", "endpoint", "status", "--write-out",
                        "json"};
    char endpoint[ADDRESS_BYTES];
    char *arguments[] = {program,  words[0], endpoint, words[1],
                         words[2], words[3], words[4], NULL};

    memcpy(program, client, sizeof(client));
    address(endpoint, etcd->client_ports[index]);
    return process_run(arguments, MEASURE_MS_MAX, said, SAID_BYTES) == 0;
}

/* False while nobody leads. */
static bool find_leader(struct etcd *etcd)
{
    for (size_t i = 0; i < ETCD_MEMBERS; i++) {
        char said[SAID_BYTES];
        uint64_t leader;

        if (!ask_status(etcd, i, said))
            return false;
        leader = number_of(said, "\"leader\":");
        etcd->leader = i;
        if (leader != 0 && leader == number_of(said, "\"member_id\":"))
            return true;
    }
    return false;
}

static uint64_t revision(const struct etcd *etcd)
{
    char said[SAID_BYTES];

    if (!ask_status(etcd, etcd->leader, said))
        bench_give_up(client, "the leader does not answer");
    return number_of(said, "\"revision\":");
}

/* ---- Life ---- */

static void encode_put(size_t value_bytes, struct writer *writer)
{
    static const char key[] = "key--000000001";
    struct prng prng;

    prng_init(&prng, clock_wall_us());
    writer_u8(writer, KEY_TAG);
    writer_sized(writer, bytes_from_text(key));
    writer_u8(writer, VALUE_TAG);
    writer_varint(writer, value_bytes);
    for (size_t i = 0; i < value_bytes; i++)
        writer_u8(writer, (uint8_t)prng_next(&prng));
}

/* A call's body: gRPC's header, and a PutRequest. */
static void write_put(const struct etcd *etcd)
{
    uint8_t put[PUT_BYTES_MAX];
    uint8_t header[GRPC_HEADER_BYTES];
    char path[BENCH_PATH_BYTES];
    struct writer body;
    struct writer head;
    FILE *file;

    writer_init(&body, put, sizeof(put));
    encode_put(etcd->bench->plan.value_bytes, &body);
    writer_init(&head, header, sizeof(header));
    writer_u8(&head, 0); /* Not compressed. */
    writer_u32_be(&head, (uint32_t)body.size);
    bench_path(etcd->bench, "etcd-put", path);
    file = fopen(path, "we");
    if (file == NULL || fwrite(header, head.size, 1, file) != 1 ||
        fwrite(put, body.size, 1, file) != 1 || fclose(file) != 0)
        bench_give_up(path, strerror(errno));
}

void etcd_start(struct etcd *etcd, const struct bench *bench)
{
    uint64_t end_ms = clock_boot_ms() + START_MS_MAX;

    memset(etcd, 0, sizeof(*etcd));
    etcd->bench = bench;
    for (size_t i = 0; i < ETCD_MEMBERS; i++) {
        etcd->client_ports[i] = bench_free_port();
        etcd->peer_ports[i] = (uint16_t)(etcd->client_ports[i] + 1);
    }
    for (size_t i = 0; i < ETCD_MEMBERS; i++)
        start_member(etcd, i);
    while (!find_leader(etcd)) {
        if (clock_boot_ms() >= end_ms)
            bench_give_up("etcd", "did not start in time");
        (void)poll(NULL, 0, START_POLL_MS);
    }
    write_put(etcd);
}

void etcd_stop(struct etcd *etcd)
{
    for (size_t i = 0; i < ETCD_MEMBERS; i++)
        process_stop(&etcd->members[i], SIGTERM);
}

/* ---- Measuring ---- */

/* A line of h2load's log: when a request began, its status, microseconds. */
static void take_line(const char *line, struct histogram *histogram)
{
    char *rest = NULL;
    unsigned long status;

    (void)strtoull(line, &rest, 10);
    status = strtoul(rest, &rest, 10);
    if (status != 200)
        bench_give_up("etcd", "refused a put");
    histogram_add(histogram, strtoull(rest, NULL, 10));
}

static uint64_t read_log(const char *path, struct histogram *histogram)
{
    FILE *file = fopen(path, "re");
    char line[LOG_LINE_BYTES];

    if (file == NULL)
        bench_give_up(path, strerror(errno));
    while (fgets(line, sizeof(line), file) != NULL)
        take_line(line, histogram);
    (void)fclose(file);
    (void)remove(path);
    return histogram->count;
}

static void run_load(const struct etcd *etcd, unsigned connections,
                     unsigned streams, const char *log)
{
    char program[] = "h2load";
    char words[][40] = {"-c",          "-m", "-D",
                        "-d",          "-H", "content-type: application/grpc",
                        "te: trailers"};
    char numbers[3][NUMBER_BYTES];
    char put[BENCH_PATH_BYTES];
    char log_option[BENCH_PATH_BYTES + 16];
    char url[ADDRESS_BYTES * 2];
    char said[SAID_BYTES];
    char *arguments[] = {program,    words[0],   numbers[0], words[1],
                         numbers[1], words[2],   numbers[2], words[3],
                         put,        words[4],   words[5],   words[4],
                         words[6],   log_option, url,        NULL};

    (void)snprintf(numbers[0], NUMBER_BYTES, "%u", connections);
    (void)snprintf(numbers[1], NUMBER_BYTES, "%u", streams);
    (void)snprintf(numbers[2], NUMBER_BYTES, "%u",
                   (etcd->bench->plan.measure_ms + MS_PER_S - 1) / MS_PER_S);
    bench_path(etcd->bench, "etcd-put", put);
    (void)snprintf(log_option, sizeof(log_option), "--log-file=%s", log);
    (void)snprintf(url, sizeof(url), "http://127.0.0.1:%u/etcdserverpb.KV/Put",
                   etcd->client_ports[etcd->leader]);
    process_capture(arguments, MEASURE_MS_MAX, said, sizeof(said));
}

struct etcd_result etcd_measure(const struct etcd *etcd, unsigned connections,
                                unsigned streams)
{
    struct histogram *histogram = calloc(1, sizeof(*histogram));
    uint64_t before = revision(etcd);
    struct etcd_result result;
    char log[BENCH_PATH_BYTES];
    uint64_t count;
    unsigned seconds = (etcd->bench->plan.measure_ms + MS_PER_S - 1) / MS_PER_S;

    if (histogram == NULL)
        bench_give_up("etcd", "no memory");
    bench_path(etcd->bench, "h2load.log", log);
    run_load(etcd, connections, streams, log);
    count = read_log(log, histogram);
    if (count == 0 || revision(etcd) < before + count)
        bench_give_up("etcd", "has fewer revisions than were asked for");
    result = (struct etcd_result){
        .rate = (double)count / seconds,
        .p50_ms = histogram_percentile(histogram, 50) / 1e3,
        .p99_ms = histogram_percentile(histogram, 99) / 1e3,
    };
    free(histogram);
    return result;
}
