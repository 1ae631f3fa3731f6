/*
 * How many bytes of one client's answers exist, wherever they are.
 *
 * ZeroMQ's marks count messages, and a message may be of five bytes or of five
 * million. So whoever makes an answer charges it to its client's account, and
 * it is settled when the memory goes: for a frame that was handed to ZeroMQ
 * that is when the last byte was written to the connection, or the connection
 * is gone. What a client asked for and does not read stays charged to it.
 *
 * An account may be charged and settled on any thread; the table belongs to
 * one.
 */
#ifndef DALV_NET_ACCOUNT_H
#define DALV_NET_ACCOUNT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct account;

/* Whose it is: a connection and, where one carries many, a client on it. */
struct account_key {
    uint64_t peer;
    uint64_t client;
};

enum {
    ACCOUNTS_BUCKETS = 1024
};

/* The accounts of all who have something charged, or are held. */
struct accounts {
    struct account *buckets[ACCOUNTS_BUCKETS];
    struct account *whole; /* Counts what all of them count. */
    size_t bytes_max;      /* Of each. */
};

/* `bytes_max` is a bound of each account, `whole_max` of all together. */
void accounts_init(struct accounts *accounts, size_t bytes_max,
                   size_t whole_max);
/* Accounts that are still held or charged go with the last of that. */
void accounts_deinit(struct accounts *accounts);
/* One is made if there is none. Borrowed until the next call: hold it. */
struct account *accounts_of(struct accounts *accounts, struct account_key key);
size_t accounts_bytes(const struct accounts *accounts); /* Of all. */

/* For as long as somebody may charge it. */
struct account *account_hold(struct account *account);
void account_release(struct account **account_p);

/* Charging is never refused: ask first, where there is a choice. */
void account_charge(struct account *account, size_t bytes);
void account_settle(struct account *account, size_t bytes);
/*
 * True if so many more bytes are within its bound and within that of all. An
 * account without a charge has room whatever its own bound is.
 */
bool account_has_room(const struct account *account, size_t bytes);
size_t account_bytes(const struct account *account);

#endif
