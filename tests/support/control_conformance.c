#include "tests/support/control_conformance.h"

#include "base/assert.h"

#include <CUnit/CUnit.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    SESSIONS = 2,
    PROCESSES_MAX = 16,
    PAGE_BYTES = 16000,
};

/* Two sessions, what the first one read last, and the next name of a key. */
struct story {
    struct control_store *stores[SESSIONS];
    struct control_answer answer;
    void *memory;
};

static control_conformance_opener *open_session;

void control_conformance_use(control_conformance_opener *opener)
{
    open_session = opener;
}

static struct story begin(void)
{
    struct story story = {.memory = malloc(CONTROL_ANSWER_BYTES_MAX)};

    ASSERT(story.memory != NULL);
    control_answer_init(&story.answer, story.memory);
    for (size_t i = 0; i < SESSIONS; i++)
        story.stores[i] = open_session();
    return story;
}

static void end(struct story *story)
{
    for (size_t i = 0; i < SESSIONS; i++)
        control_store_close(&story->stores[i]);
    free(story->memory);
}

static struct control_change change(enum control_verb verb, const char *key,
                                    uint64_t revision, const char *value)
{
    return (struct control_change){.verb = verb,
                                   .key = bytes_from_text(key),
                                   .revision = revision,
                                   .value = bytes_from_text(value)};
}

static enum dalv_status commit(struct control_store *store,
                               const struct control_change *changes,
                               size_t count, uint64_t *out_revision)
{
    struct control_transaction transaction = {changes, count};

    return control_store_commit(store, &transaction, out_revision);
}

/* One key, by the first session; the revision, or 0. */
static uint64_t put(struct story *story, const char *key, uint64_t revision,
                    const char *value)
{
    struct control_change one = change(CONTROL_PUT, key, revision, value);
    uint64_t now = 0;

    if (commit(story->stores[0], &one, 1, &now) != DALV_OK)
        return 0;
    return now;
}

/* "VALUE" of a key as the session sees it, or the name of the status. */
static const char *seen_by(struct story *story, size_t session, const char *key)
{
    static char text[64];
    enum dalv_status status = control_store_get(
        story->stores[session], bytes_from_text(key), &story->answer);
    const struct control_entry *entry = &story->answer.entries[0];

    if (status != DALV_OK)
        return status_name(status);
    ASSERT(entry->value.size < sizeof(text));
    (void)snprintf(text, sizeof(text), "%.*s", (int)entry->value.size,
                   entry->value.size == 0 ? ""
                                          : (const char *)entry->value.data);
    return text;
}

static const char *seen(struct story *story, const char *key)
{
    return seen_by(story, 0, key);
}

void reads_back_what_was_put(void)
{
    struct story story = begin();
    uint64_t revision = put(&story, "read/back", 0, "what was put");

    CU_ASSERT(revision > 0);
    CU_ASSERT_STRING_EQUAL(seen(&story, "read/back"), "what was put");
    CU_ASSERT_EQUAL(story.answer.count, 1);
    CU_ASSERT_EQUAL(story.answer.entries[0].revision, revision);
    CU_ASSERT(
        bytes_equal(story.answer.entries[0].key, bytes_from_text("read/back")));
    end(&story);
}

void says_that_a_key_is_not_there(void)
{
    struct story story = begin();

    CU_ASSERT(put(&story, "absent/almost", 0, "x") > 0);
    CU_ASSERT_STRING_EQUAL(seen(&story, "absent"), "DALV_NOT_FOUND");
    CU_ASSERT_STRING_EQUAL(seen(&story, "absent/almost/not"), "DALV_NOT_FOUND");
    CU_ASSERT_EQUAL(story.answer.count, 0);
    end(&story);
}

/* Pages are binary, and empty values are no missing ones. */
void keeps_any_bytes_of_any_allowed_size(void)
{
    static uint8_t key[CONTROL_KEY_BYTES_MAX];
    static uint8_t value[CONTROL_VALUE_BYTES_MAX];
    struct story story = begin();
    struct control_change changes[] = {
        {.verb = CONTROL_PUT,
         .key = bytes_make(key, sizeof(key)),
         .value = bytes_make(value, sizeof(value))},
        change(CONTROL_PUT, "bytes/none", 0, ""),
    };
    uint64_t revision = 0;

    for (size_t i = 0; i < sizeof(key); i++)
        key[i] = (uint8_t)(255 - i);
    for (size_t i = 0; i < sizeof(value); i++)
        value[i] = (uint8_t)(i * 7);
    CU_ASSERT_EQUAL(commit(story.stores[0], changes, 2, &revision), DALV_OK);
    CU_ASSERT_EQUAL(
        control_store_get(story.stores[0], changes[0].key, &story.answer),
        DALV_OK);
    CU_ASSERT(bytes_equal(story.answer.entries[0].value, changes[0].value));
    CU_ASSERT(bytes_equal(story.answer.entries[0].key, changes[0].key));
    CU_ASSERT_STRING_EQUAL(seen(&story, "bytes/none"), "");
    end(&story);
}

