#include "demo/account.h"
#include "demo/chapters.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    WRITES = 3000,
    KILL_AFTER = 1000, /* Answers. */
    POLL_MS = 100,
    IN_FLIGHT_MAX = 256,
};

/* What became of each write, kept outside the server. */
struct ledger {
    enum dalv_status statuses[WRITES];
    bool is_answered[WRITES];
    size_t answered;
    size_t acknowledged;
    size_t unknown;
};

struct write {
    struct ledger *ledger;
    size_t number;
};

static void on_answer(void *owner, enum dalv_status status,
                      const struct dalv_update_result *result,
                      const struct dalv_value *value)
{
    struct write *write = owner;
    struct ledger *ledger = write->ledger;

    (void)result;
    (void)value;
    ledger->statuses[write->number] = status;
    ledger->is_answered[write->number] = true;
    ledger->answered++;
    if (status == DALV_OK)
        ledger->acknowledged++;
    else if (dalv_status_outcome(status) == 2)
        ledger->unknown++;
}

static const char *user_of(const struct stage *stage, size_t number)
{
    return stage->orders.customers[number % chapter_user_count(stage)];
}

/* Each write leaves a mark of its own and counts itself. */
static enum dalv_status send_write(struct stage *stage, struct write *write)
{
    struct dalv_transaction *transaction = NULL;
    char key[32];
    enum dalv_status status = dalv_transaction_create(&transaction);

    (void)snprintf(key, sizeof(key), "sys/mark/%zu", write->number);
    if (status == DALV_OK)
        status = dalv_transaction_put(transaction, dalv_text(key),
                                      dalv_text("made"), NULL);
    if (status == DALV_OK)
        status =
            dalv_transaction_increment(transaction, dalv_text("sys/marks"), 1);
    if (status == DALV_OK)
        status = dalv_backend_send_update(
            stage->backend, dalv_text(user_of(stage, write->number)),
            &transaction, on_answer, write);
    dalv_transaction_destroy(&transaction);
    return status;
}

static bool write_all(struct stage *stage, struct ledger *ledger,
                      struct write *writes)
{
    size_t sent = 0;
    bool was_killed = false;

    while (ledger->answered < WRITES) {
        while (sent < WRITES && sent - ledger->answered < IN_FLIGHT_MAX) {
            writes[sent] = (struct write){.ledger = ledger, .number = sent};
            if (send_write(stage, &writes[sent]) != DALV_OK)
                return false;
            sent++;
        }
        if (!was_killed && ledger->answered >= KILL_AFTER) {
            was_killed = true;
            account_say("kill -9 after %zu answers, %zu writes under way",
                        ledger->answered, sent - ledger->answered);
            stage_kill_server(stage);
            if (!stage_start_server(stage))
                return false;
        }
        (void)dalv_backend_poll(stage->backend, POLL_MS);
        account_progress("writing", ledger->answered, WRITES);
    }
    return true;
}

static bool is_there(struct stage *stage, size_t number)
{
    struct dalv_value *value = NULL;
    char key[32];
    enum dalv_status status;

    (void)snprintf(key, sizeof(key), "sys/mark/%zu", number);
    status = dalv_backend_get(stage->backend, dalv_text(user_of(stage, number)),
                              dalv_text(key), &value);
    dalv_value_destroy(&value);
    return status == DALV_OK;
}

static int64_t count_marks(struct stage *stage)
{
    int64_t sum = 0;

    for (size_t i = 0; i < chapter_user_count(stage); i++) {
        struct dalv_value *value = NULL;

        if (dalv_backend_get(stage->backend,
                             dalv_text(stage->orders.customers[i]),
                             dalv_text("sys/marks"), &value) == DALV_OK)
            sum += dalv_value_number(value);
        dalv_value_destroy(&value);
    }
    return sum;
}

static void judge(struct stage *stage, const struct ledger *ledger)
{
    size_t there = 0;
    size_t missing = 0;
    int64_t counted;

    for (size_t i = 0; i < WRITES; i++) {
        bool is_here = is_there(stage, i);

        there += is_here;
        missing += !is_here && ledger->statuses[i] == DALV_OK;
    }
    counted = count_marks(stage);
    if (missing > 0)
        account_fail("%zu acknowledged writes are missing", missing);
    if (counted != (int64_t)there)
        account_fail("%lld writes counted, %zu there: some took effect twice",
                     (long long)counted, there);
    account_say("%zu acknowledged, %zu of unknown outcome: %zu there, each "
                "once; none that was acknowledged is missing",
                ledger->acknowledged, ledger->unknown, there);
}

bool chapter_crash(struct stage *stage)
{
    struct ledger *ledger = calloc(1, sizeof(*ledger));
    struct write *writes = calloc(WRITES, sizeof(*writes));
    double began = stage_seconds();
    bool is_done = false;

    account_chapter("The server is killed in the middle of writes, and starts "
                    "again");
    if (ledger != NULL && writes != NULL)
        is_done = write_all(stage, ledger, writes);
    if (is_done) {
        account_say("%d writes answered in %.1f s, the crash included", WRITES,
                    stage_seconds() - began);
        judge(stage, ledger);
    } else {
        account_fail("the writes could not be finished");
    }
    free(ledger);
    free(writes);
    return is_done;
}
