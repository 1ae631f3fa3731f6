#include "cli/arguments.h"

#include "base/bounds.h"
#include "base/bytes.h"
#include "base/text.h"
#include "cli/command_table.h"

#include <string.h>

struct parse {
    const char *const *words;
    int count;
    int next;
    bool is_ended; /* `--` was seen. */
    const char **operands;
    struct invocation *invocation;
};

enum {
    NAME_BYTES_MAX = 64
};

/* A word that begins with a dash, but for `-` itself and numbers. */
static bool is_option(const struct parse *parse, const char *word)
{
    if (parse->is_ended || word[0] != '-' || word[1] == '\0')
        return false;
    return word[1] < '0' || word[1] > '9';
}

static bool option_fits(const struct command_option *option, const char *word,
                        size_t size)
{
    if (size == 2 && word[1] != '-')
        return option->letter == word[1];
    return size > 2 && strlen(option->name) == size - 2 &&
           strncmp(option->name, word + 2, size - 2) == 0;
}

static const struct command_option *find_option(
    const struct command_option *options, size_t count, const char *word,
    size_t size)
{
    for (size_t i = 0; i < count; i++) {
        if (option_fits(&options[i], word, size))
            return &options[i];
    }
    return NULL;
}

/* The option's value: behind `=`, or the next word; "" for a switch. */
static bool take_value(struct parse *parse, const struct command_option *option,
                       const char *word, const char **out_value)
{
    const char *equals = strchr(word, '=');

    if (option->value == NULL && equals != NULL) {
        (void)invocation_usage(parse->invocation, "--%s takes no value",
                               option->name);
        return false;
    }
    if (option->value == NULL)
        *out_value = "";
    else if (equals != NULL)
        *out_value = equals + 1;
    else if (parse->next < parse->count)
        *out_value = parse->words[parse->next++];
    else {
        (void)invocation_usage(parse->invocation, "--%s needs a value: %s",
                               option->name, option->value);
        return false;
    }
    return true;
}

static void set_global(struct invocation *invocation,
                       const struct command_option *option, const char *value)
{
    if (strcmp(option->name, "profile") == 0)
        invocation->profile_path = value;
    else if (strcmp(option->name, "json") == 0)
        invocation->is_json = true;
    else if (strcmp(option->name, "help") == 0)
        invocation->is_help = true;
    else if (strcmp(option->name, "man") == 0)
        invocation->is_man = true;
    else
        invocation->is_version = true;
}

static bool set_own(struct invocation *invocation,
                    const struct command_option *option, const char *value)
{
    size_t index = (size_t)(option - invocation->command->options);

    if (invocation->options[index] != NULL) {
        (void)invocation_usage(invocation, "--%s is given twice", option->name);
        return false;
    }
    invocation->options[index] = value;
    return true;
}

static bool parse_option(struct parse *parse)
{
    struct invocation *invocation = parse->invocation;
    const char *word = parse->words[parse->next++];
    size_t size = strcspn(word, "=");
    const struct command_option *option = NULL;
    const char *value = NULL;

    if (invocation->command != NULL)
        option = find_option(invocation->command->options,
                             invocation->command->option_count, word, size);
    if (option != NULL)
        return take_value(parse, option, word, &value) &&
               set_own(invocation, option, value);
    option = find_option(command_table_globals, command_table_global_count,
                         word, size);
    if (option == NULL) {
        (void)invocation_usage(invocation, "there is no option %.*s", (int)size,
                               word);
        return false;
    }
    if (!take_value(parse, option, word, &value))
        return false;
    set_global(invocation, option, value);
    return true;
}

static const struct command *find_in_group(const char *group, const char *word)
{
    char name[NAME_BYTES_MAX];
    struct text text;

    text_init(&text, name, sizeof(name));
    text_put(&text, group);
    text_put_char(&text, ' ');
    text_put(&text, word);
    return text.is_cut ? NULL : command_table_find(name);
}