void puts_only_on_the_revision_that_was_named(void)
{
    struct story story = begin();
    uint64_t first = put(&story, "cas", 0, "one");
    uint64_t second = put(&story, "cas", first, "two");
    struct control_change late = change(CONTROL_PUT, "cas", first, "late");
    uint64_t revision = 0;

    CU_ASSERT(first > 0 && second > first);
    CU_ASSERT_EQUAL(commit(story.stores[1], &late, 1, &revision),
                    DALV_PRECONDITION);
    late.revision = second + 1;
    CU_ASSERT_EQUAL(commit(story.stores[1], &late, 1, &revision),
                    DALV_PRECONDITION);
    CU_ASSERT_EQUAL(revision, 0);
    CU_ASSERT_STRING_EQUAL(seen(&story, "cas"), "two");
    end(&story);
}

void makes_a_key_only_where_there_is_none(void)
{
    struct story story = begin();
    struct control_change again = change(CONTROL_PUT, "new", 0, "again");
    struct control_change gone = change(CONTROL_PUT, "newer", 5, "gone");
    uint64_t revision = 0;

    CU_ASSERT(put(&story, "new", 0, "first") > 0);
    CU_ASSERT_EQUAL(commit(story.stores[1], &again, 1, &revision),
                    DALV_PRECONDITION);
    CU_ASSERT_EQUAL(commit(story.stores[1], &gone, 1, &revision),
                    DALV_PRECONDITION);
    CU_ASSERT_STRING_EQUAL(seen(&story, "new"), "first");
    CU_ASSERT_STRING_EQUAL(seen(&story, "newer"), "DALV_NOT_FOUND");
    end(&story);
}

void changes_all_keys_or_none(void)
{
    struct story story = begin();
    uint64_t a = put(&story, "all/a", 0, "a1");
    uint64_t b = put(&story, "all/b", 0, "b1");
    struct control_change changes[] = {
        change(CONTROL_PUT, "all/a", a, "a2"),
        change(CONTROL_REMOVE, "all/b", b + 1000, ""),
        change(CONTROL_PUT, "all/c", 0, "c2"),
    };
    uint64_t revision = 0;

    CU_ASSERT_EQUAL(commit(story.stores[0], changes, 3, &revision),
                    DALV_PRECONDITION);
    CU_ASSERT_STRING_EQUAL(seen(&story, "all/a"), "a1");
    CU_ASSERT_STRING_EQUAL(seen(&story, "all/b"), "b1");
    CU_ASSERT_STRING_EQUAL(seen(&story, "all/c"), "DALV_NOT_FOUND");

    changes[1].revision = b;
    CU_ASSERT_EQUAL(commit(story.stores[0], changes, 3, &revision), DALV_OK);
    CU_ASSERT_STRING_EQUAL(seen(&story, "all/b"), "DALV_NOT_FOUND");
    CU_ASSERT_STRING_EQUAL(seen(&story, "all/a"), "a2");
    CU_ASSERT_EQUAL(story.answer.entries[0].revision, revision);
    CU_ASSERT_STRING_EQUAL(seen(&story, "all/c"), "c2");
    CU_ASSERT_EQUAL(story.answer.entries[0].revision, revision);
    end(&story);
}

void looks_at_a_key_without_changing_it(void)
{
    struct story story = begin();
    uint64_t fence = put(&story, "look/fence", 0, "5");
    struct control_change changes[] = {
        change(CONTROL_EXPECT, "look/fence", fence, ""),
        change(CONTROL_EXPECT, "look/none", 0, ""),
        change(CONTROL_PUT, "look/work", 0, "done"),
    };
    uint64_t revision = 0;

    CU_ASSERT_EQUAL(commit(story.stores[0], changes, 3, &revision), DALV_OK);
    CU_ASSERT_STRING_EQUAL(seen(&story, "look/fence"), "5");
    CU_ASSERT_EQUAL(story.answer.entries[0].revision, fence);

    changes[2] = change(CONTROL_PUT, "look/work", revision, "late");
    CU_ASSERT(put(&story, "look/fence", fence, "6") > 0);
    CU_ASSERT_EQUAL(commit(story.stores[1], changes, 3, &revision),
                    DALV_PRECONDITION);
    CU_ASSERT_STRING_EQUAL(seen(&story, "look/work"), "done");
    end(&story);
}

