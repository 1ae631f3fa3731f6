#include "node/responder.h"

#include "model/change_format.h"
#include "proto/codec.h"

#include <string.h>

void responder_init(struct responder *responder, struct index *index)
{
    responder->index = index;
}

/* ---- Pieces of answers ---- */

static void refuse(struct request *request, enum dalv_status status,
                   const char *text)
{
    request->answer.type = MESSAGE_REFUSED;
    request->answer.refused = (struct message_refused){
        .status = status, .text = bytes_from_text(text)};
}

/* The user's head, and where its entries are kept; a user that nobody wrote to
   has history 0, revision 0. */
static enum dalv_status find_head(struct responder *responder,
                                  const struct request *request,
                                  struct cursor *out_head)
{
    struct user_state state;
    enum dalv_status status =
        index_user(responder->index, request->partition, request->user, &state);

    *out_head = (struct cursor){0};
    responder->scope = (struct index_scope){.partition = request->partition,
                                            .user = request->user};
    if (status == DALV_NOT_FOUND)
        return DALV_OK;
    if (status != DALV_OK)
        return status;
    responder->scope.history_id = state.history_id;
    *out_head = (struct cursor){.history_id = user_state_history(&state),
                                .revision = state.revision};
    return DALV_OK;
}

/* The master knows all there is: what was seen is of a history that is gone.
   To a slave it may just not have come yet. */
static bool refuses_behind(struct request *request, const struct cursor *head,
                           uint64_t at_least)
{
    if (head->revision >= at_least)
        return false;
    request->is_behind = request->is_stale_read;
    refuse(request, DALV_REBASE,
           "the user's data does not reach the revision that was asked for: "
           "it was erased or restored since");
    return true;
}

static size_t budget_of(uint32_t asked)
{
    if (asked == 0)
        return RESPONDER_PAGE_BYTES_DEFAULT;
    if (asked < RESPONDER_PAGE_BYTES_MIN)
        return RESPONDER_PAGE_BYTES_MIN;
    return asked < BOUNDS_PAGE_BYTES_MAX ? asked : BOUNDS_PAGE_BYTES_MAX;
}

static void begin_page(struct responder *responder, struct index_page *page,
                       size_t budget)
{
    *page = (struct index_page){0};
    writer_init(&page->writer, responder->page, budget);
}

/* Values that are due by now are for the core to remove first. */
static void find_due(struct request *request, struct bytes page)
{
    struct change_reader reader;
    struct change change;

    arena_rewind(&request->arena, request->due_mark);
    change_reader_init(&reader, page);
    while (request->due_key_count < REQUEST_DUE_KEYS_MAX &&
           change_next_due(&reader, request->now_us, &change)) {
        if (!arena_copy(&request->arena, change.key,
                        &request->due_keys[request->due_key_count]))
            return;
        request->due_key_count++;
    }
}

/* ---- SYNC ---- */

/* One change does not fit: a page of twice the size, or false at the end. */
static bool grow(size_t *budget_p)
{
    if (*budget_p >= RESPONDER_PAGE_BYTES_MAX)
        return false;
    *budget_p *= 2;
    if (*budget_p > RESPONDER_PAGE_BYTES_MAX)
        *budget_p = RESPONDER_PAGE_BYTES_MAX;
    return true;
}

/* A page as the budget says, or one in which a single change has room. */
static enum dalv_status read_feed(struct responder *responder,
                                  const struct index_feed_query *query,
                                  size_t budget, struct index_page *page,
                                  struct feed_position *out_reached)
{
    enum dalv_status status;

    do {
        begin_page(responder, page, budget);
        status = index_feed(responder->index, query, page, out_reached);
    } while (status == DALV_TOO_BIG && grow(&budget));
    return status;
}

static void put_feed_page(struct responder *responder,
                          struct message_synced *synced,
                          const struct index_page *page,
                          const struct feed_position *reached)
{
    struct writer resume;

    synced->page = writer_bytes(&page->writer);
    synced->is_whole = page->is_whole;
    synced->remaining_count = page->remaining_count;
    synced->remaining_bytes = page->remaining_bytes;
    if (page->is_whole)
        return;
    writer_init(&resume, responder->resume, sizeof(responder->resume));
    resume_put_feed(&resume, reached);
    synced->resume = writer_bytes(&resume);
}

static enum dalv_status answer_tail(struct responder *responder,
                                    struct request *request)
{
    const struct message_sync *sync = &request->message.sync;
    struct message_synced *synced = &request->answer.synced;
    struct index_feed_query query = {
        .scope = responder->scope,
        .after = {.revision = sync->cursor.revision},
        .is_skipped = push_filter_skips,
        .filter_owner = &request->push_answer.filter,
    };
    struct feed_position reached;
    struct index_page page;
    enum dalv_status status;

