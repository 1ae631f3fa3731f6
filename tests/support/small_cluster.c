#include "tests/support/small_cluster.h"

#include "base/arena.h"
#include "base/assert.h"
#include "base/bounds.h"
#include "model/transaction_format.h"
#include "storage/index.h"
#include "sync/device.h"
#include "sync/judge.h"
#include "sync/push.h"
#include "sync/sweep.h"
#include "sync/update.h"
#include "sync/upload.h"
#include "tests/support/memory_kv.h"

#include <stdlib.h>
#include <string.h>

enum {
    ARENA_BYTES = 64 << 20,
    PAGE_BYTES = BOUNDS_VALUE_MAX + 4096,
    RECORDS_MAX = 1200,
    KEYS_PER_RANGE = 4,
    RANGES_MAX = 64,
    STEP_US = 1000,
    UPLOADS_MAX = 8,
    RESUME_BYTES_MAX = 2048,
};

#define US_PER_HOUR (UINT64_C(3600) * 1000000)

struct small_cluster {
    char user[64];
    struct memory_store *disk;
    struct kv *kv;
    struct index *index;
    struct policy policy;
    uint64_t log_index;
    uint64_t now_us;
    uint64_t history_id_next;
    uint64_t request_next;
    size_t budget;

    struct arena arena;
    uint8_t *arena_block;
    uint8_t *page_block;
    struct user_view view;
    struct judge judge;
    struct message_digest_range ranges[RANGES_MAX];
    uint8_t resume[RESUME_BYTES_MAX];
};

struct small_cluster *small_cluster_create(const char *user)
{
    struct small_cluster *cluster = calloc(1, sizeof(*cluster));

    ASSERT(cluster != NULL && strlen(user) < sizeof(cluster->user));
    memcpy(cluster->user, user, strlen(user) + 1);
    cluster->disk = memory_store_create();
    cluster->kv = memory_kv_open(cluster->disk);
    ASSERT(index_open(cluster->kv, 1, &cluster->index) == DALV_OK);
    cluster->policy = policy_default();
    cluster->now_us = UINT64_C(1767225600000000);
    cluster->history_id_next = 70;
    cluster->budget = PAGE_BYTES;
    cluster->arena_block = malloc(ARENA_BYTES);
    cluster->page_block = malloc(PAGE_BYTES);
    ASSERT(cluster->arena_block != NULL && cluster->page_block != NULL);
    return cluster;
}

void small_cluster_destroy(struct small_cluster **cluster_p)
{
    struct small_cluster *cluster = *cluster_p;

    if (cluster == NULL)
        return;
    *cluster_p = NULL;
    index_close(&cluster->index);
    kv_close(&cluster->kv);
    memory_store_destroy(&cluster->disk);
    free(cluster->arena_block);
    free(cluster->page_block);
    free(cluster);
}

void small_cluster_set_policy(struct small_cluster *cluster,
                              const struct policy *policy)
{
    cluster->policy = *policy;
}

void small_cluster_set_budget(struct small_cluster *cluster, size_t bytes)
{
    cluster->budget = bytes;
}

static struct bytes user_of(const struct small_cluster *cluster)
{
    return bytes_from_text(cluster->user);
}

static void begin(struct small_cluster *cluster)
{
    static const struct user_view_bounds bounds = {
        .keys = 4096,
        .elements = 4096,
        .devices = 4,
        .requests = 4,
        .uploads = UPLOADS_MAX,
    };

    arena_init(&cluster->arena, cluster->arena_block, ARENA_BYTES);
    ASSERT(user_view_init(&cluster->view, &cluster->arena, user_of(cluster),
                          &bounds) == DALV_OK);
}

static void fill(struct small_cluster *cluster)
{
    struct judge_options options = {
        .policy = &cluster->policy,
        .now_us = cluster->now_us,
        .history_id_next = cluster->history_id_next,
        .log_index = cluster->log_index + 1,
        .record_max = RECORDS_MAX,
    };

    cluster->now_us += STEP_US;
    cluster->history_id_next += 2;
    ASSERT(user_view_prepare(&cluster->view) == DALV_OK);
    ASSERT(index_fetch(cluster->index, 0, &cluster->view) == DALV_OK);
    ASSERT(judge_init(&cluster->judge, &cluster->view, &options) == DALV_OK);
}

static void commit(struct small_cluster *cluster)
{
    for (size_t i = 0; i < cluster->judge.record_count; i++) {
        struct log_position position = {.epoch = 1,
                                        .index = ++cluster->log_index};

        index_apply(cluster->index, 0, position, &cluster->judge.records[i]);
    }
    ASSERT(index_commit(cluster->index) == DALV_OK);
}

