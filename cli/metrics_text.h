/*
 * Values out of a page of metrics in Prometheus' text format.
 */
#ifndef DALV_CLI_METRICS_TEXT_H
#define DALV_CLI_METRICS_TEXT_H

#include "base/bytes.h"

/* The value of the first line that begins with `name` and a space; 0 if there
   is none. */
double metrics_text_value(struct bytes page, const char *name);

#endif