    if (synced->cursor.history_id == 0) {
        synced->is_whole = true; /* Nothing was ever written. */
        return DALV_OK;
    }
    if (sync->resume.size > 0 &&
        resume_get_feed(sync->resume, &query.after) != DALV_OK) {
        refuse(request, DALV_INVALID, "SYNC goes on from where nothing ended");
        return DALV_OK;
    }
    status = read_feed(responder, &query, budget_of(sync->budget_bytes), &page,
                       &reached);
    if (status != DALV_OK)
        return status;
    put_feed_page(responder, synced, &page, &reached);
    return DALV_OK;
}

static enum dalv_status answer_sync(struct responder *responder,
                                    struct request *request)
{
    struct message_synced *synced = &request->answer.synced;
    enum dalv_status status = find_head(responder, request, &synced->cursor);

    if (status == DALV_OK && synced->mode == SYNC_TAIL)
        status = answer_tail(responder, request);
    return status;
}

/* ---- Ranges ---- */

static enum dalv_status read_range(struct responder *responder,
                                   const struct index_range_query *query,
                                   size_t budget, struct index_page *page,
                                   struct range_position *out_reached)
{
    enum dalv_status status;

    do {
        begin_page(responder, page, budget);
        status = index_range(responder->index, query, page, out_reached);
    } while (status == DALV_TOO_BIG && grow(&budget));
    return status;
}

static void put_range_page(struct responder *responder,
                           struct message_ranged *ranged,
                           const struct index_page *page,
                           const struct range_position *reached)
{
    struct writer resume;

    ranged->page = writer_bytes(&page->writer);
    ranged->is_whole = page->is_whole;
    if (page->is_whole)
        return;
    writer_init(&resume, responder->resume, sizeof(responder->resume));
    resume_put_range(&resume, reached);
    ranged->resume = writer_bytes(&resume);
    ranged->reached_key = reached->key;
    ranged->is_inside_list = reached->has_dot;
    ranged->reached_dot = reached->dot;
}

/* Whoever stands below the floor may have missed removals. */
static enum dalv_status check_since(struct responder *responder,
                                    struct request *request)
{
    struct cursor since = request->message.range.since;
    struct user_state state = {0};
    enum dalv_status status =
        index_user(responder->index, request->partition, request->user, &state);

    if (status != DALV_OK && status != DALV_NOT_FOUND)
        return status;
    if (since.history_id != user_state_history(&state) ||
        since.revision < state.floor || since.revision > state.revision)
        refuse(request, DALV_REBASE, "read it from the beginning");
    return DALV_OK;
}

/* What changed since a page was read, so that many become of one moment. */
static enum dalv_status answer_changes(struct responder *responder,
                                       struct request *request)
{
    const struct message_range *range = &request->message.range;
    struct message_ranged *ranged = &request->answer.ranged;
    struct index_feed_query query = {
        .scope = responder->scope,
        .prefix = range->prefix,
        .after = {.revision = range->since.revision},
    };
    struct feed_position reached;
    struct index_page page;
    struct writer resume;
    enum dalv_status status;

    if (range->resume.size > 0 &&
        resume_get_feed(range->resume, &query.after) != DALV_OK) {
        refuse(request, DALV_INVALID, "RANGE goes on from where nothing ended");
        return DALV_OK;
    }
    status = read_feed(responder, &query, budget_of(range->budget_bytes), &page,
                       &reached);
    if (status != DALV_OK)
        return status;
    ranged->page = writer_bytes(&page.writer);
    ranged->is_whole = page.is_whole;
    if (page.is_whole)
        return DALV_OK;
    writer_init(&resume, responder->resume, sizeof(responder->resume));
    resume_put_feed(&resume, &reached);
    ranged->resume = writer_bytes(&resume);
    return DALV_OK;
}

static enum dalv_status answer_since(struct responder *responder,
                                     struct request *request)
{
    struct message_ranged *ranged = &request->answer.ranged;
    enum dalv_status status;

    request->answer.type = MESSAGE_RANGED;
    status = find_head(responder, request, &ranged->head);
    if (status == DALV_OK)
        status = check_since(responder, request);
    if (status != DALV_OK || request->answer.type == MESSAGE_REFUSED)
        return status;
    return answer_changes(responder, request);
}

static enum dalv_status answer_range(struct responder *responder,
                                     struct request *request)
{
    const struct message_range *range = &request->message.range;
    struct message_ranged *ranged = &request->answer.ranged;
    struct index_range_query query = {
        .prefix = range->prefix,
        .to = {.key = range->to_key, .is_after_key = true},
        .has_elements = !range->is_without_elements,
        .has_parts = range->has_parts,
        .count_max = range->count_max,
    };
    struct range_position reached;
    struct index_page page;
    enum dalv_status status;

