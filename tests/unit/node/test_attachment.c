#include "node/attachment.h"

#include "base/budget.h"
#include "tests/support/fake_tokens.h"
#include "tests/support/suite.h"

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <string.h>

static struct budget budget;
static struct attachments attachments;

static void begin(void)
{
    budget_init(&budget, 1 << 26);
    attachments_init(&attachments, &budget.allocator, 3);
}

static void end(void)
{
    attachments_deinit(&attachments);
    CU_ASSERT_EQUAL(budget.bytes_used, 0);
}

static enum dalv_status enter(uint64_t peer, const char *id, uint64_t session)
{
    return attachments_enter(&attachments, peer, bytes_from_text(id), session);
}

static enum dalv_status vouch(uint64_t peer, uint64_t number)
{
    const struct token_claims claims = fake_tokens_backend(number);

    return attachment_vouch(attachments_find(&attachments, peer),
                            &budget.allocator, number, &claims);
}

static void knows_a_router_by_its_connection(void)
{
    begin();
    CU_ASSERT_PTR_NULL(attachments_find(&attachments, 7));
    CU_ASSERT_EQUAL(enter(7, "r1", 1), DALV_OK);
    CU_ASSERT_EQUAL(enter(8, "r2", 1), DALV_OK);
    CU_ASSERT_EQUAL(attachments_find(&attachments, 7)->session, 1);
    attachments_leave(&attachments, 7);
    CU_ASSERT_PTR_NULL(attachments_find(&attachments, 7));
    CU_ASSERT_PTR_NOT_NULL(attachments_find(&attachments, 8));
    end();
}

static void hears_the_newest_session_of_a_router_alone(void)
{
    begin();
    CU_ASSERT_EQUAL(enter(7, "r1", 5), DALV_OK);
    CU_ASSERT_EQUAL(enter(8, "r1", 6), DALV_OK);
    CU_ASSERT_PTR_NULL(attachments_find(&attachments, 7));
    CU_ASSERT_EQUAL(enter(9, "r1", 5), DALV_PRECONDITION);
    CU_ASSERT_PTR_NULL(attachments_find(&attachments, 9));
    CU_ASSERT_PTR_NOT_NULL(attachments_find(&attachments, 8));
    /* The same one, over a new connection. */
    CU_ASSERT_EQUAL(enter(10, "r1", 6), DALV_OK);
    CU_ASSERT_PTR_NULL(attachments_find(&attachments, 8));
    end();
}

static void takes_no_id_that_is_none(void)
{
    char long_id[ATTACHMENT_ID_MAX + 2] = {0};

    memset(long_id, 'r', ATTACHMENT_ID_MAX + 1);
    begin();
    CU_ASSERT_EQUAL(enter(7, "", 1), DALV_INVALID);
    CU_ASSERT_EQUAL(enter(7, long_id, 1), DALV_INVALID);
    CU_ASSERT_EQUAL(enter(7, long_id + 1, 1), DALV_OK);
    end();
}

static void takes_as_many_routers_as_its_bound(void)
{
    char id[16];

    begin();
    for (uint64_t i = 0; i < ATTACHMENTS_MAX; i++) {
        (void)snprintf(id, sizeof(id), "r%u", (unsigned)i);
        CU_ASSERT_EQUAL(enter(i, id, 1), DALV_OK);
    }
    CU_ASSERT_EQUAL(enter(ATTACHMENTS_MAX, "one more", 1), DALV_BUSY);
    attachments_leave(&attachments, 3);
    CU_ASSERT_EQUAL(enter(ATTACHMENTS_MAX, "one more", 1), DALV_OK);
    end();
}

static void finds_a_token_by_its_number(void)
{
    struct voucher *voucher;

    begin();
    CU_ASSERT_EQUAL(enter(7, "r1", 1), DALV_OK);
    CU_ASSERT_EQUAL(vouch(7, 4), DALV_OK);
    voucher = attachment_hold(attachments_find(&attachments, 7), 4);
    CU_ASSERT_EQUAL(voucher->claims.expires_s, 4);
    CU_ASSERT_PTR_NULL(attachment_hold(attachments_find(&attachments, 7), 5));
    voucher_release(&voucher, &budget.allocator);
    end();
}

/* A request under way keeps what it came under. */
static void keeps_a_held_token_after_its_router_has_gone(void)
{
    struct voucher *voucher;

    begin();
    CU_ASSERT_EQUAL(enter(7, "r1", 1), DALV_OK);
    CU_ASSERT_EQUAL(vouch(7, 4), DALV_OK);
    voucher = attachment_hold(attachments_find(&attachments, 7), 4);
    attachments_leave(&attachments, 7);
    CU_ASSERT_EQUAL(voucher->claims.expires_s, 4);
    voucher_release(&voucher, &budget.allocator);
    CU_ASSERT_PTR_NULL(voucher);
    end();
}

static void takes_as_many_tokens_as_its_bound(void)
{
    uint64_t number = 0;

    begin();
    CU_ASSERT_EQUAL(enter(7, "r1", 1), DALV_OK);
    while (vouch(7, ++number) == DALV_OK)
        ;
    CU_ASSERT(number > 3);
    CU_ASSERT_EQUAL(vouch(7, number), DALV_BUSY);
    CU_ASSERT_EQUAL(vouch(7, 1), DALV_OK); /* In the place of the older. */
    attachment_forget(attachments_find(&attachments, 7), &budget.allocator, 2);
    CU_ASSERT_EQUAL(vouch(7, number), DALV_OK);
    end();
}

int main(void)
{
    static const struct suite_test tests[] = {
        SUITE_TEST(knows_a_router_by_its_connection),
        SUITE_TEST(hears_the_newest_session_of_a_router_alone),
        SUITE_TEST(takes_no_id_that_is_none),
        SUITE_TEST(takes_as_many_routers_as_its_bound),
        SUITE_TEST(finds_a_token_by_its_number),
        SUITE_TEST(keeps_a_held_token_after_its_router_has_gone),
        SUITE_TEST(takes_as_many_tokens_as_its_bound),
    };

    return SUITE_RUN("node/attachment", tests);
}
