#include "node/watch.h"

#include "base/hash.h"
#include "model/change_format.h"
#include "model/places.h"
#include "sync/changes.h"

#include <string.h>

enum {
    BUCKETS = 4096, /* Of users, and of clients. */
    BUCKET_OF_ALL = BUCKETS,
};

/* ---- The set ---- */

static size_t indexes_bytes(const struct watches *watches)
{
    return watches->partition_count * sizeof(uint64_t);
}

enum dalv_status watches_init(struct watches *watches,
                              struct allocator *allocator,
                              uint32_t partition_count, uint64_t seed,
                              uint32_t node)
{
    *watches =
        (struct watches){.allocator = allocator,
                         .partition_count = partition_count,
                         .of_client_max = WATCHES_OF_CLIENT_MAX,
                         .number_last = (uint64_t)node << WATCH_NODE_SHIFT,
                         .seed = seed};
    watches->committed =
        allocator_take_zeroed(allocator, indexes_bytes(watches));
    watches->buckets = allocator_take_zeroed(
        allocator, (BUCKETS + 1) * sizeof(struct watch *));
    watches->clients =
        allocator_take_zeroed(allocator, BUCKETS * sizeof(struct watch *));
    watches->page = allocator_take(allocator, WATCH_PAGE_BYTES_MAX);
    if (watches->committed != NULL && watches->buckets != NULL &&
        watches->clients != NULL && watches->page != NULL)
        return DALV_OK;
    watches_deinit(watches);
    return DALV_NO_MEMORY;
}

static void destroy(struct watches *watches, struct watch *watch)
{
    struct list_link *link;

    while ((link = list_take(&watch->read_pushes)) != NULL) {
        struct push_out *push = LIST_ITEM(link, struct push_out, link);

        push_destroy(&push, watches->allocator);
    }
    if (watch->told_indexes != NULL)
        allocator_give(watches->allocator, watch->told_indexes,
                       indexes_bytes(watches));
    allocator_give(watches->allocator, watch, sizeof(*watch) + watch->size);
    watches->count--;
}

/* A watch that is being read stays until its reading is back. */
static void end(struct watches *watches, struct watch *watch)
{
    if (watch->is_reading)
        watch->is_ended = true;
    else
        destroy(watches, watch);
}

void watches_deinit(struct watches *watches)
{
    struct allocator *allocator = watches->allocator;

    for (size_t i = 0; watches->buckets != NULL && i <= BUCKETS; i++) {
        while (watches->buckets[i] != NULL) {
            struct watch *watch = watches->buckets[i];

            watches->buckets[i] = watch->next;
            watch->is_reading = false;
            end(watches, watch);
        }
    }
    allocator_give(allocator, watches->committed, indexes_bytes(watches));
    allocator_give(allocator, watches->buckets,
                   (BUCKETS + 1) * sizeof(struct watch *));
    allocator_give(allocator, watches->clients,
                   BUCKETS * sizeof(struct watch *));
    allocator_give(allocator, watches->page, WATCH_PAGE_BYTES_MAX);
}

/* Among the watches of this user, or of those who follow all. */
static struct watch **bucket_of(const struct watches *watches, bool is_all,
                                struct bytes user)
{
    return &watches->buckets[is_all ? BUCKET_OF_ALL
                                    : hash64_seeded(user, watches->seed) %
                                          BUCKETS];
}

/* Among the watches of this client. */
static struct watch **clients_of(const struct watches *watches, uint64_t router,
                                 uint64_t client)
{
    const uint64_t name[] = {router, client};
    struct bytes bytes = bytes_make((const uint8_t *)name, sizeof(name));

    return &watches->clients[hash64_seeded(bytes, watches->seed) % BUCKETS];
}

static void leave_bucket(const struct watches *watches,
                         const struct watch *watch)
{
    struct watch **place = bucket_of(watches, watch->is_all, watch->user);

    while (*place != watch)
        place = &(*place)->next;
    *place = watch->next;
}

/* What is to end: all of a router, all of a client, or one of it. */
struct ending {
    uint64_t router;
    uint64_t client;
    bool is_any_client;
    bool is_any_number;
    uint64_t number;
};