    request->answer.type = MESSAGE_RANGED;
    status = find_head(responder, request, &ranged->head);
    if (status != DALV_OK ||
        refuses_behind(request, &ranged->head, range->at_least))
        return status;
    ranged->is_whole = true;
    if (ranged->head.history_id == 0)
        return DALV_OK;
    if (resume_find_range(range, &query.from) != DALV_OK) {
        refuse(request, DALV_INVALID, "RANGE goes on from where nothing ended");
        return DALV_OK;
    }
    query.scope = responder->scope;
    status = read_range(responder, &query, budget_of(range->budget_bytes),
                        &page, &reached);
    if (status == DALV_OK)
        put_range_page(responder, ranged, &page, &reached);
    return status;
}

static enum dalv_status answer_get(struct responder *responder,
                                   struct request *request)
{
    struct bytes key = request->message.get.key;
    struct message_got *got = &request->answer.got;
    /* Of all keys with this prefix the key itself is the first. */
    struct index_range_query query = {
        .prefix = key,
        .to = {.key = key, .is_after_key = true},
        .has_elements = true,
    };
    struct range_position reached;
    struct index_page page;
    enum dalv_status status;

    request->answer.type = MESSAGE_GOT;
    status = find_head(responder, request, &got->head);
    if (status != DALV_OK ||
        refuses_behind(request, &got->head, request->message.get.at_least))
        return status;
    got->is_whole = true;
    if (got->head.history_id == 0)
        return DALV_OK;
    query.scope = responder->scope;
    status =
        read_range(responder, &query, BOUNDS_PAGE_BYTES_MAX, &page, &reached);
    if (status != DALV_OK)
        return status;
    got->page = writer_bytes(&page.writer);
    got->is_whole = page.is_whole;
    return DALV_OK;
}

/* ---- Digests ---- */

static enum dalv_status put_digests(struct responder *responder,
                                    const struct index_digests *digests,
                                    struct message_digested *digested)
{
    struct message_digest_range *ranges =
        arena_take(&responder->arena, digests->count, sizeof(*ranges));

    if (ranges == NULL)
        return DALV_TOO_BIG;
    for (size_t i = 0; i < digests->count; i++) {
        const struct index_digest_range *item = &digests->items[i];

        ranges[i] = (struct message_digest_range){
            .last_key = item->last_key,
            .hash = item->digest.hash,
            .count = item->digest.count,
        };
    }
    digested->ranges = ranges;
    digested->range_count = digests->count;
    digested->is_whole = digests->is_whole;
    return DALV_OK;
}

static enum dalv_status answer_digest(struct responder *responder,
                                      struct request *request)
{
    const struct message_digest *asked = &request->message.digest;
    struct message_digested *digested = &request->answer.digested;
    struct index_digests digests = {.capacity = RESPONDER_DIGEST_RANGES};
    struct index_digest_query query = {
        .from_key = asked->from_key,
        .keys_per_range = asked->keys_per_range > 0 ? asked->keys_per_range
                                                    : RESPONDER_DIGEST_KEYS,
    };
    enum dalv_status status;

    request->answer.type = MESSAGE_DIGESTED;
    digested->is_whole = true;
    status = find_head(responder, request, &digested->head);
    if (status != DALV_OK || digested->head.history_id == 0)
        return status;
    query.scope = responder->scope;
    digests.items =
        arena_take(&responder->arena, digests.capacity, sizeof(*digests.items));
    if (digests.items == NULL)
        return DALV_TOO_BIG;
    status =
        index_digest(responder->index, &query, &responder->arena, &digests);
    return status == DALV_OK ? put_digests(responder, &digests, digested)
                             : status;
}

/* ---- Lists ---- */

/* The place behind a device: its id. */
static bool take_device_place(struct bytes resume, uint64_t *out_after)
{
    struct reader reader;

    *out_after = 0;
    if (resume.size == 0)
        return true;
    reader_init(&reader, resume);
    *out_after = reader_u64(&reader);
    return reader_is_finished(&reader) && *out_after < UINT64_MAX;
}

static struct bytes put_device_place(struct responder *responder,
                                     const struct index_devices *devices)
{
    struct writer resume;

    writer_init(&resume, responder->resume, sizeof(responder->resume));
    if (!devices->is_whole && devices->count > 0)
        writer_u64(&resume, devices->items[devices->count - 1].device);
    return writer_bytes(&resume);
}

static enum dalv_status answer_devices(struct responder *responder,
                                       struct request *request)
{
    struct message_listed *listed = &request->answer.listed;
    struct index_devices devices = {.capacity = RESPONDER_ITEMS};
    uint64_t after = 0;
    struct cursor head;
    struct index_scope scope;
    enum dalv_status status;

