#include "node/resume.h"

#include "tests/support/suite.h"

#include <CUnit/CUnit.h>

static uint8_t memory[RESUME_BYTES_MAX + 1];
static struct writer writer;

static const struct dot dot = {.device = 3, .local_id = 500, .position = 70000};

static struct bytes feed_place(void)
{
    const struct feed_position place = {.revision = 300,
                                        .key = bytes_from_text("cart"),
                                        .has_dot = true,
                                        .dot = dot};

    writer_init(&writer, memory, sizeof(memory));
    resume_put_feed(&writer, &place);
    return writer_bytes(&writer);
}

static struct bytes range_place(void)
{
    const struct range_position place = {.key = bytes_from_text("cart"),
                                         .has_dot = true,
                                         .dot = dot,
                                         .is_after_key = true};

    writer_init(&writer, memory, sizeof(memory));
    resume_put_range(&writer, &place);
    return writer_bytes(&writer);
}

static void goes_on_where_a_feed_stopped(void)
{
    struct feed_position place = {0};

    CU_ASSERT_EQUAL(resume_get_feed(feed_place(), &place), DALV_OK);
    CU_ASSERT_EQUAL(place.revision, 300);
    CU_ASSERT_TRUE(bytes_equal(place.key, bytes_from_text("cart")));
    CU_ASSERT_TRUE(place.has_dot);
    CU_ASSERT_EQUAL(place.dot.local_id, 500);
    CU_ASSERT_EQUAL(place.dot.position, 70000);
}

static void goes_on_where_a_range_stopped(void)
{
    struct range_position place = {0};

    CU_ASSERT_EQUAL(resume_get_range(range_place(), &place), DALV_OK);
    CU_ASSERT_TRUE(bytes_equal(place.key, bytes_from_text("cart")));
    CU_ASSERT_TRUE(place.is_after_key);
    CU_ASSERT_EQUAL(place.dot.device, 3);
}

static void tells_feeds_and_ranges_apart(void)
{
    struct feed_position feed;
    struct range_position range;

    CU_ASSERT_EQUAL(resume_get_range(feed_place(), &range), DALV_INVALID);
    CU_ASSERT_EQUAL(resume_get_feed(range_place(), &feed), DALV_INVALID);
}

/* They come from clients: anything may stand in them. */
static void refuses_what_was_cut_or_made_longer(void)
{
    struct bytes whole = feed_place();
    struct feed_position feed;
    struct range_position range;

    for (size_t size = 0; size < whole.size; size++)
        CU_ASSERT_EQUAL(resume_get_feed(bytes_make(memory, size), &feed),
                        DALV_INVALID);
    CU_ASSERT_EQUAL(resume_get_feed(bytes_make(memory, whole.size + 1), &feed),
                    DALV_INVALID);
    whole = range_place();
    for (size_t size = 0; size < whole.size; size++)
        CU_ASSERT_EQUAL(resume_get_range(bytes_make(memory, size), &range),
                        DALV_INVALID);
    CU_ASSERT_EQUAL(
        resume_get_range(bytes_make(memory, whole.size + 1), &range),
        DALV_INVALID);
}

static void refuses_flags_that_are_none(void)
{
    struct range_position range;
    struct bytes whole = range_place();

    memory[whole.size - 1] = 2;
    CU_ASSERT_EQUAL(resume_get_range(whole, &range), DALV_INVALID);
}

static void has_room_for_the_longest_key(void)
{
    static uint8_t key[BOUNDS_KEY_MAX];
    const struct feed_position place = {
        .revision = UINT64_MAX,
        .key = {.data = key, .size = sizeof(key)},
        .has_dot = true,
        .dot = {.device = UINT64_MAX,
                .local_id = UINT64_MAX,
                .position = UINT32_MAX},
    };
    struct feed_position read;

    writer_init(&writer, memory, RESUME_BYTES_MAX);
    resume_put_feed(&writer, &place);
    CU_ASSERT_TRUE(writer_is_ok(&writer));
    CU_ASSERT_EQUAL(resume_get_feed(writer_bytes(&writer), &read), DALV_OK);
    CU_ASSERT_EQUAL(read.key.size, BOUNDS_KEY_MAX);
}

int main(void)
{
    static const struct suite_test tests[] = {
        SUITE_TEST(goes_on_where_a_feed_stopped),
        SUITE_TEST(goes_on_where_a_range_stopped),
        SUITE_TEST(tells_feeds_and_ranges_apart),
        SUITE_TEST(refuses_what_was_cut_or_made_longer),
        SUITE_TEST(refuses_flags_that_are_none),
        SUITE_TEST(has_room_for_the_longest_key),
    };

    return SUITE_RUN("node/resume", tests);
}