static bool ends(const struct ending *ending, const struct watch *watch)
{
    if (watch->router != ending->router)
        return false;
    if (!ending->is_any_client && watch->client != ending->client)
        return false;
    return ending->is_any_number || watch->number == ending->number;
}

static bool end_among(struct watches *watches, struct watch **place,
                      const struct ending *ending)
{
    bool has_ended = false;

    while (*place != NULL) {
        struct watch *watch = *place;

        if (!ends(ending, watch)) {
            place = &watch->next_of_client;
            continue;
        }
        *place = watch->next_of_client;
        leave_bucket(watches, watch);
        end(watches, watch);
        has_ended = true;
    }
    return has_ended;
}

bool watches_end(struct watches *watches, uint64_t router, uint64_t client,
                 uint64_t number)
{
    return end_among(
        watches, clients_of(watches, router, client),
        &(struct ending){.router = router, .client = client, .number = number});
}

void watches_end_all(struct watches *watches, uint64_t router, uint64_t client)
{
    const struct ending ending = {.router = router,
                                  .client = client,
                                  .is_any_client = client == 0,
                                  .is_any_number = true};

    if (client != 0) {
        (void)end_among(watches, clients_of(watches, router, client), &ending);
        return;
    }
    for (size_t i = 0; watches->count > 0 && i < BUCKETS; i++)
        (void)end_among(watches, &watches->clients[i], &ending);
}

/* ---- Beginning ---- */

static bool is_wanted(struct bytes partitions, size_t partition)
{
    return partitions.size == 0 ||
           (partitions.data[partition / 8] >> partition % 8 & 1) != 0;
}

/* Without a resume all is told from the start. */
static enum dalv_status take_resume(struct watches *watches,
                                    struct watch *watch,
                                    const struct watch_wish *wish)
{
    size_t count = watches->partition_count;

    if (wish->is_from_now)
        memcpy(watch->told_indexes, watches->committed, indexes_bytes(watches));
    if (wish->resume.size == 0)
        return DALV_OK;
    if (places_count(wish->resume) != count)
        return DALV_INVALID;
    return places_take(wish->resume, watch->told_indexes, count);
}

static enum dalv_status take_places(struct watches *watches,
                                    struct watch *watch,
                                    const struct watch_wish *wish)
{
    size_t count = watches->partition_count;
    enum dalv_status status;

    if (wish->partitions.size != 0 && wish->partitions.size != (count + 7) / 8)
        return DALV_INVALID;
    watch->told_indexes =
        allocator_take_zeroed(watches->allocator, indexes_bytes(watches));
    if (watch->told_indexes == NULL)
        return DALV_BUSY;
    status = take_resume(watches, watch, wish);
    for (size_t i = 0; i < count; i++) {
        if (!is_wanted(wish->partitions, i))
            watch->told_indexes[i] = PLACES_UNTOLD;
    }
    return status;
}

static struct watch *create(struct watches *watches,
                            const struct watch_wish *wish)
{
    size_t size = wish->user.size + wish->prefix.size;
    struct watch *watch =
        allocator_take_zeroed(watches->allocator, sizeof(*watch) + size);

    if (watch == NULL)
        return NULL;
    watches->count++;
    watch->size = size;
    watch->router = wish->router;
    watch->client = wish->client;
    watch->device = wish->device;
    watch->is_all = wish->is_all;
    watch->partition = wish->partition;
    watch->told = wish->cursor;
    watch->is_from_now = wish->is_from_now;
    /* Where the user stands is not known yet: the first reading finds out. */
    watch->newest = (struct cursor){.history_id = wish->cursor.history_id,
                                    .revision = UINT64_MAX};
    list_init(&watch->read_pushes);
    watch->user = bytes_make(watch->bytes, wish->user.size);
    watch->prefix =
        bytes_make(watch->bytes + wish->user.size, wish->prefix.size);
    if (wish->user.size > 0)
        memcpy(watch->bytes, wish->user.data, wish->user.size);
    if (wish->prefix.size > 0)
        memcpy(watch->bytes + wish->user.size, wish->prefix.data,
               wish->prefix.size);
    return watch;
}

