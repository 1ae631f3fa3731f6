#include "node/refusals.h"

#include "base/hash.h"

#include <string.h>

struct refusal {
    struct timer timer;
    uint64_t user_hash;
    struct view_request request; /* Its numbers are in `numbers`. */
    uint8_t numbers[];
};

void refusals_init(struct refusals *refusals,
                   const struct refusals_options *options)
{
    refusals->allocator = options->allocator;
    refusals->seed = options->seed;
    map_init(&refusals->by_hash, options->slots, options->slot_count);
    timers_init(&refusals->timers, 0);
}

static void destroy(struct refusals *refusals, struct refusal *refusal)
{
    allocator_give(refusals->allocator, refusal,
                   sizeof(*refusal) + refusal->request.state.numbers.size);
}

void refusals_deinit(struct refusals *refusals)
{
    size_t cursor = 0;
    struct refusal *refusal;

    while ((refusal = map_next(&refusals->by_hash, &cursor)) != NULL)
        destroy(refusals, refusal);
}

static uint64_t hash_of_user(const struct refusals *refusals, struct bytes user)
{
    return hash64_seeded(user, refusals->seed);
}

/* Where a request of the user stands: the user's hash is part of it. */
static uint64_t place_of(uint64_t user_hash, const struct request_id *id)
{
    return hash64_seeded(bytes_make(id->bytes, sizeof(id->bytes)), user_hash);
}

static bool is_of(const struct refusal *refusal, uint64_t user_hash,
                  const struct request_id *id)
{
    return refusal->user_hash == user_hash &&
           memcmp(&refusal->request.id, id, sizeof(*id)) == 0;
}

static struct refusal *create(struct refusals *refusals, uint64_t user_hash,
                              const struct view_request *request)
{
    struct bytes numbers = request->state.numbers;
    struct refusal *refusal = allocator_take_zeroed(
        refusals->allocator, sizeof(*refusal) + numbers.size);

    if (refusal == NULL)
        return NULL;
    refusal->user_hash = user_hash;
    refusal->request = *request;
    refusal->request.state.numbers = bytes_make(refusal->numbers, numbers.size);
    if (numbers.size > 0)
        memcpy(refusal->numbers, numbers.data, numbers.size);
    return refusal;
}

enum dalv_status refusals_put(struct refusals *refusals, struct bytes user,
                              const struct view_request *request,
                              uint64_t until_ms)
{
    uint64_t user_hash = hash_of_user(refusals, user);
    uint64_t place = place_of(user_hash, &request->id);
    struct refusal *refusal = map_get(&refusals->by_hash, place);

    /* Two requests in one place are next to impossible: one comes again. */
    if (refusal != NULL)
        return is_of(refusal, user_hash, &request->id) ? DALV_OK : DALV_BUSY;
    if (map_is_full(&refusals->by_hash))
        return DALV_BUSY;
    refusal = create(refusals, user_hash, request);
    if (refusal == NULL)
        return DALV_BUSY;
    map_put(&refusals->by_hash, place, refusal);
    timers_start(&refusals->timers, &refusal->timer, until_ms);
    return DALV_OK;
}

void refusals_recall(const struct refusals *refusals, struct bytes user,
                     struct view_request *request)
{
    uint64_t user_hash = hash_of_user(refusals, user);
    const struct refusal *refusal =
        map_get(&refusals->by_hash, place_of(user_hash, &request->id));

    if (refusal != NULL && is_of(refusal, user_hash, &request->id))
        *request = refusal->request;
}

void refusals_expire(struct refusals *refusals, uint64_t now_ms)
{
    struct refusal *refusal;

    while ((refusal = TIMER_ITEM(timers_take(&refusals->timers, now_ms),
                                 struct refusal, timer)) != NULL) {
        (void)map_remove(&refusals->by_hash,
                         place_of(refusal->user_hash, &refusal->request.id));
        destroy(refusals, refusal);
    }
}

size_t refusals_count(const struct refusals *refusals)
{
    return refusals->by_hash.count;
}
