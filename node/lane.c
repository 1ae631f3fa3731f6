#include "node/lane.h"

#include "base/assert.h"
#include "base/bounds.h"
#include "base/hash.h"

#include <string.h>

void lanes_init(struct lanes *lanes, const struct lanes_options *options)
{
    *lanes = (struct lanes){.allocator = options->allocator,
                            .waiting_bytes_max = options->waiting_bytes_max,
                            .seed = options->seed};
    map_init(&lanes->by_hash, options->slots, options->slot_count);
    list_init(&lanes->ready);
}

void lanes_deinit(struct lanes *lanes)
{
    ASSERT(lanes->by_hash.count == 0 && list_is_empty(&lanes->ready));
}

struct bytes lane_user(const struct lane *lane)
{
    return bytes_make(lane->user, lane->user_size);
}

static struct lane *find(const struct lanes *lanes, uint64_t hash,
                         struct bytes user)
{
    struct lane *lane = map_get(&lanes->by_hash, hash);

    while (lane != NULL && !bytes_equal(lane_user(lane), user))
        lane = lane->next;
    return lane;
}

static struct lane *create(struct lanes *lanes, uint64_t hash,
                           struct bytes user, uint32_t partition)
{
    struct lane *same = map_get(&lanes->by_hash, hash);
    struct lane *lane;

    if (same == NULL && map_is_full(&lanes->by_hash))
        return NULL;
    lane = allocator_take_zeroed(lanes->allocator, sizeof(*lane) + user.size);
    if (lane == NULL)
        return NULL;
    lane->hash = hash;
    lane->partition = partition;
    lane->turn_bytes = TURN_BYTES_MIN;
    lane->request_max = BOUNDS_BATCH_TRANSACTIONS_MAX;
    list_init(&lane->waiting);
    list_init(&lane->chores);
    lane->user_size = user.size;
    memcpy(lane->user, user.data, user.size);
    if (same != NULL) {
        lane->next = same->next;
        same->next = lane;
    } else {
        map_put(&lanes->by_hash, hash, lane);
    }
    return lane;
}

/* The first of a hash stands in the map itself; others hang behind it. */
static void destroy(struct lanes *lanes, struct lane *lane)
{
    struct lane *first = map_remove(&lanes->by_hash, lane->hash);

    if (first == lane) {
        first = lane->next;
    } else {
        struct lane *before = first;

        while (before->next != lane)
            before = before->next;
        before->next = lane->next;
    }
    if (first != NULL)
        map_put(&lanes->by_hash, lane->hash, first);
    allocator_give(lanes->allocator, lane, sizeof(*lane) + lane->user_size);
}

static void make_ready(struct lanes *lanes, struct lane *lane)
{
    if (lane->is_ready || lane->turn != NULL)
        return;
    lane->is_ready = true;
    list_append(&lanes->ready, &lane->link);
}

/* The user's lane, made if there is none; NULL without room. */
static struct lane *find_or_create(struct lanes *lanes, struct bytes user,
                                   uint32_t partition)
{
    uint64_t hash = hash64_seeded(user, lanes->seed);
    struct lane *lane = find(lanes, hash, user);

    return lane != NULL ? lane : create(lanes, hash, user, partition);
}

enum dalv_status lanes_put_chore(struct lanes *lanes, struct chore *chore)
{
    struct lane *lane =
        find_or_create(lanes, chore->wish.user, chore->wish.partition);

    if (lane == NULL)
        return DALV_BUSY;
    list_append(&lane->chores, &chore->link);
    make_ready(lanes, lane);
    return DALV_OK;
}

enum dalv_status lanes_put(struct lanes *lanes, struct request *request)
{
    struct lane *lane;

    if (request->bytes > lanes->waiting_bytes_max - lanes->waiting_bytes)
        return DALV_BUSY;
    lane = find_or_create(lanes, request->user, request->partition);
    if (lane == NULL || lane->waiting.count >= LANE_WAITING_MAX ||
        (lane->waiting.count > 0 &&
         lane->waiting_bytes + request->bytes > LANE_WAITING_BYTES_MAX))
        return DALV_BUSY;
    list_append(&lane->waiting, &request->link);
    lane->waiting_bytes += request->bytes;
    lanes->waiting_bytes += request->bytes;
    make_ready(lanes, lane);
    return DALV_OK;
}

