/*
 * What dalvd tells about itself: the answer to --help, and its man page.
 *
 * Both are made from the same tables, so they can not differ.
 */
#ifndef DALV_DALVD_MANUAL_H
#define DALV_DALVD_MANUAL_H

#include <stdio.h>

/* For a terminal, in 80 columns. */
void manual_print_usage(FILE *out);

/* dalvd(8), in roff. */
void manual_print_page(FILE *out);

#endif
