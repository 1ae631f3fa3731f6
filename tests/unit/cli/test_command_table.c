/*
 * The table of commands is complete: whoever adds a row has written what help,
 * the man page and completion need.
 */
#include "cli/command_man.h"
#include "cli/command_table.h"
#include "cli/completion.h"
#include "cli/help.h"
#include "tests/support/suite.h"

#include <CUnit/CUnit.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* What a function printed; the test frees the text. */
struct printed {
    char *text;
    size_t size;
    FILE *file;
};

static void begin(struct printed *printed)
{
    printed->file = open_memstream(&printed->text, &printed->size);
    CU_ASSERT_PTR_NOT_NULL_FATAL(printed->file);
}

static const char *end(struct printed *printed)
{
    (void)fclose(printed->file);
    return printed->text;
}

typedef void row_check(const struct command *command);

static void for_each(row_check *check)
{
    for (size_t i = 0; i < command_table_family_count(); i++) {
        const struct command_family *family = command_table_family(i);

        for (size_t j = 0; j < family->count; j++)
            check(&family->commands[j]);
    }
}

static void check_row(const struct command *command)
{
    size_t size = strlen(command->summary);

    CU_ASSERT_TRUE(size > 10 && size <= 61);
    CU_ASSERT_NOT_EQUAL(command->summary[size - 1], '.');
    CU_ASSERT_TRUE(command->summary[0] >= 'A' && command->summary[0] <= 'Z');
    CU_ASSERT_PTR_NOT_NULL(command->operands);
    CU_ASSERT_PTR_NOT_NULL(command->run);
    CU_ASSERT_TRUE(command->operand_min <= command->operand_max);
    CU_ASSERT_TRUE(command->option_count <= COMMAND_OPTIONS_MAX);
    CU_ASSERT_EQUAL(command->operand_max == 0, command->operands[0] == '\0');
    for (size_t i = 0; i < command->option_count; i++)
        CU_ASSERT_TRUE(strlen(command->options[i].help) > 3);
}

static void every_row_is_filled_in(void)
{
    for_each(check_row);
}

static void check_found(const struct command *command)
{
    char word[64];
    size_t size = strcspn(command->name, " ");

    CU_ASSERT_PTR_EQUAL(command_table_find(command->name), command);
    (void)snprintf(word, sizeof(word), "%.*s", (int)size, command->name);
    CU_ASSERT_EQUAL(command_table_is_prefix(word), command->name[size] == ' ');
}

static void every_name_finds_its_row(void)
{
    for_each(check_found);
    CU_ASSERT_PTR_NULL(command_table_find("nothing"));
}

static void check_help(const struct command *command)
{
    struct printed printed;
    const char *text;

    begin(&printed);
    help_print_command(command, printed.file);
    text = end(&printed);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, command->name));
    for (size_t i = 0; i < command->option_count; i++)
        CU_ASSERT_PTR_NOT_NULL(strstr(text, command->options[i].name));
    free(printed.text);
}

static bool has_long_line(const char *text)
{
    while (*text != '\0') {
        size_t size = strcspn(text, "\n");

        if (size > 80)
            return true;
        text += size + (text[size] == '\n');
    }
    return false;
}

static void every_command_has_help(void)
{
    struct printed printed;

    for_each(check_help);
    begin(&printed);
    help_print_program(printed.file);
    CU_ASSERT_FALSE(has_long_line(end(&printed)));
    free(printed.text);
}

static void check_man(const struct command *command)
{
    struct printed printed;
    const char *text;

    begin(&printed);
    command_man_print(command, printed.file);
    text = end(&printed);
    CU_ASSERT_EQUAL(strncmp(text, ".TH DALV-", 9), 0);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, ".SH NAME\n"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, ".SH SYNOPSIS\n"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, ".SH EXIT STATUS\n"));
    free(printed.text);
}

static void every_command_has_a_man_page(void)
{
    for_each(check_man);
}

/* In a script that completes, each name stands somewhere, and each option. */
static const char *script;

static void check_completed(const struct command *command)
{
    const char *last = strrchr(command->name, ' ');

    CU_ASSERT_PTR_NOT_NULL(
        strstr(script, last == NULL ? command->name : last + 1));
    for (size_t i = 0; i < command->option_count; i++) {
        char option[64];

        (void)snprintf(option, sizeof(option), "--%s",
                       command->options[i].name);
        CU_ASSERT_PTR_NOT_NULL(strstr(script, option));
    }
}

static void every_command_is_completed(void)
{
    struct printed printed;

    begin(&printed);
    completion_print_bash(printed.file);
    script = end(&printed);
    for_each(check_completed);
    free(printed.text);
    begin(&printed);
    completion_print_zsh(printed.file);
    script = end(&printed);
    for_each(check_completed);
    free(printed.text);
}

static const struct suite_test tests[] = {
    SUITE_TEST(every_row_is_filled_in),
    SUITE_TEST(every_name_finds_its_row),
    SUITE_TEST(every_command_has_help),
    SUITE_TEST(every_command_has_a_man_page),
    SUITE_TEST(every_command_is_completed),
};

int main(void)
{
    return SUITE_RUN("cli/command_table", tests);
}
