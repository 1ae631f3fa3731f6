#include "tests/unit/replication/slave_story.h"

#include "base/assert.h"
#include "base/text.h"

#include <CUnit/CUnit.h>
#include <stdlib.h>

enum {
    SELF = 1,
    MASTER = 2,
    OTHER = 3,
    BOOT = 11,
    MASTER_BOOT = 22,
    SESSION = 5,
    BEAT_US = 100000,
    LEASE_US = 600000,
    CREDIT_BYTES = 1 << 20,
    CRC_FACTOR = 1000,
    TEXT_BYTES = 1024,
};

struct slave_story {
    struct allocator allocator;
    struct replicator *replicator;
    struct replicator_effects *effects;
    uint64_t now_us;
    uint64_t epoch;
    uint64_t received; /* STREAMs of the slave. */
    uint64_t sent;     /* STREAMEDs of the master. */
    char memory[TEXT_BYTES];
    uint32_t caught_up_request; /* Of its last CATCH_UP. */
};

static void *take(struct allocator *allocator, size_t size)
{
    (void)allocator;
    return malloc(size);
}

static void give(struct allocator *allocator, void *memory, size_t size)
{
    (void)allocator;
    (void)size;
    free(memory);
}

static struct member member_of(uint32_t node)
{
    struct member member = {.node = node};

    member.store.bytes[0] = (uint8_t)node;
    return member;
}

struct log_position slave_story_position(uint64_t epoch, uint64_t index)
{
    if (index == 0)
        return (struct log_position){0};
    return (struct log_position){
        .epoch = epoch,
        .index = index,
        .crc = (uint32_t)(epoch * CRC_FACTOR + index),
    };
}

/* ---- What it wants done ---- */

static void put(struct text *text, const char *word, uint64_t number)
{
    text_put(text, text_string(text)[0] == '\0' ? "" : ", ");
    text_put(text, word);
    text_put_char(text, ' ');
    text_put_u64(text, number);
}

static void put_word(struct text *text, const char *word)
{
    text_put(text, text_string(text)[0] == '\0' ? "" : ", ");
    text_put(text, word);
}

static void put_stream(struct slave_story *story, struct text *text,
                       const struct message_stream *stream)
{
    story->received = stream->number;
    for (size_t i = 0; i < stream->part_count; i++) {
        const struct stream_part *part = &stream->parts[i];

        if (part->is_asking)
            put(text, "ask", part->end.index);
        else
            put(text, "tell", part->durable_index);
    }
}

static void put_message(struct slave_story *story, struct text *text,
                        const struct message *message)
{
    if (message->type == MESSAGE_JOIN)
        put_word(text, "join");
    else if (message->type == MESSAGE_STREAM)
        put_stream(story, text, &message->stream);
    if (message->type != MESSAGE_CATCH_UP)
        return;
    story->caught_up_request = message->request;
    put_word(text, message->catch_up.is_snapshot ? "ask-pages" : "ask-log");
}

static void put_sealed(struct text *text, const struct sealed_part *part)
{
    switch (part->verdict) {
    case SEAL_PROMISED:
        put(text, "promised", part->promised);
        break;
    case SEAL_LEASED:
        put_word(text, "leased");
        break;
    case SEAL_OUTBID:
        put(text, "outbid", part->promised);
        break;
    case SEAL_UNABLE:
        put_word(text, "unable");
        break;
    }
}

