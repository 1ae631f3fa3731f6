#include "tests/sim/backend_process.h"

#include "base/assert.h"
#include "model/transaction_format.h"
#include "tests/sim/page.h"
#include "tests/sim/script.h"
#include "tests/sim/world.h"

#include <inttypes.h>
#include <string.h>

enum {
    THINK_US = 2000,
    THINK_MORE_US = 300000,
    DEADLINE_MS = 1500,
    RANGE_BUDGET = 1 << 20,
    DEVICE_ID_MAX = 10, /* Of those that are retired. */
};

static const struct message nothing = {.type = MESSAGE_PING};

static void think(struct backend_process *backend);

/* ---- Asking ---- */

static void hang_up(struct backend_process *backend)
{
    line_close(&backend->line);
    backend->is_greeted = false;
}

static void greet(struct backend_process *backend)
{
    const struct message hello = {
        .type = MESSAGE_HELLO,
        .hello = {.protocol = 1,
                  .token = world_token(backend->world, backend->user, false),
                  .client = bytes_from_text("sim")},
    };

    hang_up(backend);
    line_open(&backend->line, &hello);
}

static struct message make_update(struct backend_process *backend)
{
    struct operation operations[DEED_OPERATIONS_MAX];
    const struct transaction transaction = {.operations = operations,
                                            .operation_count =
                                                backend->deed->operation_count};
    uint8_t block[4096];
    struct writer writer;
    enum dalv_status status;

    deed_operations(backend->deed, operations);
    writer_init(&writer, block, sizeof(block));
    status = transaction_encode(&transaction, &writer);
    ASSERT(status == DALV_OK);
    buffer_clear(&backend->body);
    buffer_put(&backend->body, writer_bytes(&writer));
    return (struct message){
        .type = MESSAGE_UPDATE,
        .update = {.user = bytes_from_text(world_user_name(backend->user)),
                   .id = backend->deed->request,
                   .deadline_ms = DEADLINE_MS,
                   .transaction = buffer_bytes(&backend->body)},
    };
}

static struct message make_question(struct backend_process *backend)
{
    struct bytes user = bytes_from_text(world_user_name(backend->user));

    switch ((int)backend->question) {
    case MESSAGE_UPDATE:
        return make_update(backend);
    case MESSAGE_GET:
        return (struct message){
            .type = MESSAGE_GET,
            .get = {.user = user, .key = bytes_from_text(backend->key)}};
    case MESSAGE_ERASE:
        return (struct message){
            .type = MESSAGE_ERASE,
            .erase = {.user = user, .id = backend->deed->request}};
    case MESSAGE_RETIRE_DEVICE:
        return (struct message){.type = MESSAGE_RETIRE_DEVICE,
                                .retire_device = {.user = user,
                                                  .device = backend->device,
                                                  .id = backend->retirement}};
    case MESSAGE_RANGE:
        return (struct message){
            .type = MESSAGE_RANGE,
            .range = {.user = user, .budget_bytes = RANGE_BUDGET}};
    default:
        return nothing;
    }
}

static void ask(struct backend_process *backend)
{
    struct message question;

    backend->known = backend->world->witness.users[backend->user].told;
    backend->asked_us = backend->world->now_us;
    if (!backend->is_greeted || backend->line.state != LINE_READY) {
        greet(backend);
        return;
    }
    question = make_question(backend);
    line_ask(&backend->line, &question);
}

static const struct dot *find_removable(struct backend_process *backend,
                                        struct dot *out_dot)
{
    struct world *world = backend->world;
    struct cursor head = witness_head(&world->witness, backend->user);
    struct chronicle *chronicle =
        head.history_id == 0
            ? NULL
            : witness_moment(&world->witness, backend->user, head);
    struct chronicle_key *key =
        chronicle == NULL
            ? NULL
            : chronicle_key(chronicle, bytes_from_text(SCRIPT_SET));

    if (key == NULL || key->element_count == 0)
        return NULL;
    *out_dot = key->elements[prng_below(&world->prng, key->element_count)].dot;
    return out_dot;
}

static struct request_id make_id(struct world *world)
{
    struct request_id id = {{0}};

