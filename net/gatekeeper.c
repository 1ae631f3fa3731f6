#include "net/gatekeeper.h"

#include "base/assert.h"
#include "base/bytes.h"
#include "net/socket.h"

#include <czmq.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

/*
 * A question has these frames, an answer of the library's own making; one that
 * is longer or larger is none.
 */
enum question_frame {
    QUESTION_VERSION,
    QUESTION_ID,
    QUESTION_DOMAIN,
    QUESTION_ADDRESS,
    QUESTION_PEER,
    QUESTION_MECHANISM,
    QUESTION_KEY, /* CURVE only. */
    QUESTION_FRAMES_MAX,
};

enum {
    QUESTION_FRAME_BYTES = 256,
};

struct question {
    size_t count;
    bool is_too_much;
    size_t sizes[QUESTION_FRAMES_MAX];
    uint8_t frames[QUESTION_FRAMES_MAX][QUESTION_FRAME_BYTES];
};

/* Whom one gate lets in. */
struct admission_list {
    bool is_open; /* To any key. */
    struct curve_key *keys;
    size_t count;
};

struct gatekeeper {
    pthread_mutex_t mutex; /* Of what follows. */
    bool is_running;
    struct admission_list lists[GATE_COUNT];
    struct gatekeeper_counters counters;
    /* The thread's. */
    pthread_t thread;
    zsock_t *socket;
    int stop_descriptor;
};

static struct gatekeeper gatekeeper = {.mutex = PTHREAD_MUTEX_INITIALIZER};

static void lock(void)
{
    ASSERT(pthread_mutex_lock(&gatekeeper.mutex) == 0);
}

static void unlock(void)
{
    ASSERT(pthread_mutex_unlock(&gatekeeper.mutex) == 0);
}

const char *gate_name(enum gate gate)
{
    static const char *const names[GATE_COUNT] = {
        [GATE_DEVICES] = "devices",
        [GATE_BACKENDS] = "backends",
        [GATE_NODES] = "nodes",
        [GATE_ADMINS] = "admins",
    };

    ASSERT(gate < GATE_COUNT);
    return names[gate];
}

/* ---- Who is let in ---- */

static struct bytes frame_of(const struct question *question,
                             enum question_frame frame)
{
    if (frame >= question->count)
        return (struct bytes){0};
    return bytes_make(question->frames[frame], question->sizes[frame]);
}

static bool frame_is(const struct question *question, enum question_frame frame,
                     const char *text)
{
    return bytes_equal(frame_of(question, frame), bytes_from_text(text));
}

/* GATE_COUNT if there is no gate of that name. */
static enum gate gate_of(const struct question *question)
{
    for (enum gate gate = 0; gate < GATE_COUNT; gate++) {
        if (frame_is(question, QUESTION_DOMAIN, gate_name(gate)))
            return gate;
    }
    return GATE_COUNT;
}

static bool is_listed(const struct admission_list *list,
                      const struct curve_key *key)
{
    for (size_t i = 0; i < list->count; i++) {
        if (curve_key_equal(&list->keys[i], key))
            return true;
    }
    return false;
}

static bool judge_key(enum gate gate, const struct curve_key *key)
{
    const struct admission_list *list = &gatekeeper.lists[gate];
    bool is_admitted = list->is_open || is_listed(list, key);

    if (is_admitted)
        gatekeeper.counters.admitted[gate]++;
    else
        gatekeeper.counters.refused[gate]++;
    return is_admitted;
}

static bool has_sense(const struct question *question)
{
    return !question->is_too_much && question->count > QUESTION_MECHANISM &&
           frame_is(question, QUESTION_VERSION, "1.0");
}

/* With the mutex held. */
static bool judge(const struct question *question)
{
    struct bytes key = frame_of(question, QUESTION_KEY);
    enum gate gate = gate_of(question);
    struct curve_key sender;

    if (has_sense(question)) {
        if (frame_is(question, QUESTION_DOMAIN, SOCKET_OPEN_DOMAIN) &&
            frame_is(question, QUESTION_MECHANISM, "NULL"))
            return true;
        if (gate != GATE_COUNT &&
            frame_is(question, QUESTION_MECHANISM, "CURVE") &&
            key.size == sizeof(sender.bytes)) {
            memcpy(sender.bytes, key.data, sizeof(sender.bytes));
            return judge_key(gate, &sender);
        }
    }
    gatekeeper.counters.refused_questions++;
    return false;
}

/* ---- The thread ---- */

static bool take_frame(struct question *question, zmq_msg_t *frame)
{
    size_t size = zmq_msg_size(frame);

    if (question->count == QUESTION_FRAMES_MAX || size > QUESTION_FRAME_BYTES)
        return false;
    question->sizes[question->count] = size;
    if (size > 0)
        memcpy(question->frames[question->count], zmq_msg_data(frame), size);
    question->count++;
    return true;
}