/* Who read the first one must not take the second for it. */
void gives_a_key_that_comes_again_a_higher_revision(void)
{
    struct story story = begin();
    uint64_t first = put(&story, "again", 0, "same");
    struct control_change removal = change(CONTROL_REMOVE, "again", first, "");
    uint64_t revision = 0;

    CU_ASSERT_EQUAL(commit(story.stores[1], &removal, 1, &revision), DALV_OK);
    CU_ASSERT_STRING_EQUAL(seen(&story, "again"), "DALV_NOT_FOUND");
    CU_ASSERT(put(&story, "again", 0, "same") > first);
    CU_ASSERT_EQUAL(put(&story, "again", first, "older"), 0);
    CU_ASSERT_STRING_EQUAL(seen(&story, "again"), "same");
    end(&story);
}

static void put_numbered(struct story *story, const char *prefix,
                         unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        char key[32];

        (void)snprintf(key, sizeof(key), "%s%03u", prefix, i);
        CU_ASSERT(put(story, key, 0, key) > 0);
    }
}

void lists_a_prefix_in_order_and_in_pages(void)
{
    struct story story = begin();
    struct bytes prefix = bytes_from_text("pages/");
    struct bytes after = {0};
    char last[CONTROL_KEY_BYTES_MAX];
    unsigned count = 0;
    unsigned pages = 0;

    put_numbered(&story, "pages/", 70);
    do {
        CU_ASSERT_EQUAL_FATAL(
            control_store_list(story.stores[1], prefix, after, &story.answer),
            DALV_OK);
        for (size_t i = 0; i < story.answer.count; i++) {
            char key[32];

            (void)snprintf(key, sizeof(key), "pages/%03u", count++);
            after = story.answer.entries[i].key;
            CU_ASSERT(bytes_equal(after, bytes_from_text(key)));
            CU_ASSERT(bytes_equal(story.answer.entries[i].value, after));
        }
        memcpy(last, after.data, after.size);
        after.data = (const uint8_t *)last;
        pages++;
    } while (!story.answer.is_whole && pages < 10);
    CU_ASSERT_EQUAL(count, 70);
    CU_ASSERT_EQUAL(pages, 3);
    end(&story);
}

void lists_nothing_beside_the_prefix(void)
{
    struct story story = begin();

    CU_ASSERT(put(&story, "beside", 0, "before") > 0);
    CU_ASSERT(put(&story, "beside.", 0, "before") > 0);
    CU_ASSERT(put(&story, "beside/", 0, "itself") > 0);
    CU_ASSERT(put(&story, "beside/\xff\xff", 0, "last") > 0);
    CU_ASSERT(put(&story, "beside0", 0, "behind") > 0);
    CU_ASSERT_EQUAL(control_store_list(story.stores[0],
                                       bytes_from_text("beside/"),
                                       (struct bytes){0}, &story.answer),
                    DALV_OK);
    CU_ASSERT_EQUAL_FATAL(story.answer.count, 2);
    CU_ASSERT(story.answer.is_whole);
    CU_ASSERT(
        bytes_equal(story.answer.entries[0].value, bytes_from_text("itself")));
    CU_ASSERT(
        bytes_equal(story.answer.entries[1].value, bytes_from_text("last")));
    CU_ASSERT_EQUAL(control_store_list(story.stores[0],
                                       bytes_from_text("besides/"),
                                       (struct bytes){0}, &story.answer),
                    DALV_OK);
    CU_ASSERT_EQUAL(story.answer.count, 0);
    CU_ASSERT(story.answer.is_whole);
    end(&story);
}

/* A failover of thousands of partitions: as many pages as fit, in one go. */
void takes_as_many_changes_as_the_bound_says(void)
{
    static uint8_t page[PAGE_BYTES];
    static char keys[CONTROL_CHANGES_MAX][16];
    struct control_change changes[CONTROL_CHANGES_MAX];
    struct story story = begin();
    uint64_t revision = 0;

    memset(page, 'p', sizeof(page));
    for (unsigned i = 0; i < CONTROL_CHANGES_MAX; i++) {
        (void)snprintf(keys[i], sizeof(keys[i]), "many/%02u", i);
        changes[i] = change(CONTROL_PUT, keys[i], 0, "");
        changes[i].value = bytes_make(page, sizeof(page));
    }
    CU_ASSERT_EQUAL(
        commit(story.stores[0], changes, CONTROL_CHANGES_MAX, &revision),
        DALV_OK);
    CU_ASSERT_EQUAL(control_store_list(story.stores[1],
                                       bytes_from_text("many/"),
                                       (struct bytes){0}, &story.answer),
                    DALV_OK);
    CU_ASSERT_EQUAL(story.answer.count, CONTROL_ENTRIES_MAX);
    CU_ASSERT_EQUAL(story.answer.entries[31].value.size, PAGE_BYTES);
    CU_ASSERT_EQUAL(story.answer.entries[31].revision, revision);
    end(&story);
}

