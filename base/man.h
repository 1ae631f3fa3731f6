/*
 * Man pages: roff (man macros) from text that is plain.
 *
 * The one place that knows roff's escapes; programs hand in their tables part
 * by part, in the order of the page.
 */
#ifndef DALV_BASE_MAN_H
#define DALV_BASE_MAN_H

#include <stdio.h>

/* "dalv-get", section 1, "show what is under a key". */
struct man_page {
    const char *name;
    int section;
    const char *summary;
    const char *version; /* "0.1.0". */
};

/* The head: .TH and NAME. */
void man_begin(FILE *out, const struct man_page *page);
/* A section's heading, in capitals by custom. */
void man_section(FILE *out, const char *title);
void man_subsection(FILE *out, const char *title);
/* Paragraphs, an empty line between them. */
void man_text(FILE *out, const char *text);
/* `term` in bold, `value` (may be NULL) in italics behind it, what it is. */
void man_item(FILE *out, const char *term, const char *value, const char *text);
/* A line of a synopsis or an example, as it is typed. */
void man_line(FILE *out, const char *line);
/* A reference such as dalv-get(1). */
void man_reference(FILE *out, const char *name, int section);

#endif
