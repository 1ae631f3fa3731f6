#include "tests/sim/watcher_process.h"

#include "model/places.h"
#include "tests/sim/watcher_judge.h"
#include "tests/sim/world.h"

#include <inttypes.h>
#include <string.h>

enum {
    THINK_US = 50000,
    THINK_MORE_US = 500000,
    PLACES_BYTES_MAX = 256,
};

static void think(struct watcher_process *watcher);

/* ---- Asking ---- */

static void hang_up(struct watcher_process *watcher)
{
    line_close(&watcher->line);
    watcher->is_greeted = false;
    watcher->is_following = false;
}

static void greet(struct watcher_process *watcher)
{
    const struct message hello = {
        .type = MESSAGE_HELLO,
        .hello = {.protocol = 1,
                  .token = world_token(watcher->world, watcher->user, false),
                  .client = bytes_from_text("sim")},
    };

    hang_up(watcher);
    line_open(&watcher->line, &hello);
}

static void ask(struct watcher_process *watcher)
{
    struct message question = {
        .type = MESSAGE_WATCH,
        .watch = {.is_all = watcher->is_all},
    };
    uint8_t resume[PLACES_BYTES_MAX];
    struct writer writer;

    if (!watcher->is_all) {
        question.watch.user = bytes_from_text(world_user_name(watcher->user));
        question.watch.cursor = watcher->place.told[watcher->user];
    } else if (watcher->place.has_indexes) {
        writer_init(&writer, resume, sizeof(resume));
        places_put(&writer, watcher->place.indexes, WORLD_PARTITIONS);
        question.watch.resume = writer_bytes(&writer);
    }
    memset(watcher->fresh, 0, sizeof(watcher->fresh));
    buffer_clear(&watcher->staged);
    line_ask(&watcher->line, &question);
}

static void on_think(void *owner, struct moment *moment)
{
    struct watcher_process *watcher = owner;

    if (moment->number != watcher->thought || watcher->is_following)
        return;
    if (!watcher->is_greeted || watcher->line.state != LINE_READY)
        greet(watcher);
    else
        ask(watcher);
}

static void think(struct watcher_process *watcher)
{
    struct world *world = watcher->world;

    schedule_put(
        &world->schedule,
        (struct moment){.at_us = world->now_us + THINK_US +
                                 prng_below(&world->prng, THINK_MORE_US),
                        .run = on_think,
                        .owner = watcher,
                        .number = ++watcher->thought});
}

static void ask_again(struct watcher_process *watcher)
{
    hang_up(watcher);
    think(watcher);
}

/* ---- What is told ---- */

static void take_places(struct watcher_process *watcher, struct bytes places)
{
    struct watcher_place *place = &watcher->place;

    if (!watcher->is_all)
        return;
    if (places_take(places, place->indexes, WORLD_PARTITIONS) != DALV_OK)
        world_fail(watcher->world, "watcher %u is told no place",
                   watcher->number);
    place->has_indexes |= places_count(places) > 0;
}

/* Older than what this very watch has told. */
static bool goes_back(const struct watcher_process *watcher, unsigned user,
                      const struct message_changed *changed)
{
    const struct cursor *fresh = &watcher->fresh[user];

    return fresh->history_id == changed->history_id &&
           fresh->revision >= changed->revision;
}

static void judge(struct watcher_process *watcher, unsigned user,
                  const struct message_changed *changed)
{
    struct world *world = watcher->world;
    const struct cursor *told = &watcher->place.told[user];
    const struct cursor cursor = {.history_id = changed->history_id,
                                  .revision = changed->revision};
    struct chronicle *chronicle = witness_moment(&world->witness, user, cursor);
    bool is_anew = changed->revision_before == 0 ||
                   told->history_id != changed->history_id;
    uint64_t from = is_anew ? 0 : told->revision;
    const char *wrong;

    if (chronicle == NULL)
        return;
    wrong = watcher_judge(chronicle, from, changed->revision,
                          buffer_bytes(&watcher->staged));
    if (wrong == NULL && goes_back(watcher, user, changed))
        wrong = "an older change comes behind a newer one";
    if (wrong != NULL)
        world_fail(world,
                   "watcher %u, user %s, from %" PRIu64 " to %" PRIu64 ": %s",
                   watcher->number, world_user_name(user), from,
                   changed->revision, wrong);
}

/* Told before: it was asked again from an older place. */
static bool is_old(const struct watcher_process *watcher, unsigned user,
                   const struct message_changed *changed)
{
    const struct cursor *told = &watcher->place.told[user];

    return told->history_id == changed->history_id &&
           changed->revision <= told->revision;
}