struct lane *lanes_take_ready(struct lanes *lanes)
{
    struct lane *lane = LIST_ITEM(list_take(&lanes->ready), struct lane, link);

    if (lane != NULL)
        lane->is_ready = false;
    return lane;
}

void lanes_put_back(struct lanes *lanes, struct list *taken)
{
    for (struct list_link *link = taken->first; link != NULL; link = link->next)
        LIST_ITEM(link, struct lane, link)->is_ready = true;
    list_append_all(&lanes->ready, taken);
}

static bool is_alone(const struct request *request)
{
    return request->message.type == MESSAGE_ERASE;
}

static bool is_chores_turn(struct lane *lane)
{
    if (list_is_empty(&lane->chores))
        return false;
    return list_is_empty(&lane->waiting) ||
           ++lane->writes_count % LANE_CHORE_EVERY == 0;
}

size_t lane_turn_bytes(const struct lane *lane)
{
    size_t bytes = TURN_BYTES_MIN;
    size_t count = 0;

    if (!list_is_empty(&lane->chores))
        bytes = TURN_CHORE_BYTES;
    for (struct list_link *link = lane->waiting.first;
         link != NULL && count < lane->request_max && bytes < TURN_BYTES_MAX;
         link = link->next, count++)
        bytes += turn_bytes_for(LIST_ITEM(link, struct request, link));
    if (bytes < lane->turn_bytes)
        bytes = lane->turn_bytes;
    return bytes < TURN_BYTES_MAX ? bytes : TURN_BYTES_MAX;
}

/* Expiry and old requests go many at a time, all else one by one. */
static void fill_with_chores(struct lane *lane)
{
    struct turn *turn = lane->turn;
    enum chore_type type =
        LIST_ITEM(lane->chores.first, struct chore, link)->wish.type;
    size_t max = type == CHORE_EXPIRY || type == CHORE_REQUESTS
                     ? LANE_CHORES_IN_TURN
                     : 1;

    while (turn->chores.count < max && !list_is_empty(&lane->chores)) {
        struct chore *chore = LIST_ITEM(lane->chores.first, struct chore, link);

        if (chore->wish.type != type)
            return;
        (void)list_take(&lane->chores);
        list_append(&turn->chores, &chore->link);
    }
}

void lanes_fill_turn(struct lanes *lanes, struct lane *lane)
{
    struct turn *turn = lane->turn;
    size_t bytes = 0;

    if (is_chores_turn(lane)) {
        fill_with_chores(lane);
        return;
    }
    while (!list_is_empty(&lane->waiting) &&
           turn->requests.count < lane->request_max) {
        struct request *request =
            LIST_ITEM(lane->waiting.first, struct request, link);
        bool is_first = list_is_empty(&turn->requests);

        if (!is_first && (is_alone(request) ||
                          bytes + request->bytes > BOUNDS_BATCH_BYTES_MAX))
            break;
        (void)list_take(&lane->waiting);
        lane->waiting_bytes -= request->bytes;
        lanes->waiting_bytes -= request->bytes;
        bytes += request->bytes;
        list_append(&turn->requests, &request->link);
        if (is_alone(request))
            break;
    }
}

void lanes_empty_turn(struct lanes *lanes, struct lane *lane)
{
    struct list back = lane->turn->requests;
    struct list chores = lane->turn->chores;

    for (struct list_link *link = back.first; link != NULL; link = link->next) {
        const struct request *request = LIST_ITEM(link, struct request, link);

        lane->waiting_bytes += request->bytes;
        lanes->waiting_bytes += request->bytes;
    }
    list_append_all(&back, &lane->waiting);
    lane->waiting = back;
    list_init(&lane->turn->requests);
    list_append_all(&chores, &lane->chores);
    lane->chores = chores;
    list_init(&lane->turn->chores);
}

void lanes_end_turn(struct lanes *lanes, struct lane *lane)
{
    lane->turn = NULL;
    if (list_is_empty(&lane->waiting) && list_is_empty(&lane->chores))
        destroy(lanes, lane);
    else
        make_ready(lanes, lane);
}
