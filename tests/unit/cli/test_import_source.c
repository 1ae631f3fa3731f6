/*
 * Files to import, and the transactions that they become: user, first and last
 * line, and how many operations: "anna 2-4 3". What is not used: "! LINE why".
 */
#include "cli/import_source.h"

#include "base/text.h"
#include "tests/support/suite.h"

#include <CUnit/CUnit.h>
#include <string.h>

static char shown[1024];

static void show(struct text *text, const struct import_item *item)
{
    if (item->is_expired) {
        text_put(text, "expired\n");
        return;
    }
    text_put_bytes(text, buffer_bytes(&item->user));
    text_put_char(text, ' ');
    text_put_u64(text, item->line);
    text_put_char(text, '-');
    text_put_u64(text, item->line_last);
    text_put_char(text, ' ');
    text_put_u64(text, dalv_transaction_count(item->transaction));
    text_put_char(text, '\n');
}

static void show_fault(struct text *text, const struct import_source *source)
{
    text_put(text, "! ");
    text_put_u64(text, import_source_line(source));
    text_put_char(text, ' ');
    text_put(text, import_source_reason(source));
    text_put_char(text, '\n');
}

static const char *import(const char *content,
                          const struct import_mapping *mapping,
                          const char *user)
{
    FILE *file = tmpfile();
    struct import_source *source = NULL;
    struct import_item item;
    struct text text;
    enum dalv_status status;

    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    (void)fputs(content, file);
    rewind(file);
    CU_ASSERT_EQUAL_FATAL(import_source_open(file, mapping, user, &source),
                          DALV_OK);
    text_init(&text, shown, sizeof(shown));
    import_item_init(&item);
    while ((status = import_source_next(source, &item)) != DALV_NOT_FOUND) {
        if (status == DALV_OK)
            show(&text, &item);
        else
            show_fault(&text, source);
        if (status != DALV_OK && status != DALV_INVALID)
            break;
    }
    import_item_deinit(&item);
    import_source_close(&source);
    (void)fclose(file);
    return text_string(&text);
}

static const char *import_orders(const char *content,
                                 enum import_grouping grouping)
{
    const struct import_mapping mapping = {
        .user_column = "Customer",
        .key_template = "sys/orders/{Invoice}",
        .grouping = grouping,
        .separator = ',',
    };

    return import(content, &mapping, NULL);
}

static void reads_what_export_writes(void)
{
    CU_ASSERT_STRING_EQUAL(
        import("{\"user\":\"anna\",\"key\":\"a\",\"value\":\"x\"}\n"
               "\n"
               "{\"user\":\"bert\",\"key\":\"l\",\"kind\":\"list\","
               "\"elements\":[\"a\",{\"base64\":\"//8=\"}]}\n"
               "{\"user\":\"anna\",\"key\":\"n\",\"kind\":\"counter\","
               "\"number\":-3}\n"
               "{\"user\":\"anna\",\"key_base64\":\"//8=\","
               "\"value_base64\":\"AAE=\",\"flags\":7}\n",
               NULL, NULL),
        "anna 1-1 1\nbert 3-3 3\nanna 4-4 2\nanna 5-5 1\n");
}

static void says_why_a_line_cannot_be_used(void)
{
    CU_ASSERT_STRING_EQUAL(
        import("{\"key\":\"a\",\"value\":\"x\"}\n"
               "{\"user\":\"anna\",\"key\":\"\",\"value\":\"x\"}\n"
               "{\"user\":\"anna\",\"key\":\"a\",\"kind\":\"tree\"}\n"
               "[1]\n"
               "{\"user\":\"anna\",\"key\":\"a\",\"value\":\"good\"}\n",
               NULL, NULL),
        "! 1 \"user\" is missing or no string\n"
        "! 2 invalid argument\n"
        "! 3 \"kind\" is none of register, list, counter\n"
        "! 4 the line is no JSON object\n"
        "anna 5-5 1\n");
}

static void a_value_whose_time_is_over_is_not_sent(void)
{
    CU_ASSERT_STRING_EQUAL(import("{\"user\":\"anna\",\"key\":\"a\","
                                  "\"value\":\"x\",\"expiry_us\":5}\n",
                                  NULL, NULL),
                           "expired\n");
}

