/*
 * The one control store of the world, as each process sees it: nobody reaches
 * it while it is cut off.
 */
#include "control/control_place.h"

#include "base/assert.h"
#include "control/control_store.h"
#include "tests/sim/host/process.h"
#include "tests/sim/host/worker.h"
#include "tests/sim/world.h"

#include <stdlib.h>

enum {
    US_PER_MS = 1000,
};

struct control_session {
    struct control_store store;
    struct process *process;
};

static struct process *process_of(const struct control_store *store)
{
    return ((const struct control_session *)store)->process;
}

static enum dalv_status get(struct control_store *store, struct bytes key,
                            struct control_answer *answer)
{
    struct process *process = process_of(store);

    worker_linger(world_control_delay_us(process->world));
    if (world_is_control_cut(process->world, process))
        return DALV_UNAVAILABLE;
    return control_store_get(process->world->control, key, answer);
}

static enum dalv_status list(struct control_store *store, struct bytes prefix,
                             struct bytes after, struct control_answer *answer)
{
    struct process *process = process_of(store);

    worker_linger(world_control_delay_us(process->world));
    if (world_is_control_cut(process->world, process))
        return DALV_UNAVAILABLE;
    return control_store_list(process->world->control, prefix, after, answer);
}

/* Done, refused, or either of them unknown. */
static enum dalv_status commit(struct control_store *store,
                               const struct control_transaction *transaction,
                               uint64_t *out_revision)
{
    struct process *process = process_of(store);
    enum dalv_status status;

    worker_linger(world_control_delay_us(process->world));
    if (world_is_control_cut(process->world, process))
        return DALV_UNAVAILABLE;
    if (faults_strike(process->world, FAULT_CONTROL_DEAF))
        return DALV_UNKNOWN;
    status = control_store_commit(process->world->control, transaction,
                                  out_revision);
    return faults_strike(process->world, FAULT_CONTROL_MUTE) ? DALV_UNKNOWN
                                                             : status;
}

/* A hint may come early, late or, as the patience ends, for nothing. */
static void wait(struct control_store *store, struct bytes key,
                 uint64_t revision, uint32_t patience_ms)
{
    struct prng *prng = &process_of(store)->world->prng;

    (void)key;
    (void)revision;
    worker_linger(prng_below(prng, patience_ms * (uint64_t)US_PER_MS));
}

static const char *say_problem(const struct control_store *store)
{
    (void)store;
    return "it cannot be reached";
}

static void close_session(struct control_store *store)
{
    free(store);
}

static const struct control_store_table table = {
    .get = get,
    .list = list,
    .commit = commit,
    .wait = wait,
    .problem = say_problem,
    .close = close_session,
};

enum dalv_status control_place_open(const struct control_place *place,
                                    struct control_store **out_store,
                                    struct text *problem)
{
    struct control_session *session = calloc(1, sizeof(*session));

    (void)place;
    (void)problem;
    ASSERT(session != NULL);
    session->store.table = &table;
    session->process = process_current();
    *out_store = &session->store;
    return DALV_OK;
}
