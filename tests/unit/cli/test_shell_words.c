/*
 * Lines as people type them, and what they are taken for.
 */
#include "cli/shell_words.h"

#include "tests/support/suite.h"

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <string.h>

static char typed[256];

static struct shell_line parse(const char *text)
{
    (void)snprintf(typed, sizeof(typed), "%s", text);
    return shell_words_parse(typed);
}

static void expect(const char *text, enum shell_verb verb, const char *key,
                   const char *value)
{
    struct shell_line line = parse(text);

    CU_ASSERT_EQUAL(line.verb, verb);
    CU_ASSERT_EQUAL(line.key == NULL, key == NULL);
    CU_ASSERT_EQUAL(line.value == NULL, value == NULL);
    if (line.key != NULL && key != NULL)
        CU_ASSERT_STRING_EQUAL(line.key, key);
    if (line.value != NULL && value != NULL)
        CU_ASSERT_STRING_EQUAL(line.value, value);
}

static void knows_the_words_of_small_stores(void)
{
    expect("SET k v", SHELL_SET, "k", "v");
    expect("PUT k v", SHELL_SET, "k", "v");
    expect("INSERT k v", SHELL_SET, "k", "v");
    expect("GET k", SHELL_GET, "k", NULL);
    expect("OUT k", SHELL_GET, "k", NULL);
    expect("SELECT k", SHELL_GET, "k", NULL);
    expect("DEL k", SHELL_DEL, "k", NULL);
    expect("REM k", SHELL_DEL, "k", NULL);
    expect("RM k", SHELL_DEL, "k", NULL);
    expect("ADD k v", SHELL_ADD, "k", "v");
}

static void does_not_care_for_case(void)
{
    expect("sEt k V", SHELL_SET, "k", "V");
    expect("list Add l x", SHELL_LIST_ADD, "l", "x");
    expect(".HELP", SHELL_HELP, NULL, NULL);
}

static void the_value_is_the_rest_of_the_line(void)
{
    expect("set name  Anna  B \r\n", SHELL_SET, "name", "Anna  B");
    expect("set \"a key\" a \"b\" c", SHELL_SET, "a key", "a \"b\" c");
    expect("set k \"  say \\\"hi\\\" \"", SHELL_SET, "k", "  say \"hi\" ");
}

static void tells_an_empty_line_from_a_word_it_does_not_know(void)
{
    expect("", SHELL_NOTHING, NULL, NULL);
    expect("  \n", SHELL_NOTHING, NULL, NULL);
    expect("burn k", SHELL_UNKNOWN, "k", NULL);
    expect("list burn", SHELL_UNKNOWN, NULL, NULL);
    expect("list", SHELL_UNKNOWN, NULL, NULL);
}

static const struct suite_test tests[] = {
    SUITE_TEST(knows_the_words_of_small_stores),
    SUITE_TEST(does_not_care_for_case),
    SUITE_TEST(the_value_is_the_rest_of_the_line),
    SUITE_TEST(tells_an_empty_line_from_a_word_it_does_not_know),
};

int main(void)
{
    return SUITE_RUN("cli/shell_words", tests);
}
