#include "control/control_layout.h"
#include "control/operator_request.h"

#include "tests/support/suite.h"

#include <CUnit/CUnit.h>
#include <string.h>

static bool is_key(struct control_key key, const char *text)
{
    return bytes_equal(control_key_bytes(&key), bytes_from_text(text));
}

static void names_every_key(void)
{
    CU_ASSERT(is_key(control_key_head(), "head"));
    CU_ASSERT(is_key(control_key_policy(), "policy"));
    CU_ASSERT(is_key(control_key_candidacy(), "controller"));
    CU_ASSERT(is_key(control_key_node(26), "node/000000000000001a"));
    CU_ASSERT(is_key(control_key_page(2047), "page/00000000000007ff"));
    CU_ASSERT(
        is_key(control_key_request(UINT64_MAX), "request/ffffffffffffffff"));
}

static void reads_numbers_of_its_own_form_only(void)
{
    struct bytes prefix = control_prefix_nodes();
    uint64_t number = 0;

    CU_ASSERT(control_key_number(bytes_from_text("node/000000000000001a"),
                                 prefix, &number));
    CU_ASSERT_EQUAL(number, 26);
    CU_ASSERT(!control_key_number(bytes_from_text("node/1a"), prefix, &number));
    CU_ASSERT(!control_key_number(bytes_from_text("node/000000000000001A"),
                                  prefix, &number));
    CU_ASSERT(!control_key_number(bytes_from_text("page/000000000000001a"),
                                  prefix, &number));
}

static void notices_a_flipped_bit_and_another_place(void)
{
    struct bytes key = bytes_from_text("page/1");
    uint8_t memory[16];
    struct writer writer;
    struct bytes bytes;

    writer_init(&writer, memory, sizeof(memory));
    control_frame_begin(&writer);
    writer_bytes_put(&writer, bytes_from_text("value"));
    control_frame_end(&writer, key);
    CU_ASSERT_EQUAL(control_frame_open(writer_bytes(&writer), key, &bytes),
                    DALV_OK);
    CU_ASSERT(bytes_equal(bytes, bytes_from_text("value")));
    CU_ASSERT_EQUAL(control_frame_open(writer_bytes(&writer),
                                       bytes_from_text("page/2"), &bytes),
                    DALV_DAMAGED);
    for (size_t bit = 0; bit < writer.size * 8; bit++) {
        memory[bit / 8] ^= (uint8_t)(1u << bit % 8);
        CU_ASSERT_EQUAL(control_frame_open(writer_bytes(&writer), key, &bytes),
                        DALV_DAMAGED);
        memory[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    CU_ASSERT_EQUAL(control_frame_open(bytes_make(memory, 3), key, &bytes),
                    DALV_DAMAGED);
}

static void keeps_what_operators_asked(void)
{
    struct operator_request request = {.id = 300,
                                       .verb = OPERATOR_EMPTY,
                                       .state = OPERATOR_RUNNING,
                                       .node = 4,
                                       .left = 10,
                                       .total = 20,
                                       .text = "why"};
    uint8_t memory[OPERATOR_REQUEST_BYTES_MAX];
    struct operator_request again;
    struct writer writer;

    writer_init(&writer, memory, sizeof(memory));
    CU_ASSERT_EQUAL(operator_request_encode(&request, &writer), DALV_OK);
    CU_ASSERT(bytes_equal(
        writer_bytes(&writer),
        bytes_make("\x01\x02\x02\xac\x02\x04\x00\x0a\x14\x03why", 13)));
    CU_ASSERT_EQUAL(operator_request_decode(writer_bytes(&writer), &again),
                    DALV_OK);
    CU_ASSERT_EQUAL(again.left, 10);
    CU_ASSERT_STRING_EQUAL(again.text, "why");
    memory[1] = 5;
    CU_ASSERT_EQUAL(operator_request_decode(writer_bytes(&writer), &again),
                    DALV_PROTOCOL);
    memory[0] = 2;
    CU_ASSERT_EQUAL(operator_request_decode(writer_bytes(&writer), &again),
                    DALV_UNSUPPORTED);
}

static const struct suite_test tests[] = {
    SUITE_TEST(names_every_key),
    SUITE_TEST(reads_numbers_of_its_own_form_only),
    SUITE_TEST(notices_a_flipped_bit_and_another_place),
    SUITE_TEST(keeps_what_operators_asked),
};

int main(void)
{
    return SUITE_RUN("control/control_layout", tests);
}
