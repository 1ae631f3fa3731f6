#include "tests/unit/storage/index_story.h"

#include "base/assert.h"
#include "model/change_format.h"
#include "storage/kv_cache.h"

#include <stdlib.h>

enum {
    ARENA_BYTES = 4 << 20,
    /* So little that much is pushed out again. */
    CACHE_BYTES = (64 << 10) + 4096,
};

static void open_index(struct index_story *story)
{
    struct kv *below;
    enum dalv_status status;

    below = memory_kv_open(story->store);
    story->kv = kv_cache_open(&below, CACHE_BYTES);
    status = index_open(story->kv, STORY_PARTITIONS, &story->index);
    ASSERT(status == DALV_OK);
    story->log_index = index_applied(story->index, STORY_PARTITION).index;
}

struct index_story *story_begin(void)
{
    struct index_story *story = calloc(1, sizeof(*story));

    ASSERT(story != NULL);
    story->store = memory_store_create();
    story->user = "anna";
    story->history_id = STORY_HISTORY;
    story->writer = 1;
    arena_init(&story->arena, malloc(ARENA_BYTES), ARENA_BYTES);
    open_index(story);
    return story;
}

void story_end(struct index_story **story_p)
{
    struct index_story *story = *story_p;

    index_close(&story->index);
    kv_close(&story->kv);
    memory_store_destroy(&story->store);
    free(story->arena.block);
    free(story);
    *story_p = NULL;
}

void story_crash(struct index_story *story, size_t kept_count)
{
    index_close(&story->index);
    kv_close(&story->kv);
    memory_store_crash(story->store, kept_count);
    open_index(story);
}

void story_apply(struct index_story *story, uint64_t revision,
                 const struct effect *effects, size_t effect_count)
{
    struct log_position position = {.epoch = 1, .index = ++story->log_index};
    struct user_record record = {
        .user = bytes_from_text(story->user),
        .history_id = story->history_id,
        .revision = revision,
        .time_us = 1000 * story->log_index,
        .author = {.writer = story->writer},
        .effects = effects,
        .effect_count = effect_count,
    };
    enum dalv_status status;

    index_apply(story->index, STORY_PARTITION, position, &record);
    status = index_commit(story->index);
    ASSERT(status == DALV_OK);
}

struct index_scope story_scope(const struct index_story *story)
{
    return (struct index_scope){
        .partition = STORY_PARTITION,
        .user = bytes_from_text(story->user),
        .history_id = story->history_id,
    };
}

struct effect story_put(const char *key, const char *value, uint64_t replaced)
{
    return (struct effect){
        .type = EFFECT_PUT,
        .key = bytes_from_text(key),
        .value = bytes_from_text(value),
        .trail = {.feed_revision = replaced},
    };
}

struct effect story_remove(const char *key, uint64_t replaced)
{
    return (struct effect){
        .type = EFFECT_REMOVE,
        .key = bytes_from_text(key),
        .trail = {.feed_revision = replaced},
    };
}

struct effect story_add(const char *key, uint64_t local_id, const char *value,
                        uint64_t made_at)
{
    return (struct effect){
        .type = EFFECT_LIST_ADD,
        .key = bytes_from_text(key),
        .value = bytes_from_text(value),
        .dot = {.device = 1, .local_id = local_id},
        .trail = {.feed_revision = made_at,
                  .generation = made_at,
                  .reset_revision = made_at,
                  .added_revision = made_at},
    };
}

struct effect story_take_out(const char *key, uint64_t local_id,
                             uint64_t made_at, uint64_t replaced)
{
    struct effect effect = story_add(key, local_id, "", made_at);

    effect.type = EFFECT_LIST_REMOVE;
    effect.trail.element_revision = replaced;
    return effect;
}

struct effect story_user(uint64_t revision, uint64_t log_index_before)
{
    return (struct effect){
        .type = EFFECT_USER,
        .user = {.history_id = STORY_HISTORY,
                 .revision = revision,
                 .log_index = log_index_before},
    };
}

static void start_text(struct index_story *story)
{
    text_init(&story->text, story->text_memory, sizeof(story->text_memory));
}

