#include "model/change_format.h"

#include "base/prng.h"
#include "tests/support/suite.h"

#include <CUnit/CUnit.h>
#include <stdlib.h>
#include <string.h>

enum {
    SEED_COUNT = 2000,
    CHANGES_MAX = 12,
};

#define TIME_US UINT64_C(1767225600000000) /* 2026-01-01. */

static uint8_t page_block[8192];

static struct bytes write_page(const struct change *items, size_t count)
{
    struct writer writer;
    struct change_writer changes;

    writer_init(&writer, page_block, sizeof(page_block));
    change_writer_init(&changes, &writer);
    for (size_t i = 0; i < count; i++)
        CU_ASSERT_EQUAL_FATAL(change_put(&changes, &items[i]), DALV_OK);
    CU_ASSERT_EQUAL(changes.count, count);
    return writer_bytes(&writer);
}

static struct change small_key(void)
{
    return (struct change){.type = CHANGE_KEY,
                           .key = bytes_from_text("name"),
                           .state = {.kind = KEY_REGISTER,
                                     .revision = 300,
                                     .writer = 2,
                                     .reset_revision = 300,
                                     .time_us = TIME_US,
                                     .value = bytes_from_text("Ann")}};
}

static bool is_same_key(const struct key_state *a, const struct key_state *b)
{
    return a->kind == b->kind && a->flags == b->flags &&
           a->expiry_us == b->expiry_us && a->revision == b->revision &&
           a->writer == b->writer && a->reset_revision == b->reset_revision &&
           a->time_us == b->time_us && a->generation == b->generation &&
           a->element_bytes == b->element_bytes && a->number == b->number &&
           bytes_equal(a->value, b->value);
}

static bool is_same_element(const struct change *a, const struct change *b)
{
    const struct element_state *left = &a->element;
    const struct element_state *right = &b->element;

    return dot_equal(left->dot, right->dot) &&
           left->generation == right->generation &&
           left->added_revision == right->added_revision &&
           left->revision == right->revision &&
           left->is_removed == right->is_removed &&
           bytes_equal(left->value, right->value) && a->writer == b->writer &&
           a->time_us == b->time_us;
}

static bool is_same(const struct change *a, const struct change *b)
{
    return a->type == b->type && bytes_equal(a->key, b->key) &&
           (a->type == CHANGE_KEY ? is_same_key(&a->state, &b->state)
                                  : is_same_element(a, b));
}

static bool reads_back(struct bytes page, const struct change *items,
                       size_t count)
{
    struct change_reader changes;
    struct change change;

    change_reader_init(&changes, page);
    for (size_t i = 0; i < count; i++) {
        if (change_next(&changes, &change) != DALV_OK ||
            !is_same(&change, &items[i]))
            return false;
    }
    return change_next(&changes, &change) == DALV_NOT_FOUND;
}

static enum dalv_status read_all(struct bytes page)
{
    struct change_reader changes;
    struct change change;
    enum dalv_status status;

    change_reader_init(&changes, page);
    do
        status = change_next(&changes, &change);
    while (status == DALV_OK);
    return status;
}

#define READ_ALL(text) read_all(bytes_make((text), sizeof(text) - 1))

/* The numbers that docs/PROTOCOL.md shows. */
static void writes_a_key(void)
{
    struct change change = small_key();
    struct bytes page = write_page(&change, 1);

    CU_ASSERT_TRUE(
        bytes_equal(page, bytes_make("\x04\x04name\xAC\x02\x03"
                                     "\x80\x80\x81\xB1\x84\xE9\x91\x03\x03"
                                     "Ann",
                                     21)));
    CU_ASSERT_TRUE(reads_back(page, &change, 1));
}

static void writes_a_list_with_its_elements(void)
{
    const struct change items[] = {
        {.type = CHANGE_KEY,
         .key = bytes_from_text("l"),
         .state = {.kind = KEY_LIST,
                   .revision = 9,
                   .writer = WRITER_BACKEND,
                   .reset_revision = 5,
                   .time_us = 1,
                   .generation = 5}},
        {.type = CHANGE_ELEMENT,
         .key = bytes_from_text("l"),
         .element = {.dot = {2, 3, 1},
                     .generation = 5,
                     .added_revision = 5,
                     .revision = 5,
                     .value = bytes_from_text("x")},
         .writer = 2,
         .time_us = 1},
        {.type = CHANGE_ELEMENT,
         .key = bytes_from_text("l"),
         .element = {.dot = {0, 6, 0},
                     .generation = 5,
                     .added_revision = 6,
                     .revision = 9,
                     .is_removed = true},
         .writer = WRITER_SYSTEM,
         .time_us = 2},
    };
    struct bytes page = write_page(items, 3);

    CU_ASSERT_TRUE(
        bytes_equal(page, bytes_make("\x48\x01l\x09\x05\x01\x01\x05"
                                     "\x03\x02\x03\x01\x05\x05\x03\x01\x01x"
                                     "\x0F\x00\x06\x00\x05\x06\x09\x00\x02",
                                     27)));
    CU_ASSERT_TRUE(reads_back(page, items, 3));
}