static void tell(struct watcher_process *watcher, unsigned user,
                 const struct message_changed *changed)
{
    const struct cursor cursor = {.history_id = changed->history_id,
                                  .revision = changed->revision};

    if (!is_old(watcher, user, changed)) {
        buffer_put(&watcher->staged, changed->page);
        judge(watcher, user, changed);
        watcher->place.told[user] = cursor;
        watcher->fresh[user] = cursor;
        watcher->told_count++;
        witness_tell(&watcher->world->witness, user, cursor);
    }
    buffer_clear(&watcher->staged);
    take_places(watcher, changed->resume);
    if (prng_chance(&watcher->world->prng, 1, 4))
        watcher->kept = watcher->place;
}

static bool is_part(const struct message_changed *changed)
{
    return changed->page.size > 0 &&
           changed->revision == changed->revision_before;
}

static void on_changed(struct watcher_process *watcher,
                       const struct message_changed *changed)
{
    struct world *world = watcher->world;
    unsigned user = watcher->user;

    if (!watcher->is_following || changed->watch != watcher->watch)
        return;
    if (watcher->is_all && changed->user.size > 0)
        user = witness_find_user(&world->witness, changed->user);
    trace_put(&world->trace, world->now_us,
              "watcher %u is told of %s from %" PRIu64 " to %" PRIu64 "%s",
              watcher->number, world_user_name(user), changed->revision_before,
              changed->revision, is_part(changed) ? " in part" : "");
    if (changed->is_gap)
        ask_again(watcher);
    else if (is_part(changed))
        buffer_put(&watcher->staged, changed->page);
    else if (changed->history_id != 0)
        tell(watcher, user, changed);
    else
        take_places(watcher, changed->resume);
}

/* ---- The line ---- */

static void on_answer(void *owner, const struct message *answer)
{
    struct watcher_process *watcher = owner;

    if (answer->type == MESSAGE_WELCOMED) {
        watcher->is_greeted = true;
        ask(watcher);
    } else if (answer->type == MESSAGE_WATCHED) {
        watcher->is_following = true;
        watcher->watch = answer->watched.watch;
    } else {
        ask_again(watcher);
    }
}

static void on_push(void *owner, const struct message *message)
{
    struct watcher_process *watcher = owner;

    if (message->type == MESSAGE_CHANGED)
        on_changed(watcher, &message->changed);
    else if (message->type == MESSAGE_REFUSED)
        ask_again(watcher);
}

static void on_lost(void *owner)
{
    struct watcher_process *watcher = owner;

    watcher->is_greeted = false;
    watcher->is_following = false;
    think(watcher);
}

/* ---- Life ---- */

void watcher_process_init(struct watcher_process *watcher, struct world *world,
                          unsigned number)
{
    const struct line_handlers handlers = {.owner = watcher,
                                           .on_answer = on_answer,
                                           .on_push = on_push,
                                           .on_lost = on_lost};

    *watcher = (struct watcher_process){
        .world = world, .number = number, .is_all = number == 0};
    line_init(&watcher->line, world, &handlers);
    watcher->line.is_faithful = true;
    buffer_init(&watcher->staged);
}

void watcher_process_deinit(struct watcher_process *watcher)
{
    line_deinit(&watcher->line);
    buffer_deinit(&watcher->staged);
}

void watcher_process_start(struct watcher_process *watcher)
{
    think(watcher);
}

void watcher_process_restart(struct watcher_process *watcher)
{
    trace_put(&watcher->world->trace, watcher->world->now_us,
              "watcher %u starts again", watcher->number);
    watcher->place = watcher->kept;
    ask_again(watcher);
}

static bool is_told_of(const struct watcher_process *watcher, unsigned user)
{
    struct witness *witness = &watcher->world->witness;
    struct cursor head = witness_head(witness, user);
    const struct cursor *told = &watcher->place.told[user];
    uint64_t from = told->history_id == head.history_id ? told->revision : 0;

    if (head.history_id == 0)
        return true;
    return watcher_judge(witness_moment(witness, user, head), from,
                         head.revision, (struct bytes){0}) == NULL;
}

bool watcher_process_is_done(const struct watcher_process *watcher)
{
    if (!watcher->is_all)
        return is_told_of(watcher, watcher->user);
    for (unsigned i = 0; i < WITNESS_USERS; i++) {
        if (!is_told_of(watcher, i))
            return false;
    }
    return true;
}