static void tell_key(struct text *text, struct bytes key,
                     const struct key_state *state)
{
    text_put_bytes(text, key);
    text_put(text, "=");
    switch (state->kind) {
    case KEY_NONE:
        text_put(text, "-");
        break;
    case KEY_REGISTER:
        text_put_bytes(text, state->value);
        break;
    case KEY_LIST:
        text_put(text, "[]");
        break;
    case KEY_COUNTER:
        text_put(text, "#");
        text_put_i64(text, state->number);
        break;
    }
    text_put(text, "@");
    text_put_u64(text, state->revision);
}

static void tell_element(struct text *text, struct bytes key,
                         const struct element_state *element)
{
    text_put_bytes(text, key);
    text_put(text, ".");
    text_put_u64(text, element->dot.device);
    text_put(text, ".");
    text_put_u64(text, element->dot.local_id);
    text_put(text, ".");
    text_put_u64(text, element->dot.position);
    text_put(text, "=");
    if (element->is_removed)
        text_put(text, "-");
    text_put_bytes(text, element->value);
    text_put(text, "@");
    text_put_u64(text, element->revision);
}

const char *story_key(struct index_story *story, const char *key)
{
    struct user_view_bounds bounds = {.keys = 1};
    struct user_view view;
    enum dalv_status status;

    arena_clear(&story->arena);
    start_text(story);
    status = user_view_init(&view, &story->arena, bytes_from_text(story->user),
                            &bounds);
    if (status == DALV_OK)
        status = user_view_want_key(&view, bytes_from_text(key));
    ASSERT(status == DALV_OK);
    ASSERT(user_view_prepare(&view) == DALV_OK);
    status = index_fetch(story->index, STORY_PARTITION, &view);
    if (status != DALV_OK)
        return status_name(status);
    if (view.keys[0].state.revision == 0) {
        text_put(&story->text, key);
        text_put(&story->text, "=nothing");
    } else {
        tell_key(&story->text, view.keys[0].key, &view.keys[0].state);
    }
    return text_string(&story->text);
}

static void tell_page(struct index_story *story, const struct index_page *page)
{
    struct change_reader reader;
    struct change change;
    enum dalv_status status;

    change_reader_init(&reader, writer_bytes(&page->writer));
    for (status = change_next(&reader, &change); status == DALV_OK;
         status = change_next(&reader, &change)) {
        if (story->text.size > 0)
            text_put(&story->text, " ");
        if (change.type == CHANGE_KEY)
            tell_key(&story->text, change.key, &change.state);
        else
            tell_element(&story->text, change.key, &change.element);
    }
    ASSERT(status == DALV_NOT_FOUND);
}

const char *story_page(struct index_story *story, const struct index_page *page)
{
    start_text(story);
    tell_page(story, page);
    return text_string(&story->text);
}

const char *story_feed_page(struct index_story *story, size_t size,
                            struct feed_position *position_p)
{
    struct index_feed_query query = {
        .scope = story_scope(story),
        .after = *position_p,
    };
    struct index_page page = {0};
    enum dalv_status status;

    ASSERT(size <= sizeof(story->page));
    start_text(story);
    writer_init(&page.writer, story->page, size);
    status = index_feed(story->index, &query, &page, position_p);
    if (status != DALV_OK)
        return status_name(status);
    tell_page(story, &page);
    text_put(&story->text, page.is_whole ? " whole@" : " cut@");
    text_put_u64(&story->text, position_p->revision);
    if (!page.is_whole) {
        text_put(&story->text, " remaining=");
        text_put_u64(&story->text, page.remaining_count);
    }
    return text_string(&story->text);
}

const char *story_feed(struct index_story *story, uint64_t after_revision)
{
    struct feed_position position = {.revision = after_revision};

    return story_feed_page(story, sizeof(story->page), &position);
}

const char *story_range(struct index_story *story)
{
    struct index_range_query query = {
        .scope = story_scope(story),
        .has_elements = true,
    };
    struct index_page page = {0};
    struct range_position reached = {0};
    enum dalv_status status;

    start_text(story);
    writer_init(&page.writer, story->page, sizeof(story->page));
    status = index_range(story->index, &query, &page, &reached);
    if (status != DALV_OK)
        return status_name(status);
    tell_page(story, &page);
    text_put(&story->text, page.is_whole ? " whole" : " cut");
    return text_string(&story->text);
}