static struct user_state user_state(struct small_cluster *cluster)
{
    struct user_state state = {0};
    enum dalv_status status =
        index_user(cluster->index, 0, user_of(cluster), &state);

    ASSERT(status == DALV_OK || status == DALV_NOT_FOUND);
    return state;
}

static struct index_scope scope_of(struct small_cluster *cluster)
{
    return (struct index_scope){.user = user_of(cluster),
                                .history_id = user_state(cluster).history_id};
}

static struct cursor head_of(struct small_cluster *cluster)
{
    struct user_state state = user_state(cluster);

    return (struct cursor){state.history_id, state.revision};
}

uint64_t small_cluster_revision(struct small_cluster *cluster)
{
    return user_state(cluster).revision;
}

void small_cluster_welcome(struct small_cluster *cluster,
                           const struct install_id *install,
                           struct message *out_answer)
{
    struct device_opened opened;

    begin(cluster);
    ASSERT(user_view_want_device(&cluster->view, 0, install) == DALV_OK);
    fill(cluster);
    ASSERT(device_open(&cluster->judge, install, &opened) == DALV_OK);
    ASSERT(opened.status == DALV_OK);
    commit(cluster);
    *out_answer = (struct message){.type = MESSAGE_WELCOMED};
    out_answer->welcomed.device = opened.device;
    out_answer->welcomed.user = user_of(cluster);
}

static size_t budget_of(const struct small_cluster *cluster, uint32_t asked)
{
    return asked != 0 && asked < cluster->budget ? asked : cluster->budget;
}

static void write_feed(struct small_cluster *cluster,
                       const struct feed_position *position,
                       struct writer *writer)
{
    writer_varint(writer, position->revision);
    writer_sized(writer, position->key);
    writer_u8(writer, position->has_dot);
    writer_u64(writer, position->dot.device);
    writer_u64(writer, position->dot.local_id);
    writer_u32(writer, position->dot.position);
    ASSERT(writer_is_ok(writer));
    (void)cluster;
}

static struct feed_position read_feed(struct bytes resume)
{
    struct feed_position position = {0};
    struct reader reader;

    reader_init(&reader, resume);
    position.revision = reader_varint(&reader);
    position.key = reader_sized(&reader, BOUNDS_KEY_MAX);
    position.has_dot = reader_u8(&reader) != 0;
    position.dot.device = reader_u64(&reader);
    position.dot.local_id = reader_u64(&reader);
    position.dot.position = reader_u32(&reader);
    ASSERT(reader_is_finished(&reader));
    return position;
}

static void add_page(struct small_cluster *cluster,
                     const struct message_sync *sync,
                     struct push_filter *filter, struct message_synced *synced)
{
    struct index_feed_query query = {
        .scope = scope_of(cluster),
        .after = {.revision = sync->cursor.revision},
        .is_skipped = push_filter_skips,
        .filter_owner = filter};
    struct index_page page = {0};
    struct feed_position reached;
    struct writer resume;

    synced->cursor = head_of(cluster);
    synced->is_whole = true;
    if (query.scope.history_id == 0)
        return;
    if (sync->resume.size > 0)
        query.after = read_feed(sync->resume);
    writer_init(&page.writer, cluster->page_block,
                budget_of(cluster, sync->budget_bytes));
    ASSERT(index_feed(cluster->index, &query, &page, &reached) == DALV_OK);
    synced->page = writer_bytes(&page.writer);
    synced->is_whole = page.is_whole;
    synced->remaining_count = page.remaining_count;
    synced->remaining_bytes = page.remaining_bytes;
    if (page.is_whole)
        return;
    writer_init(&resume, cluster->resume, sizeof(cluster->resume));
    write_feed(cluster, &reached, &resume);
    synced->resume = writer_bytes(&resume);
}

