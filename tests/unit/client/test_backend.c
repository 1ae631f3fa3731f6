/*
 * A backend against routers of which each test decides what they say.
 */
#include "base/clock.h"
#include "client/dalv.h"
#include "tests/support/fake_router.h"
#include "tests/support/suite.h"
#include "tests/unit/client/backend_fixture.h"

#include <CUnit/CUnit.h>
#include <stdatomic.h>
#include <string.h>

/* What a router heard, told by its thread, read once it is quiet. */
struct heard {
    atomic_size_t questions;
    struct request_id first_id;
    struct request_id last_id;
};

static void answer_refused(struct fake_router *router, uint64_t peer,
                           const struct message *question,
                           enum dalv_status status)
{
    const struct message answer = {
        .type = MESSAGE_REFUSED,
        .request = question->request,
        .refused = {.status = status, .text = bytes_from_text("because")},
    };

    fake_router_send(router, peer, &answer);
}

static void hear(struct heard *heard, const struct message *question)
{
    if (question->type == MESSAGE_UPDATE) {
        if (atomic_load(&heard->questions) == 0)
            heard->first_id = question->update.id;
        heard->last_id = question->update.id;
    }
    (void)atomic_fetch_add(&heard->questions, 1);
}

static void apply_all(void *owner, struct fake_router *router, uint64_t peer,
                      const struct message *question)
{
    if (owner != NULL)
        hear(owner, question);
    backend_fixture_updated(router, peer, question, DALV_OK);
}

static void tells_what_an_update_took(void)
{
    struct fake_router *router = fake_router_start(apply_all, NULL);
    struct dalv_backend *backend = backend_fixture_open_one(router);
    struct dalv_transaction *transaction = NULL;
    struct dalv_update_result result = {0};

    CU_ASSERT_EQUAL(dalv_transaction_create(&transaction), DALV_OK);
    CU_ASSERT_EQUAL(dalv_transaction_increment(transaction, dalv_text("n"), 2),
                    DALV_OK);
    CU_ASSERT_EQUAL(
        dalv_backend_update(backend, dalv_text("anna"), &transaction, &result),
        DALV_OK);
    CU_ASSERT_PTR_NULL(transaction);
    CU_ASSERT_EQUAL(result.revision, 9);
    CU_ASSERT_EQUAL(result.epoch, 3);
    CU_ASSERT_EQUAL(result.number, 42);
    dalv_backend_close(&backend);
    fake_router_stop(&router);
}

static void does_not_open_with_a_token_that_is_refused(void)
{
    struct fake_router *router = fake_router_start(apply_all, NULL);
    struct dalv_backend_options *options = NULL;
    struct dalv_backend *backend = NULL;

    fake_router_refuse(router, DALV_NOT_PERMITTED);
    CU_ASSERT_EQUAL_FATAL(dalv_backend_options_create(&options), DALV_OK);
    CU_ASSERT_EQUAL(dalv_backend_options_add_endpoint(
                        options, fake_router_endpoint(router)),
                    DALV_OK);
    CU_ASSERT_EQUAL(dalv_backend_options_set_token(options, "token"), DALV_OK);
    CU_ASSERT_EQUAL(dalv_backend_open(options, &backend), DALV_NOT_PERMITTED);
    CU_ASSERT_PTR_NULL(backend);
    dalv_backend_options_destroy(&options);
    fake_router_stop(&router);
}

static void says_unavailable_when_nobody_listens(void)
{
    struct dalv_backend_options *options = NULL;
    struct dalv_backend *backend = NULL;

    CU_ASSERT_EQUAL_FATAL(dalv_backend_options_create(&options), DALV_OK);
    CU_ASSERT_EQUAL(
        dalv_backend_options_add_endpoint(options, "tcp://127.0.0.1:1"),
        DALV_OK);
    CU_ASSERT_EQUAL(dalv_backend_options_set_token(options, "token"), DALV_OK);
    CU_ASSERT_EQUAL(dalv_backend_options_set_timeout(options, 300), DALV_OK);
    CU_ASSERT_EQUAL(dalv_backend_open(options, &backend), DALV_UNAVAILABLE);
    dalv_backend_options_destroy(&options);
}

static void refuse_the_first_two(void *owner, struct fake_router *router,
                                 uint64_t peer, const struct message *question)
{
    struct heard *heard = owner;

    hear(heard, question);
    if (atomic_load(&heard->questions) <= 2)
        answer_refused(router, peer, question, DALV_BUSY);
    else
        backend_fixture_updated(router, peer, question, DALV_OK);
}

static void asks_again_under_one_id_until_it_is_done(void)
{
    struct heard heard = {0};
    struct fake_router *router =
        fake_router_start(refuse_the_first_two, &heard);
    struct dalv_backend *backend = backend_fixture_open_one(router);

    CU_ASSERT_EQUAL(dalv_backend_put(backend, dalv_text("anna"), dalv_text("k"),
                                     dalv_text("v"), NULL),
                    DALV_OK);
    dalv_backend_close(&backend);
    fake_router_stop(&router);
    CU_ASSERT_EQUAL(atomic_load(&heard.questions), 3);
    CU_ASSERT_EQUAL(
        memcmp(&heard.first_id, &heard.last_id, sizeof(heard.first_id)), 0);
}

static void refuse_all(void *owner, struct fake_router *router, uint64_t peer,
                       const struct message *question)
{
    (void)owner;
    answer_refused(router, peer, question, DALV_BUSY);
}

