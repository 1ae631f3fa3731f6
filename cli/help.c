#include "cli/help.h"

#include "cli/command_table.h"

#include <string.h>

enum {
    COLUMNS = 80,
    NAME_COLUMNS = 22,
    OPTION_COLUMNS = 26
};

/* Words of `text` from column `indent` on, lines broken before COLUMNS. */
static void print_wrapped(FILE *out, const char *text, int indent)
{
    int column = indent;

    while (*text != '\0') {
        size_t size = strcspn(text, " \n");

        if (column > indent && column + 1 + (int)size >= COLUMNS) {
            (void)fprintf(out, "\n%*s", indent, "");
            column = indent;
        }
        if (column > indent) {
            (void)fputc(' ', out);
            column++;
        }
        (void)fwrite(text, 1, size, out);
        column += (int)size;
        text += size;
        text += strspn(text, " \n");
    }
    (void)fputc('\n', out);
}

static void print_option(FILE *out, const struct command_option *option)
{
    char name[64];
    int size;

    size = snprintf(name, sizeof(name), "  %s%c%s--%s%s%s",
                    option->letter == 0 ? "  " : "-",
                    option->letter == 0 ? ' ' : option->letter,
                    option->letter == 0 ? " " : ", ", option->name,
                    option->value == NULL ? "" : " ",
                    option->value == NULL ? "" : option->value);
    (void)fprintf(out, "%-*s", OPTION_COLUMNS, name);
    if (size >= OPTION_COLUMNS)
        (void)fprintf(out, "\n%*s", OPTION_COLUMNS, "");
    print_wrapped(out, option->help, OPTION_COLUMNS);
}

static void print_globals(FILE *out)
{
    (void)fprintf(out, "\nEverywhere:\n");
    for (size_t i = 0; i < command_table_global_count; i++)
        print_option(out, &command_table_globals[i]);
}

static void print_summary(FILE *out, const struct command *command)
{
    (void)fprintf(out, "  %-*s", NAME_COLUMNS - 2, command->name);
    print_wrapped(out, command->summary, NAME_COLUMNS);
}

static void print_family(FILE *out, const struct command_family *family)
{
    (void)fprintf(out, "\n%s:\n", family->title);
    for (size_t i = 0; i < family->count; i++)
        print_summary(out, &family->commands[i]);
}

static void print_members(FILE *out, const struct command_family *family,
                          const char *group)
{
    size_t size = strlen(group);

    for (size_t i = 0; i < family->count; i++) {
        const char *name = family->commands[i].name;

        if (strncmp(name, group, size) == 0 && name[size] == ' ')
            print_summary(out, &family->commands[i]);
    }
}

void help_print_group(const char *group, FILE *out)
{
    (void)fprintf(out, "Usage: dalv %s COMMAND ...\n\n", group);
    for (size_t i = 0; i < command_table_family_count(); i++)
        print_members(out, command_table_family(i), group);
    print_globals(out);
    (void)fprintf(out, "\n'dalv %s COMMAND --help' says more about one.\n",
                  group);
}

void help_print_program(FILE *out)
{
    (void)fprintf(out, "Usage: dalv [--profile FILE] [--json] COMMAND ...\n\n"
                       "Users' data, with every device a replica.\n");
    for (size_t i = 0; i < command_table_family_count(); i++)
        print_family(out, command_table_family(i));
    print_globals(out);
    (void)fprintf(out, "\n'dalv COMMAND --help' says more about one.\n");
}

static void print_paragraphs(FILE *out, const char *text)
{
    while (*text != '\0') {
        const char *end = strstr(text, "\n\n");
        size_t size = end == NULL ? strlen(text) : (size_t)(end - text);
        char paragraph[2048];

        (void)snprintf(paragraph, sizeof(paragraph), "%.*s", (int)size, text);
        (void)fputc('\n', out);
        print_wrapped(out, paragraph, 0);
        text += size;
        text += strspn(text, "\n");
    }
}

void help_print_command(const struct command *command, FILE *out)
{
    (void)fprintf(out, "Usage: dalv %s%s%s%s\n\n", command->name,
                  command->operands[0] == '\0' ? "" : " ", command->operands,
                  command->option_count == 0 ? "" : " [OPTIONS]");
    (void)fprintf(out, "%s.\n", command->summary);
    if (command->details != NULL)
        print_paragraphs(out, command->details);
    if (command->option_count > 0)
        (void)fprintf(out, "\nOptions:\n");
    for (size_t i = 0; i < command->option_count; i++)
        print_option(out, &command->options[i]);
    print_globals(out);
}
