#include "bench/floor.h"

#include "bench/wire.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <zmq.h>

enum {
    ATTEMPTS_MAX = 1000,
    ATTEMPT_MS = 5,
    ADDRESS_BYTES = 32,
    FRAME_BYTES_MAX = 4096,
};

struct echo_source {
    uint8_t frame[FRAME_BYTES_MAX];
    size_t size;
};

/* ---- The process that answers ---- */

static void echo(void *socket)
{
    zmq_msg_t frame;
    int more;

    (void)zmq_msg_init(&frame);
    do {
        if (zmq_msg_recv(&frame, socket, 0) < 0)
            break;
        more = zmq_msg_more(&frame);
        (void)zmq_msg_send(&frame, socket, more ? ZMQ_SNDMORE : 0);
    } while (more);
    (void)zmq_msg_close(&frame);
}

int floor_echo_serve(const char *port)
{
    void *context = zmq_ctx_new();
    void *socket = zmq_socket(context, ZMQ_ROUTER);
    char address[ADDRESS_BYTES];

    (void)snprintf(address, sizeof(address), "tcp://127.0.0.1:%s", port);
    if (zmq_bind(socket, address) != 0) {
        (void)fprintf(stderr, "%s: %s\n", address, zmq_strerror(zmq_errno()));
        return EXIT_FAILURE;
    }
    for (;;)
        echo(socket);
}

void floor_echo_version(char text[FLOOR_VERSION_BYTES])
{
    int major;
    int minor;
    int patch;

    zmq_version(&major, &minor, &patch);
    (void)snprintf(text, FLOOR_VERSION_BYTES, "%d.%d.%d", major, minor, patch);
}

void floor_echo_start(struct floor_echo *echo_process,
                      const struct bench *bench)
{
    char program[] = "/proc/self/exe";
    char option[] = "--echo";
    char port[8];
    char *arguments[] = {program, option, port, NULL};
    char log[BENCH_PATH_BYTES];
    struct wire wire;

    echo_process->port = bench_free_port();
    (void)snprintf(port, sizeof(port), "%u", echo_process->port);
    bench_path(bench, "echo.log", log);
    process_start(&echo_process->process, arguments, log);
    for (int i = 0; i < ATTEMPTS_MAX; i++) {
        if (wire_open(&wire, echo_process->port)) {
            wire_close(&wire);
            return;
        }
        (void)poll(NULL, 0, ATTEMPT_MS);
    }
    bench_give_up("echo", "did not start in time");
}

void floor_echo_stop(struct floor_echo *echo_process)
{
    process_stop(&echo_process->process, SIGKILL);
}

/* ---- The load on it ---- */

static struct bytes on_next(void *owner, size_t connection)
{
    const struct echo_source *source = owner;

    (void)connection;
    return bytes_make(source->frame, source->size);
}

static bool on_answer(void *owner, struct bytes answer)
{
    const struct echo_source *source = owner;

    return answer.size == source->size;
}

double floor_echo_rate(const struct floor_echo *echo_process,
                       struct load_shape shape, size_t frame_bytes,
                       uint32_t ms_max)
{
    struct echo_source source = {.size = frame_bytes};
    const struct load_source requests = {
        .owner = &source, .next = on_next, .accepts = on_answer};
    struct load_result *result = calloc(1, sizeof(*result));
    double rate;

    if (result == NULL || frame_bytes > FRAME_BYTES_MAX)
        bench_give_up("echo", "no memory");
    load_run(&requests, echo_process->port, shape, ms_max, result);
    rate = load_rate(result);
    free(result);
    return rate;
}