static void says_not_done_after_refusals_only(void)
{
    struct fake_router *router = fake_router_start(refuse_all, NULL);
    const struct fake_router *list = router;
    struct dalv_backend *backend = backend_fixture_open(&list, 1, 400);

    CU_ASSERT_EQUAL(dalv_backend_put(backend, dalv_text("anna"), dalv_text("k"),
                                     dalv_text("v"), NULL),
                    DALV_BUSY);
    CU_ASSERT_EQUAL(dalv_status_outcome(DALV_BUSY), 1);
    dalv_backend_close(&backend);
    fake_router_stop(&router);
}

static void answer_nothing(void *owner, struct fake_router *router,
                           uint64_t peer, const struct message *question)
{
    (void)router;
    (void)peer;
    if (owner != NULL)
        hear(owner, question);
}

static void says_unknown_without_an_answer(void)
{
    struct fake_router *router = fake_router_start(answer_nothing, NULL);
    const struct fake_router *list = router;
    struct dalv_backend *backend = backend_fixture_open(&list, 1, 300);

    CU_ASSERT_EQUAL(dalv_backend_put(backend, dalv_text("anna"), dalv_text("k"),
                                     dalv_text("v"), NULL),
                    DALV_TIMEOUT);
    CU_ASSERT_EQUAL(dalv_status_outcome(DALV_TIMEOUT), 2);
    dalv_backend_close(&backend);
    fake_router_stop(&router);
}

/* One router stops answering at all; within two seconds the other has it. */
static void moves_on_to_another_router_within_two_seconds(void)
{
    struct heard heard[2] = {{0}, {0}};
    struct fake_router *routers[2] = {fake_router_start(apply_all, &heard[0]),
                                      fake_router_start(apply_all, &heard[1])};
    const struct fake_router *list[2] = {routers[0], routers[1]};
    struct dalv_backend *backend = backend_fixture_open(list, 2, 5000);
    uint64_t began_ms;

    CU_ASSERT_EQUAL(dalv_backend_put(backend, dalv_text("anna"), dalv_text("k"),
                                     dalv_text("v"), NULL),
                    DALV_OK);
    for (size_t i = 0; i < 2; i++)
        fake_router_hush(routers[i], atomic_load(&heard[i].questions) == 1);
    began_ms = clock_boot_ms();
    CU_ASSERT_EQUAL(dalv_backend_put(backend, dalv_text("anna"), dalv_text("k"),
                                     dalv_text("v"), NULL),
                    DALV_OK);
    CU_ASSERT_TRUE(clock_boot_ms() - began_ms < 2000);
    dalv_backend_close(&backend);
    fake_router_stop(&routers[0]);
    fake_router_stop(&routers[1]);
}

/* A connection that breaks is noticed at once, not by silence. */
static void moves_on_at_once_when_the_connection_breaks(void)
{
    struct heard heard[2] = {{0}, {0}};
    struct fake_router *routers[2] = {fake_router_start(apply_all, &heard[0]),
                                      fake_router_start(apply_all, &heard[1])};
    const struct fake_router *list[2] = {routers[0], routers[1]};
    struct dalv_backend *backend = backend_fixture_open(list, 2, 5000);

    CU_ASSERT_EQUAL(dalv_backend_put(backend, dalv_text("anna"), dalv_text("k"),
                                     dalv_text("v"), NULL),
                    DALV_OK);
    fake_router_stop(&routers[atomic_load(&heard[0].questions) == 1 ? 0 : 1]);
    CU_ASSERT_EQUAL(dalv_backend_put(backend, dalv_text("anna"), dalv_text("k"),
                                     dalv_text("v"), NULL),
                    DALV_OK);
    dalv_backend_close(&backend);
    fake_router_stop(&routers[0]);
    fake_router_stop(&routers[1]);
}

static void count_answer(void *owner, enum dalv_status status,
                         const struct dalv_update_result *result,
                         const struct dalv_value *value)
{
    size_t *done = owner;

    (void)result;
    (void)value;
    *done += status == DALV_OK;
}

static void send_one(struct dalv_backend *backend, size_t *done)
{
    struct dalv_transaction *transaction = NULL;

    CU_ASSERT_EQUAL(dalv_transaction_create(&transaction), DALV_OK);
    CU_ASSERT_EQUAL(dalv_transaction_increment(transaction, dalv_text("n"), 1),
                    DALV_OK);
    CU_ASSERT_EQUAL(dalv_backend_send_update(backend, dalv_text("anna"),
                                             &transaction, count_answer, done),
                    DALV_OK);
}

static void takes_many_calls_at_once(void)
{
    struct fake_router *router = fake_router_start(apply_all, NULL);
    struct dalv_backend *backend = backend_fixture_open_one(router);
    size_t done = 0;
    size_t polled;

    for (size_t i = 0; i < 5000; i++)
        send_one(backend, &done);
    do
        polled = dalv_backend_poll(backend, 1000);
    while (polled > 0);
    CU_ASSERT_EQUAL(done, 5000);
    dalv_backend_close(&backend);
    fake_router_stop(&router);
}

static const struct suite_test tests[] = {
    SUITE_TEST(tells_what_an_update_took),
    SUITE_TEST(does_not_open_with_a_token_that_is_refused),
    SUITE_TEST(says_unavailable_when_nobody_listens),
    SUITE_TEST(asks_again_under_one_id_until_it_is_done),
    SUITE_TEST(says_not_done_after_refusals_only),
    SUITE_TEST(says_unknown_without_an_answer),
    SUITE_TEST(moves_on_to_another_router_within_two_seconds),
    SUITE_TEST(moves_on_at_once_when_the_connection_breaks),
    SUITE_TEST(takes_many_calls_at_once),
};

int main(void)
{
    return SUITE_RUN("client/backend", tests);
}
