#include "tests/check/objections.h"

#include <stdarg.h>

void objections_add(struct objections *objections, const char *who,
                    const char *format, ...)
{
    va_list arguments;

    objections->count++;
    if (objections->file == NULL || objections->count > OBJECTIONS_TOLD_MAX)
        return;
    (void)fprintf(objections->file, "%s: ", who);
    va_start(arguments, format);
    (void)vfprintf(objections->file, format, arguments);
    va_end(arguments);
    (void)fputc('\n', objections->file);
}