static size_t count_of_client(const struct watches *watches,
                              const struct watch_wish *wish)
{
    size_t count = 0;

    for (const struct watch *watch =
             *clients_of(watches, wish->router, wish->client);
         watch != NULL; watch = watch->next_of_client)
        count += watch->router == wish->router && watch->client == wish->client;
    return count;
}

static void enter(struct watches *watches, struct watch *watch)
{
    struct watch **bucket = bucket_of(watches, watch->is_all, watch->user);
    struct watch **clients = clients_of(watches, watch->router, watch->client);

    watch->next = *bucket;
    *bucket = watch;
    watch->next_of_client = *clients;
    *clients = watch;
}

enum dalv_status watches_add(struct watches *watches,
                             const struct watch_wish *wish,
                             struct watch **out_watch)
{
    enum dalv_status status = DALV_OK;
    struct watch *watch;

    if (wish->device != 0)
        (void)watches_end(watches, wish->router, wish->client, 0);
    if (watches->count >= WATCHES_MAX ||
        count_of_client(watches, wish) >= watches->of_client_max)
        return DALV_BUSY;
    watch = create(watches, wish);
    if (watch == NULL)
        return DALV_BUSY;
    if (wish->is_all)
        status = take_places(watches, watch, wish);
    if (status != DALV_OK) {
        destroy(watches, watch);
        return status;
    }
    watch->number = wish->number;
    if (wish->device == 0 && wish->number == 0)
        watch->number = ++watches->number_last;
    enter(watches, watch);
    *out_watch = watch;
    return DALV_OK;
}

enum dalv_status watches_place(struct watches *watches,
                               const struct watch *watch, struct list *pushes)
{
    size_t bytes = places_bytes_max(watches->partition_count);
    void *memory = allocator_take(watches->allocator, bytes);
    struct message_changed changed = {.watch = watch->number};
    struct push_out *push = NULL;
    struct writer writer;

    if (memory != NULL) {
        writer_init(&writer, memory, bytes);
        places_put(&writer, watch->told_indexes, watches->partition_count);
        changed.resume = writer_bytes(&writer);
        push = push_create(watches->allocator, &changed);
        allocator_give(watches->allocator, memory, bytes);
    }
    if (push == NULL)
        return DALV_BUSY;
    push->router = watch->router;
    push->client = watch->client;
    list_append(pushes, &push->link);
    return DALV_OK;
}

/* ---- Reading ---- */

/* A partition in which there is something to tell; their count if none. */
static uint32_t partition_behind(const struct watches *watches,
                                 const struct watch *watch)
{
    uint32_t partition = 0;

    while (partition < watches->partition_count &&
           watch->told_indexes[partition] >= watches->committed[partition])
        partition++;
    return partition;
}

static bool is_same(struct cursor a, struct cursor b)
{
    return a.history_id == b.history_id && a.revision == b.revision;
}

static bool is_behind(const struct watches *watches, const struct watch *watch)
{
    if (watch->device != 0)
        return false;
    if (watch->is_all)
        return partition_behind(watches, watch) < watches->partition_count;
    return watch->told.history_id != watch->newest.history_id ||
           watch->told.revision < watch->newest.revision;
}

void watches_set_time(struct watches *watches, uint64_t wall_us)
{
    watches->now_us = wall_us;
}

void watches_order(struct watches *watches, struct watch *watch,
                   struct list *reads)
{
    if (watch->is_reading || !is_behind(watches, watch))
        return;
    watch->is_reading = true;
    watch->ordered = watch->newest;
    watch->now_us = watches->now_us;
    watch->read_partition =
        watch->is_all ? partition_behind(watches, watch) : watch->partition;
    list_append(reads, &watch->link);
}

void watches_lead(struct watches *watches, uint32_t partition, uint64_t index,
                  struct list *reads)
{
    if (index <= watches->committed[partition])
        return;
    watches->committed[partition] = index;
    for (struct watch *watch = watches->buckets[BUCKET_OF_ALL]; watch != NULL;
         watch = watch->next)
        watches_order(watches, watch, reads);
}

