#include "cli/operator_wait.h"

#include "base/clock.h"
#include "cli/operator_list.h"
#include "cli/value_json.h"

#include <inttypes.h>
#include <stdio.h>

enum {
    WAIT_MS = 250,
    /* Elections take less; after this long nobody is there to elect. */
    SILENCE_MS = 6000,
    ATTEMPTS_MAX = 8,
    KEPT_MAX = OPERATOR_REQUESTS_MAX / 2, /* Ended ones go beyond this. */
    WORDS_BYTES = 256,
};

/* The controller's counter, to see whether anybody is there. */
struct pulse {
    uint64_t counter;
    uint64_t moved_ms;
};

struct waiting {
    struct cluster_access *access;
    struct operator_request request; /* As it was seen last. */
    uint64_t revision;
    uint64_t end_ms; /* UINT64_MAX: none. */
    struct pulse pulse;
    bool is_drawn; /* Progress stands on the terminal. */
};

/* Asking. */

static bool is_same(const struct operator_request *a,
                    const struct operator_request *b)
{
    return a->verb == b->verb && a->node == b->node &&
           a->partition == b->partition;
}

static const struct operator_entry *find_open(
    const struct operator_list *list, const struct operator_request *wanted)
{
    for (size_t i = 0; i < list->count; i++) {
        const struct operator_request *request = &list->items[i].request;

        if (!operator_request_is_ended(request) && is_same(request, wanted))
            return &list->items[i];
    }
    return NULL;
}

/* Later ones are greater, whatever clocks say. */
static uint64_t next_id(const struct operator_list *list)
{
    uint64_t id = clock_wall_us();

    for (size_t i = 0; i < list->count; i++) {
        if (list->items[i].request.id >= id)
            id = list->items[i].request.id + 1;
    }
    return id;
}

/* The eldest that has ended, when there are many. */
static const struct operator_entry *find_spent(const struct operator_list *list)
{
    for (size_t i = 0; list->count >= KEPT_MAX && i < list->count; i++) {
        if (operator_request_is_ended(&list->items[i].request))
            return &list->items[i];
    }
    return NULL;
}

static enum dalv_status put_request(struct waiting *waiting, struct bytes value,
                                    const struct operator_entry *spent)
{
    struct control_key key = control_key_request(waiting->request.id);
    struct control_key spent_key =
        control_key_request(spent == NULL ? 0 : spent->request.id);
    const struct control_change changes[] = {
        {.verb = CONTROL_PUT, .key = control_key_bytes(&key), .value = value},
        {.verb = CONTROL_REMOVE,
         .key = control_key_bytes(&spent_key),
         .revision = spent == NULL ? 0 : spent->revision},
    };
    const struct control_transaction transaction = {changes,
                                                    spent == NULL ? 1 : 2};

    return control_store_commit(waiting->access->store, &transaction,
                                &waiting->revision);
}

static enum dalv_status ask_anew(struct waiting *waiting,
                                 const struct operator_list *list)
{
    uint8_t memory[OPERATOR_REQUEST_BYTES_MAX + CONTROL_FRAME_BYTES];
    const struct operator_entry *spent = find_spent(list);
    struct control_key key;
    struct writer writer;
    enum dalv_status status;

    if (list->count >= OPERATOR_REQUESTS_MAX && spent == NULL)
        return DALV_BUSY;
    waiting->request.id = next_id(list);
    key = control_key_request(waiting->request.id);
    writer_init(&writer, memory, sizeof(memory));
    control_frame_begin(&writer);
    status = operator_request_encode(&waiting->request, &writer);
    if (status != DALV_OK)
        return status;
    control_frame_end(&writer, control_key_bytes(&key));
    return put_request(waiting, writer_bytes(&writer), spent);
}

/* One attempt: DALV_PRECONDITION and DALV_UNKNOWN are tried again, on what
   stands there then. */
static enum dalv_status ask_once(struct waiting *waiting)
{
    struct operator_list list;
    const struct operator_entry *open;
    enum dalv_status status = operator_list_read(waiting->access, &list);

    if (status != DALV_OK)
        return status;
    open = find_open(&list, &waiting->request);
    if (open == NULL)
        return ask_anew(waiting, &list);
    waiting->request = open->request;
    waiting->revision = open->revision;
    return DALV_OK;
}

static int ask(struct waiting *waiting)
{
    enum dalv_status status = DALV_PRECONDITION;

    for (int i = 0; i < ATTEMPTS_MAX &&
                    (status == DALV_PRECONDITION || status == DALV_UNKNOWN);
         i++)
        status = ask_once(waiting);
    if (status == DALV_BUSY)
        return invocation_fail(waiting->access->invocation, status,
                               "there are 32 requests that were not carried "
                               "out yet");
    return status == DALV_OK
               ? EXIT_DONE
               : cluster_access_fail_write(waiting->access, status);
}

/* Saying. */

static void describe(const struct waiting *waiting, struct text *text)
{
    operator_list_describe(&waiting->access->map->map, &waiting->request, text);
}

static void print_end(const struct waiting *waiting, const char *what)
{
    const struct invocation *invocation = waiting->access->invocation;
    char storage[WORDS_BYTES];
    struct text text;

    if (invocation->is_json) {
        value_json_print(
            operator_list_json(&waiting->access->map->map, &waiting->request),
            invocation->out);
        return;
    }
    text_init(&text, storage, sizeof(storage));
    describe(waiting, &text);
    (void)fprintf(invocation->out, "%s: %s\n", what, text_string(&text));
}

