/*
 * The table of every key of the server's file: path, type, bounds, place, and
 * whether a running process takes a new value.
 */
#ifndef DALV_CONFIG_FIELDS_H
#define DALV_CONFIG_FIELDS_H

#include "config/config.h"
#include "config/field.h"

/* Fills struct config. */
extern const struct field_table config_fields;

/* The index of a member's field in the table; it must be there. */
size_t config_field_index(size_t offset);

#define CONFIG_FIELD_INDEX(member)                                             \
    config_field_index(offsetof(struct config, member))

#endif
