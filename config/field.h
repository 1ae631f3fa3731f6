/*
 * One key of a YAML file: its path, its type and bounds, and where it goes.
 *
 * A file is described by one table of fields; reading, writing, comparing and
 * explaining it need nothing else. A table lists each group before what is in
 * it, in the order in which people want to read the file.
 */
#ifndef DALV_CONFIG_FIELD_H
#define DALV_CONFIG_FIELD_H

#include "base/bytes.h"
#include "base/text.h"
#include "config/address.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    FIELD_PATH_MAX = 64,       /* "limits.transaction_operations". */
    FIELD_TABLE_MAX = 64,      /* Fields of one table. */
    FIELD_TEXTS_MAX = 4,       /* Items of a list. */
    FIELD_TEXT_ITEM_MAX = 512, /* Bytes of one item. */
    FIELD_RULES_MAX = 32,
    FIELD_PREFIX_MAX = 64,
};

/* Lists of texts, mostly of file names. */
struct field_texts {
    size_t count;
    char items[FIELD_TEXTS_MAX][FIELD_TEXT_ITEM_MAX];
};

/* What holds for the keys under a prefix. */
struct field_rule {
    size_t prefix_size;
    char prefix[FIELD_PREFIX_MAX];
    uint64_t choice; /* As wide as the others: no padding to compare. */
};

struct field_rules {
    size_t count;
    struct field_rule items[FIELD_RULES_MAX];
};

/* In brackets: the member of the struct that the field fills. */
enum field_type {
    FIELD_GROUP,     /* A mapping; no member. */
    FIELD_TEXT,      /* min .. max bytes of UTF-8 (char[]). */
    FIELD_HOST,      /* A numeric address (char[ADDRESS_HOST_MAX + 1]). */
    FIELD_ADDRESS,   /* HOST:PORT or auto (struct address). */
    FIELD_ADDRESSES, /* One, of a server, or a list (struct addresses). */
    FIELD_NUMBER,    /* min .. max (uint64_t). */
    FIELD_SIZE,      /* The same in bytes: 4096, 64KiB (uint64_t). */
    FIELD_DURATION,  /* The same in ms: 500ms, 2s, 30d (uint64_t). */
    FIELD_CHOICE,    /* One of the choices (an enum, or uint32_t). */
    FIELD_FLAGS,     /* A list of choices: bit i is choice i (uint32_t). */
    FIELD_TEXTS,     /* A list (struct field_texts). */
    FIELD_RULES, /* A mapping of prefixes to choices (struct field_rules). */
};

struct field {
    const char *path; /* "group.key". */
    enum field_type type;
    bool is_live;  /* A running process takes a new value. */
    size_t offset; /* In the struct that the table fills. */
    size_t size;
    uint64_t min;
    uint64_t max;
    const char *const *choices; /* Ended by NULL. */
};

struct field_table {
    const struct field *fields;
    size_t count; /* At most FIELD_TABLE_MAX. */
};

/* Empty a list or a mapping of rules, before its items come. */
void field_clear(const struct field *field, void *target);

/*
 * Take `value` as the field's value, or as a list's next item. False, with
 * the reason in `reason` and nothing changed, if it is not of the type, is out
 * of bounds or is one too many.
 */
bool field_assign(const struct field *field, struct bytes value, void *target,
                  struct text *reason);

/* The same for one rule. A prefix that is there already is refused. */
bool field_assign_rule(const struct field *field, struct bytes prefix,
                       struct bytes value, void *target, struct text *reason);

/* Append the value as YAML in one line; field_assign reads it back. */
void field_format(const struct field *field, const void *source,
                  struct text *text);

/* True if the field has the same value in both. */
bool field_is_equal(const struct field *field, const void *a, const void *b);

/* Copy the field's value. */
void field_copy(const struct field *field, void *target, const void *source);

/* The choice of the rule with the longest prefix of `key`, else `fallback`. */
uint32_t field_rules_match(const struct field_rules *rules, struct bytes key,
                           uint32_t fallback);

#endif