    request->answer.type = MESSAGE_LISTED;
    status = find_head(responder, request, &head);
    if (status != DALV_OK || head.history_id == 0)
        return status;
    if (!take_device_place(request->message.list_devices.resume, &after)) {
        refuse(request, DALV_INVALID,
               "the list goes on from where nothing ended");
        return DALV_OK;
    }
    scope = responder->scope;
    devices.items =
        arena_take(&responder->arena, devices.capacity, sizeof(*devices.items));
    if (devices.items == NULL)
        return DALV_TOO_BIG;
    status = index_list_devices(responder->index, &scope, after, &devices);
    listed->devices = devices.items;
    listed->device_count = devices.count;
    listed->resume = put_device_place(responder, &devices);
    return status;
}

/* The place behind a conflict: its revision and position. */
static bool take_conflict_place(struct bytes resume,
                                struct index_conflicts_query *query)
{
    struct reader reader;

    if (resume.size == 0)
        return true;
    reader_init(&reader, resume);
    query->after_revision = reader_u64(&reader);
    query->after_position = reader_u32(&reader);
    return reader_is_finished(&reader);
}

static struct bytes put_conflict_place(struct responder *responder,
                                       const struct index_conflicts *conflicts)
{
    const struct conflict_state *last;
    struct writer resume;

    writer_init(&resume, responder->resume, sizeof(responder->resume));
    if (!conflicts->is_whole && conflicts->count > 0) {
        last = &conflicts->items[conflicts->count - 1];
        writer_u64(&resume, last->revision);
        writer_u32(&resume, last->position);
    }
    return writer_bytes(&resume);
}

static enum dalv_status answer_conflicts(struct responder *responder,
                                         struct request *request)
{
    struct message_listed *listed = &request->answer.listed;
    struct index_conflicts conflicts = {.capacity = RESPONDER_ITEMS};
    struct index_conflicts_query query = {0};
    struct cursor head;
    enum dalv_status status;

    request->answer.type = MESSAGE_LISTED;
    status = find_head(responder, request, &head);
    if (status != DALV_OK || head.history_id == 0)
        return status;
    if (!take_conflict_place(request->message.list_conflicts.resume, &query)) {
        refuse(request, DALV_INVALID,
               "the list goes on from where nothing "
               "ended");
        return DALV_OK;
    }
    query.scope = responder->scope;
    conflicts.items = arena_take(&responder->arena, conflicts.capacity,
                                 sizeof(*conflicts.items));
    if (conflicts.items == NULL)
        return DALV_TOO_BIG;
    status = index_list_conflicts(responder->index, &query, &responder->arena,
                                  &conflicts);
    listed->conflicts = conflicts.items;
    listed->conflict_count = conflicts.count;
    listed->resume = put_conflict_place(responder, &conflicts);
    return status;
}

/* ---- All of them ---- */

static enum dalv_status answer(struct responder *responder,
                               struct request *request)
{
    switch ((int)request->message.type) {
    case MESSAGE_SYNC:
        return answer_sync(responder, request);
    case MESSAGE_GET:
        return answer_get(responder, request);
    case MESSAGE_RANGE:
        return request->message.range.since.history_id != 0
                   ? answer_since(responder, request)
                   : answer_range(responder, request);
    case MESSAGE_DIGEST:
        return answer_digest(responder, request);
    case MESSAGE_LIST_DEVICES:
        return answer_devices(responder, request);
    case MESSAGE_LIST_CONFLICTS:
        return answer_conflicts(responder, request);
    default:
        refuse(request, DALV_UNSUPPORTED, "this node does not know that");
        return DALV_OK;
    }
}

/* The changes that the answer shows; empty if it shows none. */
static struct bytes page_of(const struct message *message)
{
    if (message->type == MESSAGE_SYNCED)
        return message->synced.page;
    if (message->type == MESSAGE_GOT)
        return message->got.page;
    if (message->type == MESSAGE_RANGED)
        return message->ranged.page;
    return (struct bytes){0};
}

enum dalv_status responder_answer(struct responder *responder,
                                  struct request *request)
{
    enum dalv_status status;

    arena_init(&responder->arena, responder->arena_block,
               sizeof(responder->arena_block));
    if (request->message.type != MESSAGE_SYNC)
        memset(&request->answer, 0, sizeof(request->answer));
    status = answer(responder, request);
    if (status == DALV_TOO_BIG) {
        refuse(request, status, "the answer is too big: ask for less");
        status = DALV_OK;
    }
    if (status != DALV_OK)
        return status;
    find_due(request, page_of(&request->answer));
    if (request->due_key_count > 0 || request->is_behind)
        return DALV_OK;
    request->answer.request = request->message.request;
    buffer_clear(&request->frame);
    status = codec_encode(&request->answer, &request->frame);
    request->has_frame = status == DALV_OK;
    return status;
}
