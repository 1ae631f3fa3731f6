#include "proto/frame.h"

#include "tests/support/suite.h"

#include <CUnit/CUnit.h>
#include <string.h>

static enum dalv_status decode(const char *bytes, size_t size,
                               struct frame *out_frame)
{
    return frame_decode(bytes_make(bytes, size), out_frame);
}

static void takes_a_frame_apart(void)
{
    struct frame frame;

    CU_ASSERT_EQUAL_FATAL(decode("\x01\x05\xAC\x02"
                                 "body",
                                 8, &frame),
                          DALV_OK);
    CU_ASSERT_EQUAL(frame.version, 1);
    CU_ASSERT_EQUAL(frame.type, 5);
    CU_ASSERT_EQUAL(frame.request, 300);
    CU_ASSERT(bytes_equal(frame.body, bytes_from_text("body")));
}

/* So that whoever does not understand it can still refuse it. */
static void takes_a_newer_frame_apart(void)
{
    struct frame frame;

    CU_ASSERT_EQUAL_FATAL(decode("\x09\xFF\x07", 3, &frame), DALV_OK);
    CU_ASSERT_EQUAL(frame.version, 9);
    CU_ASSERT_EQUAL(frame.type, 255);
    CU_ASSERT_EQUAL(frame.request, 7);
    CU_ASSERT_EQUAL(frame.body.size, 0);
}

static void refuses_a_header_that_is_cut_off(void)
{
    struct frame frame;

    CU_ASSERT_EQUAL(decode("", 0, &frame), DALV_PROTOCOL);
    CU_ASSERT_EQUAL(decode("\x01", 1, &frame), DALV_PROTOCOL);
    CU_ASSERT_EQUAL(decode("\x01\x05", 2, &frame), DALV_PROTOCOL);
    CU_ASSERT_EQUAL(decode("\x01\x05\xAC", 3, &frame), DALV_PROTOCOL);
}

static void refuses_version_zero(void)
{
    struct frame frame;

    CU_ASSERT_EQUAL(decode("\x00\x05\x01", 3, &frame), DALV_PROTOCOL);
}

static void refuses_a_request_number_that_is_over_long_or_too_wide(void)
{
    struct frame frame;

    CU_ASSERT_EQUAL(decode("\x01\x05\x81\x00", 4, &frame), DALV_PROTOCOL);
    CU_ASSERT_EQUAL(decode("\x01\x05\xFF\xFF\xFF\xFF\x0F", 7, &frame), DALV_OK);
    CU_ASSERT_EQUAL(frame.request, UINT32_MAX);
    CU_ASSERT_EQUAL(decode("\x01\x05\x80\x80\x80\x80\x10", 7, &frame),
                    DALV_PROTOCOL);
}

static void writes_the_largest_header_within_its_bound(void)
{
    uint8_t memory[FRAME_HEADER_BYTES_MAX];
    struct writer writer;

    writer_init(&writer, memory, sizeof(memory));
    frame_put_header(&writer, 34, UINT32_MAX);
    CU_ASSERT(writer_is_ok(&writer));
    CU_ASSERT(bytes_equal(writer_bytes(&writer),
                          bytes_make("\x01\x22\xFF\xFF\xFF\xFF\x0F", 7)));
}

static const struct suite_test tests[] = {
    SUITE_TEST(takes_a_frame_apart),
    SUITE_TEST(takes_a_newer_frame_apart),
    SUITE_TEST(refuses_a_header_that_is_cut_off),
    SUITE_TEST(refuses_version_zero),
    SUITE_TEST(refuses_a_request_number_that_is_over_long_or_too_wide),
    SUITE_TEST(writes_the_largest_header_within_its_bound),
};

int main(void)
{
    return SUITE_RUN("proto/frame", tests);
}
