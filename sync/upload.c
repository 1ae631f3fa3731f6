#include "sync/upload.h"

#include "base/assert.h"
#include "base/bounds.h"
#include "model/upload.h"

#define US_PER_HOUR (UINT64_C(3600) * 1000000)

uint64_t upload_before_us(uint64_t now_us)
{
    uint64_t life_us = BOUNDS_UPLOAD_MEMORY_H * US_PER_HOUR;

    return now_us > life_us ? now_us - life_us : 0;
}

/* May the part follow those that are there? */
static enum dalv_status check_next(const struct judge *judge,
                                   const struct upload_state *state,
                                   const struct operation *operation)
{
    uint64_t bytes_max = judge->options.policy->live_bytes_max;

    if (operation->position > state->part_count)
        return DALV_PRECONDITION;
    if (state->bytes % BOUNDS_VALUE_MAX != 0)
        return DALV_INVALID;
    if (bytes_max != 0 &&
        judge->view->state.live_bytes + operation->value.size > bytes_max)
        return DALV_QUOTA;
    return DALV_OK;
}

static void add(struct judge *judge, struct upload_state *state,
                struct bytes part)
{
    if (state->part_count == 0)
        state->began_us = judge->options.now_us;
    state->part_count++;
    state->bytes += part.size;
    state->hash = upload_hash(state->hash, part);
    judge->view->state.live_bytes += part.size;
}

/* Its parts are the key's value: none of them may change any more, though the
   upload be forgotten. */
static bool is_bound(const struct judge *judge,
                     const struct operation *operation)
{
    const struct view_key *entry = user_view_key(judge->view, operation->key);

    return entry != NULL && key_state_is_in_parts(&entry->state) &&
           entry->state.generation == operation->upload;
}

/*
 * Its parts go. It is known for a day from now on: by then they are gone, and
 * no purge finds those of another upload under the same number.
 */
static enum dalv_status give_up(struct judge *judge, struct view_upload *upload,
                                uint64_t writer)
{
    const struct author author = {.writer = writer};
    struct effect *effects = judge_begin_record(judge, 3);

    if (effects == NULL)
        return DALV_NO_MEMORY;
    effects[0] = (struct effect){.type = EFFECT_UPLOAD_DROP,
                                 .key = upload->key,
                                 .upload = upload->state};
    upload->state.is_closed = true;
    upload->state.began_us = judge->options.now_us;
    judge->view->state.live_bytes -= upload->state.bytes;
    effects[1] = (struct effect){
        .type = EFFECT_UPLOAD, .key = upload->key, .upload = upload->state};
    effects[2] = (struct effect){.type = EFFECT_LIST_ENDED,
                                 .key = upload->key,
                                 .trail.generation = upload->state.upload};
    judge_end_record(judge, &author, effects, 3, 0);
    return DALV_OK;
}

/* Its parts are the key's, or were given up long ago. */
static enum dalv_status forget(struct judge *judge, struct view_upload *upload)
{
    static const struct author author = {.writer = WRITER_SYSTEM};
    struct effect *effects = judge_begin_record(judge, 1);

    if (effects == NULL)
        return DALV_NO_MEMORY;
    effects[0] = (struct effect){.type = EFFECT_UPLOAD_DROP,
                                 .key = upload->key,
                                 .upload = upload->state};
    upload->is_found = false;
    upload->state = (struct upload_state){.upload = upload->state.upload};
    judge_end_record(judge, &author, effects, 1, 0);
    return DALV_OK;
}

enum dalv_status upload_take(struct judge *judge,
                             const struct operation *operation,
                             enum dalv_status *out_refusal)
{
    static const struct author author = {.writer = WRITER_BACKEND};
    struct view_upload *upload =
        user_view_upload(judge->view, operation->key, operation->upload);
    struct effect *effects;

    ASSERT(upload != NULL);
    *out_refusal = DALV_OK;
    if (upload->state.is_closed || is_bound(judge, operation) ||
        (operation->position < upload->state.part_count &&
         operation->value.size > 0))
        return DALV_OK;
    if (operation->value.size == 0)
        return upload->is_found ? give_up(judge, upload, WRITER_BACKEND)
                                : DALV_OK;
    *out_refusal = check_next(judge, &upload->state, operation);
    if (*out_refusal != DALV_OK)
        return DALV_OK;
    effects = judge_begin_record(judge, 2);
    if (effects == NULL)
        return DALV_NO_MEMORY;
    add(judge, &upload->state, operation->value);
    upload->is_found = true;
    effects[0] = (struct effect){.type = EFFECT_UPLOAD_PART,
                                 .key = operation->key,
                                 .value = operation->value,
                                 .dot.position = operation->position,
                                 .trail.generation = operation->upload};
    effects[1] = (struct effect){
        .type = EFFECT_UPLOAD, .key = operation->key, .upload = upload->state};
    judge_end_record(judge, &author, effects, 2, 0);
    return DALV_OK;
}

enum dalv_status upload_end(struct judge *judge, struct bytes key,
                            uint64_t upload)
{
    struct view_upload *entry = user_view_upload(judge->view, key, upload);

    ASSERT(entry != NULL);
    if (!entry->is_found ||
        entry->state.began_us >= upload_before_us(judge->options.now_us))
        return DALV_OK;
    return entry->state.is_closed ? forget(judge, entry)
                                  : give_up(judge, entry, WRITER_SYSTEM);
}
