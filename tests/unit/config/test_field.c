#include "config/field.h"

#include "tests/support/suite.h"

#include <CUnit/CUnit.h>
#include <string.h>

static const char *const colours[] = {"red", "green", "blue", NULL};

struct sample {
    char name[9];
    uint64_t size_bytes;
    uint64_t wait_ms;
    uint32_t colour;
    uint32_t flags;
    struct address endpoint;
    struct field_texts files;
    struct field_rules rules;
};

#define FIELD(kind, member, least, most)                                       \
    {                                                                          \
        .path = #member, .type = (kind),                                       \
        .offset = offsetof(struct sample, member),                             \
        .size = sizeof(((struct sample *)NULL)->member), .min = (least),       \
        .max = (most), .choices = colours                                      \
    }

static const struct field name_field = FIELD(FIELD_TEXT, name, 1, 8);
static const struct field size_field = FIELD(FIELD_SIZE, size_bytes, 16, 4096);
static const struct field wait_field =
    FIELD(FIELD_DURATION, wait_ms, 100, 60000);
static const struct field colour_field = FIELD(FIELD_CHOICE, colour, 0, 0);
static const struct field flags_field = FIELD(FIELD_FLAGS, flags, 0, 0);
static const struct field endpoint_field = FIELD(FIELD_ADDRESS, endpoint, 0, 0);
static const struct field files_field = FIELD(FIELD_TEXTS, files, 1, 511);
static const struct field rules_field = FIELD(FIELD_RULES, rules, 0, 0);

static struct sample sample;
static char reason_storage[256];
static char value_storage[4096];

static void begin(void)
{
    memset(&sample, 0, sizeof(sample));
}

/* "" if the value was taken, else why not. */
static const char *assign(const struct field *field, const char *value)
{
    struct text reason;

    text_init(&reason, reason_storage, sizeof(reason_storage));
    return field_assign(field, bytes_from_text(value), &sample, &reason)
               ? ""
               : text_string(&reason);
}

static const char *assign_rule(const char *prefix, const char *value)
{
    struct text reason;

    text_init(&reason, reason_storage, sizeof(reason_storage));
    return field_assign_rule(&rules_field, bytes_from_text(prefix),
                             bytes_from_text(value), &sample, &reason)
               ? ""
               : text_string(&reason);
}

static const char *value_of(const struct field *field)
{
    struct text text;

    text_init(&text, value_storage, sizeof(value_storage));
    field_format(field, &sample, &text);
    return text_string(&text);
}

static void takes_what_is_within_its_bounds(void)
{
    begin();
    CU_ASSERT_STRING_EQUAL(assign(&size_field, "16"), "");
    CU_ASSERT_EQUAL(sample.size_bytes, 16);
    CU_ASSERT_STRING_EQUAL(assign(&size_field, "4KiB"), "");
    CU_ASSERT_EQUAL(sample.size_bytes, 4096);
    CU_ASSERT_STRING_EQUAL(assign(&name_field, "12345678"), "");
    CU_ASSERT_STRING_EQUAL(sample.name, "12345678");
}

static void says_its_bounds_where_it_refuses(void)
{
    begin();
    CU_ASSERT_STRING_EQUAL(assign(&size_field, "4097"),
                           "must be a size from 16 to 4KiB; it is \"4097\"");
    CU_ASSERT_STRING_EQUAL(assign(&wait_field, "1h"),
                           "must be a duration from 100ms to 1m; it is \"1h\"");
    CU_ASSERT_STRING_EQUAL(assign(&name_field, "123456789"),
                           "must be a text without control characters, of a "
                           "length from 1 to 8; it is \"123456789\"");
    CU_ASSERT_STRING_EQUAL(assign(&colour_field, "pink"),
                           "must be one of: red, green, blue; it is \"pink\"");
    CU_ASSERT_EQUAL(sample.size_bytes, 0);
}

static void shows_no_control_characters_and_no_end_of_a_long_value(void)
{
    const char *said;

    begin();
    said = assign(&size_field, "\033[2J");
    CU_ASSERT_PTR_NOT_NULL(strstr(said, "\"\\x1b[2J\""));
    said = assign(&size_field, "0123456789012345678901234567890123456789"
                               "0123456789012345678901234567890123456789");
    CU_ASSERT_PTR_NOT_NULL(strstr(said, "\"01234567890123456789012345678901234"
                                        "56789012345678901234567890123\""));
}

static void leaves_no_rest_of_a_longer_text(void)
{
    static const char expected[9] = "ab";

    begin();
    CU_ASSERT_STRING_EQUAL(assign(&name_field, "12345678"), "");
    CU_ASSERT_STRING_EQUAL(assign(&name_field, "ab"), "");
    CU_ASSERT_EQUAL(memcmp(sample.name, expected, sizeof(expected)), 0);
}

static void refuses_text_that_is_no_text(void)
{
    begin();
    CU_ASSERT_STRING_NOT_EQUAL(assign(&name_field, "\xff"), "");
    CU_ASSERT_STRING_NOT_EQUAL(assign(&name_field, "a\nb"), "");
    CU_ASSERT_STRING_NOT_EQUAL(assign(&name_field, "a\177"), "");
    CU_ASSERT_STRING_NOT_EQUAL(assign(&name_field, ""), "");
}