static void writes_counters_and_tombstones(void)
{
    const struct change items[] = {
        {.type = CHANGE_KEY,
         .key = bytes_from_text("n"),
         .state = {.kind = KEY_COUNTER,
                   .revision = 2,
                   .reset_revision = 1,
                   .time_us = 3,
                   .number = INT64_MIN}},
        {.type = CHANGE_KEY,
         .key = bytes_from_text("o"),
         .state = {.kind = KEY_NONE, .revision = 4, .reset_revision = 4}},
    };
    struct bytes page = write_page(items, 2);

    CU_ASSERT_TRUE(bytes_equal(
        page,
        bytes_make("\x4C\x01n\x02\x01\x01\x03"
                   "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01\x00\x01o\x04\x01"
                   "\x00",
                   23)));
    CU_ASSERT_TRUE(reads_back(page, items, 2));
}

/* What DESIGN promises of a SYNC with one changed key rests on it. */
static void costs_at_most_30_bytes_beyond_a_short_key_and_its_value(void)
{
    struct change change = small_key();

    change.state.revision = change.state.reset_revision = UINT32_MAX;
    change.state.writer = 32;
    CU_ASSERT_TRUE(write_page(&change, 1).size <= 4 + 3 + 30);
    CU_ASSERT_EQUAL(write_page(&change, 1).size, 4 + 3 + 17);
    change.state.expiry_us = TIME_US;
    change.state.flags = UINT32_MAX;
    CU_ASSERT_EQUAL(write_page(&change, 1).size, 4 + 3 + 30);
}

static void says_nothing_about_no_changes(void)
{
    CU_ASSERT_EQUAL(write_page(NULL, 0).size, 0);
    CU_ASSERT_EQUAL(READ_ALL(""), DALV_NOT_FOUND);
}

/* A page ends before the change that does not fit, and can be sent. */
static void writes_all_of_a_change_or_nothing(void)
{
    struct change first = small_key();
    struct change second = small_key();
    struct writer writer;
    struct change_writer changes;

    second.key = bytes_from_text("other");
    writer_init(&writer, page_block, 30);
    change_writer_init(&changes, &writer);
    CU_ASSERT_EQUAL(change_put(&changes, &first), DALV_OK);
    CU_ASSERT_EQUAL(change_put(&changes, &second), DALV_TOO_BIG);
    CU_ASSERT_EQUAL(changes.count, 1);
    CU_ASSERT_EQUAL(writer.size, 21);
    CU_ASSERT_TRUE(reads_back(writer_bytes(&writer), &first, 1));
    /* A shorter one still fits, and names its key by itself. */
    second.key = bytes_from_text("o");
    second.state = (struct key_state){.revision = 1, .reset_revision = 1};
    CU_ASSERT_EQUAL(change_put(&changes, &second), DALV_OK);
}

static void joins_pages_end_to_end(void)
{
    struct change change = small_key();
    struct change both[2] = {change, change};
    struct writer writer;
    struct change_writer changes;

    writer_init(&writer, page_block, sizeof(page_block));
    for (size_t i = 0; i < 2; i++) {
        change_writer_init(&changes, &writer);
        CU_ASSERT_EQUAL(change_put(&changes, &change), DALV_OK);
    }
    CU_ASSERT_TRUE(reads_back(writer_bytes(&writer), both, 2));
}

