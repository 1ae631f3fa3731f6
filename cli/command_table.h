/*
 * All commands of `dalv`.
 */
#ifndef DALV_CLI_COMMAND_TABLE_H
#define DALV_CLI_COMMAND_TABLE_H

#include "cli/command.h"

#include <stdbool.h>
#include <stddef.h>

/* Each in the file of its name. */
extern const struct command_family data_commands;
extern const struct command_family list_commands;
extern const struct command_family transfer_commands;
extern const struct command_family devices_commands;
extern const struct command_family device_commands;
extern const struct command_family token_commands;
extern const struct command_family key_commands;
extern const struct command_family cluster_commands;
extern const struct command_family node_commands;
extern const struct command_family partition_commands;
extern const struct command_family config_commands;
extern const struct command_family file_commands;
extern const struct command_family program_commands;

/* Understood before and behind every command. */
extern const struct command_option command_table_globals[];
extern const size_t command_table_global_count;

size_t command_table_family_count(void);
const struct command_family *command_table_family(size_t index);

/* The command of that name; NULL if there is none. */
const struct command *command_table_find(const char *name);

/* True if some command's name is `word` and a second word: "list". */
bool command_table_is_prefix(const char *word);

#endif
