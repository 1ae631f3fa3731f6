#include "router/admission.h"

#include "tests/support/fake_tokens.h"
#include "tests/support/suite.h"

#include <CUnit/CUnit.h>

enum {
    WALL_US = 1000000
};

static const struct message_hello device_hello = {.protocol = 1,
                                                  .is_device = true};
static const struct message_hello backend_hello = {.protocol = 1};

static struct session open_session(bool is_device)
{
    return (struct session){.state = SESSION_OPEN,
                            .is_device = is_device,
                            .claims = fake_tokens_backend(2)};
}

static enum dalv_status judge(const struct session *session,
                              enum message_type type)
{
    return admission_judge_request(session, type, WALL_US).status;
}

static void sends_each_role_to_its_port(void)
{
    CU_ASSERT_EQUAL(admission_judge_hello(&device_hello, true).status, DALV_OK);
    CU_ASSERT_EQUAL(admission_judge_hello(&backend_hello, false).status,
                    DALV_OK);
    CU_ASSERT_EQUAL(admission_judge_hello(&device_hello, false).status,
                    DALV_INVALID);
    CU_ASSERT_EQUAL(admission_judge_hello(&backend_hello, true).status,
                    DALV_INVALID);
}

static void speaks_protocol_one_and_later(void)
{
    const struct message_hello older = {.protocol = 0};
    const struct message_hello newer = {.protocol = 9};

    CU_ASSERT_EQUAL(admission_judge_hello(&older, false).status,
                    DALV_UNSUPPORTED);
    CU_ASSERT_EQUAL(admission_judge_hello(&newer, false).status, DALV_OK);
}

/* An enemy learns nothing from the words. */
static void says_the_same_whatever_is_wrong_with_a_token(void)
{
    const struct token_claims backend = fake_tokens_backend(2);
    const struct token_claims device = fake_tokens_device("anna", 2);
    struct admission refused =
        admission_judge_token(&device_hello, TOKEN_KEY_UNKNOWN, &device);
    struct admission mistaken =
        admission_judge_token(&device_hello, TOKEN_ACCEPTED, &backend);

    CU_ASSERT_EQUAL(refused.status, DALV_NOT_PERMITTED);
    CU_ASSERT_EQUAL(mistaken.status, DALV_NOT_PERMITTED);
    CU_ASSERT_STRING_EQUAL(refused.text, mistaken.text);
    CU_ASSERT_EQUAL(
        admission_judge_token(&device_hello, TOKEN_ACCEPTED, &device).status,
        DALV_OK);
    CU_ASSERT_EQUAL(
        admission_judge_token(&backend_hello, TOKEN_ACCEPTED, &device).status,
        DALV_NOT_PERMITTED);
}

/* Whoever holds a token that is ours may hear how to get a better one. */
static void says_what_is_wrong_with_the_times_of_a_token(void)
{
    const struct token_claims device = fake_tokens_device("anna", 2);
    struct admission expired =
        admission_judge_token(&device_hello, TOKEN_EXPIRED, &device);
    struct admission lives_long =
        admission_judge_token(&device_hello, TOKEN_LIFE_TOO_LONG, &device);

    CU_ASSERT_EQUAL(expired.status, DALV_EXPIRED);
    CU_ASSERT_EQUAL(lives_long.status, DALV_NOT_PERMITTED);
    CU_ASSERT_STRING_EQUAL(lives_long.text,
                           "the token lives longer than the server's "
                           "tokens.device_life_max");
}

static void hears_nobody_without_a_session(void)
{
    CU_ASSERT_EQUAL(judge(NULL, MESSAGE_GET), DALV_NOT_PERMITTED);
}

static void hears_nobody_whose_token_has_ended(void)
{
    struct session session = open_session(false);

    CU_ASSERT_EQUAL(judge(&session, MESSAGE_GET), DALV_OK);
    session.claims.expires_s = 1;
    CU_ASSERT_EQUAL(judge(&session, MESSAGE_GET), DALV_EXPIRED);
    session.claims.expires_s = 2;
    session.state = SESSION_EXPIRED;
    CU_ASSERT_EQUAL(judge(&session, MESSAGE_GET), DALV_EXPIRED);
}