    for (size_t i = 0; i < REQUEST_ID_BYTES; i++)
        id.bytes[i] = (uint8_t)prng_next(&world->prng);
    return id;
}

static void make_deed(struct backend_process *backend)
{
    struct world *world = backend->world;

    backend->deed = deeds_add(&world->deeds);
    backend->deed->user = backend->user;
    backend->deed->origin = backend->number;
    backend->deed->request = make_id(world);
}

static void begin_update(struct backend_process *backend)
{
    struct dot dot;

    backend->question = MESSAGE_UPDATE;
    make_deed(backend);
    script_fill(&backend->world->prng, backend->deed,
                find_removable(backend, &dot));
}

static void begin_erase(struct backend_process *backend)
{
    backend->question = MESSAGE_ERASE;
    make_deed(backend);
    backend->deed->is_erasure = true;
}

static void begin_retire(struct backend_process *backend, uint64_t device)
{
    backend->question = MESSAGE_RETIRE_DEVICE;
    backend->device = device;
    backend->retirement = make_id(backend->world);
}

/* Whatever it asks: what is known before it does. */
static void prepare(struct backend_process *backend)
{
    backend->is_repeated = false;
    backend->history = witness_newest(&backend->world->witness, backend->user);
}

static void begin(struct backend_process *backend)
{
    struct world *world = backend->world;
    uint64_t choice = prng_below(&world->prng, 10);

    backend->user =
        (unsigned)(prng_chance(&world->prng, 1, 4) ? WITNESS_USERS - 1 : 0);
    prepare(backend);
    if (faults_strike(world, FAULT_ERASE)) {
        begin_erase(backend);
    } else if (faults_strike(world, FAULT_RETIRE)) {
        begin_retire(backend, 1 + prng_below(&world->prng, DEVICE_ID_MAX));
    } else if (choice < 5) {
        begin_update(backend);
    } else if (choice < 8) {
        const char *key = script_key(&world->prng);

        backend->question = MESSAGE_GET;
        memcpy(backend->key, key, strlen(key) + 1);
    } else {
        backend->question = MESSAGE_RANGE;
    }
    ask(backend);
}

struct deed *backend_process_write(struct backend_process *backend,
                                   const struct deed_operation *operation)
{
    prepare(backend);
    backend->question = MESSAGE_UPDATE;
    make_deed(backend);
    backend->deed->operations[backend->deed->operation_count++] = *operation;
    ask(backend);
    return backend->deed;
}

void backend_process_erase(struct backend_process *backend)
{
    prepare(backend);
    begin_erase(backend);
    ask(backend);
}

void backend_process_retire(struct backend_process *backend, uint64_t device)
{
    prepare(backend);
    begin_retire(backend, device);
    ask(backend);
}

static void on_think(void *owner, struct moment *moment)
{
    struct backend_process *backend = owner;

    if (moment->number != backend->thought)
        return;
    if (backend->question != MESSAGE_PING)
        ask(backend);
    else if (!backend->world->is_calm && !backend->world->is_directed)
        begin(backend);
}

static void think(struct backend_process *backend)
{
    struct world *world = backend->world;

    schedule_put(
        &world->schedule,
        (struct moment){.at_us = world->now_us + THINK_US +
                                 prng_below(&world->prng, THINK_MORE_US),
                        .run = on_think,
                        .owner = backend,
                        .number = ++backend->thought});
}

/* ---- What the answers mean ---- */

static void end_question(struct backend_process *backend)
{
    backend->question = MESSAGE_PING;
    backend->deed = NULL;
    backend->answer_count++;
}

/* Nobody is told less than anybody was told before he asked. */
static void judge_head(struct backend_process *backend, struct cursor head)
{
    struct world *world = backend->world;

    if (head.history_id == backend->known.history_id &&
        head.revision < backend->known.revision)
        world_fail(world, "a read of user %s is stale",
                   world_user_name(backend->user));
    if (head.history_id != 0 && backend->history != NULL &&
        backend->history->history_id == head.history_id &&
        backend->history->erasure_told_us < backend->asked_us)
        world_fail(world, "a read of user %s shows what was erased",
                   world_user_name(backend->user));
    witness_tell(&world->witness, backend->user, head);
}