static void a_named_user_takes_the_place_of_the_one_in_the_file(void)
{
    CU_ASSERT_STRING_EQUAL(
        import("{\"key\":\"a\",\"value\":\"x\"}\n", NULL, "carla"),
        "carla 1-1 1\n");
}

/* A thousand operations a transaction, the first of which is the DEL. The line
   is done with the last of them. */
static void a_long_list_takes_several_transactions(void)
{
    static char line[65536];
    size_t size = (size_t)snprintf(line, sizeof(line),
                                   "{\"user\":\"anna\",\"key\":\"l\","
                                   "\"kind\":\"list\",\"elements\":[\"0\"");

    for (int i = 1; i < 2500; i++)
        size +=
            (size_t)snprintf(line + size, sizeof(line) - size, ",\"%d\"", i);
    (void)snprintf(line + size, sizeof(line) - size, "]}\n");
    CU_ASSERT_STRING_EQUAL(import(line, NULL, NULL),
                           "anna 1-0 1000\nanna 1-0 1000\nanna 1-1 501\n");
}

static const char orders[] = "Invoice,Item,Customer\n"
                             "1,pen,anna\n"
                             "1,\"ink, blue\",anna\n"
                             "2,pen,bert\n"
                             "3,cup,\n"
                             "2,mug,bert\n"
                             "4,cup\n"
                             "5,tea,anna\n";

static void each_record_is_a_value(void)
{
    CU_ASSERT_STRING_EQUAL(import_orders(orders, IMPORT_EACH),
                           "anna 2-2 1\n"
                           "anna 3-3 1\n"
                           "! 5 no user: the column Customer is empty\n"
                           "bert 4-4 1\n"
                           "! 7 2 fields instead of 3\n"
                           "bert 6-6 1\n"
                           "anna 8-8 1\n");
}

/* A line that is not used does not end the group around it. */
static void records_of_one_key_are_one_value(void)
{
    CU_ASSERT_STRING_EQUAL(import_orders(orders, IMPORT_GROUP),
                           "anna 2-3 1\n"
                           "! 5 no user: the column Customer is empty\n"
                           "! 7 2 fields instead of 3\n"
                           "bert 4-6 1\n"
                           "anna 8-8 1\n");
}

static void records_are_elements_of_a_list(void)
{
    CU_ASSERT_STRING_EQUAL(import_orders(orders, IMPORT_LIST),
                           "anna 2-3 2\n"
                           "! 5 no user: the column Customer is empty\n"
                           "! 7 2 fields instead of 3\n"
                           "bert 4-6 2\n"
                           "anna 8-8 1\n");
}

/* Sending it would overwrite what the first part of the group holds. */
static void refuses_a_group_that_comes_again(void)
{
    CU_ASSERT_STRING_EQUAL(import_orders("Invoice,Customer\n"
                                         "1,anna\n"
                                         "2,anna\n"
                                         "1,anna\n",
                                         IMPORT_GROUP),
                           "anna 2-2 1\n"
                           "! 4 its group ended at an earlier line: sort the "
                           "file by the key\n"
                           "anna 3-3 1\n");
}

static void ends_when_a_column_is_missing(void)
{
    CU_ASSERT_STRING_EQUAL(
        import_orders("Invoice,Item\n1,pen\n", IMPORT_EACH),
        "! 1 there is no column of the name that --user-column gives\n");
}

static const struct suite_test tests[] = {
    SUITE_TEST(reads_what_export_writes),
    SUITE_TEST(says_why_a_line_cannot_be_used),
    SUITE_TEST(a_value_whose_time_is_over_is_not_sent),
    SUITE_TEST(a_named_user_takes_the_place_of_the_one_in_the_file),
    SUITE_TEST(a_long_list_takes_several_transactions),
    SUITE_TEST(each_record_is_a_value),
    SUITE_TEST(records_of_one_key_are_one_value),
    SUITE_TEST(records_are_elements_of_a_list),
    SUITE_TEST(refuses_a_group_that_comes_again),
    SUITE_TEST(ends_when_a_column_is_missing),
};

int main(void)
{
    return SUITE_RUN("cli/import_source", tests);
}