static void refuses_what_is_malformed(void)
{
    CU_ASSERT_EQUAL(READ_ALL("\x00\x01o\x04\x01\x00"), DALV_NOT_FOUND);
    CU_ASSERT_EQUAL(READ_ALL("\x80\x01o\x04\x01\x00"), DALV_PROTOCOL);
    CU_ASSERT_EQUAL(READ_ALL("\x00\x00\x04\x01\x00"), DALV_PROTOCOL);
    CU_ASSERT_EQUAL(READ_ALL("\x02\x04\x01\x00"), DALV_PROTOCOL);
    /* A reset that is as old as the change. */
    CU_ASSERT_EQUAL(READ_ALL("\x40\x01o\x04\x04\x01\x00"), DALV_PROTOCOL);
    /* Flags and expiry of zero, and of what has none. */
    CU_ASSERT_EQUAL(READ_ALL("\x14\x01o\x04\x01\x00\x01\x00"), DALV_NOT_FOUND);
    CU_ASSERT_EQUAL(READ_ALL("\x14\x01o\x04\x01\x00\x00\x00"), DALV_PROTOCOL);
    CU_ASSERT_EQUAL(READ_ALL("\x24\x01o\x04\x01\x00\x00\x00"), DALV_PROTOCOL);
    CU_ASSERT_EQUAL(READ_ALL("\x10\x01o\x04\x01\x00\x01"), DALV_PROTOCOL);
    CU_ASSERT_EQUAL(READ_ALL("\x2C\x01o\x04\x01\x00\x01\x00"), DALV_PROTOCOL);
    /* A key and a value beyond their bounds. */
    CU_ASSERT_EQUAL(READ_ALL("\x00\x81\x08o\x04\x01\x00"), DALV_PROTOCOL);
    CU_ASSERT_EQUAL(READ_ALL("\x04\x01o\x04\x01\x00\x81\x80\x40"),
                    DALV_PROTOCOL);
    /* An element with bits of tomorrow, or whose revision says nothing. */
    CU_ASSERT_EQUAL(READ_ALL("\x05\x01l\x00\x06\x00\x05\x06\x00\x02"),
                    DALV_NOT_FOUND);
    CU_ASSERT_EQUAL(READ_ALL("\x15\x01l\x00\x06\x00\x05\x06\x00\x02"),
                    DALV_PROTOCOL);
    CU_ASSERT_EQUAL(READ_ALL("\x0D\x01l\x00\x06\x00\x05\x06\x06\x00\x02"),
                    DALV_PROTOCOL);
    CU_ASSERT_EQUAL(
        READ_ALL("\x05\x01l\x00\x06\xFF\xFF\xFF\xFF\x1F\x05\x06\x00\x02"),
        DALV_PROTOCOL);
}

static void stays_at_the_first_thing_that_is_wrong(void)
{
    struct change_reader changes;
    struct change change;

    change_reader_init(&changes, bytes_make("\x80\x00\x01o\x04\x01\x00", 7));
    CU_ASSERT_EQUAL(change_next(&changes, &change), DALV_PROTOCOL);
    CU_ASSERT_EQUAL(change_next(&changes, &change), DALV_PROTOCOL);
}

static uint64_t draw_number(struct prng *prng)
{
    return prng_next(prng) >> prng_below(prng, 64);
}

static void draw_key(struct key_state *state, struct prng *prng)
{
    static const enum key_kind kinds[] = {KEY_NONE, KEY_REGISTER, KEY_LIST,
                                          KEY_COUNTER};

    state->kind = kinds[prng_below(prng, 4)];
    state->revision = draw_number(prng);
    state->writer = prng_chance(prng, 1, 4) ? WRITER_SYSTEM : draw_number(prng);
    state->reset_revision =
        prng_chance(prng, 1, 2) ? state->revision : draw_number(prng);
    state->time_us = draw_number(prng);
    if (state->kind == KEY_REGISTER) {
        state->flags = (uint32_t)prng_below(prng, 3);
        state->expiry_us = draw_number(prng);
        state->value = bytes_make("a value", (size_t)prng_below(prng, 8));
    }
    if (state->kind == KEY_LIST)
        state->generation = draw_number(prng);
    if (state->kind == KEY_COUNTER)
        state->number = (int64_t)prng_next(prng);
}

static void draw_element(struct change *change, struct prng *prng)
{
    struct element_state *element = &change->element;

    element->dot = (struct dot){draw_number(prng), draw_number(prng),
                                (uint32_t)draw_number(prng)};
    element->generation = draw_number(prng);
    element->added_revision = draw_number(prng);
    element->revision =
        prng_chance(prng, 1, 2) ? element->added_revision : draw_number(prng);
    element->is_removed = prng_chance(prng, 1, 2);
    if (!element->is_removed)
        element->value = bytes_make("a value", (size_t)prng_below(prng, 8));
    change->writer =
        prng_chance(prng, 1, 4) ? WRITER_SYSTEM : draw_number(prng);
    change->time_us = draw_number(prng);
}