static void put_effect(struct slave_story *story, struct text *text,
                       const struct replicator_effect *effect)
{
    switch ((int)effect->type) {
    case REPLICATOR_APPEND:
        put(text, "append", effect->run.before.index + 1);
        text_put_char(text, '-');
        text_put_u64(text, effect->run.end.index);
        break;
    case REPLICATOR_PROMISE:
        put(text, "promise", effect->epoch);
        break;
    case REPLICATOR_CUT:
        put(text, "cut", effect->index);
        break;
    case REPLICATOR_COMMIT:
        put(text, "commit", effect->index);
        break;
    case REPLICATOR_FORGET:
        put_word(text, "forget");
        break;
    case REPLICATOR_DAMAGED:
        put_word(text, "damaged");
        break;
    case REPLICATOR_EXPEL:
        put_word(text, "expel");
        break;
    case REPLICATOR_BEGIN_PAGES:
        put_word(text, "begin-pages");
        break;
    case REPLICATOR_STORE_PAGE:
        put_word(text, "store-page");
        break;
    case REPLICATOR_MARK:
        put(text, "mark", effect->position.index);
        break;
    case REPLICATOR_ADOPT:
        put_word(text, "adopt");
        break;
    case REPLICATOR_SEND:
        put_message(story, text, &effect->message);
        break;
    case REPLICATOR_REPLY:
        if (effect->message.type == MESSAGE_SEALED)
            put_sealed(text, &effect->message.sealed.parts[0]);
        break;
    default: /* Of no interest to these stories. */
        break;
    }
}

const char *slave_story_step(struct slave_story *story,
                             struct replicator_event event)
{
    struct text text;

    event.now_us = story->now_us;
    replicator_effects_clear(story->effects);
    replicator_step(story->replicator, &event, story->effects);
    text_init(&text, story->memory, sizeof(story->memory));
    for (size_t i = 0; i < story->effects->count; i++)
        put_effect(story, &text, &story->effects->items[i]);
    return text_string(&text);
}

const char *slave_story_end_round(struct slave_story *story)
{
    return slave_story_step(
        story, (struct replicator_event){.type = REPLICATOR_ROUND_ENDED});
}

const char *slave_story_wait(struct slave_story *story)
{
    story->now_us += BEAT_US;
    return slave_story_end_round(story);
}

const char *slave_story_wait_a_little(struct slave_story *story)
{
    uint64_t wake_us = replicator_next_us(story->replicator);

    story->now_us += BEAT_US / 8;
    return wake_us <= story->now_us ? slave_story_end_round(story)
                                    : "it sleeps longer";
}

/* ---- What it hears ---- */

static const char *hear(struct slave_story *story,
                        const struct message *message, struct bytes content)
{
    return slave_story_step(
        story, (struct replicator_event){.type = REPLICATOR_PEER_SENT,
                                         .node = MASTER,
                                         .message = message,
                                         .content = content});
}

static const char *hear_answer(struct slave_story *story,
                               struct streamed_part part, uint64_t received)
{
    /* Nobody looks at what entries hold: the log does, and is not here. */
    static const uint8_t entries[1] = {0};
    struct message message = {.type = MESSAGE_STREAMED};

    if (part.verdict != STREAM_FENCED)
        part.epoch = story->epoch;
    part.master_index = part.end.index;
    message.streamed = (struct message_streamed){.node = MASTER,
                                                 .boot_id = MASTER_BOOT,
                                                 .session = SESSION,
                                                 .number = ++story->sent,
                                                 .parts = &part,
                                                 .part_count = 1,
                                                 .received = received};
    return hear(story, &message, bytes_make(entries, part.entry_bytes));
}

static const char *hear_part(struct slave_story *story,
                             struct streamed_part part)
{
    return hear_answer(story, part, story->received);
}

const char *slave_story_stream(struct slave_story *story, uint64_t epoch,
                               uint64_t first, uint64_t last)
{
    return hear_part(story,
                     (struct streamed_part){
                         .verdict = STREAM_ENTRIES,
                         .before = slave_story_position(epoch, first - 1),
                         .end = slave_story_position(epoch, last),
                         .entry_bytes = 1,
                     });
}

const char *slave_story_diverge(struct slave_story *story,
                                struct log_position end,
                                struct log_position common)
{
    return hear_part(story, (struct streamed_part){.verdict = STREAM_DIVERGED,
                                                   .before = end,
                                                   .end = common});
}

const char *slave_story_send_for_pages(struct slave_story *story,
                                       uint64_t questions_later)
{
    return hear_answer(story,
                       (struct streamed_part){.verdict = STREAM_SNAPSHOT},
                       story->received - questions_later);
}

