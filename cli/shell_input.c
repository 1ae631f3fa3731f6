#include "cli/shell_input.h"

#include "base/buffer.h"
#include "cli/line_reader.h"
#include "cli/shell_words.h"

#include <histedit.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

enum {
    HISTORY_LINES = 1000
};

struct shell_input {
    EditLine *edit; /* NULL: no terminal. */
    History *history;
    struct line_reader reader;
    struct buffer line;
    shell_keys *keys;
    void *owner;
};

static char *prompt(EditLine *edit)
{
    static char text[] = "dalv> ";

    (void)edit;
    return text;
}

/* What all candidates have in common behind what was typed. */
static size_t common_size(char *const *candidates)
{
    size_t size = candidates[0] == NULL ? 0 : strlen(candidates[0]);

    for (size_t i = 1; candidates[0] != NULL && candidates[i] != NULL; i++) {
        size_t same = 0;

        while (same < size && candidates[i][same] == candidates[0][same])
            same++;
        size = same;
    }
    return size;
}

static char **find_words(const char *typed)
{
    const char *const *all = shell_words_all();
    char **found = calloc(32, sizeof(*found));
    size_t count = 0;

    for (size_t i = 0; found != NULL && all[i] != NULL && count < 31; i++) {
        if (strncasecmp(all[i], typed, strlen(typed)) == 0)
            found[count++] = strdup(all[i]);
    }
    return found;
}

static void release(char **found)
{
    for (size_t i = 0; found != NULL && found[i] != NULL; i++)
        free(found[i]);
    free(found);
}

/* The word under the cursor: the first is a verb, all others are keys. */
static unsigned char complete(EditLine *edit, int character)
{
    const LineInfo *line = el_line(edit);
    const char *begin = line->cursor;
    struct shell_input *input = NULL;
    char typed[1024];
    char **found;
    size_t size;

    (void)character;
    if (el_get(edit, EL_CLIENTDATA, &input) != 0)
        return CC_ERROR;
    while (begin > line->buffer && begin[-1] != ' ')
        begin--;
    size = (size_t)(line->cursor - begin);
    if (size >= sizeof(typed))
        return CC_ERROR;
    memcpy(typed, begin, size);
    typed[size] = '\0';
    found = begin == line->buffer ? find_words(typed)
                                  : input->keys(input->owner, typed);
    if (found != NULL && common_size(found) > size) {
        found[0][common_size(found)] = '\0';
        (void)el_insertstr(edit, found[0] + size);
    }
    release(found);
    return CC_REFRESH;
}

static void open_terminal(struct shell_input *input,
                          const struct invocation *invocation)
{
    HistEvent event;

    input->edit =
        el_init("dalv", invocation->in, invocation->out, invocation->err);
    input->history = history_init();
    if (input->edit == NULL || input->history == NULL)
        return;
    (void)history(input->history, &event, H_SETSIZE, HISTORY_LINES);
    (void)el_set(input->edit, EL_CLIENTDATA, input);
    (void)el_set(input->edit, EL_PROMPT, prompt);
    (void)el_set(input->edit, EL_EDITOR, "emacs");
    (void)el_set(input->edit, EL_HIST, history, input->history);
    (void)el_set(input->edit, EL_ADDFN, "complete", "complete the word",
                 complete);
    (void)el_set(input->edit, EL_BIND, "^I", "complete", NULL);
}

struct shell_input *shell_input_open(const struct invocation *invocation,
                                     shell_keys *keys, void *owner)
{
    struct shell_input *input = calloc(1, sizeof(*input));

    if (input == NULL)
        return NULL;
    input->keys = keys;
    input->owner = owner;
    line_reader_init(&input->reader, invocation->in);
    buffer_init(&input->line);
    if (isatty(fileno(invocation->in)) == 1)
        open_terminal(input, invocation);
    return input;
}

void shell_input_close(struct shell_input **input_p)
{
    struct shell_input *input = *input_p;

    *input_p = NULL;
    if (input == NULL)
        return;
    if (input->edit != NULL)
        el_end(input->edit);
    if (input->history != NULL)
        history_end(input->history);
    line_reader_deinit(&input->reader);
    buffer_deinit(&input->line);
    free(input);
}

static bool read_edited(struct shell_input *input)
{
    HistEvent event;
    int size = 0;
    const char *line = el_gets(input->edit, &size);

    if (line == NULL || size <= 0)
        return false;
    if (line[0] != '\n')
        (void)history(input->history, &event, H_ENTER, line);
    buffer_put(&input->line, bytes_make(line, (size_t)size));
    return true;
}

static bool read_plain(struct shell_input *input)
{
    struct bytes line;

    if (line_reader_next(&input->reader, &line) != DALV_OK)
        return false;
    buffer_put(&input->line, line);
    return true;
}

char *shell_input_next(struct shell_input *input)
{
    bool is_read;

    buffer_clear(&input->line);
    is_read = input->edit != NULL ? read_edited(input) : read_plain(input);
    if (!is_read)
        return NULL;
    buffer_put(&input->line, bytes_make("", 1));
    return (char *)input->line.data;
}