static void answer_sync(struct small_cluster *cluster, uint64_t device,
                        const struct message_sync *sync, struct message *answer)
{
    struct push_request request;
    struct push_answer judged;

    begin(cluster);
    ASSERT(push_want(&request, device, sync, &cluster->view) == DALV_OK);
    fill(cluster);
    ASSERT(push_judge(&cluster->judge, &request, &judged) == DALV_OK);
    commit(cluster);
    if (judged.status != DALV_OK) {
        answer->type = MESSAGE_REFUSED;
        answer->refused.status = judged.status;
        return;
    }
    answer->type = MESSAGE_SYNCED;
    answer->synced =
        (struct message_synced){.mode = judged.mode,
                                .settled = judged.settled,
                                .outcomes = judged.outcomes,
                                .outcome_count = judged.outcome_count,
                                .applied_first = judged.applied_first,
                                .applied = judged.applied,
                                .applied_count = judged.applied_count,
                                .cursor = head_of(cluster),
                                .common = judged.common,
                                .is_restored = judged.is_restored,
                                .is_erased = judged.is_erased};
    if (judged.mode == SYNC_TAIL)
        add_page(cluster, sync, &judged.filter, &answer->synced);
}

static void answer_digest(struct small_cluster *cluster,
                          const struct message_digest *digest,
                          struct message *answer)
{
    struct index_digest_query query = {.scope = scope_of(cluster),
                                       .from_key = digest->from_key,
                                       .keys_per_range = KEYS_PER_RANGE};
    struct index_digest_range items[RANGES_MAX];
    struct index_digests digests = {.items = items, .capacity = 2};

    arena_init(&cluster->arena, cluster->arena_block, ARENA_BYTES);
    ASSERT(index_digest(cluster->index, &query, &cluster->arena, &digests) ==
           DALV_OK);
    for (size_t i = 0; i < digests.count; i++)
        cluster->ranges[i] = (struct message_digest_range){
            items[i].last_key, items[i].digest.hash, items[i].digest.count};
    answer->type = MESSAGE_DIGESTED;
    answer->digested = (struct message_digested){.head = head_of(cluster),
                                                 .ranges = cluster->ranges,
                                                 .range_count = digests.count,
                                                 .is_whole = digests.is_whole};
}

static struct range_position read_range(const struct message_range *range)
{
    struct range_position position = {.key = range->from_key,
                                      .is_after_key = true};
    struct reader reader;

    if (range->part_first > 0)
        position =
            (struct range_position){.key = range->prefix,
                                    .has_dot = true,
                                    .dot.position = range->part_first - 1};
    if (range->resume.size == 0)
        return position;
    reader_init(&reader, range->resume);
    position.key = reader_sized(&reader, BOUNDS_KEY_MAX);
    position.is_after_key = reader_u8(&reader) != 0;
    position.has_dot = reader_u8(&reader) != 0;
    position.dot.device = reader_u64(&reader);
    position.dot.local_id = reader_u64(&reader);
    position.dot.position = reader_u32(&reader);
    ASSERT(reader_is_finished(&reader));
    return position;
}

static struct bytes write_range(struct small_cluster *cluster,
                                const struct range_position *position)
{
    struct writer writer;

    writer_init(&writer, cluster->resume, sizeof(cluster->resume));
    writer_sized(&writer, position->key);
    writer_u8(&writer, position->is_after_key);
    writer_u8(&writer, position->has_dot);
    writer_u64(&writer, position->dot.device);
    writer_u64(&writer, position->dot.local_id);
    writer_u32(&writer, position->dot.position);
    ASSERT(writer_is_ok(&writer));
    return writer_bytes(&writer);
}

static void answer_range(struct small_cluster *cluster,
                         const struct message_range *range,
                         struct message *answer)
{
    struct index_range_query query = {
        .scope = scope_of(cluster),
        .prefix = range->prefix,
        .from = read_range(range),
        .to = {.key = range->to_key, .is_after_key = true},
        .has_elements = !range->is_without_elements,
        .has_parts = range->has_parts};
    struct index_page page = {0};
    struct range_position reached = {0};

    answer->type = MESSAGE_RANGED;
    answer->ranged =
        (struct message_ranged){.head = head_of(cluster), .is_whole = true};
    if (query.scope.history_id == 0)
        return;
    writer_init(&page.writer, cluster->page_block,
                budget_of(cluster, range->budget_bytes));
    ASSERT(index_range(cluster->index, &query, &page, &reached) == DALV_OK);
    answer->ranged.page = writer_bytes(&page.writer);
    answer->ranged.is_whole = page.is_whole;
    if (page.is_whole)
        return;
    ASSERT(
        arena_copy(&cluster->arena, reached.key, &answer->ranged.reached_key));
    answer->ranged.is_inside_list = reached.has_dot;
    answer->ranged.reached_dot = reached.dot;
    answer->ranged.resume = write_range(cluster, &reached);
}

static enum dalv_status judge_update(struct small_cluster *cluster,
                                     struct update *update)
{
    struct update_answer answer;