/* The command is one word, or two where the first alone names a group. */
static bool parse_command(struct parse *parse)
{
    struct invocation *invocation = parse->invocation;
    const char *word = parse->words[parse->next++];

    if (invocation->group != NULL) {
        invocation->command = find_in_group(invocation->group, word);
        if (invocation->command == NULL)
            (void)invocation_usage(
                invocation,
                "\"%s\" has no command \"%s\"; 'dalv %s --help' "
                "lists them",
                invocation->group, word, invocation->group);
        return invocation->command != NULL;
    }
    invocation->command = command_table_find(word);
    if (invocation->command != NULL)
        return true;
    if (command_table_is_prefix(word)) {
        invocation->group = word;
        return true;
    }
    (void)invocation_usage(invocation, "there is no command \"%s\"", word);
    return false;
}

static bool parse_word(struct parse *parse)
{
    const char *word = parse->words[parse->next];

    if (is_option(parse, word)) {
        if (strcmp(word, "--") != 0)
            return parse_option(parse);
        parse->is_ended = true;
        parse->next++;
        return true;
    }
    if (parse->invocation->command == NULL)
        return parse_command(parse);
    parse->operands[parse->invocation->operand_count++] = word;
    parse->next++;
    return true;
}

static bool is_key(struct bytes key)
{
    return key.size > 0 && key.size <= BOUNDS_KEY_MAX;
}

static bool is_user(struct bytes user)
{
    return user.size > 0 && user.size <= BOUNDS_USER_ID_MAX &&
           bytes_is_utf8(user);
}

/* The word of "USER KEY [N]" that names operand `index`. */
static struct bytes operand_name(const struct command *command, size_t index)
{
    const char *name = command->operands;

    for (size_t i = 0; i < index; i++) {
        name += strcspn(name, " ");
        name += strspn(name, " ");
    }
    return bytes_make(name, strcspn(name, " "));
}

/* What no user and no key can be is told here, by its name. */
static bool can_be_right(const struct invocation *invocation, size_t index)
{
    struct bytes name = operand_name(invocation->command, index);
    struct bytes operand = bytes_from_text(invocation->operands[index]);

    if (bytes_equal(name, bytes_from_text("USER")) && !is_user(operand)) {
        (void)invocation_usage(invocation, "USER is 1 to %d bytes of UTF-8",
                               BOUNDS_USER_ID_MAX);
        return false;
    }
    if (bytes_equal(name, bytes_from_text("KEY")) && !is_key(operand)) {
        (void)invocation_usage(invocation, "KEY is 1 to %d bytes",
                               BOUNDS_KEY_MAX);
        return false;
    }
    return true;
}

static bool has_a_command(const struct invocation *invocation)
{
    if (invocation->command == NULL && invocation->group != NULL)
        (void)invocation_usage(invocation,
                               "\"%s\" needs one of its commands behind it; "
                               "'dalv %s --help' lists them",
                               invocation->group, invocation->group);
    else if (invocation->command == NULL)
        (void)invocation_usage(invocation, "no command is named");
    return invocation->command != NULL;
}

static bool has_its_operands(const struct invocation *invocation)
{
    const struct command *command = invocation->command;

    if (invocation->is_help || invocation->is_man || invocation->is_version)
        return true;
    if (!has_a_command(invocation))
        return false;
    if (invocation->operand_count < command->operand_min) {
        (void)invocation_usage(invocation, "\"%s\" needs %s", command->name,
                               command->operands);
        return false;
    }
    if (invocation->operand_count > command->operand_max) {
        (void)invocation_usage(invocation, "\"%s\" is too much for \"%s\"",
                               invocation->operands[command->operand_max],
                               command->name);
        return false;
    }
    for (size_t i = 0; i < invocation->operand_count; i++) {
        if (!can_be_right(invocation, i))
            return false;
    }
    return true;
}

bool arguments_parse(int count, const char *const *words, const char **operands,
                     struct invocation *invocation)
{
    struct parse parse = {
        .words = words,
        .count = count,
        .operands = operands,
        .invocation = invocation,
    };

    invocation->operands = operands;
    while (parse.next < count) {
        if (!parse_word(&parse))
            return false;
    }
    return has_its_operands(invocation);
}