/* Request ids live for a day, by the servers' clock: a jump may end it. */
static bool may_be_forgotten(const struct backend_process *backend)
{
    return backend->is_repeated &&
           backend->world->faults.counts[FAULT_NODE_CLOCK] > 0;
}

/* The first copy may have been done in a history that was erased since. */
static bool was_erased(const struct backend_process *backend)
{
    return witness_is_erased(&backend->world->witness, backend->user,
                             backend->deed->history_id);
}

static void take_erased(struct backend_process *backend,
                        const struct message_updated *updated)
{
    struct world *world = backend->world;
    struct chronicle *history = backend->history;

    trace_put(&world->trace, world->now_us, "backend %u told of erasure: %s",
              backend->number, status_text(updated->status));
    backend->deed->end = DEED_DONE;
    if (updated->status != DALV_OK || (history != NULL && !history->is_erased))
        world_fail(world, "user %s is told to be erased, and is not",
                   world_user_name(backend->user));
    else if (history != NULL && history->erasure_told_us == UINT64_MAX)
        history->erasure_told_us = world->now_us;
    end_question(backend);
}

static void take_retired(struct backend_process *backend,
                         const struct message_updated *updated)
{
    struct world *world = backend->world;
    const struct chronicle *history =
        witness_newest(&world->witness, backend->user);

    trace_put(&world->trace, world->now_us, "backend %u retires %u: %s",
              backend->number, (unsigned)backend->device,
              status_text(updated->status));
    if (updated->status == DALV_OK && history == backend->history &&
        !history->was_retired[backend->device])
        world_fail(world, "device %u is told to be retired, and is not",
                   (unsigned)backend->device);
    end_question(backend);
}

static void take_updated(struct backend_process *backend,
                         const struct message_updated *updated)
{
    struct world *world = backend->world;
    struct deed *deed = backend->deed;

    trace_put(&world->trace, world->now_us, "backend %u told t%u: %s",
              backend->number, deed->number, status_text(updated->status));
    if (updated->status != DALV_OK) {
        if (deed->effect_count > 0 && !may_be_forgotten(backend) &&
            !was_erased(backend))
            world_fail(world, "t%u took effect, and was told to be refused",
                       deed->number);
        deed->end = DEED_REFUSED;
        end_question(backend);
        return;
    }
    if ((deed->effect_count != 1 && !may_be_forgotten(backend)) ||
        deed->revision != updated->head.revision)
        world_fail(world, "t%u is told to be done, and is not in the log",
                   deed->number);
    if (!backend->is_repeated &&
        updated->head.history_id == backend->known.history_id &&
        updated->head.revision <= backend->known.revision)
        world_fail(world, "t%u came before what was told before it",
                   deed->number);
    deed->end = DEED_DONE;
    /* A repeated one is told what became of it then. */
    if (!backend->is_repeated)
        judge_head(backend, updated->head);
    end_question(backend);
}

static void take_got(struct backend_process *backend,
                     const struct message_got *got)
{
    static struct page page;
    struct key_state absent = {.kind = KEY_NONE};
    struct bytes key = bytes_from_text(backend->key);
    struct chronicle_claim claim = {.key = key, .state = &absent};

    if (!page_read(&page, got->page))
        world_fail(backend->world, "GOT is no page of whole keys");
    judge_head(backend, got->head);
    if (page.count > 0)
        claim = page.claims[0];
    if (got->is_whole)
        witness_claim(&backend->world->witness, backend->user, got->head,
                      &claim);
    end_question(backend);
}

static void take_ranged(struct backend_process *backend,
                        const struct message_ranged *ranged)
{
    static struct page page;
    static const struct key_state absent = {.kind = KEY_NONE};
    struct witness *witness = &backend->world->witness;
    struct chronicle *chronicle = NULL;

    if (!page_read(&page, ranged->page))
        world_fail(backend->world, "RANGED is no page of whole keys");
    judge_head(backend, ranged->head);
    if (ranged->head.history_id != 0 && ranged->is_whole)
        chronicle = witness_moment(witness, backend->user, ranged->head);
    for (size_t i = 0; chronicle != NULL && i < chronicle->key_count; i++) {
        struct bytes key = chronicle_key_bytes(&chronicle->keys[i]);
        const struct chronicle_claim *claim = page_claim(&page, key);
        struct chronicle_claim missing = {.key = key, .state = &absent};

        witness_claim(witness, backend->user, ranged->head,
                      claim == NULL ? &missing : claim);
    }
    end_question(backend);
}

