#include "net/parcel.h"

#include "tests/support/suite.h"

#include <CUnit/CUnit.h>
#include <string.h>

static bool has_frame(const struct parcel *parcel, size_t index,
                      const char *frame)
{
    return bytes_equal(parcel_frame(parcel, index), bytes_from_text(frame));
}

static void wraps_and_unwraps_a_frame(void)
{
    struct parcel *parcel = parcel_create(7);

    parcel_push_back(parcel, bytes_from_text("the client's frame"));
    parcel_push_front(parcel, bytes_from_text("forward"));
    CU_ASSERT_EQUAL(parcel_frame_count(parcel), 2);
    CU_ASSERT(has_frame(parcel, 0, "forward"));
    CU_ASSERT(has_frame(parcel, 1, "the client's frame"));
    CU_ASSERT_EQUAL(parcel_bytes(parcel), 7 + 18);
    parcel_pop_front(parcel);
    CU_ASSERT_EQUAL(parcel_frame_count(parcel), 1);
    CU_ASSERT(has_frame(parcel, 0, "the client's frame"));
    parcel_pop_front(parcel);
    CU_ASSERT_EQUAL(parcel_frame_count(parcel), 0);
    parcel_destroy(&parcel);
    CU_ASSERT_PTR_NULL(parcel);
    parcel_destroy(&parcel);
}

static void changes_its_peer(void)
{
    struct parcel *parcel = parcel_create(7);

    CU_ASSERT_EQUAL(parcel_peer(parcel), 7);
    parcel_set_peer(parcel, 8);
    CU_ASSERT_EQUAL(parcel_peer(parcel), 8);
    parcel_destroy(&parcel);
}

static void holds_an_empty_frame(void)
{
    struct parcel *parcel = parcel_create(7);

    parcel_push_back(parcel, (struct bytes){0});
    CU_ASSERT_EQUAL(parcel_frame_count(parcel), 1);
    CU_ASSERT_EQUAL(parcel_frame(parcel, 0).size, 0);
    parcel_destroy(&parcel);
}

/* A small one is copied, a large one gives its memory away. */
static void takes_what_a_buffer_holds(void)
{
    static uint8_t large[100000];
    struct parcel *parcel = parcel_create(7);
    struct buffer buffer;
    const uint8_t *memory;

    memset(large, 'x', sizeof(large));
    buffer_init(&buffer);
    buffer_put(&buffer, bytes_from_text("small"));
    parcel_push_buffer(parcel, &buffer);
    CU_ASSERT_EQUAL(buffer.size, 0);
    buffer_put(&buffer, bytes_make(large, sizeof(large)));
    memory = buffer.data;
    parcel_push_buffer(parcel, &buffer);
    CU_ASSERT_EQUAL(buffer.size, 0);
    CU_ASSERT(has_frame(parcel, 0, "small"));
    CU_ASSERT_PTR_EQUAL(parcel_frame(parcel, 1).data, memory);
    CU_ASSERT_EQUAL(parcel_frame(parcel, 1).size, sizeof(large));
    buffer_deinit(&buffer);
    parcel_destroy(&parcel);
}

static const struct suite_test tests[] = {
    SUITE_TEST(wraps_and_unwraps_a_frame),
    SUITE_TEST(changes_its_peer),
    SUITE_TEST(holds_an_empty_frame),
    SUITE_TEST(takes_what_a_buffer_holds),
};

int main(void)
{
    return SUITE_RUN("net/parcel", tests);
}