/* False if there is none. */
static bool receive(void *handle, struct question *question)
{
    zmq_msg_t frame;
    bool has_more = true;

    question->count = 0;
    question->is_too_much = false;
    ASSERT(zmq_msg_init(&frame) == 0);
    while (has_more) {
        if (zmq_msg_recv(&frame, handle, ZMQ_DONTWAIT) < 0)
            break;
        if (!take_frame(question, &frame))
            question->is_too_much = true;
        has_more = zmq_msg_more(&frame) != 0;
    }
    ASSERT(zmq_msg_close(&frame) == 0);
    return !has_more;
}

static void send_frame(void *handle, struct bytes frame, int more)
{
    /* The library waits for the answer; it has room for it. */
    (void)zmq_send(handle, frame.data, frame.size, ZMQ_DONTWAIT | more);
}

/*
 * Whoever was let in is known by his key: parcel_sender reads it from what the
 * library keeps with each of his frames.
 */
static void answer(void *handle, const struct question *question,
                   bool is_admitted)
{
    char user[CURVE_KEY_TEXT_BYTES] = "";
    struct bytes key = frame_of(question, QUESTION_KEY);
    struct curve_key sender;

    if (is_admitted && key.size == sizeof(sender.bytes)) {
        memcpy(sender.bytes, key.data, sizeof(sender.bytes));
        curve_key_format(&sender, user);
    }
    send_frame(handle, bytes_from_text("1.0"), ZMQ_SNDMORE);
    send_frame(handle, frame_of(question, QUESTION_ID), ZMQ_SNDMORE);
    send_frame(handle, bytes_from_text(is_admitted ? "200" : "400"),
               ZMQ_SNDMORE);
    send_frame(handle, bytes_from_text(is_admitted ? "OK" : "not admitted"),
               ZMQ_SNDMORE);
    send_frame(handle, bytes_from_text(user), ZMQ_SNDMORE);
    send_frame(handle, (struct bytes){0}, 0);
}

static void answer_all(void *handle)
{
    static struct question question; /* The one thread's. */
    bool is_admitted;

    while (receive(handle, &question)) {
        lock();
        is_admitted = judge(&question);
        unlock();
        answer(handle, &question, is_admitted);
    }
}

static void *run(void *nothing)
{
    void *handle = zsock_resolve(gatekeeper.socket);
    zmq_pollitem_t items[] = {
        {.socket = handle, .events = ZMQ_POLLIN},
        {.fd = gatekeeper.stop_descriptor, .events = ZMQ_POLLIN},
    };

    (void)nothing;
    while (items[1].revents == 0) {
        (void)zmq_poll(items, 2, -1);
        answer_all(handle);
    }
    return NULL;
}

static void start_thread(void)
{
    sigset_t all;
    sigset_t before;

    ASSERT(sigfillset(&all) == 0);
    ASSERT(pthread_sigmask(SIG_SETMASK, &all, &before) == 0);
    ASSERT(pthread_create(&gatekeeper.thread, NULL, run, NULL) == 0);
    ASSERT(pthread_sigmask(SIG_SETMASK, &before, NULL) == 0);
    (void)pthread_setname_np(gatekeeper.thread, "gatekeeper");
}

void gatekeeper_start(void)
{
    ASSERT(!gatekeeper.is_running);
    gatekeeper.socket = socket_open_gatekeeper();
    gatekeeper.stop_descriptor = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    ASSERT(gatekeeper.stop_descriptor >= 0);
    gatekeeper.is_running = true;
    start_thread();
}

static void forget(struct admission_list *list)
{
    free(list->keys);
    *list = (struct admission_list){0};
}

void gatekeeper_stop(void)
{
    static const uint64_t one = 1;

    if (!gatekeeper.is_running)
        return;
    ASSERT(write(gatekeeper.stop_descriptor, &one, sizeof(one)) ==
           (ssize_t)sizeof(one));
    ASSERT(pthread_join(gatekeeper.thread, NULL) == 0);
    socket_close_gatekeeper(&gatekeeper.socket);
    (void)close(gatekeeper.stop_descriptor);
    for (enum gate gate = 0; gate < GATE_COUNT; gate++)
        forget(&gatekeeper.lists[gate]);
    gatekeeper.counters = (struct gatekeeper_counters){0};
    gatekeeper.is_running = false;
}

/* ---- Whom it lets in ---- */

enum dalv_status gatekeeper_admit(enum gate gate, const struct curve_key *keys,
                                  size_t count)
{
    struct admission_list list = {.count = count};

    ASSERT(gate < GATE_COUNT);
    if (count > GATE_KEYS_MAX)
        return DALV_TOO_BIG;
    if (count > 0) {
        list.keys = calloc(count, sizeof(*keys));
        ASSERT(list.keys != NULL);
        memcpy(list.keys, keys, count * sizeof(*keys));
    }
    lock();
    forget(&gatekeeper.lists[gate]);
    gatekeeper.lists[gate] = list;
    unlock();
    return DALV_OK;
}

void gatekeeper_admit_all(enum gate gate)
{
    ASSERT(gate < GATE_COUNT);
    lock();
    forget(&gatekeeper.lists[gate]);
    gatekeeper.lists[gate].is_open = true;
    unlock();
}

struct gatekeeper_counters gatekeeper_counters(void)
{
    struct gatekeeper_counters counters;

    lock();
    counters = gatekeeper.counters;
    unlock();
    return counters;
}
