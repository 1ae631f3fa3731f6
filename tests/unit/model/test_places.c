#include "model/places.h"

#include "tests/support/suite.h"

#include <CUnit/CUnit.h>

static void remembers_every_place(void)
{
    const uint64_t told[3] = {7, 0, 300};
    uint64_t read[3] = {1, 1, 1};
    uint8_t memory[64];
    struct writer writer;

    writer_init(&writer, memory, sizeof(memory));
    places_put(&writer, told, 3);
    CU_ASSERT_EQUAL(writer.size, 6);
    CU_ASSERT(bytes_equal(writer_bytes(&writer),
                          bytes_make("V\x03\x07\x00\xac\x02", 6)));
    CU_ASSERT_EQUAL(places_count(writer_bytes(&writer)), 3);
    CU_ASSERT_EQUAL(places_take(writer_bytes(&writer), read, 3), DALV_OK);
    CU_ASSERT_EQUAL(read[0], 7);
    CU_ASSERT_EQUAL(read[1], 0);
    CU_ASSERT_EQUAL(read[2], 300);
}

static void moves_one_place_on(void)
{
    uint64_t told[3] = {7, 8, 9};
    uint8_t memory[PLACES_MOVE_BYTES_MAX];
    struct writer writer;

    writer_init(&writer, memory, sizeof(memory));
    places_put_move(&writer, 1, 500);
    CU_ASSERT_EQUAL(places_take(writer_bytes(&writer), told, 3), DALV_OK);
    CU_ASSERT_EQUAL(told[0], 7);
    CU_ASSERT_EQUAL(told[1], 500);
    CU_ASSERT_EQUAL(told[2], 9);
}

static void refuses_what_it_never_gave(void)
{
    uint64_t told[2] = {7, 8};

    CU_ASSERT_EQUAL(places_take(bytes_make("", 0), told, 2), DALV_INVALID);
    CU_ASSERT_EQUAL(places_take(bytes_make("V\x02\x01", 3), told, 2),
                    DALV_INVALID);
    CU_ASSERT_EQUAL(places_take(bytes_make("V\x02\x01\x02\x03", 5), told, 2),
                    DALV_INVALID);
    CU_ASSERT_EQUAL(places_take(bytes_make("V\x01\x01", 3), told, 2),
                    DALV_INVALID);
    CU_ASSERT_EQUAL(places_take(bytes_make("P\x02\x01", 3), told, 2),
                    DALV_INVALID);
    CU_ASSERT_EQUAL(places_take(bytes_make("X\x01\x01", 3), told, 2),
                    DALV_INVALID);
    CU_ASSERT_EQUAL(told[0], 7);
    CU_ASSERT_EQUAL(told[1], 8);
    CU_ASSERT_EQUAL(places_count(bytes_make("P\x02\x01", 3)), 0);
}

static const struct suite_test tests[] = {
    SUITE_TEST(remembers_every_place),
    SUITE_TEST(moves_one_place_on),
    SUITE_TEST(refuses_what_it_never_gave),
};

int main(void)
{
    return SUITE_RUN("model/places", tests);
}
