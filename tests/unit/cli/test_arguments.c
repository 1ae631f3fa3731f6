/*
 * Command lines as people type them, and what is made of them.
 */
#include "cli/arguments.h"

#include "cli/duration.h"

#include "tests/support/suite.h"

#include <CUnit/CUnit.h>
#include <stdlib.h>
#include <string.h>

struct story {
    struct invocation invocation;
    const char *words[16];
    const char *operands[16];
    char line[2048];
    char *said;
    size_t said_size;
};

/* Words are separated by single spaces. */
static bool parse(struct story *story, const char *line)
{
    int count = 0;
    char *rest = story->line;
    bool is_parsed;

    memset(story, 0, sizeof(*story));
    (void)snprintf(story->line, sizeof(story->line), "%s", line);
    while (*rest != '\0') {
        story->words[count++] = rest;
        rest += strcspn(rest, " ");
        if (*rest == ' ')
            *rest++ = '\0';
    }
    story->invocation.err = open_memstream(&story->said, &story->said_size);
    CU_ASSERT_PTR_NOT_NULL_FATAL(story->invocation.err);
    is_parsed = arguments_parse(count, story->words, story->operands,
                                &story->invocation);
    (void)fclose(story->invocation.err);
    return is_parsed;
}

static void end(struct story *story)
{
    free(story->said);
}

static void expect_fault(const char *line, const char *said)
{
    struct story story;

    CU_ASSERT_FALSE(parse(&story, line));
    CU_ASSERT_PTR_NOT_NULL(strstr(story.said, said));
    end(&story);
}

static void finds_command_operands_and_options(void)
{
    struct story story;

    CU_ASSERT_TRUE(parse(&story, "put anna k v --ttl 30s --if-absent"));
    CU_ASSERT_STRING_EQUAL(story.invocation.command->name, "put");
    CU_ASSERT_EQUAL(story.invocation.operand_count, 3);
    CU_ASSERT_STRING_EQUAL(story.invocation.operands[2], "v");
    CU_ASSERT_STRING_EQUAL(invocation_option(&story.invocation, "ttl"), "30s");
    CU_ASSERT_TRUE(invocation_has(&story.invocation, "if-absent"));
    CU_ASSERT_FALSE(invocation_has(&story.invocation, "flags"));
    end(&story);
}

static void takes_a_command_of_two_words(void)
{
    struct story story;

    CU_ASSERT_TRUE(parse(&story, "list add anna k a b c"));
    CU_ASSERT_STRING_EQUAL(story.invocation.command->name, "list add");
    CU_ASSERT_EQUAL(story.invocation.operand_count, 5);
    end(&story);
}

static void takes_global_options_before_and_behind(void)
{
    struct story story;

    CU_ASSERT_TRUE(parse(&story, "--profile p.yaml get --json anna k"));
    CU_ASSERT_STRING_EQUAL(story.invocation.profile_path, "p.yaml");
    CU_ASSERT_TRUE(story.invocation.is_json);
    CU_ASSERT_EQUAL(story.invocation.operand_count, 2);
    end(&story);
}

static void takes_values_behind_an_equals_sign_and_letters(void)
{
    struct story story;

    CU_ASSERT_TRUE(parse(&story, "scan anna --limit=3 -p cart/"));
    CU_ASSERT_STRING_EQUAL(invocation_option(&story.invocation, "limit"), "3");
    CU_ASSERT_STRING_EQUAL(invocation_option(&story.invocation, "prefix"),
                           "cart/");
    end(&story);
}

/* A key in Z85 may begin with a dash, and with two. */
static void an_options_value_may_begin_with_a_dash(void)
{
    static const char *const lines[] = {
        "node drain d --store -S1b --timeout --json",
        "node drain d --store=-S1b --timeout=--json",
        "node drain d --store=-S1b --timeout --json",
    };

    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        struct story story;

        CU_ASSERT_TRUE_FATAL(parse(&story, lines[i]));
        CU_ASSERT_STRING_EQUAL(invocation_option(&story.invocation, "store"),
                               "-S1b");
        CU_ASSERT_STRING_EQUAL(invocation_option(&story.invocation, "timeout"),
                               "--json");
        CU_ASSERT_FALSE(story.invocation.is_json);
        end(&story);
    }
}

