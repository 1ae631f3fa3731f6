#include "tests/property/sync_world.h"

#include "base/assert.h"
#include "sync/changes.h"
#include "sync/device.h"
#include "sync/sweep.h"
#include "sync/update.h"
#include "tests/property/sync_world_check.h"

#include <stdlib.h>
#include <string.h>

enum {
    ARENA_BYTES = 1 << 20,
    RECORDS_MAX = 12,
    STEPS = 60,
    STEPS_AT_REST = 24,
    STEP_US = 1000,
    DROPS_MAX = 8,
    MARK_SHIFT = 32, /* Above all history ids. */
};

struct world *world_create(void)
{
    struct world *world = calloc(1, sizeof(*world));

    ASSERT(world != NULL);
    world->memory = malloc(ARENA_BYTES);
    ASSERT(world->memory != NULL);
    return world;
}

void world_destroy(struct world **world_p)
{
    struct world *world = *world_p;

    *world_p = NULL;
    if (world == NULL)
        return;
    free(world->memory);
    free(world);
}

static void fail(struct world *world, const char *wrong)
{
    if (world->wrong == NULL)
        world->wrong = wrong;
}

/* --- A batch: what is due goes first --- */

static void begin(struct world *world)
{
    static const struct user_view_bounds bounds = {
        .keys = 64, .elements = 64, .devices = 2, .requests = 2};

    arena_init(&world->arena, world->memory, ARENA_BYTES);
    ASSERT(user_view_init(&world->view, &world->arena, bytes_from_text("ada"),
                          &bounds) == DALV_OK);
}

static void fill(struct world *world)
{
    struct judge_options options = {
        .policy = &world->policy,
        .now_us = world->now_us,
        .history_id_next = world->history_id_last + 1,
        .log_index = world->server.store.log_index + 1,
        .record_max = prng_chance(&world->prng, 1, 8) ? 3 : RECORDS_MAX,
    };

    for (size_t i = 0; i < HISTORY_KEYS; i++)
        ASSERT(user_view_want_key(&world->view,
                                  bytes_from_text(history_keys[i])) == DALV_OK);
    ASSERT(user_view_prepare(&world->view) == DALV_OK);
    store_fill(&world->server.store, &world->view);
    ASSERT(judge_init(&world->judge, &world->view, &options) == DALV_OK);
    ASSERT(sweep_due(&world->judge) == DALV_OK);
    history_expire(&world->server.history, world->now_us);
}

/* Devices that are at its heels are told a record as it is committed. */
static void tell_live(struct world *world, const struct user_record *record)
{
    for (size_t i = 0; i < WORLD_DEVICES; i++) {
        struct replica *replica = &world->replicas[i];
        struct changes changes;
        struct change change;

        if (record->revision == 0 || record->author.writer == replica->device ||
            replica->cursor.history_id !=
                user_state_history(&world->server.store.user) ||
            replica->cursor.revision != record->revision - 1 ||
            prng_chance(&world->prng, 1, 3))
            continue;
        changes_init(&changes, record, (struct bytes){0});
        while (changes_next(&changes, &change)) {
            struct replica_change told = world_change(&change);

            replica_take_change(replica, &told);
        }
        replica->cursor.revision = record->revision;
    }
}

static void end(struct world *world)
{
    struct world_server *server = &world->server;

    for (size_t i = 0; i < world->judge.record_count; i++) {
        const struct user_record *record = &world->judge.records[i];
        uint64_t number = record->author.push_number;

        fail(world, store_apply(&server->store, record));
        if (number != 0 && record->revision != 0) {
            uint64_t serial = world->serials[record->author.writer][number];

            if (++server->effect_count[serial] > 1)
                fail(world, "a transaction took effect twice");
        }
        tell_live(world, record);
    }
    if (server->store.user.history_id > world->history_id_last)
        world->history_id_last = server->store.user.history_id;
    fail(world, world_compare_servers(server));
    world->now_us += STEP_US;
}

/* --- Requests --- */

/* The first of the refused pushes that push `i` of the request waits for, or 0.
 */