static bool is_unknown(enum dalv_status status)
{
    return status == DALV_UNKNOWN || status == DALV_TIMEOUT;
}

/* Asked again under the same id, or given up. */
static void take_refused(struct backend_process *backend,
                         enum dalv_status status)
{
    struct world *world = backend->world;
    bool is_again = world->is_calm || prng_chance(&world->prng, 3, 4);

    trace_put(&world->trace, world->now_us, "backend %u is refused: %s",
              backend->number, status_text(status));
    if (status == DALV_EXPIRED || status == DALV_NOT_PERMITTED)
        hang_up(backend);
    if (!message_is_write(backend->question)) {
        end_question(backend);
        return;
    }
    backend->is_repeated |= is_unknown(status);
    if (is_again)
        return;
    if (backend->deed == NULL) {
        end_question(backend);
        return;
    }
    backend->deed->end = backend->is_repeated ? DEED_DOUBTFUL : DEED_REFUSED;
    if (!backend->is_repeated && backend->deed->effect_count > 0)
        world_fail(world, "t%u took effect, and was told not to be done",
                   backend->deed->number);
    end_question(backend);
}

/* By the question: its answer may be of no other type. */
static bool take_answer(struct backend_process *backend,
                        const struct message *answer)
{
    enum message_type type = answer->type;

    switch ((int)backend->question) {
    case MESSAGE_UPDATE:
        if (type == MESSAGE_UPDATED)
            take_updated(backend, &answer->updated);
        return type == MESSAGE_UPDATED;
    case MESSAGE_ERASE:
        if (type == MESSAGE_UPDATED)
            take_erased(backend, &answer->updated);
        return type == MESSAGE_UPDATED;
    case MESSAGE_RETIRE_DEVICE:
        if (type == MESSAGE_UPDATED)
            take_retired(backend, &answer->updated);
        return type == MESSAGE_UPDATED;
    case MESSAGE_GET:
        if (type == MESSAGE_GOT)
            take_got(backend, &answer->got);
        return type == MESSAGE_GOT;
    default:
        if (type == MESSAGE_RANGED)
            take_ranged(backend, &answer->ranged);
        return type == MESSAGE_RANGED;
    }
}

static void on_answer(void *owner, const struct message *answer)
{
    struct backend_process *backend = owner;

    if (answer->type == MESSAGE_WELCOMED) {
        backend->is_greeted = true;
        ask(backend);
        return;
    }
    if (answer->type == MESSAGE_REFUSED)
        take_refused(backend, answer->refused.status);
    else if (!take_answer(backend, answer))
        world_fail(backend->world, "backend %u is answered %s", backend->number,
                   message_type_name(answer->type));
    think(backend);
}

static void on_push(void *owner, const struct message *message)
{
    (void)owner;
    (void)message;
}

static void on_lost(void *owner)
{
    struct backend_process *backend = owner;
    bool was_asked = backend->is_greeted;

    backend->is_greeted = false;
    if (was_asked && backend->question != MESSAGE_PING)
        take_refused(backend, DALV_TIMEOUT);
    think(backend);
}

/* ---- Life ---- */

void backend_process_init(struct backend_process *backend, struct world *world,
                          unsigned number)
{
    const struct line_handlers handlers = {.owner = backend,
                                           .on_answer = on_answer,
                                           .on_push = on_push,
                                           .on_lost = on_lost};

    *backend = (struct backend_process){
        .world = world, .number = number, .question = MESSAGE_PING};
    line_init(&backend->line, world, &handlers);
    buffer_init(&backend->body);
}

void backend_process_deinit(struct backend_process *backend)
{
    line_deinit(&backend->line);
    buffer_deinit(&backend->body);
}

void backend_process_start(struct backend_process *backend)
{
    think(backend);
}

bool backend_process_is_idle(const struct backend_process *backend)
{
    return backend->question == MESSAGE_PING;
}
