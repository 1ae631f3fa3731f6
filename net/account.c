#include "net/account.h"

#include "base/assert.h"

#include <stdatomic.h>
#include <stdlib.h>

struct account {
    struct account *next; /* In its bucket; the table's. */
    struct account_key key;
    struct account *whole; /* Held by this one; NULL: this is the whole. */
    size_t bytes_max;
    _Atomic size_t bytes;
    _Atomic size_t holder_count;
};

static struct account *create(struct account *whole, size_t bytes_max)
{
    struct account *account = calloc(1, sizeof(*account));

    ASSERT(account != NULL);
    account->whole = whole;
    account->bytes_max = bytes_max;
    atomic_init(&account->bytes, 0);
    atomic_init(&account->holder_count, 1);
    return account;
}

struct account *account_hold(struct account *account)
{
    (void)atomic_fetch_add(&account->holder_count, 1);
    return account;
}

/* The last who lets go of an account lets go of the whole for it. */
void account_release(struct account **account_p)
{
    struct account *account = *account_p;

    *account_p = NULL;
    while (account != NULL &&
           atomic_fetch_sub(&account->holder_count, 1) == 1) {
        struct account *whole = account->whole;

        free(account);
        account = whole;
    }
}

void account_charge(struct account *account, size_t bytes)
{
    for (; account != NULL; account = account->whole)
        (void)atomic_fetch_add(&account->bytes, bytes);
}

void account_settle(struct account *account, size_t bytes)
{
    for (; account != NULL; account = account->whole) {
        size_t before = atomic_fetch_sub(&account->bytes, bytes);

        ASSERT(before >= bytes);
    }
}

size_t account_bytes(const struct account *account)
{
    return atomic_load(&account->bytes);
}

static bool fits(const struct account *account, size_t bytes)
{
    size_t charged = account_bytes(account);

    return bytes <= account->bytes_max && charged <= account->bytes_max - bytes;
}

bool account_has_room(const struct account *account, size_t bytes)
{
    if (account->whole != NULL && !fits(account->whole, bytes))
        return false;
    return account_bytes(account) == 0 || fits(account, bytes);
}

void accounts_init(struct accounts *accounts, size_t bytes_max,
                   size_t whole_max)
{
    *accounts = (struct accounts){.bytes_max = bytes_max,
                                  .whole = create(NULL, whole_max)};
}

void accounts_deinit(struct accounts *accounts)
{
    for (size_t i = 0; i < ACCOUNTS_BUCKETS; i++) {
        while (accounts->buckets[i] != NULL) {
            struct account *account = accounts->buckets[i];

            accounts->buckets[i] = account->next;
            account_release(&account);
        }
    }
    account_release(&accounts->whole);
}

/* Both are numbered one by one: their last bits spread them evenly. */
static struct account **bucket_of(struct accounts *accounts,
                                  struct account_key key)
{
    return &accounts->buckets[(key.peer + key.client) % ACCOUNTS_BUCKETS];
}

/* Nobody holds it but the table, so nobody can charge it meanwhile. */
static bool is_idle(const struct account *account)
{
    return atomic_load(&account->holder_count) == 1 &&
           account_bytes(account) == 0;
}

static bool is_of(const struct account *account, struct account_key key)
{
    return account->key.peer == key.peer && account->key.client == key.client;
}

struct account *accounts_of(struct accounts *accounts, struct account_key key)
{
    struct account **bucket = bucket_of(accounts, key);
    struct account **link = bucket;
    struct account *account = *bucket;

    while (account != NULL) {
        if (is_of(account, key))
            return account;
        if (is_idle(account)) {
            *link = account->next;
            account_release(&account);
        } else {
            link = &account->next;
        }
        account = *link;
    }
    account = create(account_hold(accounts->whole), accounts->bytes_max);
    account->key = key;
    account->next = *bucket;
    *bucket = account;
    return account;
}

size_t accounts_bytes(const struct accounts *accounts)
{
    return account_bytes(accounts->whole);
}