const char *slave_story_fence(struct slave_story *story)
{
    return hear_part(story, (struct streamed_part){.verdict = STREAM_FENCED});
}

const char *slave_story_last_page(struct slave_story *story,
                                  struct log_position read_at)
{
    struct message message = {.type = MESSAGE_CAUGHT_UP,
                              .request = story->caught_up_request};

    message.caught_up = (struct message_caught_up){.node = MASTER,
                                                   .epoch = story->epoch,
                                                   .is_snapshot = true,
                                                   .end = read_at,
                                                   .is_whole = true};
    return hear(story, &message, (struct bytes){0});
}

const char *slave_story_log(struct slave_story *story, uint64_t ticket)
{
    return slave_story_step(
        story,
        (struct replicator_event){.type = REPLICATOR_LOGGED, .ticket = ticket});
}

const char *slave_story_refuse(struct slave_story *story, uint64_t ticket,
                               enum dalv_status status, struct log_position end,
                               uint64_t promised)
{
    return slave_story_step(
        story, (struct replicator_event){.type = REPLICATOR_REFUSED,
                                         .ticket = ticket,
                                         .status = status,
                                         .position = end,
                                         .promised = promised});
}

static const char *learn(struct slave_story *story, uint64_t epoch,
                         uint32_t node)
{
    const struct member members[] = {member_of(node), member_of(MASTER)};
    struct partition_record record = {
        .epoch = epoch,
        .state = PARTITION_LED,
        .master = members[1],
        .master_boot = MASTER_BOOT,
    };

    (void)member_set_add(&record.joint.members, &members[0]);
    (void)member_set_add(&record.joint.members, &members[1]);
    story->epoch = epoch;
    return slave_story_step(
        story, (struct replicator_event){.type = REPLICATOR_RECORD_LEARNT,
                                         .record = &record});
}

const char *slave_story_follow(struct slave_story *story, uint64_t epoch)
{
    return learn(story, epoch, SELF);
}

const char *slave_story_leave(struct slave_story *story, uint64_t epoch)
{
    return learn(story, epoch, OTHER);
}

const char *slave_story_seal(struct slave_story *story, uint64_t epoch)
{
    const struct seal_part part = {.epoch = epoch, .released = epoch - 1};
    struct message message = {.type = MESSAGE_SEAL};

    message.seal.parts = &part;
    message.seal.part_count = 1;
    return slave_story_step(
        story, (struct replicator_event){.type = REPLICATOR_CONTROLLER_SENT,
                                         .message = &message});
}

/* ---- Life ---- */

struct slave_story *slave_story_begin(void)
{
    struct slave_story *story = calloc(1, sizeof(*story));
    struct replicator_options options = {.self = member_of(SELF),
                                         .boot_id = BOOT,
                                         .partition_count = 1,
                                         .lease_us = LEASE_US,
                                         .beat_us = BEAT_US,
                                         .silence_us = 8 * BEAT_US,
                                         .credit_bytes = CREDIT_BYTES};
    struct message joined = {.type = MESSAGE_JOINED};

    ASSERT(story != NULL);
    story->allocator = (struct allocator){.take = take, .give = give};
    story->now_us = 10 * LEASE_US;
    options.allocator = &story->allocator;
    options.now_us = BEAT_US;
    story->replicator = replicator_create(&options);
    story->effects = malloc(sizeof(*story->effects));
    ASSERT(story->replicator != NULL && story->effects != NULL);
    (void)slave_story_follow(story, 1);
    CU_ASSERT_STRING_EQUAL(slave_story_end_round(story), "join");
    joined.joined = (struct message_joined){.node = MASTER,
                                            .boot_id = MASTER_BOOT,
                                            .slave_boot_id = BOOT,
                                            .session = SESSION};
    (void)hear(story, &joined, (struct bytes){0});
    CU_ASSERT_STRING_EQUAL(slave_story_end_round(story), "ask 0");
    return story;
}

void slave_story_end(struct slave_story **story_p)
{
    struct slave_story *story = *story_p;

    *story_p = NULL;
    replicator_destroy(&story->replicator);
    free(story->effects);
    free(story);
}
