/*
 * Values for people.
 *
 * On a terminal, bytes that could steer it are shown as \xNN; into a file or a
 * pipe they go as they are.
 */
#ifndef DALV_CLI_PRINT_H
#define DALV_CLI_PRINT_H

#include <dalv/dalv.h>
#include <stdio.h>

void print_bytes(struct dalv_bytes bytes, FILE *out);

/* A register's bytes, a counter's number, a list's elements a line each; with
   a line end behind each. */
void print_value(const struct dalv_value *value, FILE *out);

/* A register's bytes and nothing else, wherever they go; other kinds as above.
 */
void print_raw(const struct dalv_value *value, FILE *out);

/* On one line, without its end; always harmless. NULL: "(gone)". */
void print_inline(const struct dalv_value *value, FILE *out);

/* One line: "KEY = VALUE", of a list "KEY = [A, B]"; always harmless. */
void print_key_value(struct dalv_bytes key, const struct dalv_value *value,
                     FILE *out);

#endif
