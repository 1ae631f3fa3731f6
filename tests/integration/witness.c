#include "tests/integration/witness.h"

#include "base/assert.h"
#include "base/hash.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    ID_BYTES = 16,
    MARK_BYTES_MAX = 32 << 10,
    OBJECTIONS_TOLD_MAX = 20,
};

void witness_init(struct witness *witness, uint64_t seed, size_t user_count)
{
    ASSERT(user_count <= WITNESS_USERS_MAX);
    memset(witness, 0, sizeof(*witness));
    witness->seed = seed;
    witness->user_count = user_count;
    for (size_t i = 0; i < user_count; i++)
        (void)snprintf(witness->users[i].name, WITNESS_TEXT_BYTES, "user-%zu",
                       i);
}

void witness_deinit(struct witness *witness)
{
    for (size_t i = 0; i < witness->user_count; i++)
        free(witness->users[i].writes);
    memset(witness, 0, sizeof(*witness));
}

size_t witness_begin(struct witness *witness, size_t user)
{
    struct witnessed_user *kept = &witness->users[user];

    if (kept->count == kept->capacity) {
        kept->capacity = kept->capacity == 0 ? 1024 : kept->capacity * 2;
        kept->writes =
            realloc(kept->writes, kept->capacity * sizeof(*kept->writes));
        ASSERT(kept->writes != NULL);
    }
    memset(&kept->writes[kept->count], 0, sizeof(*kept->writes));
    return kept->count++;
}

/* ---- What a write is ---- */