static uint64_t naive_root(const struct history_outcome *outcomes,
                           const struct replica_request *request, size_t i)
{
    uint64_t root = 0;

    for (size_t j = 0; j < i; j++) {
        const struct replica_push *other = &request->pushes[j];
        uint64_t other_root = outcomes[other->number].waits_for;

        if (outcomes[other->number].result != OUTCOME_REFUSED ||
            !world_depends(&request->pushes[i].asked, &other->asked))
            continue;
        if (other_root == 0)
            other_root = other->number;
        if (root == 0 || other_root < root)
            root = other_root;
    }
    return root;
}

/* The first refused one of the request that others wait for, or 0. */
static uint64_t naive_first_root(const struct history_outcome *outcomes,
                                 const struct replica_request *request)
{
    uint64_t first = 0;

    for (size_t i = 0; i < request->push_count; i++) {
        uint64_t number = request->pushes[i].number;
        uint64_t root = outcomes[number].waits_for;

        if (!outcomes[number].is_settled ||
            outcomes[number].result != OUTCOME_REFUSED)
            continue;
        if (root == 0)
            root = number;
        if (first == 0 || root < first)
            first = root;
    }
    return first;
}

/* What a history makes of a request: no chain, no view, no records. */
static void judge_naively(struct world *world,
                          const struct replica_request *request,
                          uint64_t settled, bool may)
{
    struct history *history = &world->server.history;
    struct history_outcome *outcomes = history->outcomes[request->device];
    bool is_cut = !may;

    for (size_t i = 0; i < request->push_count; i++) {
        const struct replica_push *push = &request->pushes[i];
        uint64_t root = naive_root(outcomes, request, i);

        if (outcomes[push->number].is_settled || push->number > settled)
            continue;
        if (push->asked.base < world->server.store.user.floor)
            is_cut = true;
        if (is_cut)
            root = naive_first_root(outcomes, request);
        if (is_cut && root == 0)
            return;
        if (root != 0)
            outcomes[push->number] =
                (struct history_outcome){.is_settled = true,
                                         .result = OUTCOME_REFUSED,
                                         .status = DALV_WAITS,
                                         .waits_for = root};
        else
            outcomes[push->number] = history_judge(history, request->device,
                                                   &push->asked, world->now_us);
    }
}

static void note_answer(struct world *world, const struct push_answer *answer,
                        const struct replica_request *request)
{
    struct replica_reply *reply = &world->reply;

    memset(reply, 0, sizeof(*reply));
    reply->status = answer->status;
    reply->mode = answer->mode;
    reply->settled = answer->settled;
    reply->applied_first = answer->applied_first;
    reply->applied_count = answer->applied_count;
    ASSERT(answer->applied_count <= REPLICA_PUSHES_MAX);
    for (size_t i = 0; i < answer->applied_count; i++)
        reply->applied[i] = answer->applied[i];
    ASSERT(answer->outcome_count <= REPLICA_OUTCOMES_MAX);
    reply->outcome_count = answer->outcome_count;
    for (size_t i = 0; i < answer->outcome_count; i++)
        reply->outcomes[i] = answer->outcomes[i];
    world_fill_page(&world->server.store, request->cursor, answer, reply);
}

/* May the server judge this at all? By the design, not by its opinion. */
static bool may_be_judged(const struct world *world,
                          const struct replica_request *request)
{
    const struct user_state *user = &world->server.store.user;

    if (request->cursor.history_id == 0 && user->common_history_id != 0)
        return false;
    if (request->cursor.history_id != 0 &&
        request->cursor.history_id != user_state_history(user))
        return false;
    return request->cursor.revision >= user->floor;
}

/* A backend's transaction, which may share its batch with a push. */
struct world_update {
    struct history_transaction asked;
    struct operation operations[HISTORY_OPERATIONS_MAX];
    struct update update;
};

static void invent_update(struct world *world, struct world_update *made)
{
    size_t from = prng_below(&world->prng, WORLD_DEVICES);

    replica_invent(world->replicas[from].keys, &world->prng, &made->asked);
    world_operations(&made->asked, made->operations);
    made->update = (struct update){
        .body = bytes_from_text("body"),
        .transaction = {.operations = made->operations,
                        .operation_count = made->asked.operation_count}};
    memcpy(made->update.id.bytes, &world->now_us, sizeof(world->now_us));
    ASSERT(update_want(&made->update, &world->view) == DALV_OK);
}

