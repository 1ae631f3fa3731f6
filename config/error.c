#include "config/error.h"

struct text config_error_begin(struct config_error *error,
                               enum dalv_status status, size_t line,
                               size_t column)
{
    struct text text;

    error->status = status;
    error->line = line;
    error->column = column;
    text_init(&text, error->text, sizeof(error->text));
    return text;
}