static size_t draw(struct change *items, uint64_t seed)
{
    static const char *const keys[] = {"a", "ab", "cart/items"};
    struct prng prng;
    size_t count;

    prng_init(&prng, seed);
    count = (size_t)prng_below(&prng, CHANGES_MAX + 1);
    for (size_t i = 0; i < count; i++) {
        items[i] = (struct change){
            .type = prng_chance(&prng, 1, 2) ? CHANGE_KEY : CHANGE_ELEMENT,
            .key = bytes_from_text(keys[prng_below(&prng, 3)])};
        if (items[i].type == CHANGE_KEY)
            draw_key(&items[i].state, &prng);
        else
            draw_element(&items[i], &prng);
    }
    return count;
}

static void gives_back_what_was_written(void)
{
    struct change items[CHANGES_MAX];

    for (uint64_t seed = 1; seed <= SEED_COUNT; seed++) {
        size_t count = draw(items, seed);

        CU_ASSERT_TRUE(reads_back(write_page(items, count), items, count));
    }
}

/* Cut anywhere but between two changes, a page is malformed. */
static void notices_where_a_page_was_cut(void)
{
    struct change items[CHANGES_MAX];
    struct bytes page;
    size_t good_count = 0;
    size_t count = draw(items, 3);

    CU_ASSERT_TRUE_FATAL(count > 3);
    page = write_page(items, count);
    for (size_t size = 0; size < page.size; size++) {
        uint8_t *part = malloc(size + 1);

        memcpy(part, page.data, size);
        good_count += read_all(bytes_make(part, size)) == DALV_NOT_FOUND;
        free(part);
    }
    CU_ASSERT_EQUAL(good_count, count);
}

static void survives_any_flip_of_a_bit(void)
{
    struct change items[CHANGES_MAX];

    for (uint64_t seed = 1; seed <= SEED_COUNT / 10; seed++) {
        size_t count = draw(items, seed);
        struct bytes page = write_page(items, count);
        uint8_t *copy = malloc(page.size + 1);

        memcpy(copy, page.data, page.size);
        for (size_t bit = 0; bit < 8 * page.size; bit++) {
            enum dalv_status status;

            copy[bit / 8] ^= (uint8_t)(1U << bit % 8);
            status = read_all(bytes_make(copy, page.size));
            CU_ASSERT_TRUE(status == DALV_NOT_FOUND || status == DALV_PROTOCOL);
            copy[bit / 8] ^= (uint8_t)(1U << bit % 8);
        }
        free(copy);
    }
}

static void tells_a_value_in_parts_by_its_upload_and_size(void)
{
    struct change change = small_key();
    struct bytes page;

    change.state.value = bytes_from_text("hashhash");
    change.state.generation = UINT64_C(1) << 63 | 9;
    change.state.element_bytes = 5 << 20;
    page = write_page(&change, 1);
    CU_ASSERT_EQUAL(page.data[0], 0x84);
    CU_ASSERT_TRUE(reads_back(page, &change, 1));
    change.state.value = bytes_from_text("no hash");
    CU_ASSERT_EQUAL(read_all(write_page(&change, 1)), DALV_PROTOCOL);
    change.state.value = bytes_from_text("hashhash");
    change.state.element_bytes = (UINT64_C(64) << 20) + 1;
    CU_ASSERT_EQUAL(read_all(write_page(&change, 1)), DALV_PROTOCOL);
}

int main(void)
{
    static const struct suite_test tests[] = {
        SUITE_TEST(writes_a_key),
        SUITE_TEST(writes_a_list_with_its_elements),
        SUITE_TEST(writes_counters_and_tombstones),
        SUITE_TEST(costs_at_most_30_bytes_beyond_a_short_key_and_its_value),
        SUITE_TEST(says_nothing_about_no_changes),
        SUITE_TEST(writes_all_of_a_change_or_nothing),
        SUITE_TEST(joins_pages_end_to_end),
        SUITE_TEST(refuses_what_is_malformed),
        SUITE_TEST(stays_at_the_first_thing_that_is_wrong),
        SUITE_TEST(gives_back_what_was_written),
        SUITE_TEST(notices_where_a_page_was_cut),
        SUITE_TEST(survives_any_flip_of_a_bit),
        SUITE_TEST(tells_a_value_in_parts_by_its_upload_and_size),
    };

    return SUITE_RUN("model/change_format", tests);
}