static void draw(struct waiting *waiting)
{
    const struct operator_request *request = &waiting->request;
    FILE *err = waiting->access->invocation->err;

    if (!invocation_is_watched(waiting->access->invocation))
        return;
    if (request->state == OPERATOR_WAITING)
        (void)fprintf(err, "\r\033[Kwaiting for the controller");
    else
        (void)fprintf(err, "\r\033[K%" PRIu64 " of %" PRIu64 " partitions left",
                      request->left, request->total);
    (void)fflush(err);
    waiting->is_drawn = true;
}

static void clear_drawing(struct waiting *waiting)
{
    if (waiting->is_drawn)
        (void)fprintf(waiting->access->invocation->err, "\r\033[K");
    waiting->is_drawn = false;
}

/* What ended and was told is of no further use; if it can not be removed now,
   a later request makes room. */
static void forget(const struct waiting *waiting)
{
    struct control_key key = control_key_request(waiting->request.id);
    const struct control_change change = {.verb = CONTROL_REMOVE,
                                          .key = control_key_bytes(&key),
                                          .revision = waiting->revision};
    const struct control_transaction transaction = {&change, 1};
    uint64_t revision;

    (void)!control_store_commit(waiting->access->store, &transaction,
                                &revision);
}

/* Waiting. */

static bool has_pulse(struct waiting *waiting, uint64_t now_ms)
{
    struct pulse *pulse = &waiting->pulse;
    struct candidacy_record record;
    enum dalv_status status =
        cluster_access_controller(waiting->access, &record);

    if (status == DALV_OK && record.counter != pulse->counter) {
        pulse->counter = record.counter;
        pulse->moved_ms = now_ms;
    }
    return now_ms - pulse->moved_ms < SILENCE_MS;
}

static enum dalv_status look(struct waiting *waiting)
{
    struct control_key key = control_key_request(waiting->request.id);
    struct operator_request request = {0};
    struct bytes bytes;
    enum dalv_status status = cluster_access_get(waiting->access, &key, &bytes);

    if (status == DALV_OK)
        status = operator_request_decode(bytes, &request);
    if (status != DALV_OK)
        return status;
    waiting->request = request;
    waiting->revision = waiting->access->answer.entries[0].revision;
    return DALV_OK;
}

static void sleep_until_changed(const struct waiting *waiting)
{
    struct control_key key = control_key_request(waiting->request.id);

    control_store_wait(waiting->access->store, control_key_bytes(&key),
                       waiting->revision, WAIT_MS);
}

/* DALV_OK once it has ended; else why it is not waited for any more. */
static enum dalv_status wait_for_end(struct waiting *waiting)
{
    enum dalv_status status = DALV_OK;

    for (;;) {
        uint64_t now_ms = clock_boot_ms();

        status = look(waiting);
        if (status == DALV_OK && operator_request_is_ended(&waiting->request))
            return DALV_OK;
        if (status != DALV_OK && status != DALV_UNAVAILABLE)
            return status;
        if (!has_pulse(waiting, now_ms))
            return DALV_UNAVAILABLE;
        if (now_ms >= waiting->end_ms)
            return DALV_TIMEOUT;
        draw(waiting);
        sleep_until_changed(waiting);
    }
}

static int tell_end(const struct waiting *waiting)
{
    forget(waiting);
    if (waiting->request.state == OPERATOR_REFUSED)
        return invocation_fail(waiting->access->invocation, DALV_PRECONDITION,
                               waiting->request.text);
    print_end(waiting, "Done");
    return EXIT_DONE;
}

static int tell(const struct waiting *waiting, enum dalv_status status)
{
    const struct invocation *invocation = waiting->access->invocation;

    switch ((int)status) {
    case DALV_OK:
        return tell_end(waiting);
    case DALV_NOT_FOUND:
        return invocation_fail(invocation, DALV_UNKNOWN,
                               "the request was taken out of the control "
                               "store; see 'dalv cluster status'");
    case DALV_UNAVAILABLE:
        return invocation_fail(invocation, status,
                               "nobody controls the cluster; the request "
                               "stands, and is carried out once a router runs");
    case DALV_TIMEOUT:
        return invocation_fail(invocation, status,
                               "the request stands, and goes on; see 'dalv "
                               "cluster status'");
    default:
        return cluster_access_fail(waiting->access, status);
    }
}

int operator_wait_for(struct cluster_access *access,
                      const struct operator_request *wanted)
{
    struct invocation *invocation = access->invocation;
    struct waiting waiting = {.access = access,
                              .request = *wanted,
                              .pulse = {.moved_ms = clock_boot_ms()}};
    uint64_t patience_ms = UINT64_MAX - waiting.pulse.moved_ms;
    enum dalv_status status;
    int code;

    waiting.request.state = OPERATOR_WAITING;
    if (!invocation_duration(invocation, "timeout", &patience_ms))
        return EXIT_USAGE;
    waiting.end_ms = waiting.pulse.moved_ms + patience_ms;
    code = ask(&waiting);
    if (code != EXIT_DONE)
        return code;
    if (invocation_has(invocation, "no-wait")) {
        print_end(&waiting, "Asked");
        return EXIT_DONE;
    }
    status = wait_for_end(&waiting);
    clear_drawing(&waiting);
    return tell(&waiting, status);
}
