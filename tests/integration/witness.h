/*
 * A witness of what a server was asked and what it promised, kept outside of
 * it: so it is not fooled by whatever the server forgets.
 *
 * Each write is one transaction of one user: it puts a mark of its own, adds 1
 * to the user's counter and, now and then, an element to the user's list. So
 * how often it took effect can be seen from what is there, and the rules are
 *
 *   1. a write that was acknowledged is there, once, at the revision told;
 *   2. one that was refused is not there;
 *   3. any other is there once or not at all.
 */
#ifndef DALV_TESTS_INTEGRATION_WITNESS_H
#define DALV_TESTS_INTEGRATION_WITNESS_H

#include "client/dalv.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    WITNESS_USERS_MAX = 8,
    WITNESS_LIST_EVERY = 16, /* Each so many writes an element is added. */
    WITNESS_TEXT_BYTES = 32,
};

enum testimony {
    TESTIMONY_UNKNOWN = 0,
    TESTIMONY_DONE,
    TESTIMONY_REFUSED,
};

struct witnessed_write {
    enum testimony testimony;
    bool is_seen; /* By the check that runs. */
    enum dalv_status status;
    uint64_t revision; /* DONE. */
};

struct witnessed_user {
    char name[WITNESS_TEXT_BYTES];
    struct witnessed_write *writes; /* Owned; by the write's number. */
    size_t count;
    size_t capacity;
    size_t settled_count; /* Writes below it were all looked at, ... */
    size_t settled_there; /* ... and so many of them are there. */
};

struct witness {
    uint64_t seed;
    struct witnessed_user users[WITNESS_USERS_MAX];
    size_t user_count;
    /* What contradicts the rules; each was told on standard error. */
    size_t lost;    /* Acknowledged and not there. */
    size_t doubled; /* There more than once, or under two revisions. */
    size_t undead;  /* Refused, and there. */
    size_t wrong;   /* Another value, a gap between revisions, no answer. */
};

void witness_init(struct witness *witness, uint64_t seed, size_t user_count);
void witness_deinit(struct witness *witness);

/* A new write of a user: its number. */
size_t witness_begin(struct witness *witness, size_t user);
/* The transaction of a write, the same each time; it carries a request id that
   is the same each time. */
struct dalv_transaction *witness_transaction(const struct witness *witness,
                                             size_t user, size_t number);
/* What came back for it. */
void witness_answered(struct witness *witness, size_t user, size_t number,
                      enum dalv_status status, uint64_t revision);

size_t witness_count(const struct witness *witness, enum testimony testimony);
/* True as long as nothing contradicts the rules. */
bool witness_is_content(const struct witness *witness);

/* Tell of a contradiction and count it. */
void witness_object(struct witness *witness, size_t *counter, size_t user,
                    size_t number, const char *what);

/* The key of a write's mark, and what is in it; texts for people too. */
void witness_mark_key(size_t number, char key[WITNESS_TEXT_BYTES]);
size_t witness_mark_size(size_t number);
bool witness_mark_is_right(const struct witness *witness, size_t user,
                           size_t number, struct dalv_bytes value);
/* A few characters that stand for a value, and for that of a mark. */
void witness_digest(struct dalv_bytes value, char digest[WITNESS_TEXT_BYTES]);
void witness_mark_digest(const struct witness *witness, size_t user,
                         size_t number, char digest[WITNESS_TEXT_BYTES]);
/* The number that a mark's key or a list's element names; SIZE_MAX for none. */
size_t witness_number_of(struct dalv_bytes key);
/* The request id of a write, as 32 hexadecimal digits. */
void witness_request_text(const struct witness *witness, size_t user,
                          size_t number, char text[33]);

#endif