static void hears_nobody_whom_the_node_refuses(void)
{
    struct session session = open_session(false);

    session.refusal = DALV_NOT_PERMITTED;
    CU_ASSERT_EQUAL(judge(&session, MESSAGE_GET), DALV_NOT_PERMITTED);
}

static void lets_each_role_ask_its_own_questions(void)
{
    const struct session device = open_session(true);
    const struct session backend = open_session(false);

    CU_ASSERT_EQUAL(judge(&device, MESSAGE_SYNC), DALV_OK);
    CU_ASSERT_EQUAL(judge(&backend, MESSAGE_SYNC), DALV_NOT_PERMITTED);
    CU_ASSERT_EQUAL(judge(&device, MESSAGE_UPDATE), DALV_OK);
    CU_ASSERT_EQUAL(judge(&backend, MESSAGE_UPDATE), DALV_OK);
    CU_ASSERT_EQUAL(judge(&device, MESSAGE_ERASE), DALV_NOT_PERMITTED);
    CU_ASSERT_EQUAL(judge(&backend, MESSAGE_FORWARD), DALV_NOT_PERMITTED);
    CU_ASSERT_EQUAL(judge(&backend, MESSAGE_WELCOMED), DALV_NOT_PERMITTED);
}

static void bounds_what_one_connection_has_in_flight(void)
{
    struct session session = open_session(false);
    struct admission verdict;

    session.in_flight = ADMISSION_IN_FLIGHT_MAX - 1;
    CU_ASSERT_EQUAL(judge(&session, MESSAGE_GET), DALV_OK);
    session.in_flight = ADMISSION_IN_FLIGHT_MAX;
    verdict = admission_judge_request(&session, MESSAGE_GET, WALL_US);
    CU_ASSERT_EQUAL(verdict.status, DALV_BUSY);
    CU_ASSERT(verdict.retry_after_ms > 0);
}

static void bounds_requests_and_bytes_each_for_itself(void)
{
    const struct admission_limits limits = {
        .requests = {.per_s = 1, .burst_s = 2},
        .bytes = {.per_s = 100, .burst_s = 2},
    };
    struct session session = open_session(true);
    struct admission verdict;

    CU_ASSERT_EQUAL(admission_judge_rate(&session, &limits, 150, 0).status,
                    DALV_OK);
    verdict = admission_judge_rate(&session, &limits, 100, 0);
    CU_ASSERT_EQUAL(verdict.status, DALV_QUOTA);
    CU_ASSERT_EQUAL(verdict.retry_after_ms, 500);
    /* What was refused has taken nothing. */
    CU_ASSERT_EQUAL(admission_judge_rate(&session, &limits, 50, 0).status,
                    DALV_OK);
    verdict = admission_judge_rate(&session, &limits, 1, 0);
    CU_ASSERT_EQUAL(verdict.status, DALV_QUOTA);
    CU_ASSERT_EQUAL(verdict.retry_after_ms, 1000);
}

int main(void)
{
    static const struct suite_test tests[] = {
        SUITE_TEST(sends_each_role_to_its_port),
        SUITE_TEST(speaks_protocol_one_and_later),
        SUITE_TEST(says_the_same_whatever_is_wrong_with_a_token),
        SUITE_TEST(says_what_is_wrong_with_the_times_of_a_token),
        SUITE_TEST(hears_nobody_without_a_session),
        SUITE_TEST(hears_nobody_whose_token_has_ended),
        SUITE_TEST(hears_nobody_whom_the_node_refuses),
        SUITE_TEST(lets_each_role_ask_its_own_questions),
        SUITE_TEST(bounds_what_one_connection_has_in_flight),
        SUITE_TEST(bounds_requests_and_bytes_each_for_itself),
    };

    return SUITE_RUN("router/admission", tests);
}
