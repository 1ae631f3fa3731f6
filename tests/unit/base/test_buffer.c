#include "base/buffer.h"

#include "base/bytes.h"
#include "base/status.h"
#include "tests/support/suite.h"

#include <CUnit/CUnit.h>
#include <stddef.h>
#include <stdint.h>

static void grows_with_what_is_put(void)
{
    struct buffer buffer;
    uint8_t chunk[100];

    buffer_init(&buffer);
    for (unsigned i = 0; i < 50; i++) {
        for (size_t j = 0; j < sizeof(chunk); j++)
            chunk[j] = (uint8_t)(i + j);
        buffer_put(&buffer, bytes_make(chunk, sizeof(chunk)));
    }
    CU_ASSERT_EQUAL_FATAL(buffer_bytes(&buffer).size, 5000);
    for (unsigned i = 0; i < 5000; i++) {
        CU_ASSERT_EQUAL(buffer_bytes(&buffer).data[i],
                        (uint8_t)(i / 100 + i % 100));
    }
    buffer_deinit(&buffer);
    CU_ASSERT_EQUAL(buffer_bytes(&buffer).size, 0);
}

static void keeps_its_memory_when_cleared(void)
{
    struct buffer buffer;
    size_t capacity;

    buffer_init(&buffer);
    buffer_put(&buffer, bytes_from_text("hello"));
    capacity = buffer.capacity;
    buffer_clear(&buffer);
    CU_ASSERT_EQUAL(buffer_bytes(&buffer).size, 0);
    CU_ASSERT_EQUAL(buffer.capacity, capacity);
    CU_ASSERT_TRUE(capacity >= 5);
    buffer_deinit(&buffer);
}

static void reserves_room_for_what_follows(void)
{
    struct buffer buffer;
    const uint8_t *before;

    buffer_init(&buffer);
    CU_ASSERT_EQUAL_FATAL(buffer_reserve(&buffer, 1000), DALV_OK);
    before = buffer.data;
    for (unsigned i = 0; i < 200; i++)
        buffer_put(&buffer, bytes_from_text("12345"));
    CU_ASSERT_PTR_EQUAL(buffer.data, before);
    buffer_deinit(&buffer);
}

static void refuses_room_that_no_memory_has(void)
{
    struct buffer buffer;

    buffer_init(&buffer);
    buffer_put(&buffer, bytes_from_text("kept"));
    CU_ASSERT_EQUAL(buffer_reserve(&buffer, SIZE_MAX), DALV_NO_MEMORY);
    CU_ASSERT_EQUAL(buffer_reserve(&buffer, SIZE_MAX - 4), DALV_NO_MEMORY);
    CU_ASSERT_TRUE(bytes_equal(buffer_bytes(&buffer), bytes_from_text("kept")));
    buffer_deinit(&buffer);
}

static void takes_nothing_from_nothing(void)
{
    struct buffer buffer;

    buffer_init(&buffer);
    buffer_put(&buffer, (struct bytes){0});
    CU_ASSERT_PTR_NULL(buffer.data);
    buffer_deinit(&buffer);
}

int main(void)
{
    static const struct suite_test tests[] = {
        SUITE_TEST(grows_with_what_is_put),
        SUITE_TEST(keeps_its_memory_when_cleared),
        SUITE_TEST(reserves_room_for_what_follows),
        SUITE_TEST(refuses_room_that_no_memory_has),
        SUITE_TEST(takes_nothing_from_nothing),
    };

    return SUITE_RUN("base/buffer", tests);
}
