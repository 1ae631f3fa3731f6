#include "demo/account.h"

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

enum {
    BAR_WIDTH = 32
};

static struct {
    unsigned chapter;
    unsigned failures;
    bool has_bar;
    unsigned bar_drawn;
} account;

static bool is_terminal(void)
{
    return isatty(STDOUT_FILENO) != 0;
}

static void wipe_bar(void)
{
    if (account.has_bar)
        (void)fputs("\r\033[K", stdout);
    account.has_bar = false;
}

void account_chapter(const char *title)
{
    wipe_bar();
    (void)printf(is_terminal() ? "\n\033[1m%u. %s\033[0m\n" : "\n%u. %s\n",
                 ++account.chapter, title);
    (void)fflush(stdout);
}

void account_say(const char *format, ...)
{
    va_list arguments;

    wipe_bar();
    (void)fputs("   ", stdout);
    va_start(arguments, format);
    (void)vprintf(format, arguments);
    va_end(arguments);
    (void)putchar('\n');
    (void)fflush(stdout);
}

void account_progress(const char *what, uint64_t done, uint64_t total)
{
    unsigned filled = total == 0 ? 0 : (unsigned)(done * BAR_WIDTH / total);

    if (!is_terminal() || (account.has_bar && filled == account.bar_drawn))
        return;
    (void)printf("\r   %-24s [", what);
    for (unsigned i = 0; i < BAR_WIDTH; i++)
        (void)putchar(i < filled ? '#' : ' ');
    (void)printf("] %3u %%", total == 0 ? 0 : (unsigned)(done * 100 / total));
    (void)fflush(stdout);
    account.has_bar = true;
    account.bar_drawn = filled;
}

void account_fail(const char *format, ...)
{
    va_list arguments;

    wipe_bar();
    account.failures++;
    (void)fputs(is_terminal() ? "   \033[31mWRONG\033[0m: " : "   WRONG: ",
                stdout);
    va_start(arguments, format);
    (void)vprintf(format, arguments);
    va_end(arguments);
    (void)putchar('\n');
    (void)fflush(stdout);
}

unsigned account_failures(void)
{
    return account.failures;
}
