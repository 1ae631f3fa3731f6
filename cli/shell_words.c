#include "cli/shell_words.h"

#include <string.h>
#include <strings.h>

static const struct {
    const char *word;
    enum shell_verb verb;
} verbs[] = {
    {"SET", SHELL_SET},    {"PUT", SHELL_SET},        {"INSERT", SHELL_SET},
    {"GET", SHELL_GET},    {"OUT", SHELL_GET},        {"SELECT", SHELL_GET},
    {"DEL", SHELL_DEL},    {"REM", SHELL_DEL},        {"RM", SHELL_DEL},
    {"ADD", SHELL_ADD},    {"INCR", SHELL_INCR},      {"SCAN", SHELL_SCAN},
    {".help", SHELL_HELP}, {".exit", SHELL_EXIT},     {".quit", SHELL_EXIT},
    {".sync", SHELL_SYNC}, {".status", SHELL_STATUS},
};

/* LIST takes one of these behind it. */
static const struct {
    const char *word;
    enum shell_verb verb;
} list_verbs[] = {
    {"ADD", SHELL_LIST_ADD},
    {"GET", SHELL_LIST_GET},
    {"REMOVE", SHELL_LIST_REMOVE},
    {"RM", SHELL_LIST_REMOVE},
};

static char *skip_spaces(char *text)
{
    return text + strspn(text, " \t\r\n");
}

/* Take a quoted word in place; what follows it. */
static char *take_quoted(char *text, const char **out_word)
{
    char *to = text;

    *out_word = to;
    while (*text != '\0' && *text != '"') {
        if (*text == '\\' && (text[1] == '"' || text[1] == '\\'))
            text++;
        *to++ = *text++;
    }
    if (*text == '"')
        text++;
    *to = '\0';
    return text;
}

/* The next word, NULL at the end. */
static const char *take_word(char **rest_p)
{
    char *text = skip_spaces(*rest_p);
    const char *word = text;

    if (*text == '\0')
        return NULL;
    if (*text == '"') {
        *rest_p = take_quoted(text + 1, &word);
        return word;
    }
    text += strcspn(text, " \t\r\n");
    if (*text != '\0')
        *text++ = '\0';
    *rest_p = text;
    return word;
}

/* All that is left, without the spaces around it. */
static const char *take_rest(char **rest_p)
{
    char *text = skip_spaces(*rest_p);
    size_t size = strlen(text);

    if (size == 0)
        return NULL;
    if (*text == '"')
        return take_word(rest_p);
    while (size > 0 && strchr(" \t\r\n", text[size - 1]) != NULL)
        text[--size] = '\0';
    return text;
}

static enum shell_verb find_verb(const char *word)
{
    for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
        if (strcasecmp(verbs[i].word, word) == 0)
            return verbs[i].verb;
    }
    return SHELL_UNKNOWN;
}

static enum shell_verb find_list_verb(const char *word)
{
    for (size_t i = 0; i < sizeof(list_verbs) / sizeof(list_verbs[0]); i++) {
        if (word != NULL && strcasecmp(list_verbs[i].word, word) == 0)
            return list_verbs[i].verb;
    }
    return SHELL_UNKNOWN;
}

struct shell_line shell_words_parse(char *text)
{
    struct shell_line line = {.verb = SHELL_NOTHING};
    const char *word = take_word(&text);

    if (word == NULL)
        return line;
    if (strcasecmp(word, "LIST") == 0)
        line.verb = find_list_verb(take_word(&text));
    else
        line.verb = find_verb(word);
    line.key = take_word(&text);
    line.value = take_rest(&text);
    return line;
}

const char *const *shell_words_all(void)
{
    static const char *const words[] = {
        "SET",  "PUT",   "INSERT", "GET",   "OUT",     "SELECT",
        "DEL",  "REM",   "RM",     "ADD",   "INCR",    "LIST",
        "SCAN", ".help", ".exit",  ".sync", ".status", NULL,
    };

    return words;
}
