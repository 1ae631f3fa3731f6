#include "token/claims.h"

#include "tests/support/suite.h"

#include <CUnit/CUnit.h>
#include <string.h>

static struct token_claims device_claims(void)
{
    return (struct token_claims){
        .role = TOKEN_DEVICE,
        .issuer = "shop",
        .audience = "cluster-1",
        .user = "ann",
        .id = "7",
        .issued_s = 100,
        .not_before_s = 100,
        .expires_s = 200,
    };
}

static struct token_claims backend_claims(void)
{
    struct token_claims claims = device_claims();

    claims.role = TOKEN_BACKEND;
    claims.user[0] = '\0';
    return claims;
}

static const char *judge(const struct token_claims *claims)
{
    return token_reason_name(token_claims_check(claims));
}

static void accepts_the_least_that_is_needed(void)
{
    struct token_claims claims = device_claims();

    CU_ASSERT_STRING_EQUAL(judge(&claims), "TOKEN_ACCEPTED");
    claims = backend_claims();
    CU_ASSERT_STRING_EQUAL(judge(&claims), "TOKEN_ACCEPTED");
    claims.role = TOKEN_ADMIN;
    CU_ASSERT_STRING_EQUAL(judge(&claims), "TOKEN_ACCEPTED");
}

static void misses_each_required_claim(void)
{
    struct token_claims claims = device_claims();

    claims.issuer[0] = '\0';
    CU_ASSERT_STRING_EQUAL(judge(&claims), "TOKEN_CLAIM_MISSING");
    claims = device_claims();
    claims.audience[0] = '\0';
    CU_ASSERT_STRING_EQUAL(judge(&claims), "TOKEN_CLAIM_MISSING");
    claims = device_claims();
    claims.id[0] = '\0';
    CU_ASSERT_STRING_EQUAL(judge(&claims), "TOKEN_CLAIM_MISSING");
    claims = device_claims();
    claims.user[0] = '\0';
    CU_ASSERT_STRING_EQUAL(judge(&claims), "TOKEN_CLAIM_MISSING");
    claims = device_claims();
    claims.role = (enum token_role)0;
    CU_ASSERT_STRING_EQUAL(judge(&claims), "TOKEN_CLAIM_MISSING");
    claims.role = (enum token_role)4;
    CU_ASSERT_STRING_EQUAL(judge(&claims), "TOKEN_CLAIM_MISSING");
}

/* A backend that claims to be a user, or a device, is neither. */
static void lets_only_a_device_speak_for_a_user(void)
{
    struct token_claims claims = backend_claims();

    memcpy(claims.user, "ann", 4);
    CU_ASSERT_STRING_EQUAL(judge(&claims), "TOKEN_SUBJECT_REFUSED");
    claims = backend_claims();
    memcpy(claims.device, "phone", 6);
    CU_ASSERT_STRING_EQUAL(judge(&claims), "TOKEN_SUBJECT_REFUSED");
    claims = device_claims();
    memcpy(claims.user, "\xff", 2);
    CU_ASSERT_STRING_EQUAL(judge(&claims), "TOKEN_SUBJECT_REFUSED");
}

static void refuses_an_end_before_the_begin(void)
{
    struct token_claims claims = device_claims();

    claims.not_before_s = 200;
    CU_ASSERT_STRING_EQUAL(judge(&claims), "TOKEN_TIMES_REFUSED");
    claims = device_claims();
    claims.issued_s = 200;
    CU_ASSERT_STRING_EQUAL(judge(&claims), "TOKEN_TIMES_REFUSED");
}

static void refuses_numbers_that_json_cannot_carry(void)
{
    struct token_claims claims = device_claims();

    claims.expires_s = INT64_MAX;
    claims.generation = INT64_MAX;
    CU_ASSERT_STRING_EQUAL(judge(&claims), "TOKEN_ACCEPTED");
    claims.expires_s = (uint64_t)INT64_MAX + 1;
    CU_ASSERT_STRING_EQUAL(judge(&claims), "TOKEN_CLAIMS_REFUSED");
    claims = device_claims();
    claims.generation = (uint64_t)INT64_MAX + 1;
    CU_ASSERT_STRING_EQUAL(judge(&claims), "TOKEN_CLAIMS_REFUSED");
}

static void allows_nothing_by_default(void)
{
    struct token_claims claims = device_claims();

    CU_ASSERT_FALSE(
        token_claims_allow(&claims, TOKEN_READ, bytes_from_text("a")));
}

static void adds_up_the_rights_that_cover_a_key(void)
{
    struct token_claims claims = device_claims();
    struct bytes item = bytes_from_text("cart/1");
    struct bytes other = bytes_from_text("order/1");

    claims.right_count = 2;
    CU_ASSERT_TRUE(
        token_right_parse(bytes_from_text("read:"), &claims.rights[0]));
    CU_ASSERT_TRUE(
        token_right_parse(bytes_from_text("write:cart/"), &claims.rights[1]));

    CU_ASSERT_TRUE(token_claims_allow(&claims, TOKEN_READ, other));
    CU_ASSERT_FALSE(token_claims_allow(&claims, TOKEN_WRITE, other));
    CU_ASSERT_TRUE(token_claims_allow(&claims, TOKEN_READ | TOKEN_WRITE, item));
    CU_ASSERT_FALSE(
        token_claims_allow(&claims, TOKEN_READ | TOKEN_WATCH, item));
}

static void names_the_roles(void)
{
    enum token_role role;

    CU_ASSERT_STRING_EQUAL(token_role_name(TOKEN_DEVICE), "device");
    CU_ASSERT_STRING_EQUAL(token_role_name(TOKEN_BACKEND), "backend");
    CU_ASSERT_STRING_EQUAL(token_role_name(TOKEN_ADMIN), "admin");
    CU_ASSERT_TRUE(token_role_parse("backend", &role));
    CU_ASSERT_EQUAL(role, TOKEN_BACKEND);
    CU_ASSERT_FALSE(token_role_parse("root", &role));
    CU_ASSERT_FALSE(token_role_parse("", &role));
}

static const struct suite_test tests[] = {
    SUITE_TEST(accepts_the_least_that_is_needed),
    SUITE_TEST(misses_each_required_claim),
    SUITE_TEST(lets_only_a_device_speak_for_a_user),
    SUITE_TEST(refuses_an_end_before_the_begin),
    SUITE_TEST(refuses_numbers_that_json_cannot_carry),
    SUITE_TEST(allows_nothing_by_default),
    SUITE_TEST(adds_up_the_rights_that_cover_a_key),
    SUITE_TEST(names_the_roles),
};

int main(void)
{
    return SUITE_RUN("token/claims", tests);
}
