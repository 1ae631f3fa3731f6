/*
 * What a record of the journal says, as plain structs and as bytes.
 *
 * A record is a list of parts that take effect as one, so that a crash shows
 * all of them or none. docs/DEVICE_FORMAT.md specifies every byte.
 */
#ifndef DALV_CLIENT_LEDGER_PART_H
#define DALV_CLIENT_LEDGER_PART_H

#include "base/bytes.h"
#include "base/status.h"
#include "model/transaction.h"
#include "model/user_state.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    LEDGER_RECORD = 1, /* The journal's type of a record of parts. */
};

enum ledger_part_type {
    LEDGER_PART_IDENTITY = 1, /* Who this store is. */
    LEDGER_PART_POSITION = 2, /* Where its numbers stand. */
    LEDGER_PART_ENTRY = 3,    /* A local transaction is this. */
    LEDGER_PART_NUMBERED = 4, /* It was given a push number. */
    LEDGER_PART_SETTLED = 5,  /* The cluster judged up to a number. */
    LEDGER_PART_OUTCOME = 6,  /* How one number ended, before SETTLED. */
    LEDGER_PART_DROPPED = 7,  /* A dead letter or a loss is forgotten. */
    LEDGER_PART_OFFERED = 8,  /* What a restored cluster lost was offered. */
    LEDGER_PART_RECEIPT = 9,  /* It was settled, and is remembered. */
};

struct ledger_identity {
    struct install_id install;
    uint64_t device; /* 0 before the first contact. */
    struct bytes user;
};

enum ledger_state {
    LEDGER_PENDING = 1,  /* To be settled by the cluster. */
    LEDGER_CONFLICT = 2, /* Waits for a resolver. */
    LEDGER_DEAD = 3,     /* Refused for good, kept for the application. */
    LEDGER_LOST = 4,     /* Lost a conflict, kept to be read. */
};

struct ledger_draft {
    uint64_t local_id;
    uint64_t replaces; /* Local id whose place it takes, or 0. */
    enum ledger_state state;
    enum dalv_status reason;  /* Why it is not PENDING; else DALV_OK. */
    uint32_t operation;       /* CONFLICT, DEAD: the first at fault. */
    uint64_t push_number;     /* 0: not given, or closed. */
    uint64_t base_history_id; /* Of what it was made on. */
    uint64_t time_us;         /* Local clock, for people only. */
    struct bytes transaction; /* model/transaction_format. */
    struct bytes base;        /* What was under its keys: a page of changes. */
    struct bytes sent;        /* As it went out; empty: as it is. */
};

struct ledger_position {
    uint64_t local_id_next;
    uint64_t settled;
    uint64_t chain; /* Over all pushes up to `settled`. */
    uint64_t offered_history_id;
};

struct ledger_numbered {
    uint64_t local_id;
    uint64_t push_number;
    struct bytes sent; /* Empty: as it is. */
};

struct ledger_settled {
    uint64_t settled;
    uint64_t chain;
};

/* How a transaction that left the ledger ended. */
struct ledger_receipt {
    uint64_t local_id;
    uint64_t revision; /* 0 if the cluster did not tell. */
    bool is_merged;
};

struct ledger_part {
    enum ledger_part_type type;
    union {
        struct ledger_identity identity;
        struct ledger_position position;
        struct ledger_draft entry;
        struct ledger_numbered numbered;
        struct ledger_settled settled;
        struct outcome outcome;
        uint64_t dropped; /* Local id. */
        uint64_t offered; /* History id. */
        struct ledger_receipt receipt;
    };
};

/* Most bytes that the part takes. */
size_t ledger_part_bytes_max(const struct ledger_part *part);

/* The writer has room for ledger_part_bytes_max. */
void ledger_part_write(const struct ledger_part *part, struct writer *writer);

/*
 * The part at the front, borrowed from what the reader was made of.
 * DALV_NOT_FOUND at the end, DALV_DAMAGED if it makes no sense,
 * DALV_UNSUPPORTED if it is of a type of tomorrow.
 */
DALV_MUST_CHECK enum dalv_status ledger_part_read(struct reader *reader,
                                                  struct ledger_part *out_part);

#endif