static void a_negative_number_is_an_operand(void)
{
    struct story story;

    CU_ASSERT_TRUE(parse(&story, "incr anna n -5"));
    CU_ASSERT_STRING_EQUAL(story.invocation.operands[2], "-5");
    end(&story);
}

static void two_dashes_end_the_options(void)
{
    struct story story;

    CU_ASSERT_TRUE(parse(&story, "put -- anna --key -"));
    CU_ASSERT_STRING_EQUAL(story.invocation.operands[1], "--key");
    CU_ASSERT_STRING_EQUAL(story.invocation.operands[2], "-");
    end(&story);
}

static void help_needs_no_operands(void)
{
    struct story story;

    CU_ASSERT_TRUE(parse(&story, "get --help"));
    CU_ASSERT_TRUE(story.invocation.is_help);
    end(&story);
}

static void says_what_is_wrong_and_how_it_is_called(void)
{
    expect_fault("fetch anna", "there is no command \"fetch\"");
    expect_fault("list", "\"list\" needs one of its commands");
    expect_fault("list burn", "\"list\" has no command \"burn\"");
    expect_fault("get anna", "Usage: dalv get USER KEY");
    expect_fault("get anna k more", "\"more\" is too much");
    expect_fault("get anna k --ttl 3s", "there is no option --ttl");
    expect_fault("put a k v --ttl", "--ttl needs a value: DURATION");
    expect_fault("put a k v --if-absent=yes", "--if-absent takes no value");
    expect_fault("put a k v --ttl 1s --ttl 2s", "--ttl is given twice");
    expect_fault("--json", "no command is named");
}

static void tells_what_no_user_and_no_key_can_be(void)
{
    struct story story;
    char line[2048];

    expect_fault("get \xff k", "USER is 1 to 255 bytes of UTF-8");
    expect_fault("put anna  v", "KEY is 1 to 1024 bytes");
    (void)snprintf(line, sizeof(line), "get %0256d k", 7);
    expect_fault(line, "USER is 1 to 255 bytes");
    (void)snprintf(line, sizeof(line), "device list phone add %01025d x", 7);
    expect_fault(line, "KEY is 1 to 1024 bytes");
    (void)snprintf(line, sizeof(line), "get %0255d %01024d", 7, 7);
    CU_ASSERT_TRUE(parse(&story, line));
    end(&story);
}

static void a_group_has_help_and_takes_options_before_its_command(void)
{
    struct story story;

    CU_ASSERT_TRUE(parse(&story, "list --help"));
    CU_ASSERT_TRUE(story.invocation.is_help);
    CU_ASSERT_STRING_EQUAL(story.invocation.group, "list");
    end(&story);
    CU_ASSERT_TRUE(parse(&story, "list --json get anna k"));
    CU_ASSERT_STRING_EQUAL(story.invocation.command->name, "list get");
    CU_ASSERT_EQUAL(story.invocation.operand_count, 2);
    end(&story);
}

static void a_duration_is_never_nothing(void)
{
    uint64_t ms = 7;

    CU_ASSERT_TRUE(duration_parse("1ms", &ms));
    CU_ASSERT_EQUAL(ms, 1);
    CU_ASSERT_FALSE(duration_parse("0s", &ms));
    CU_ASSERT_FALSE(duration_parse("-5s", &ms));
    CU_ASSERT_FALSE(duration_parse("99999999999999999999d", &ms));
}

static const struct suite_test tests[] = {
    SUITE_TEST(finds_command_operands_and_options),
    SUITE_TEST(takes_a_command_of_two_words),
    SUITE_TEST(takes_global_options_before_and_behind),
    SUITE_TEST(takes_values_behind_an_equals_sign_and_letters),
    SUITE_TEST(an_options_value_may_begin_with_a_dash),
    SUITE_TEST(a_negative_number_is_an_operand),
    SUITE_TEST(two_dashes_end_the_options),
    SUITE_TEST(help_needs_no_operands),
    SUITE_TEST(says_what_is_wrong_and_how_it_is_called),
    SUITE_TEST(tells_what_no_user_and_no_key_can_be),
    SUITE_TEST(a_group_has_help_and_takes_options_before_its_command),
    SUITE_TEST(a_duration_is_never_nothing),
};

int main(void)
{
    return SUITE_RUN("cli/arguments", tests);
}
