#include "cli/number_spans.h"

void number_spans_begin(struct number_spans *spans, struct text *text)
{
    *spans = (struct number_spans){.text = text};
}

static void put_span(const struct number_spans *spans)
{
    text_put_u64(spans->text, spans->first);
    if (spans->last == spans->first)
        return;
    text_put_char(spans->text, '-');
    text_put_u64(spans->text, spans->last);
}

void number_spans_add(struct number_spans *spans, uint64_t number)
{
    if (spans->count++ == 0) {
        spans->first = number;
    } else if (number != spans->last + 1) {
        put_span(spans);
        text_put(spans->text, ", ");
        spans->first = number;
    }
    spans->last = number;
}

void number_spans_end(struct number_spans *spans)
{
    if (spans->count > 0)
        put_span(spans);
}