static void judge_update(struct world *world, const struct world_update *made)
{
    struct update_answer answer;
    struct history_outcome truth;

    if (update_judge(&world->judge, &made->update, &answer) != DALV_OK)
        return; /* No room in this batch: it would come again. */
    truth = history_judge(&world->server.history, WRITER_BACKEND, &made->asked,
                          world->now_us);
    if (answer.status != truth.status &&
        !(answer.status == DALV_NOT_FOUND && !truth.is_changing &&
          truth.status == DALV_OK))
        fail(world, "a backend's transaction ended otherwise");
}

static void update(struct world *world)
{
    struct world_update made;

    begin(world);
    invent_update(world, &made);
    fill(world);
    judge_update(world, &made);
    end(world);
}

static void serve(struct world *world, const struct replica_request *request)
{
    struct bytes pushes[REPLICA_PUSHES_MAX];
    struct message_sync message = {
        .device = request->device,
        .cursor = request->cursor,
        .confirmed = request->confirmed,
        .push_first = request->first,
        .chain = request->chain,
        .pushes = pushes,
        .push_count = request->push_count,
    };
    struct push_request asked;
    struct push_answer answer;
    struct world_update shared;
    bool is_shared = !world->is_at_rest && prng_chance(&world->prng, 1, 3);
    bool may = may_be_judged(world, request);
    size_t due_count;

    for (size_t i = 0; i < request->push_count; i++)
        pushes[i] =
            bytes_make(request->pushes[i].bytes, request->pushes[i].size);
    begin(world);
    ASSERT(push_want(&asked, request->device, &message, &world->view) ==
           DALV_OK);
    if (is_shared)
        invent_update(world, &shared);
    fill(world);
    due_count = world->judge.record_count;
    if (push_judge(&world->judge, &asked, &answer) != DALV_OK) {
        /* No room: nothing of it counts, and nothing is answered. */
        world->judge.record_count = due_count;
        end(world);
        world->reply.status = DALV_BUSY;
        return;
    }
    if (answer.status == DALV_OK)
        judge_naively(world, request, answer.settled, may);
    if (is_shared)
        judge_update(world, &shared);
    end(world);
    note_answer(world, &answer, request);
}

static void sync(struct world *world, struct replica *replica, bool is_faulty)
{
    struct replica_request request;

    replica_ask(replica, &request);
    for (size_t i = 0; i < request.push_count; i++)
        world->serials[replica->device][request.pushes[i].number] =
            request.pushes[i].serial;
    if (is_faulty && prng_chance(&world->prng, 1, 6)) {
        /* Lost; but perhaps it only takes its time. */
        if (world->late_count < WORLD_LATE_MAX)
            world->late[world->late_count++] = request;
        return;
    }
    serve(world, &request);
    if (is_faulty && prng_chance(&world->prng, 1, 10) &&
        world->late_count < WORLD_LATE_MAX)
        world->late[world->late_count++] = request;
    if (world->reply.status == DALV_BUSY ||
        (is_faulty && prng_chance(&world->prng, 1, 4)))
        return;
    replica_hear(replica, &world->reply, &world->server.history, &world->prng,
                 &world->ends);
    fail(world, world->ends.wrong);
}

static void serve_late(struct world *world)
{
    struct replica_request request;

    if (world->late_count == 0)
        return;
    request = world->late[--world->late_count];
    /* Its device does not listen any more. */
    serve(world, &request);
}

/* --- The system --- */

static void compact(struct world *world)
{
    const struct user_state *user = &world->server.store.user;
    struct effect drops[DROPS_MAX];
    struct sweep sweep = {.effects = drops};
    uint64_t floor = user->floor;

    if (user->revision > user->floor)
        floor += prng_below(&world->prng, user->revision - user->floor + 1);
    sweep.effect_count =
        world_list_tombstones(&world->server.store, floor, drops, DROPS_MAX);
    sweep.is_whole = sweep.effect_count < DROPS_MAX;
    if (user->history_id == 0)
        return;
    begin(world);
    fill(world);
    if (world->judge.record_count == 0)
        ASSERT(sweep_tombstones(&world->judge, floor, &sweep) == DALV_OK);
    end(world);
}

