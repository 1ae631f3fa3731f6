#include "base/man.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

/* A dash that is typed must stay one, a dot or quote at the start of a line
   must not become a request. */
static void put_escaped(FILE *out, const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        bool begins_line = i == 0 || text[i - 1] == '\n';

        if (begins_line && (text[i] == '.' || text[i] == '\''))
            (void)fputs("\\&", out);
        if (text[i] == '\\')
            (void)fputs("\\e", out);
        else if (text[i] == '-')
            (void)fputs("\\-", out);
        else
            (void)fputc(text[i], out);
    }
}

static void put_all(FILE *out, const char *text)
{
    put_escaped(out, text, strlen(text));
}

static void put_upper(FILE *out, const char *text)
{
    for (; *text != '\0'; text++)
        (void)fputc(toupper((unsigned char)*text), out);
}

void man_begin(FILE *out, const struct man_page *page)
{
    (void)fputs(".TH ", out);
    put_upper(out, page->name);
    (void)fprintf(out, " %d \"\" \"DalvDB %s\" \"DalvDB\"\n", page->section,
                  page->version);
    man_section(out, "NAME");
    put_all(out, page->name);
    (void)fputs(" \\- ", out);
    put_all(out, page->summary);
    (void)fputc('\n', out);
}

void man_section(FILE *out, const char *title)
{
    (void)fputs(".SH ", out);
    put_all(out, title);
    (void)fputc('\n', out);
}

void man_subsection(FILE *out, const char *title)
{
    (void)fputs(".SS ", out);
    put_all(out, title);
    (void)fputc('\n', out);
}

void man_text(FILE *out, const char *text)
{
    while (*text != '\0') {
        const char *end = strstr(text, "\n\n");
        size_t size = end == NULL ? strlen(text) : (size_t)(end - text);

        (void)fputs(".PP\n", out);
        put_escaped(out, text, size);
        (void)fputc('\n', out);
        text += size;
        text += strspn(text, "\n");
    }
}

void man_item(FILE *out, const char *term, const char *value, const char *text)
{
    (void)fputs(".TP\n\\fB", out);
    put_all(out, term);
    (void)fputs("\\fR", out);
    if (value != NULL) {
        (void)fputs(" \\fI", out);
        put_all(out, value);
        (void)fputs("\\fR", out);
    }
    (void)fputc('\n', out);
    put_all(out, text);
    (void)fputc('\n', out);
}

void man_line(FILE *out, const char *line)
{
    (void)fputs(".PP\n.nf\n", out);
    put_all(out, line);
    (void)fputs("\n.fi\n", out);
}

void man_reference(FILE *out, const char *name, int section)
{
    (void)fputs(".BR ", out);
    put_all(out, name);
    (void)fprintf(out, " (%d)\n", section);
}
