#include "tests/integration/load.h"

#include "base/assert.h"
#include "base/clock.h"

#include <string.h>

enum {
    TWICE_OF = 16
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

static void on_answer(void *owner, enum dalv_status status,
                      const struct dalv_update_result *result,
                      const struct dalv_value *value)
{
    struct load_ticket *ticket = owner;
    struct load *load = ticket->load;

    (void)value;
    witness_answered(load->witness, ticket->user, ticket->number, status,
                     result->revision);
    ticket->is_used = false;
    load->under_way--;
    load->answered++;
}

static struct load_ticket *free_ticket(struct load *load)
{
    for (size_t i = 0; i < LOAD_WINDOW; i++) {
        if (!load->tickets[i].is_used)
            return &load->tickets[i];
    }
    return NULL;
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
    transaction = witness_transaction(load->witness, user, number);
    status = dalv_backend_send_update(
        load->backend, dalv_text(load->witness->users[user].name), &transaction,
        on_answer, ticket);
    ASSERT(status == DALV_OK);
    return true;
}

void load_fill(struct load *load)
{
    while (load->under_way < LOAD_WINDOW) {
        size_t user = prng_below(&load->prng, load->witness->user_count);
        size_t number = witness_begin(load->witness, user);

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
