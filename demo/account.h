/*
 * What the demonstration tells whoever watches it: chapters, figures, a
 * progress bar on a terminal, and the first thing that went wrong.
 */
#ifndef DALV_DEMO_ACCOUNT_H
#define DALV_DEMO_ACCOUNT_H

#include <stdbool.h>
#include <stdint.h>

void account_chapter(const char *title);

/* One line of the story. */
void account_say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* `done` of `total`; drawn on a terminal only, and wiped by the next line. */
void account_progress(const char *what, uint64_t done, uint64_t total);

/* What must not happen happened: it is told, and remembered. */
void account_fail(const char *format, ...)
    __attribute__((format(printf, 1, 2)));

/* How often account_fail was called. */
unsigned account_failures(void);

#endif
