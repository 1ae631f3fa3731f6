/*
 * The cursor of a watch as text that people can copy: hexadecimal.
 */
#ifndef DALV_CLI_CURSOR_TEXT_H
#define DALV_CLI_CURSOR_TEXT_H

#include "base/buffer.h"

#include <dalv/dalv.h>
#include <stdbool.h>

/* Put the text, ended by a zero, into an emptied `buffer`; borrowed from it. */
const char *cursor_text_make(struct dalv_bytes cursor, struct buffer *buffer);

/* Put the bytes into an emptied `buffer`. False if it is no such text. */
bool cursor_text_parse(const char *text, struct buffer *buffer);

#endif
