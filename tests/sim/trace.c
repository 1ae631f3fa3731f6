#include "tests/sim/trace.h"

#include "base/bytes.h"
#include "base/hash.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

void trace_init(struct trace *trace, bool is_echoed)
{
    trace->count = 0;
    trace->hash = 0;
    trace->is_echoed = is_echoed;
}

void trace_put(struct trace *trace, uint64_t now_us, const char *format, ...)
{
    char *line = trace->lines[trace->count % TRACE_LINES_KEPT];
    int size = snprintf(line, TRACE_LINE_MAX, "%6" PRIu64 ".%06" PRIu64 " ",
                        now_us / 1000000, now_us % 1000000);
    va_list values;

    va_start(values, format);
    (void)vsnprintf(line + size, TRACE_LINE_MAX - (size_t)size, format, values);
    va_end(values);
    trace->count++;
    trace->hash = trace->hash * UINT64_C(0x9E3779B97F4A7C15) +
                  hash64(bytes_from_text(line));
    if (trace->is_echoed)
        (void)puts(line);
}

void trace_print(const struct trace *trace, FILE *sink)
{
    uint64_t first =
        trace->count < TRACE_LINES_KEPT ? 0 : trace->count - TRACE_LINES_KEPT;

    for (uint64_t i = first; i < trace->count; i++)
        (void)fprintf(sink, "%s\n", trace->lines[i % TRACE_LINES_KEPT]);
}