static void purge(struct world *world)
{
    struct effect drops[DROPS_MAX];
    struct sweep sweep = {.effects = drops};
    const struct store_ended *ended = world_ended_list(&world->server.store);
    struct bytes key;

    if (ended == NULL)
        return;
    key = store_text_bytes(&world->server.store.keys[ended->key].key);
    sweep.effect_count =
        world_list_elements(&world->server.store, ended, drops, DROPS_MAX);
    sweep.is_whole = sweep.effect_count < DROPS_MAX;
    begin(world);
    fill(world);
    if (world->judge.record_count == 0)
        ASSERT(sweep_list(&world->judge, key, ended->generation, &sweep) ==
               DALV_OK);
    end(world);
}

/* The server loses what came after the backup: a new history begins. */
static void restore(struct world *world)
{
    struct user_state *user = &world->server.store.user;

    if (!world->has_backup)
        return;
    world->server = world->backup;
    user_state_restore(user, ++world->mark_last << MARK_SHIFT);
}

static void step(struct world *world)
{
    struct replica *replica =
        &world->replicas[prng_below(&world->prng, WORLD_DEVICES)];
    uint64_t dice = prng_below(&world->prng, 100);

    if (dice < 35)
        replica_commit(replica, &world->prng, &world->ends);
    else if (dice < 62)
        sync(world, replica, /* is_faulty= */ true);
    else if (dice < 78)
        update(world);
    else if (dice < 86)
        serve_late(world);
    else if (dice < 90)
        compact(world);
    else if (dice < 95)
        purge(world);
    else if (dice < 98) {
        world->backup = world->server;
        world->has_backup = true;
    } else
        restore(world);
}

static void open_devices(struct world *world)
{
    for (size_t i = 0; i < WORLD_DEVICES; i++) {
        struct install_id install = {.bytes = {(uint8_t)(i + 1)}};
        struct device_opened opened;

        begin(world);
        ASSERT(user_view_want_device(&world->view, 0, &install) == DALV_OK);
        fill(world);
        ASSERT(device_open(&world->judge, &install, &opened) == DALV_OK);
        end(world);
        replica_init(&world->replicas[i], opened.device);
    }
}

static void start(struct world *world, uint64_t seed)
{
    static const struct policy_domain_rule domains[] = {
        {.prefix = {(const uint8_t *)"sys/", 4}, .domain = POLICY_SYSTEM}};
    static const struct policy_merge_rule merges[] = {
        {.prefix = {(const uint8_t *)"mine/", 5}, .merge = POLICY_MINE},
        {.prefix = {(const uint8_t *)"theirs/", 7}, .merge = POLICY_THEIRS}};
    void *memory = world->memory;

    memset(world, 0, sizeof(*world));
    world->memory = memory;
    prng_init(&world->prng, seed);
    world->policy = (struct policy){.domains = domains,
                                    .domain_count = 1,
                                    .merges = merges,
                                    .merge_count = 2,
                                    .device_max = 32};
    world->now_us = STEP_US;
    store_init(&world->server.store);
    history_init(&world->server.history);
}

const char *world_run(struct world *world, uint64_t seed)
{
    start(world, seed);
    open_devices(world);
    for (size_t i = 0; world->wrong == NULL && i < STEPS; i++)
        step(world);
    /* Nothing is lost any more, and nothing new is written. */
    world->is_at_rest = true;
    for (size_t i = 0; world->wrong == NULL && i < STEPS_AT_REST; i++)
        sync(world, &world->replicas[i % WORLD_DEVICES],
             /* is_faulty= */ false);
    for (size_t i = 0; i < WORLD_DEVICES; i++) {
        if (!replica_is_idle(&world->replicas[i]))
            fail(world, "work is left without an outcome");
        fail(world, world_compare_replica(&world->server, &world->replicas[i]));
    }
    for (uint64_t i = 0; i < world->ends.serial_next; i++) {
        if (world->ends.count[i] != 1)
            fail(world, "a transaction has no outcome");
    }
    return world->wrong;
}
