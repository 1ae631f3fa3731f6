#include "cli/command_table.h"

#include <string.h>

const struct command_option command_table_globals[] = {
    {.name = "profile",
     .value = "FILE",
     .help = "Endpoints, keys and token; default $DALV_PROFILE, then "
             "~/.config/dalv/profile.yaml"},
    {.name = "json",
     .help = "Print one JSON document, or one a line for streams"},
    {.name = "help", .letter = 'h', .help = "Show help and exit"},
    {.name = "man", .help = "Print the man page (roff) and exit"},
    {.name = "version", .letter = 'V', .help = "Show the version and exit"},
};

const size_t command_table_global_count =
    sizeof(command_table_globals) / sizeof(command_table_globals[0]);

static const struct command_family *const families[] = {
    &data_commands,    &list_commands,    &transfer_commands,
    &devices_commands, &device_commands,  &token_commands,
    &file_commands,    &program_commands, &key_commands,
    &cluster_commands, &node_commands,    &partition_commands,
    &config_commands,
};

size_t command_table_family_count(void)
{
    return sizeof(families) / sizeof(families[0]);
}

const struct command_family *command_table_family(size_t index)
{
    return families[index];
}

static const struct command *find_in(const struct command_family *family,
                                     const char *name)
{
    for (size_t i = 0; i < family->count; i++) {
        if (strcmp(family->commands[i].name, name) == 0)
            return &family->commands[i];
    }
    return NULL;
}

const struct command *command_table_find(const char *name)
{
    const struct command *found = NULL;

    for (size_t i = 0; found == NULL && i < command_table_family_count(); i++)
        found = find_in(families[i], name);
    return found;
}

static bool begins_one_of(const struct command_family *family, const char *word)
{
    size_t size = strlen(word);

    for (size_t i = 0; i < family->count; i++) {
        const char *name = family->commands[i].name;

        if (strncmp(name, word, size) == 0 && name[size] == ' ')
            return true;
    }
    return false;
}

bool command_table_is_prefix(const char *word)
{
    for (size_t i = 0; i < command_table_family_count(); i++) {
        if (begins_one_of(families[i], word))
            return true;
    }
    return false;
}
