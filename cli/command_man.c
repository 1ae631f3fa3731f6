#include "cli/command_man.h"

#include "base/man.h"
#include "cli/command_table.h"

#include <dalv/dalv.h>
#include <string.h>

enum {
    NAME_BYTES_MAX = 64,
    LINE_BYTES_MAX = 256,
    PATH_BYTES_MAX = 4096
};

/* "list add" -> "dalv-list-add". */
static void page_name(const struct command *command, char *name, size_t size)
{
    (void)snprintf(name, size, "dalv-%s", command->name);
    for (char *space = strchr(name, ' '); space != NULL;
         space = strchr(space, ' '))
        *space = '-';
}

static void print_option(FILE *out, const struct command_option *option)
{
    char term[NAME_BYTES_MAX];

    if (option->letter != 0)
        (void)snprintf(term, sizeof(term), "-%c, --%s", option->letter,
                       option->name);
    else
        (void)snprintf(term, sizeof(term), "--%s", option->name);
    man_item(out, term, option->value, option->help);
}

static void print_exit_codes(FILE *out)
{
    man_section(out, "EXIT STATUS");
    man_item(out, "0", NULL, "Done.");
    man_item(out, "1", NULL, "Not found.");
    man_item(out, "2", NULL, "Called wrongly, or beyond a limit.");
    man_item(out, "3", NULL,
             "A conflict, a precondition that failed, an operation that does "
             "not fit the kind of the key, a quota.");
    man_item(out, "4", NULL,
             "Unavailable or timed out. If a write may have been done all the "
             "same, the message says that its outcome is unknown.");
    man_item(out, "5", NULL, "Not permitted.");
    man_item(out, "6", NULL, "Data is damaged.");
    man_item(out, "70", NULL, "An internal error.");
}

static void print_family(FILE *out, const struct command_family *family)
{
    man_subsection(out, family->title);
    for (size_t i = 0; i < family->count; i++)
        man_item(out, family->commands[i].name, family->commands[i].operands,
                 family->commands[i].summary);
}

void command_man_print_program(FILE *out)
{
    const struct man_page page = {
        .name = "dalv",
        .section = 1,
        .summary = "users' data, with every device a replica",
        .version = dalv_version(),
    };

    man_begin(out, &page);
    man_section(out, "SYNOPSIS");
    man_line(out, "dalv [--profile FILE] [--json] COMMAND ...");
    man_section(out, "DESCRIPTION");
    man_text(out,
             "dalv reads and writes users' data on a DalvDB cluster, keeps "
             "replicas of devices in folders, and looks after tokens and "
             "files. Every command has a page of its own, "
             "dalv-COMMAND(1), and --help.");
    man_section(out, "COMMANDS");
    for (size_t i = 0; i < command_table_family_count(); i++)
        print_family(out, command_table_family(i));
    man_section(out, "OPTIONS");
    for (size_t i = 0; i < command_table_global_count; i++)
        print_option(out, &command_table_globals[i]);
    print_exit_codes(out);
    man_section(out, "ENVIRONMENT");
    man_item(out, "DALV_PROFILE", NULL,
             "The profile, unless --profile names "
             "another.");
    man_item(out, "NO_COLOR", NULL, "No colours, if it is set and not empty.");
    man_section(out, "FILES");
    man_item(out, "~/.config/dalv/profile.yaml", NULL,
             "The default profile; it must be readable by its owner only.");
    man_section(out, "SEE ALSO");
    man_reference(out, "dalvd", 8);
}

void command_man_print(const struct command *command, FILE *out)
{
    char name[NAME_BYTES_MAX];
    char line[LINE_BYTES_MAX];
    struct man_page page = {
        .name = name,
        .section = 1,
        .summary = command->summary,
        .version = dalv_version(),
    };

    page_name(command, name, sizeof(name));
    man_begin(out, &page);
    man_section(out, "SYNOPSIS");
    (void)snprintf(line, sizeof(line), "dalv %s %s%s", command->name,
                   command->operands,
                   command->option_count == 0 ? "" : " [OPTIONS]");
    man_line(out, line);
    man_section(out, "DESCRIPTION");
    (void)snprintf(line, sizeof(line), "%s.", command->summary);
    man_text(out, line);
    if (command->details != NULL)
        man_text(out, command->details);
    man_section(out, "OPTIONS");
    for (size_t i = 0; i < command->option_count; i++)
        print_option(out, &command->options[i]);
    for (size_t i = 0; i < command_table_global_count; i++)
        print_option(out, &command_table_globals[i]);
    print_exit_codes(out);
    man_section(out, "SEE ALSO");
    man_reference(out, "dalv", 1);
}

/* `command` NULL: the program's own page. */
static bool write_page(const char *folder, const struct command *command)
{
    char name[NAME_BYTES_MAX] = "dalv";
    char path[PATH_BYTES_MAX];
    FILE *file = NULL;
    bool is_written;

    if (command != NULL)
        page_name(command, name, sizeof(name));
    (void)snprintf(path, sizeof(path), "%s/%s.1", folder, name);
    file = fopen(path, "we");
    if (file == NULL)
        return false;
    if (command == NULL)
        command_man_print_program(file);
    else
        command_man_print(command, file);
    is_written = ferror(file) == 0;
    return fclose(file) == 0 && is_written;
}

bool command_man_write_all(const char *folder)
{
    bool is_written = write_page(folder, NULL);

    for (size_t i = 0; i < command_table_family_count(); i++) {
        const struct command_family *family = command_table_family(i);

        for (size_t j = 0; is_written && j < family->count; j++)
            is_written = write_page(folder, &family->commands[j]);
    }
    return is_written;
}
