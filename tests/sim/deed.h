/*
 * Everything that anybody asked for: the ledger that is kept outside of what is
 * tested. Each deed carries a tag of its own into one of the lists "log/", so
 * that its effects are known wherever they turn up.
 */
#ifndef DALV_TESTS_SIM_DEED_H
#define DALV_TESTS_SIM_DEED_H

#include "base/bytes.h"
#include "base/text.h"
#include "model/cursor.h"
#include "model/operation.h"
#include "model/transaction.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    DEED_KEY_MAX = 16,
    DEED_VALUE_MAX = 24,
    DEED_OPERATIONS_MAX = 8,
};

/* True for the lists that deeds add their tags to. */
bool deed_is_log(struct bytes key);

struct deed_operation {
    enum operation_type type;
    char key[DEED_KEY_MAX];
    char value[DEED_VALUE_MAX];
    int64_t number;
    uint64_t ttl_ms;
    struct dot dot;
    /* What its author knew of the key: its replica's position when it was
       made, or when a conflict about it was decided. */
    struct cursor seen;
    /* When it was made or decided, the key was not there. (A decision may be
       lost to a bad disk: then an older one counts.) */
    bool may_be_on_nothing;
    bool is_given_up;            /* The author took the other's side. */
    char answer[DEED_VALUE_MAX]; /* Or put this in its place. */
};

enum deed_end {
    DEED_OPEN,     /* Nobody was told anything. */
    DEED_DONE,     /* Its author was told so, ... */
    DEED_REFUSED,  /* ... or that it is not done, and never will be. */
    DEED_DOUBTFUL, /* Its author was told that nobody knows, or was cut off. */
};

struct deed {
    uint32_t number;
    unsigned user;
    bool is_device;
    bool is_erasure; /* It ends the user's history; no operations. */
    unsigned origin; /* Which device, or which backend. */
    struct deed_operation operations[DEED_OPERATIONS_MAX];
    size_t operation_count;
    struct request_id request; /* A backend's. */
    enum deed_end end;
    unsigned copy_count;   /* Stores that may push it. */
    unsigned effect_count; /* Records that it made. */
    uint64_t history_id;   /* Of the last of them. */
    uint64_t revision;     /* The same. */
    uint64_t told_revision;
};

struct deeds {
    struct deed **items; /* By number, from 1. */
    size_t count;
    size_t capacity;
};

void deeds_init(struct deeds *deeds);
void deeds_deinit(struct deeds *deeds);

/* A new deed whose first operation adds its tag. */
struct deed *deeds_add(struct deeds *deeds);
/* By its tag; NULL if nobody ever asked for it. */
struct deed *deeds_find(const struct deeds *deeds, struct bytes tag);

/* By the request of a backend; NULL if nobody ever asked so. */
struct deed *deeds_find_request(const struct deeds *deeds,
                                const struct request_id *request);

struct deed_operation *deed_put(struct deed *deed, enum operation_type type,
                                const char *key);

/* The operations as the product wants them; borrowed from the deed. */
void deed_operations(const struct deed *deed, struct operation *out_operations);

/* What it does, beside its tag. */
void deed_describe(const struct deed *deed, struct text *text);

#endif