    begin(cluster);
    ASSERT(update_want(update, &cluster->view) == DALV_OK);
    fill(cluster);
    ASSERT(update_judge(&cluster->judge, update, &answer) == DALV_OK);
    commit(cluster);
    return answer.status;
}

/* A part of a large value: that is all a device sends so. */
static void answer_update(struct small_cluster *cluster,
                          const struct message_update *asked,
                          struct message *answer)
{
    struct update update = {.id = asked->id, .body = asked->transaction};
    struct arena arena;
    uint8_t memory[1024];

    arena_init(&arena, memory, sizeof(memory));
    ASSERT(transaction_decode(asked->transaction, &arena,
                              &update.transaction) == DALV_OK);
    ASSERT(update.transaction.operations[0].type == OPERATION_UPLOAD);
    answer->type = MESSAGE_UPDATED;
    answer->updated = (struct message_updated){
        .status = judge_update(cluster, &update), .head = head_of(cluster)};
}

void small_cluster_answer(struct small_cluster *cluster, uint64_t device,
                          const struct message *question,
                          struct message *out_answer)
{
    ASSERT(question->type == MESSAGE_SYNC || question->type == MESSAGE_DIGEST ||
           question->type == MESSAGE_RANGE || question->type == MESSAGE_UPDATE);
    *out_answer = (struct message){.type = MESSAGE_REFUSED};
    if (question->type == MESSAGE_SYNC)
        answer_sync(cluster, device, &question->sync, out_answer);
    else if (question->type == MESSAGE_DIGEST)
        answer_digest(cluster, &question->digest, out_answer);
    else if (question->type == MESSAGE_UPDATE)
        answer_update(cluster, &question->update, out_answer);
    else
        answer_range(cluster, &question->range, out_answer);
}

void small_cluster_update(struct small_cluster *cluster,
                          const struct operation *operations, size_t count)
{
    struct update update = {
        .transaction = {.operations = operations, .operation_count = count}};

    cluster->request_next++;
    memcpy(update.id.bytes, &cluster->request_next,
           sizeof(cluster->request_next));
    ASSERT(judge_update(cluster, &update) == DALV_OK);
}

void small_cluster_forget_uploads(struct small_cluster *cluster)
{
    struct index_old_upload items[UPLOADS_MAX];
    struct index_old_uploads old = {.items = items, .capacity = UPLOADS_MAX};

    cluster->now_us += (BOUNDS_UPLOAD_MEMORY_H + 1) * US_PER_HOUR;
    begin(cluster);
    ASSERT(index_list_old_uploads(cluster->index, 0,
                                  upload_before_us(cluster->now_us),
                                  &cluster->arena, &old) == DALV_OK);
    for (size_t i = 0; i < old.count; i++)
        ASSERT(user_view_want_upload(&cluster->view, items[i].key,
                                     items[i].upload) == DALV_OK);
    fill(cluster);
    for (size_t i = 0; i < old.count; i++)
        ASSERT(upload_end(&cluster->judge, items[i].key, items[i].upload) ==
               DALV_OK);
    commit(cluster);
}

void small_cluster_forget(struct small_cluster *cluster)
{
    struct index_effects list = {.capacity = 64};
    struct index_tombstones_query query = {.scope = scope_of(cluster),
                                           .revision_max =
                                               small_cluster_revision(cluster)};
    struct feed_position reached;
    struct sweep sweep;

    begin(cluster);
    fill(cluster);
    list.items =
        arena_take(&cluster->arena, list.capacity, sizeof(*list.items));
    ASSERT(list.items != NULL);
    ASSERT(index_list_tombstones(cluster->index, &query, &cluster->arena, &list,
                                 &reached) == DALV_OK);
    sweep = (struct sweep){.effects = list.items,
                           .effect_count = list.count,
                           .is_whole = list.is_whole};
    ASSERT(sweep_tombstones(&cluster->judge, query.revision_max, &sweep) ==
           DALV_OK);
    commit(cluster);
}

void small_cluster_erase(struct small_cluster *cluster)
{
    begin(cluster);
    fill(cluster);
    ASSERT(sweep_erase(&cluster->judge, NULL) == DALV_OK);
    commit(cluster);
}

struct key_state small_cluster_key(struct small_cluster *cluster,
                                   const char *key)
{
    begin(cluster);
    ASSERT(user_view_want_key(&cluster->view, bytes_from_text(key)) == DALV_OK);
    fill(cluster);
    return user_view_key(&cluster->view, bytes_from_text(key))->state;
}
