#include "tests/property/control_world.h"

#include "base/assert.h"

#include <stdlib.h>
#include <string.h>

enum {
    DELAY_MS = 15,
    DELAY_BAD_MS = 400,
};

static void give_letter(struct world_letter **letter_p)
{
    struct world_letter *letter = *letter_p;

    *letter_p = NULL;
    free(letter->parts);
    free(letter->records);
    free(letter);
}

static void *copy_of(const void *bytes, size_t size)
{
    void *copy = malloc(size + 1);

    ASSERT(copy != NULL);
    if (size > 0)
        memcpy(copy, bytes, size);
    return copy;
}

/* A disk may be replaced while what it said is on its way. */
static void bind_store(struct world_letter *letter, struct bytes *store)
{
    memcpy(letter->store.bytes, store->data, STORE_ID_BYTES);
    store->data = letter->store.bytes;
}

/* Point the message at the letter's own parts. */
static void bind_parts(struct world_letter *letter)
{
    struct message *message = &letter->message;

    if (message->type == MESSAGE_SEALED)
        bind_store(letter, &message->sealed.store);
    else if (message->type == MESSAGE_HEARTBEATEN)
        bind_store(letter, &message->heartbeaten.store);

    if (message->type == MESSAGE_SEAL)
        message->seal.parts = letter->parts;
    else if (message->type == MESSAGE_SEALED)
        message->sealed.parts = letter->parts;
    else if (message->type == MESSAGE_STARTED)
        message->started.parts = letter->parts;
    else if (message->type == MESSAGE_HEARTBEATEN)
        message->heartbeaten.parts = letter->parts;
}

static void bind_records(struct world_letter *letter)
{
    struct message_start *start = &letter->message.start;
    struct start_part *parts = letter->parts;

    letter->records = malloc(start->part_count * PARTITION_RECORD_BYTES_MAX);
    ASSERT(letter->records != NULL);
    for (size_t i = 0; i < start->part_count; i++) {
        uint8_t *place = letter->records + i * PARTITION_RECORD_BYTES_MAX;

        memcpy(place, parts[i].record.data, parts[i].record.size);
        parts[i].record.data = place;
    }
    start->parts = parts;
}

static const void *parts_of(const struct message *message, size_t *out_bytes)
{
    *out_bytes = 0;
    if (message->type == MESSAGE_SEAL) {
        *out_bytes = message->seal.part_count * sizeof(struct seal_part);
        return message->seal.parts;
    }
    if (message->type == MESSAGE_START) {
        *out_bytes = message->start.part_count * sizeof(struct start_part);
        return message->start.parts;
    }
    if (message->type == MESSAGE_SEALED) {
        *out_bytes = message->sealed.part_count * sizeof(struct sealed_part);
        return message->sealed.parts;
    }
    if (message->type == MESSAGE_STARTED) {
        *out_bytes = message->started.part_count * sizeof(struct started_part);
        return message->started.parts;
    }
    if (message->type == MESSAGE_HEARTBEATEN) {
        *out_bytes =
            message->heartbeaten.part_count * sizeof(struct heartbeaten_part);
        return message->heartbeaten.parts;
    }
    return NULL;
}

static void post_once(struct world *world, const struct world_letter *letter)
{
    struct world_letter *copy = copy_of(letter, sizeof(*letter));
    const void *parts = parts_of(&copy->message, &copy->part_bytes);
    bool is_late = !world->is_quiet && prng_chance(&world->prng, 1, 30);

    copy->due_ms = world->now_ms +
                   prng_below(&world->prng, is_late ? DELAY_BAD_MS : DELAY_MS);
    copy->parts = copy_of(parts, copy->part_bytes);
    copy->records = NULL;
    if (copy->message.type == MESSAGE_START)
        bind_records(copy);
    else
        bind_parts(copy);
    copy->next = world->letters;
    world->letters = copy;
    world->letter_count++;
}

void world_post(struct world *world, const struct world_letter *letter)
{
    bool is_lost = !world->is_quiet && prng_chance(&world->prng, 1, 25);
    bool is_doubled = !world->is_quiet && prng_chance(&world->prng, 1, 25);

    if (is_lost || world->letter_count >= WORLD_LETTERS_MAX)
        return;
    post_once(world, letter);
    if (is_doubled)
        post_once(world, letter);
}

static void hear(struct world *world, const struct world_letter *letter)
{
    struct world_controller *controller =
        &world->controllers[letter->controller];
    struct controller_event event = {
        .type = CONTROLLER_HEARD,
        .now_ms = world->now_ms + controller->skew_ms,
        .message = &letter->message,
        .node = letter->node,
    };

    if (world->now_ms < controller->paused_ms)
        return;
    world_controller_step(world, letter->controller, &event);
}

void world_deliver(struct world *world)
{
    struct world_letter **place = &world->letters;
    struct world_letter *due = NULL;

    while (*place != NULL) {
        struct world_letter *letter = *place;

        if (letter->due_ms > world->now_ms) {
            place = &letter->next;
            continue;
        }
        *place = letter->next;
        letter->next = due;
        due = letter;
        world->letter_count--;
    }
    while (due != NULL) {
        struct world_letter *letter = due;

        due = letter->next;
        if (letter->is_to_node)
            world_node_hear(world, letter);
        else
            hear(world, letter);
        give_letter(&letter);
    }
}

void world_drop_letters(struct world *world)
{
    while (world->letters != NULL) {
        struct world_letter *letter = world->letters;

        world->letters = letter->next;
        give_letter(&letter);
    }
    world->letter_count = 0;
}