void refuses_what_is_beyond_the_bounds(void)
{
    static uint8_t value[CONTROL_VALUE_BYTES_MAX + 1];
    static char keys[17][16];
    struct control_change changes[17];
    struct story story = begin();
    uint64_t revision = 0;

    for (unsigned i = 0; i < 17; i++) {
        (void)snprintf(keys[i], sizeof(keys[i]), "big/%02u", i);
        changes[i] = change(CONTROL_PUT, keys[i], 0, "");
        changes[i].value = bytes_make(value, CONTROL_VALUE_BYTES_MAX);
    }
    CU_ASSERT_EQUAL(commit(story.stores[0], changes, 17, &revision),
                    DALV_TOO_BIG);
    changes[0].value.size = sizeof(value);
    CU_ASSERT_EQUAL(commit(story.stores[0], changes, 1, &revision),
                    DALV_TOO_BIG);
    CU_ASSERT_STRING_EQUAL(seen(&story, "big/00"), "DALV_NOT_FOUND");
    end(&story);
}

void shows_every_session_what_was_acknowledged(void)
{
    struct story story = begin();
    uint64_t revision = 0;

    for (unsigned i = 0; i < 20; i++) {
        char value[16];

        (void)snprintf(value, sizeof(value), "%u", i);
        revision = put(&story, "fresh", revision, value);
        CU_ASSERT(revision > 0);
        CU_ASSERT_STRING_EQUAL(seen_by(&story, 1, "fresh"), value);
    }
    end(&story);
}

void stops_waiting_for_what_is_there_already(void)
{
    struct story story = begin();
    uint64_t first = put(&story, "wait", 0, "1");

    CU_ASSERT(put(&story, "wait", first, "2") > first);
    /* The test's own time limit is the judge. */
    control_store_wait(story.stores[1], bytes_from_text("wait"), first, 600000);
    end(&story);
}

/* Many at once. */

struct tally {
    unsigned done;
    unsigned unsure;
};

static uint64_t read_count(struct story *story, uint64_t *out_revision)
{
    enum dalv_status status;

    /* A store that is busy is asked again. */
    do {
        status = control_store_get(story->stores[0], bytes_from_text("count"),
                                   &story->answer);
    } while (status == DALV_UNAVAILABLE);
    *out_revision = 0;
    if (status == DALV_NOT_FOUND)
        return 0;
    ASSERT(status == DALV_OK);
    *out_revision = story->answer.entries[0].revision;
    ASSERT(story->answer.entries[0].value.size == sizeof(uint64_t));
    return story->answer.entries[0].value.data[0] +
           256u * story->answer.entries[0].value.data[1];
}

static void count_up(unsigned rounds, struct tally *tally)
{
    struct story story = begin();

    for (unsigned round = 0; round < rounds;) {
        uint64_t revision = 0;
        uint64_t count = read_count(&story, &revision) + 1;
        uint8_t value[sizeof(count)] = {(uint8_t)count, (uint8_t)(count >> 8)};
        struct control_change one = change(CONTROL_PUT, "count", revision, "");
        enum dalv_status status;

        one.value = bytes_make(value, sizeof(value));
        status = commit(story.stores[0], &one, 1, &revision);
        tally->done += status == DALV_OK ? 1 : 0;
        tally->unsure += status == DALV_UNKNOWN ? 1 : 0;
        round += status == DALV_OK || status == DALV_UNKNOWN ? 1 : 0;
    }
    end(&story);
}

void control_conformance_count(unsigned process_count, unsigned rounds)
{
    struct story story = begin();
    struct tally sum = {0};
    uint64_t revision = 0;
    uint64_t before = read_count(&story, &revision);
    uint64_t after;
    int ends[2];

    ASSERT(pipe(ends) == 0);
    for (unsigned i = 0; i < process_count; i++) {
        pid_t child = fork();

        ASSERT(child >= 0);
        if (child == 0) {
            struct tally tally = {0};

            count_up(rounds, &tally);
            ASSERT(write(ends[1], &tally, sizeof(tally)) == sizeof(tally));
            _exit(0);
        }
    }
    for (unsigned i = 0; i < process_count; i++) {
        struct tally tally = {0};
        int status = 0;

        ASSERT(wait(&status) > 0);
        CU_ASSERT_EQUAL(status, 0);
        ASSERT(read(ends[0], &tally, sizeof(tally)) == sizeof(tally));
        sum.done += tally.done;
        sum.unsure += tally.unsure;
    }
    (void)close(ends[0]);
    (void)close(ends[1]);
    after = read_count(&story, &revision) - before;
    CU_ASSERT(after >= sum.done && after <= sum.done + sum.unsure);
    end(&story);
}
