#include "cli/completion.h"

#include "cli/command_table.h"

#include <string.h>

typedef void command_visitor(FILE *out, const struct command *command);

static void visit_commands(FILE *out, command_visitor *visit)
{
    for (size_t i = 0; i < command_table_family_count(); i++) {
        const struct command_family *family = command_table_family(i);

        for (size_t j = 0; j < family->count; j++)
            visit(out, &family->commands[j]);
    }
}

/* What may stand first: each name up to its space, once. */
static void print_first_words(FILE *out)
{
    const char *before = "";
    size_t size_before = 0;

    for (size_t i = 0; i < command_table_family_count(); i++) {
        const struct command_family *family = command_table_family(i);

        for (size_t j = 0; j < family->count; j++) {
            const char *name = family->commands[j].name;
            size_t size = strcspn(name, " ");

            if (size != size_before || strncmp(name, before, size) != 0)
                (void)fprintf(out, " %.*s", (int)size, name);
            before = name;
            size_before = size;
        }
    }
}

/* And second, behind `word`. */
static void print_second_words(FILE *out, const char *word, size_t size)
{
    for (size_t i = 0; i < command_table_family_count(); i++) {
        const struct command_family *family = command_table_family(i);

        for (size_t j = 0; j < family->count; j++) {
            const char *name = family->commands[j].name;

            if (strncmp(name, word, size) == 0 && name[size] == ' ')
                (void)fprintf(out, " %s", name + size + 1);
        }
    }
}

static void print_options(FILE *out, const struct command_option *options,
                          size_t count)
{
    for (size_t i = 0; i < count; i++)
        (void)fprintf(out, " --%s", options[i].name);
}

static void print_bash_options(FILE *out, const struct command *command)
{
    (void)fprintf(out, "        \"%s\") words=\"", command->name);
    print_options(out, command->options, command->option_count);
    (void)fprintf(out, "\" ;;\n");
}

static void print_bash_second(FILE *out)
{
    const char *before = "";

    for (size_t i = 0; i < command_table_family_count(); i++) {
        const struct command_family *family = command_table_family(i);

        for (size_t j = 0; j < family->count; j++) {
            const char *name = family->commands[j].name;
            size_t size = strcspn(name, " ");

            if (name[size] == '\0' || strncmp(name, before, size + 1) == 0)
                continue;
            (void)fprintf(out, "        %.*s) words=\"", (int)size, name);
            print_second_words(out, name, size);
            (void)fprintf(out, "\" ;;\n");
            before = name;
        }
    }
}

void completion_print_bash(FILE *out)
{
    (void)fprintf(out, "# bash completion for dalv\n"
                       "_dalv()\n"
                       "{\n"
                       "    local word=\"${COMP_WORDS[COMP_CWORD]}\" words=\n"
                       "    local first=\"${COMP_WORDS[1]}\"\n"
                       "    local second=\"$first ${COMP_WORDS[2]}\"\n"
                       "    if [[ $word == -* ]]; then\n"
                       "        local name\n"
                       "        for name in \"$second\" \"$first\"; do\n"
                       "        case \"$name\" in\n");
    visit_commands(out, print_bash_options);
    (void)fprintf(out, "        *) continue ;;\n"
                       "        esac\n"
                       "        break\n"
                       "        done\n"
                       "        words+=\"");
    print_options(out, command_table_globals, command_table_global_count);
    (void)fprintf(out, "\"\n"
                       "    elif [[ $COMP_CWORD == 1 ]]; then\n"
                       "        words=\"");
    print_first_words(out);
    (void)fprintf(out, "\"\n"
                       "    elif [[ $COMP_CWORD == 2 ]]; then\n"
                       "        case \"$first\" in\n");
    print_bash_second(out);
    (void)fprintf(out, "        esac\n"
                       "    fi\n"
                       "    COMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n"
                       "}\n"
                       "complete -o default -F _dalv dalv\n");
}

/* In '...[text]' of zsh's _arguments: no quote, bracket or colon bare. */
static void print_zsh_text(FILE *out, const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text == '\'')
            (void)fputs("'\\''", out);
        else if (strchr("[]:\\", *text) != NULL)
            (void)fprintf(out, "\\%c", *text);
        else
            (void)fputc(*text, out);
    }
}

static void print_zsh_option(FILE *out, const struct command_option *option)
{
    (void)fprintf(out, " '--%s[", option->name);
    print_zsh_text(out, option->help);
    (void)fprintf(out, "]");
    if (option->value != NULL) {
        (void)fprintf(out, ":");
        print_zsh_text(out, option->value);
        (void)fprintf(out, ":_files");
    }
    (void)fprintf(out, "'");
}

static void print_zsh_command(FILE *out, const struct command *command)
{
    (void)fprintf(out, "        '%s:", command->name);
    print_zsh_text(out, command->summary);
    (void)fprintf(out, "'\n");
}

static void print_zsh_options(FILE *out, const struct command *command)
{
    (void)fprintf(out, "    '%s') _arguments $globals", command->name);
    for (size_t i = 0; i < command->option_count; i++)
        print_zsh_option(out, &command->options[i]);
    (void)fprintf(out, " '*:file:_files' ;;\n");
}

void completion_print_zsh(FILE *out)
{
    (void)fprintf(out, "#compdef dalv\n"
                       "_dalv()\n"
                       "{\n"
                       "    local -a commands globals\n"
                       "    local name=\"${words[2]}\"\n"
                       "    globals=(");
    for (size_t i = 0; i < command_table_global_count; i++)
        print_zsh_option(out, &command_table_globals[i]);
    (void)fprintf(out, " )\n    commands=(\n");
    visit_commands(out, print_zsh_command);
    (void)fprintf(out,
                  "    )\n"
                  "    if (( CURRENT == 2 )); then\n"
                  "        _describe command commands\n"
                  "        return\n"
                  "    fi\n"
                  "    if (( ${commands[(I)$name ${words[3]}:*]} )); then\n"
                  "        name=\"$name ${words[3]}\"\n"
                  "    elif (( CURRENT == 3 && "
                  "${commands[(I)$name *]} )); then\n"
                  "        compadd -- ${${(M)commands:#$name *}"
                  "%%%%:*}\n"
                  "        return\n"
                  "    fi\n"
                  "    case \"$name\" in\n");
    visit_commands(out, print_zsh_options);
    (void)fprintf(out, "    esac\n"
                       "}\n"
                       "_dalv \"$@\"\n");
}