void watches_take(struct watches *watches, struct watch *watch,
                  struct list *pushes, struct list *reads)
{
    watch->is_reading = false;
    if (watch->is_ended) {
        destroy(watches, watch);
        return;
    }
    list_append_all(pushes, &watch->read_pushes);
    if (watch->is_all) {
        watch->told_indexes[watch->read_partition] = watch->read_up_to_index;
    } else {
        watch->is_from_now = false;
        watch->told = watch->read_up_to;
        /* What was committed meanwhile, the reading may have missed. */
        if (is_same(watch->newest, watch->ordered))
            watch->newest = watch->read_head;
    }
    watches_order(watches, watch, reads);
}

/* ---- Telling ---- */

/* The history as it is told: where the record is kept may be called otherwise.
 */
static uint64_t history_of(const struct user_record *record)
{
    for (size_t i = record->effect_count; i > 0; i--) {
        if (record->effects[i - 1].type == EFFECT_USER)
            return user_state_history(&record->effects[i - 1].user);
    }
    return record->history_id;
}

/* False without memory: the watch is behind, and reads it later. */
static bool tell_record(struct watches *watches, const struct watch *watch,
                        const struct watch_told *told)
{
    const struct user_record *record = told->record;
    uint8_t place[PLACES_MOVE_BYTES_MAX];
    struct change_writer changes;
    struct writer page;
    struct writer resume;
    struct push_out *push;
    struct message_changed changed = {
        .watch = watch->number,
        .history_id = history_of(record),
        .revision_before = record->revision - 1,
        .revision = record->revision,
    };

    writer_init(&page, watches->page, WATCH_PAGE_BYTES_MAX);
    change_writer_init(&changes, &page);
    changed.is_gap = changes_write(record, watch->prefix, &changes) != DALV_OK;
    if (!changed.is_gap)
        changed.page = writer_bytes(&page);
    /* What does not concern it is not told; where it stands, it learns. */
    if (watch->is_all) {
        if (changes.count == 0 && !changed.is_gap)
            return true;
        writer_init(&resume, place, sizeof(place));
        places_put_move(&resume, told->partition, told->index);
        changed.user = record->user;
        changed.resume = writer_bytes(&resume);
    }
    push = push_create(watches->allocator, &changed);
    if (push == NULL)
        return false;
    push->router = watch->router;
    push->client = watch->client;
    list_append(told->pushes, &push->link);
    return true;
}

static void tell_of_user(struct watches *watches, struct watch *watch,
                         const struct watch_told *told)
{
    const struct user_record *record = told->record;
    bool joins = watch->told.history_id == history_of(record) &&
                 watch->told.revision + 1 == record->revision;

    watch->newest = (struct cursor){.history_id = history_of(record),
                                    .revision = record->revision};
    if (watch->device != 0) {
        /* A device sees by itself what it misses. */
        if (record->author.writer != watch->device)
            (void)tell_record(watches, watch, told);
        return;
    }
    if (joins && !watch->is_reading && tell_record(watches, watch, told))
        watch->told = watch->newest;
    watches_order(watches, watch, told->reads);
}

static void tell_of_all(struct watches *watches, struct watch *watch,
                        const struct watch_told *told)
{
    uint64_t *index = &watch->told_indexes[told->partition];
    bool is_read =
        watch->is_reading && watch->read_partition == told->partition;
    bool has_changes = told->record != NULL && told->record->revision > 0;

    if (*index != PLACES_UNTOLD && *index + 1 == told->index && !is_read &&
        (!has_changes || tell_record(watches, watch, told)))
        *index = told->index;
    watches_order(watches, watch, told->reads);
}

void watches_tell(struct watches *watches, const struct watch_told *told)
{
    const struct user_record *record = told->record;

    watches->committed[told->partition] = told->index;
    if (watches->count == 0)
        return;
    for (struct watch *watch = watches->buckets[BUCKET_OF_ALL]; watch != NULL;
         watch = watch->next)
        tell_of_all(watches, watch, told);
    if (record == NULL || record->revision == 0)
        return;
    for (struct watch *watch = *bucket_of(watches, false, record->user);
         watch != NULL; watch = watch->next) {
        if (bytes_equal(watch->user, record->user))
            tell_of_user(watches, watch, told);
    }
}
