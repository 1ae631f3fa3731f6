#include "dalvd/bus_fault.h"

#include "base/assert.h"

#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

/* A handler is given nothing: what it needs stands here. */
static char mark[PATH_MAX];
static volatile sig_atomic_t code;

/* Only what signal-safety(7) allows. */
static void on_bus_fault(int signal)
{
    static const char line[] =
        "dalvd: a table of the index cannot be read: ending; the next start "
        "makes the index anew\n";
    int file = open(mark, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);

    (void)signal;
    if (file >= 0)
        (void)fsync(file);
    /* If even this fails there is nobody to tell. */
    if (write(STDERR_FILENO, line, sizeof(line) - 1) >= 0)
        (void)fsync(STDERR_FILENO);
    _exit(code);
}

void bus_fault_catch(const char *mark_path, int exit_code)
{
    struct sigaction action = {.sa_handler = on_bus_fault};

    ASSERT(strlen(mark_path) < sizeof(mark));
    memcpy(mark, mark_path, strlen(mark_path) + 1);
    code = exit_code;
    (void)sigemptyset(&action.sa_mask);
    if (sigaction(SIGBUS, &action, NULL) != 0)
        ASSERT(false);
}
