#include "tests/sim/host/log_sink.h"

#include "base/assert.h"
#include "base/log.h"
#include "tests/sim/host/process.h"
#include "tests/sim/world.h"

#include <string.h>

enum {
    TIME_CHARS = 28, /* Before each line; the trace has its own. */
};

static ssize_t put_line(void *cookie, const char *line, size_t size)
{
    struct world *world = cookie;
    const struct process *process = process_current();
    size_t skipped = size > TIME_CHARS ? TIME_CHARS : 0;

    trace_put(&world->trace, world->now_us, "%s: %.*s",
              process == NULL ? "?" : process->name, (int)(size - skipped - 1),
              line + skipped);
    return (ssize_t)size;
}

FILE *log_sink_open(struct world *world)
{
    FILE *sink =
        fopencookie(world, "w", (cookie_io_functions_t){.write = put_line});

    ASSERT(sink != NULL);
    ASSERT(setvbuf(sink, NULL, _IOLBF, BUFSIZ) == 0);
    log_open(sink, LOG_DEBUG);
    return sink;
}

void log_sink_close(FILE **sink_p)
{
    log_open(NULL, LOG_ERROR);
    if (*sink_p != NULL)
        (void)fclose(*sink_p);
    *sink_p = NULL;
}
