#include "tests/sim/witness.h"

#include "base/assert.h"
#include "storage/user_record.h"
#include "tests/sim/verdict.h"
#include "tests/sim/world.h"

#include <inttypes.h>
#include <stdlib.h>

enum {
    ARENA_BYTES = 1 << 20,
};

void witness_init(struct witness *witness, struct world *world)
{
    *witness = (struct witness){.world = world};
    for (unsigned i = 0; i < WITNESS_USERS; i++)
        witness->users[i].name = world_user_name(i);
    witness->arena_block = malloc(ARENA_BYTES);
    ASSERT(witness->arena_block != NULL);
}

void witness_deinit(struct witness *witness)
{
    for (unsigned i = 0; i < WITNESS_USERS; i++) {
        struct witness_user *user = &witness->users[i];

        while (user->history_count > 0)
            chronicle_destroy(&user->histories[--user->history_count]);
    }
    free(witness->arena_block);
}

/* ---- What the log says ---- */

unsigned witness_find_user(const struct witness *witness, struct bytes name)
{
    unsigned i = 0;

    while (!bytes_equal(bytes_from_text(witness->users[i].name), name)) {
        i++;
        ASSERT(i < WITNESS_USERS);
    }
    return i;
}

static struct chronicle *newest(const struct witness_user *user)
{
    return user->history_count == 0 ? NULL
                                    : user->histories[user->history_count - 1];
}

static struct chronicle *chronicle_of(struct witness_user *user,
                                      uint64_t history_id)
{
    struct chronicle *chronicle = newest(user);

    if (chronicle != NULL && chronicle->history_id == history_id)
        return chronicle;
    for (size_t i = 0; i < user->history_count; i++) {
        if (user->histories[i]->history_id == history_id)
            return user->histories[i];
    }
    ASSERT(user->history_count < WITNESS_HISTORIES_MAX);
    chronicle = chronicle_create(history_id);
    user->histories[user->history_count++] = chronicle;
    return chronicle;
}

/* Only who asked for it erases, and only whom he asked for. */
static const char *judge_erasure(struct witness *witness, unsigned user,
                                 const struct user_record *record)
{
    const struct deed *deed;

    if (record->effect_count == 0 ||
        record->effects[0].type != EFFECT_HISTORY_ENDED)
        return NULL;
    trace_put(&witness->world->trace, witness->world->now_us,
              "user %s is erased", witness->users[user].name);
    deed = deeds_find_request(&witness->world->deeds, &record->author.request);
    if (deed == NULL || !deed->is_erasure || deed->user != user)
        return "a history was erased that nobody asked for";
    return deed->end == DEED_REFUSED ? "an erasure that was refused was done"
                                     : NULL;
}

static void take_user_record(struct witness *witness,
                             const struct user_record *record)
{
    struct world *world = witness->world;
    unsigned number = witness_find_user(witness, record->user);
    struct witness_user *user = &witness->users[number];
    struct chronicle *chronicle;
    const char *wrong;

    chronicle = chronicle_of(user, record->history_id);
    trace_put(&world->trace, world->now_us,
              "log user=%s revision=%" PRIu64 " writer=%" PRId64
              " push=%" PRIu64 " effects=%zu",
              user->name, record->revision, (int64_t)record->author.writer,
              record->author.push_number, record->effect_count);
    wrong = judge_erasure(witness, number, record);
    if (wrong == NULL)
        wrong = chronicle_take(chronicle, record);
    if (wrong == NULL && record->revision != 0)
        wrong = verdict_on_record(world, number, chronicle, record);
    if (wrong != NULL)
        world_fail(world, "user %s, revision %" PRIu64 ": %s", user->name,
                   record->revision, wrong);
}

void witness_take_record(struct witness *witness, const struct record *record)
{
    struct world *world = witness->world;
    struct user_record decoded;
    struct arena arena;

    if (record->type != RECORD_DATA)
        return;
    arena_init(&arena, witness->arena_block, ARENA_BYTES);
    if (user_record_decode(record->payload, &arena, &decoded) != DALV_OK) {
        world_fail(world, "a record cannot be read");
        return;
    }
    if (decoded.time_us < witness->times_us[record->partition])
        world_fail(world, "the time of records goes back");
    witness->times_us[record->partition] = decoded.time_us;
    take_user_record(witness, &decoded);
}

/* ---- What somebody says ---- */

struct cursor witness_head(const struct witness *witness, unsigned user)
{
    const struct chronicle *chronicle = newest(&witness->users[user]);
    struct cursor cursor = {0};

    if (chronicle != NULL && !chronicle->is_erased) {
        cursor.history_id = chronicle->history_id;
        cursor.revision = chronicle->revision;
    }
    return cursor;
}

struct chronicle *witness_newest(const struct witness *witness, unsigned user)
{
    return newest(&witness->users[user]);
}

bool witness_is_erased(const struct witness *witness, unsigned user,
                       uint64_t history_id)
{
    const struct witness_user *known = &witness->users[user];

    for (size_t i = 0; i < known->history_count; i++) {
        if (known->histories[i]->history_id == history_id)
            return known->histories[i]->is_erased;
    }
    return false;
}

struct chronicle *witness_moment(struct witness *witness, unsigned user,
                                 struct cursor cursor)
{
    struct witness_user *known = &witness->users[user];

    for (size_t i = 0; i < known->history_count; i++) {
        struct chronicle *chronicle = known->histories[i];

        if (chronicle->history_id == cursor.history_id &&
            chronicle->revision >= cursor.revision)
            return chronicle;
    }
    world_fail(witness->world,
               "user %s: revision %" PRIu64 " was told, and is not in the log",
               known->name, cursor.revision);
    return NULL;
}

void witness_tell(struct witness *witness, unsigned user, struct cursor cursor)
{
    struct cursor *told = &witness->users[user].told;

    if (cursor.history_id != told->history_id ||
        cursor.revision > told->revision)
        *told = cursor;
}

void witness_claim(struct witness *witness, unsigned user, struct cursor cursor,
                   const struct chronicle_claim *claim)
{
    struct chronicle *chronicle;
    const char *wrong;

    if (cursor.history_id == 0)
        return;
    chronicle = witness_moment(witness, user, cursor);
    if (chronicle == NULL)
        return;
    wrong = chronicle_judge(chronicle, cursor.revision, claim);
    if (wrong == NULL)
        return;
    trace_put(&witness->world->trace, witness->world->now_us,
              "seen: kind=%d number=%" PRId64 " revision=%" PRIu64
              " elements=%zu value=%.*s",
              (int)claim->state->kind, claim->state->number,
              claim->state->revision, claim->element_count,
              (int)claim->state->value.size,
              (const char *)claim->state->value.data);
    world_fail(witness->world,
               "user %s, key %.*s as of revision %" PRIu64 ": %s",
               witness->users[user].name, (int)claim->key.size,
               (const char *)claim->key.data, cursor.revision, wrong);
}
