#include "tests/integration/load.h"

#include "base/assert.h"
#include "base/clock.h"

#include <string.h>

enum {
    TWICE_OF = 16,
    READ_OF = 8,
    MARK_OF = 4, /* Reads. */
};

void load_init(struct load *load, struct witness *witness, uint64_t seed)
{
    memset(load, 0, sizeof(*load));
    load->witness = witness;
    prng_init(&load->prng, seed);
    load_use(load, NULL);
}

void load_use(struct load *load, struct dalv_backend *backend)
{
    load->backend = backend;
    load->under_way = 0;
    for (size_t i = 0; i < LOAD_WINDOW; i++)
        load->tickets[i] = (struct load_ticket){.load = load};
}

static void end_ticket(struct load_ticket *ticket)
{
    ticket->is_used = false;
    ticket->load->under_way--;
    ticket->load->answered++;
}

static void on_answer(void *owner, enum dalv_status status,
                      const struct dalv_update_result *result,
                      const struct dalv_value *value)
{
    struct load_ticket *ticket = owner;
    struct load *load = ticket->load;
    struct history_answer answer = {.end = HISTORY_UNKNOWN};

    (void)value;
    witness_answered(load->witness, ticket->user, ticket->number, status,
                     result->revision);
    if (status == DALV_OK)
        answer = (struct history_answer){.end = HISTORY_DONE,
                                         .revision = result->revision,
                                         .found = HISTORY_NUMBER,
                                         .number = result->number};
    else if (dalv_status_outcome(status) == 1)
        answer.end = HISTORY_REFUSED;
    if (load->history != NULL)
        history_writer_end(load->history, ticket->call, &answer);
    end_ticket(ticket);
}

static void on_read(void *owner, enum dalv_status status,
                    const struct dalv_update_result *result,
                    const struct dalv_value *value)
{
    struct load_ticket *ticket = owner;
    struct history_answer answer = {.end = HISTORY_UNKNOWN};
    char digest[WITNESS_TEXT_BYTES];

    (void)result;
    if (status == DALV_OK || status == DALV_NOT_FOUND)
        answer.end = HISTORY_DONE;
    if (status == DALV_OK) {
        answer.revision = dalv_value_revision(value);
        answer.number = dalv_value_number(value);
        witness_digest(dalv_value_bytes(value), digest);
        answer.value = digest;
        answer.found = dalv_value_kind(value) == DALV_KIND_COUNTER
                           ? HISTORY_NUMBER
                           : HISTORY_VALUE;
    }
    history_writer_end(ticket->load->history, ticket->call, &answer);
    end_ticket(ticket);
}

static struct load_ticket *free_ticket(struct load *load)
{
    for (size_t i = 0; i < LOAD_WINDOW; i++) {
        if (!load->tickets[i].is_used)
            return &load->tickets[i];
    }
    return NULL;
}

static void note_call(struct load *load, struct load_ticket *ticket)
{
    struct history_writer *history = load->history;
    char key[WITNESS_TEXT_BYTES];
    char digest[WITNESS_TEXT_BYTES];
    char request[33];

    if (history == NULL)
        return;
    witness_mark_key(ticket->number, key);
    witness_mark_digest(load->witness, ticket->user, ticket->number, digest);
    witness_request_text(load->witness, ticket->user, ticket->number, request);
    history_writer_put(history, key, digest);
    history_writer_add(history, "count", 1);
    ticket->call = history_writer_update(
        history, load->witness->users[ticket->user].name, request);
}

bool load_ask(struct load *load, size_t user, size_t number)
{
    struct load_ticket *ticket = free_ticket(load);
    struct dalv_transaction *transaction;
    enum dalv_status status;

    if (ticket == NULL)
        return false;
    ticket->is_used = true;
    ticket->user = user;
    ticket->number = number;
    load->under_way++;
    note_call(load, ticket);
    transaction = witness_transaction(load->witness, user, number);
    status = dalv_backend_send_update(
        load->backend, dalv_text(load->witness->users[user].name), &transaction,
        on_answer, ticket);
    ASSERT(status == DALV_OK);
    return true;
}

/* One of the newer ones: it may be under way, or not be there at all. */
static void choose_mark(struct load *load, size_t user,
                        char key[WITNESS_TEXT_BYTES])
{
    size_t count = load->witness->users[user].count;
    size_t back = prng_below(&load->prng, LOAD_WINDOW);

    witness_mark_key(back < count ? count - back : 0, key);
}

bool load_read(struct load *load, size_t user)
{
    struct load_ticket *ticket = free_ticket(load);
    char key[WITNESS_TEXT_BYTES] = "count";
    const char *name = load->witness->users[user].name;

    if (ticket == NULL)
        return false;
    if (prng_below(&load->prng, MARK_OF) == 0)
        choose_mark(load, user, key);
    ticket->is_used = true;
    ticket->user = user;
    ticket->number = SIZE_MAX;
    load->under_way++;
    ticket->call = history_writer_get(load->history, name, key);
    ASSERT(dalv_backend_send_get(load->backend, dalv_text(name), dalv_text(key),
                                 on_read, ticket) == DALV_OK);
    return true;
}

static bool is_read_wanted(struct load *load)
{
    return load->history != NULL && prng_below(&load->prng, READ_OF) == 0;
}

void load_fill(struct load *load)
{
    while (load->under_way < LOAD_WINDOW) {
        size_t user = prng_below(&load->prng, load->witness->user_count);
        size_t number;

        if (is_read_wanted(load)) {
            (void)load_read(load, user);
            continue;
        }
        number = witness_begin(load->witness, user);
        (void)load_ask(load, user, number);
        if (prng_below(&load->prng, TWICE_OF) == 0)
            (void)load_ask(load, user, number);
    }
}

void load_poll(struct load *load, uint32_t timeout_ms)
{
    (void)dalv_backend_poll(load->backend, timeout_ms);
}

bool load_drain(struct load *load, uint32_t timeout_ms)
{
    uint64_t until_ms = clock_boot_ms() + timeout_ms;

    while (load->under_way > 0 && clock_boot_ms() < until_ms)
        load_poll(load, 100);
    return load->under_way == 0;
}

void load_run(struct load *load, size_t answers, uint32_t duration_ms)
{
    uint64_t until_ms = clock_boot_ms() + duration_ms;
    size_t enough = load->answered + answers;

    while (load->answered < enough && clock_boot_ms() < until_ms) {
        load_fill(load);
        load_poll(load, 1);
    }
}
