#include "router/session.h"

#include "base/budget.h"
#include "tests/support/fake_tokens.h"
#include "tests/support/suite.h"

#include <CUnit/CUnit.h>

static struct session device_of(const char *user, uint8_t install)
{
    return (struct session){.state = SESSION_OPEN,
                            .is_device = true,
                            .install = {{install}},
                            .claims = fake_tokens_device(user, 5)};
}

static void keeps_the_token_that_was_shown(void)
{
    struct budget budget;
    struct session *session;

    budget_init(&budget, 1 << 16);
    session = session_create(&budget.allocator, bytes_from_text("a token"));
    CU_ASSERT_TRUE(
        bytes_equal(session_token(session), bytes_from_text("a token")));
    session_destroy(&session, &budget.allocator);
    CU_ASSERT_PTR_NULL(session);
    CU_ASSERT_EQUAL(budget.bytes_used, 0);
    budget_init(&budget, 1);
    CU_ASSERT_PTR_NULL(
        session_create(&budget.allocator, bytes_from_text("a token")));
    session_destroy(&session, &budget.allocator);
}

static void knows_its_user_and_its_end(void)
{
    const struct session session = device_of("anna", 1);

    CU_ASSERT_TRUE(
        bytes_equal(session_user(&session), bytes_from_text("anna")));
    CU_ASSERT_EQUAL(session_expiry_us(&session), 5000000);
}

static void continues_one_of_the_same_user_and_store(void)
{
    const struct session session = device_of("anna", 1);
    const struct session other_user = device_of("berta", 1);
    const struct session other_store = device_of("anna", 2);

    CU_ASSERT_TRUE(session_continues(&session, &session));
    CU_ASSERT_FALSE(session_continues(&session, &other_user));
    CU_ASSERT_FALSE(session_continues(&session, &other_store));
}

static void continues_none_of_another_role_or_that_expired(void)
{
    const struct session session = device_of("anna", 1);
    struct session backend = device_of("anna", 1);
    struct session expired = device_of("anna", 1);

    backend.is_device = false;
    expired.state = SESSION_EXPIRED;
    CU_ASSERT_FALSE(session_continues(&session, &backend));
    CU_ASSERT_FALSE(session_continues(&session, &expired));
}

/* A new token is no way to a full bucket; which device it is says the node. */
static void takes_over_all_but_the_token_and_the_id(void)
{
    struct session old = device_of("anna", 1);
    struct session session = device_of("anna", 1);

    session.state = SESSION_OPENING;
    old.number = 3;
    old.device = 4;
    old.in_flight = 2;
    old.requests.missing = 70;
    old.bytes.missing = 80;
    old.refusal = DALV_NOT_PERMITTED;
    link_set_add(&old.vouched, 3);
    link_set_add(&old.known_at, 3);
    session_take_over(&session, &old);
    CU_ASSERT_EQUAL(session.number, 3);
    CU_ASSERT_EQUAL(session.device, 0);
    CU_ASSERT_EQUAL(session.state, SESSION_OPENING);
    CU_ASSERT_EQUAL(session.in_flight, 2);
    CU_ASSERT_EQUAL(session.requests.missing, 70);
    CU_ASSERT_EQUAL(session.bytes.missing, 80);
    CU_ASSERT_EQUAL(session.refusal, DALV_OK);
    CU_ASSERT_FALSE(link_set_has(&session.vouched, 3));
    CU_ASSERT_TRUE(link_set_has(&session.known_at, 3));
}

int main(void)
{
    static const struct suite_test tests[] = {
        SUITE_TEST(keeps_the_token_that_was_shown),
        SUITE_TEST(knows_its_user_and_its_end),
        SUITE_TEST(continues_one_of_the_same_user_and_store),
        SUITE_TEST(continues_none_of_another_role_or_that_expired),
        SUITE_TEST(takes_over_all_but_the_token_and_the_id),
    };

    return SUITE_RUN("router/session", tests);
}