static uint64_t mix(uint64_t number)
{
    number = (number ^ (number >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    number = (number ^ (number >> 27)) * UINT64_C(0x94d049bb133111eb);
    return number ^ (number >> 31);
}

static void request_id(const struct witness *witness, size_t user,
                       size_t number, uint8_t id[ID_BYTES])
{
    uint64_t halves[2] = {mix(witness->seed + user), number};

    memcpy(id, halves, ID_BYTES);
}

void witness_request_text(const struct witness *witness, size_t user,
                          size_t number, char text[33])
{
    uint8_t id[ID_BYTES];

    request_id(witness, user, number, id);
    for (size_t i = 0; i < ID_BYTES; i++)
        (void)snprintf(text + 2 * i, 3, "%02x", id[i]);
}

void witness_mark_key(size_t number, char key[WITNESS_TEXT_BYTES])
{
    (void)snprintf(key, WITNESS_TEXT_BYTES, "mark/%010zu", number);
}

size_t witness_number_of(struct dalv_bytes key)
{
    char text[WITNESS_TEXT_BYTES] = {0};
    char *end = NULL;
    size_t number;

    if (key.size != 15 || memcmp(key.data, "mark/", 5) != 0)
        return SIZE_MAX;
    memcpy(text, (const char *)key.data + 5, 10);
    number = strtoull(text, &end, 10);
    return *end == '\0' ? number : SIZE_MAX;
}

/* Most are small; some cross the blocks of a log, and of its batches. */
size_t witness_mark_size(size_t number)
{
    uint64_t dice = mix(number);

    if (dice % 64 == 0)
        return 24 + (dice >> 8) % (MARK_BYTES_MAX - 24);
    return 24 + (dice >> 8) % 200;
}

static size_t fill_mark(const struct witness *witness, size_t user,
                        size_t number, uint8_t mark[MARK_BYTES_MAX])
{
    size_t size = witness_mark_size(number);
    uint64_t state = mix(witness->seed ^ mix(user + 1) ^ number);

    for (size_t i = 0; i < size; i++) {
        if (i % 8 == 0)
            state = mix(state + 1);
        mark[i] = (uint8_t)(state >> (8 * (i % 8)));
    }
    return size;
}

bool witness_mark_is_right(const struct witness *witness, size_t user,
                           size_t number, struct dalv_bytes value)
{
    static uint8_t mark[MARK_BYTES_MAX];
    size_t size = fill_mark(witness, user, number, mark);

    return value.size == size && memcmp(value.data, mark, size) == 0;
}

void witness_digest(struct dalv_bytes value, char digest[WITNESS_TEXT_BYTES])
{
    (void)snprintf(
        digest, WITNESS_TEXT_BYTES, "%016llx",
        (unsigned long long)hash64(bytes_make(value.data, value.size)));
}

void witness_mark_digest(const struct witness *witness, size_t user,
                         size_t number, char digest[WITNESS_TEXT_BYTES])
{
    static uint8_t mark[MARK_BYTES_MAX];
    size_t size = fill_mark(witness, user, number, mark);

    witness_digest(dalv_bytes(mark, size), digest);
}

struct dalv_transaction *witness_transaction(const struct witness *witness,
                                             size_t user, size_t number)
{
    static uint8_t mark[MARK_BYTES_MAX];
    struct dalv_transaction *transaction = NULL;
    size_t size = fill_mark(witness, user, number, mark);
    char key[WITNESS_TEXT_BYTES];
    uint8_t id[ID_BYTES];

    witness_mark_key(number, key);
    request_id(witness, user, number, id);
    ASSERT(dalv_transaction_create(&transaction) == DALV_OK);
    ASSERT(dalv_transaction_put(transaction, dalv_text(key),
                                dalv_bytes(mark, size), NULL) == DALV_OK);
    ASSERT(dalv_transaction_increment(transaction, dalv_text("count"), 1) ==
           DALV_OK);
    if (number % WITNESS_LIST_EVERY == 0)
        ASSERT(dalv_transaction_list_add(transaction, dalv_text("list"),
                                         dalv_text(key)) == DALV_OK);
    dalv_transaction_set_request_id(transaction, id);
    return transaction;
}

/* ---- What came of it ---- */

void witness_object(struct witness *witness, size_t *counter, size_t user,
                    size_t number, const char *what)
{
    size_t told =
        witness->lost + witness->doubled + witness->undead + witness->wrong;

    (*counter)++;
    if (told >= OBJECTIONS_TOLD_MAX)
        return;
    if (number == SIZE_MAX)
        (void)fprintf(stderr, "%s: %s\n", witness->users[user].name, what);
    else
        (void)fprintf(stderr, "%s, write %zu: %s\n", witness->users[user].name,
                      number, what);
}

static void done(struct witness *witness, size_t user, size_t number,
                 uint64_t revision)
{
    struct witnessed_write *write = &witness->users[user].writes[number];

    if (write->testimony == TESTIMONY_REFUSED)
        witness_object(witness, &witness->undead, user, number,
                       "done, after it was refused for good");
    if (write->testimony == TESTIMONY_DONE && write->revision != revision)
        witness_object(witness, &witness->doubled, user, number,
                       "done again, under another revision");
    write->testimony = TESTIMONY_DONE;
    write->revision = revision;
}

void witness_answered(struct witness *witness, size_t user, size_t number,
                      enum dalv_status status, uint64_t revision)
{
    struct witnessed_write *write = &witness->users[user].writes[number];

    write->status = status;
    if (status == DALV_OK) {
        done(witness, user, number, revision);
    } else if (dalv_status_outcome(status) == 1) {
        if (write->testimony == TESTIMONY_DONE)
            witness_object(witness, &witness->lost, user, number,
                           "refused, after it was done");
        else
            write->testimony = TESTIMONY_REFUSED;
    }
}

size_t witness_count(const struct witness *witness, enum testimony testimony)
{
    size_t count = 0;

    for (size_t i = 0; i < witness->user_count; i++) {
        const struct witnessed_user *user = &witness->users[i];

        for (size_t j = 0; j < user->count; j++)
            count += user->writes[j].testimony == testimony;
    }
    return count;
}

bool witness_is_content(const struct witness *witness)
{
    return witness->lost + witness->doubled + witness->undead +
               witness->wrong ==
           0;
}
