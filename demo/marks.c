#include "demo/marks.h"

#include "demo/account.h"
#include "demo/chapters.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    POLL_MS = 50,
    UNDER_WAY_MAX = 256,
};

struct mark {
    struct marks *marks;
    size_t number;
    bool is_behind; /* Sent behind the disturbance. */
    enum dalv_status status;
};

struct marks {
    struct stage *stage;
    marks_disturb *disturb;
    void *owner;
    size_t sent;
    size_t answered;
    size_t acknowledged;
    size_t unknown;
    bool is_disturbed;
    double disturbed_at;
    double recovered_at[CHAPTER_USERS_MAX]; /* 0: not yet. */
    struct mark items[MARKS];
};

struct marks *marks_create(struct stage *stage, marks_disturb *disturb,
                           void *owner)
{
    struct marks *marks = calloc(1, sizeof(*marks));

    if (marks == NULL)
        return NULL;
    marks->stage = stage;
    marks->disturb = disturb;
    marks->owner = owner;
    return marks;
}

void marks_destroy(struct marks **marks_p)
{
    free(*marks_p);
    *marks_p = NULL;
}

static size_t user_number(const struct marks *marks, size_t number)
{
    return number % chapter_user_count(marks->stage);
}

static const char *user_of(const struct marks *marks, size_t number)
{
    return marks->stage->orders.customers[user_number(marks, number)];
}

static void note_recovery(struct marks *marks, const struct mark *mark)
{
    double *at = &marks->recovered_at[user_number(marks, mark->number)];

    if (mark->is_behind && mark->status == DALV_OK && *at == 0)
        *at = stage_seconds();
}

static void on_answer(void *owner, enum dalv_status status,
                      const struct dalv_update_result *result,
                      const struct dalv_value *value)
{
    struct mark *mark = owner;
    struct marks *marks = mark->marks;

    (void)result;
    (void)value;
    mark->status = status;
    marks->answered++;
    if (status == DALV_OK)
        marks->acknowledged++;
    else if (dalv_status_outcome(status) == 2)
        marks->unknown++;
    note_recovery(marks, mark);
}

static enum dalv_status send_mark(struct marks *marks)
{
    struct mark *mark = &marks->items[marks->sent];
    struct dalv_transaction *transaction = NULL;
    char key[32];
    enum dalv_status status = dalv_transaction_create(&transaction);

    *mark = (struct mark){.marks = marks,
                          .number = marks->sent,
                          .is_behind = marks->is_disturbed};
    (void)snprintf(key, sizeof(key), "sys/mark/%zu", mark->number);
    if (status == DALV_OK)
        status = dalv_transaction_put(transaction, dalv_text(key),
                                      dalv_text("made"), NULL);
    if (status == DALV_OK)
        status =
            dalv_transaction_increment(transaction, dalv_text("sys/marks"), 1);
    if (status == DALV_OK)
        status = dalv_backend_send_update(
            marks->stage->backend, dalv_text(user_of(marks, mark->number)),
            &transaction, on_answer, mark);
    dalv_transaction_destroy(&transaction);
    return status;
}

static bool disturb_once(struct marks *marks)
{
    if (marks->is_disturbed || marks->answered < MARKS_DISTURBED_AFTER)
        return true;
    marks->is_disturbed = true;
    marks->disturbed_at = stage_seconds();
    return marks->disturb(marks->owner);
}

static bool write_all(struct marks *marks)
{
    while (marks->answered < MARKS) {
        while (marks->sent < MARKS && marks_under_way(marks) < UNDER_WAY_MAX) {
            if (send_mark(marks) != DALV_OK)
                return false;
            marks->sent++;
        }
        if (!disturb_once(marks))
            return false;
        (void)dalv_backend_poll(marks->stage->backend, POLL_MS);
        account_progress("writing", marks->answered, MARKS);
    }
    return true;
}

bool marks_write(struct marks *marks)
{
    double began = stage_seconds();

    if (!write_all(marks)) {
        account_fail("the writes could not be finished");
        return false;
    }
    account_say("%d writes answered in %.1f s, the crash included", MARKS,
                stage_seconds() - began);
    return true;
}

size_t marks_under_way(const struct marks *marks)
{
    return marks->sent - marks->answered;
}

double marks_recovery_seconds(const struct marks *marks)
{
    double last = marks->disturbed_at;

    for (size_t i = 0; i < chapter_user_count(marks->stage); i++) {
        if (marks->recovered_at[i] > last)
            last = marks->recovered_at[i];
    }
    return last - marks->disturbed_at;
}

static bool is_there(const struct marks *marks, size_t number)
{
    struct dalv_value *value = NULL;
    char key[32];
    enum dalv_status status;

    (void)snprintf(key, sizeof(key), "sys/mark/%zu", number);
    status = dalv_backend_get(marks->stage->backend,
                              dalv_text(user_of(marks, number)), dalv_text(key),
                              &value);
    dalv_value_destroy(&value);
    return status == DALV_OK;
}

static int64_t count_marks(const struct marks *marks)
{
    int64_t sum = 0;

    for (size_t i = 0; i < chapter_user_count(marks->stage); i++) {
        struct dalv_value *value = NULL;

        if (dalv_backend_get(marks->stage->backend,
                             dalv_text(user_of(marks, i)),
                             dalv_text("sys/marks"), &value) == DALV_OK)
            sum += dalv_value_number(value);
        dalv_value_destroy(&value);
    }
    return sum;
}

void marks_judge(struct marks *marks)
{
    size_t there = 0;
    size_t missing = 0;
    int64_t counted;

    for (size_t i = 0; i < MARKS; i++) {
        bool is_here = is_there(marks, i);

        there += is_here;
        missing += !is_here && marks->items[i].status == DALV_OK;
    }
    counted = count_marks(marks);
    if (missing > 0)
        account_fail("%zu acknowledged writes are missing", missing);
    if (counted != (int64_t)there)
        account_fail("%lld writes counted, %zu there: some took effect twice",
                     (long long)counted, there);
    account_say("%zu acknowledged, %zu of unknown outcome: %zu there, each "
                "once; none that was acknowledged is missing",
                marks->acknowledged, marks->unknown, there);
}
