/*
 * Bytes that come from standard input.
 */
#ifndef DALV_CLI_INPUT_H
#define DALV_CLI_INPUT_H

#include "base/buffer.h"

#include <dalv/dalv.h>
#include <stddef.h>
#include <stdio.h>

/* All of it, up to `bytes_max`. DALV_TOO_BIG, DALV_IO. */
DALV_MUST_CHECK enum dalv_status input_read_all(FILE *in, size_t bytes_max,
                                                struct buffer *buffer);

/*
 * An operand as a value: its own bytes, or for "-" all of `in`, kept in
 * `buffer`. DALV_TOO_BIG, DALV_IO.
 */
DALV_MUST_CHECK enum dalv_status input_value(const char *operand, FILE *in,
                                             struct buffer *buffer,
                                             struct dalv_bytes *out_value);

#endif
