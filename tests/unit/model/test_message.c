#include "model/message.h"

#include "tests/support/suite.h"

#include <CUnit/CUnit.h>

static void names_messages_as_the_protocol_does(void)
{
    CU_ASSERT_STRING_EQUAL(message_type_name(MESSAGE_HELLO), "HELLO");
    CU_ASSERT_STRING_EQUAL(message_type_name(MESSAGE_LIST_CONFLICTS),
                           "LIST_CONFLICTS");
    CU_ASSERT_STRING_EQUAL(message_type_name(MESSAGE_DEVICE_OPENED),
                           "DEVICE_OPENED");
}

static void names_what_it_does_not_know(void)
{
    CU_ASSERT_STRING_EQUAL(message_type_name((enum message_type)0), "UNKNOWN");
    CU_ASSERT_STRING_EQUAL(message_type_name((enum message_type)255),
                           "UNKNOWN");
}

int main(void)
{
    static const struct suite_test tests[] = {
        SUITE_TEST(names_messages_as_the_protocol_does),
        SUITE_TEST(names_what_it_does_not_know),
    };

    return SUITE_RUN("model/message", tests);
}