static void takes_auto_for_an_endpoint(void)
{
    begin();
    CU_ASSERT_STRING_EQUAL(assign(&endpoint_field, "[::1]:99"), "");
    CU_ASSERT_STRING_EQUAL(value_of(&endpoint_field), "\"[::1]:99\"");
    CU_ASSERT_STRING_EQUAL(assign(&endpoint_field, "auto"), "");
    CU_ASSERT_FALSE(address_is_set(&sample.endpoint));
    CU_ASSERT_STRING_EQUAL(value_of(&endpoint_field), "\"auto\"");
}

static void collects_flags(void)
{
    begin();
    CU_ASSERT_STRING_EQUAL(value_of(&flags_field), "[]");
    CU_ASSERT_STRING_EQUAL(assign(&flags_field, "blue"), "");
    CU_ASSERT_STRING_EQUAL(assign(&flags_field, "red"), "");
    CU_ASSERT_EQUAL(sample.flags, 5);
    CU_ASSERT_STRING_EQUAL(value_of(&flags_field), "[red, blue]");
    field_clear(&flags_field, &sample);
    CU_ASSERT_EQUAL(sample.flags, 0);
}

static void holds_four_items_of_a_list(void)
{
    begin();
    CU_ASSERT_STRING_EQUAL(assign(&files_field, "a"), "");
    CU_ASSERT_STRING_EQUAL(assign(&files_field, "b\"\\"), "");
    CU_ASSERT_STRING_EQUAL(value_of(&files_field), "[\"a\", \"b\\\"\\\\\"]");
    CU_ASSERT_STRING_EQUAL(assign(&files_field, "c"), "");
    CU_ASSERT_STRING_EQUAL(assign(&files_field, "d"), "");
    CU_ASSERT_STRING_EQUAL(assign(&files_field, "e"),
                           "has too many items; the most are 4");
    CU_ASSERT_EQUAL(sample.files.count, 4);
}

static void keeps_rules_by_their_prefix(void)
{
    begin();
    CU_ASSERT_STRING_EQUAL(assign_rule("", "green"), "");
    CU_ASSERT_STRING_EQUAL(assign_rule("a/", "blue"), "");
    CU_ASSERT_STRING_EQUAL(value_of(&rules_field),
                           "{\"\": green, \"a/\": blue}");
    CU_ASSERT_STRING_EQUAL(assign_rule("a/", "red"), "names a prefix twice");
    CU_ASSERT_STRING_EQUAL(assign_rule("\n", "red"),
                           "has a prefix with control characters");
    CU_ASSERT_STRING_NOT_EQUAL(assign_rule("b/", "pink"), "");
    CU_ASSERT_EQUAL(sample.rules.count, 2);
}

static void bounds_prefixes_and_their_number(void)
{
    char prefix[FIELD_PREFIX_MAX + 2] = {0};

    begin();
    memset(prefix, 'a', FIELD_PREFIX_MAX + 1);
    CU_ASSERT_STRING_EQUAL(assign_rule(prefix, "red"),
                           "has a prefix of more than 64 bytes");
    prefix[FIELD_PREFIX_MAX] = '\0';
    for (size_t i = 0; i < FIELD_RULES_MAX; i++) {
        prefix[0] = (char)('A' + i);
        CU_ASSERT_STRING_EQUAL(assign_rule(prefix, "red"), "");
    }
    CU_ASSERT_STRING_EQUAL(assign_rule("more", "red"),
                           "has more than 32 prefixes");
}

static void matches_the_longest_prefix(void)
{
    begin();
    CU_ASSERT_EQUAL(field_rules_match(&sample.rules, bytes_from_text("a/b"), 2),
                    2);
    CU_ASSERT_STRING_EQUAL(assign_rule("a/b/", "blue"), "");
    CU_ASSERT_STRING_EQUAL(assign_rule("a/", "green"), "");
    CU_ASSERT_EQUAL(
        field_rules_match(&sample.rules, bytes_from_text("a/b/c"), 0), 2);
    CU_ASSERT_EQUAL(field_rules_match(&sample.rules, bytes_from_text("a/c"), 0),
                    1);
    CU_ASSERT_EQUAL(field_rules_match(&sample.rules, bytes_from_text("b"), 0),
                    0);
}

static void compares_and_copies_by_value(void)
{
    struct sample other;

    begin();
    CU_ASSERT_STRING_EQUAL(assign_rule("a/", "green"), "");
    memset(&other, 0, sizeof(other));
    CU_ASSERT_FALSE(field_is_equal(&rules_field, &sample, &other));
    field_copy(&rules_field, &other, &sample);
    CU_ASSERT_TRUE(field_is_equal(&rules_field, &sample, &other));
    CU_ASSERT_TRUE(field_is_equal(&name_field, &sample, &other));
}

static const struct suite_test tests[] = {
    SUITE_TEST(takes_what_is_within_its_bounds),
    SUITE_TEST(says_its_bounds_where_it_refuses),
    SUITE_TEST(shows_no_control_characters_and_no_end_of_a_long_value),
    SUITE_TEST(leaves_no_rest_of_a_longer_text),
    SUITE_TEST(refuses_text_that_is_no_text),
    SUITE_TEST(takes_auto_for_an_endpoint),
    SUITE_TEST(collects_flags),
    SUITE_TEST(holds_four_items_of_a_list),
    SUITE_TEST(keeps_rules_by_their_prefix),
    SUITE_TEST(bounds_prefixes_and_their_number),
    SUITE_TEST(matches_the_longest_prefix),
    SUITE_TEST(compares_and_copies_by_value),
};

int main(void)
{
    return SUITE_RUN("config/field", tests);
}
