#include "node/permission.h"

#include "tests/support/fake_tokens.h"
#include "tests/support/suite.h"

#include <CUnit/CUnit.h>
#include <stdlib.h>

static struct token_claims with_right(struct token_claims claims,
                                      unsigned grants, const char *prefix)
{
    struct bytes bytes = bytes_from_text(prefix);

    claims.rights[0] =
        (struct token_right){.grants = grants, .prefix_size = bytes.size};
    for (size_t i = 0; i < bytes.size; i++)
        claims.rights[0].prefix[i] = (char)bytes.data[i];
    return claims;
}

/* At second 1, of a request that names `user` in envelope and question. */
static enum dalv_status judge(const struct token_claims *claims,
                              struct message message, const char *user)
{
    struct request *request = calloc(1, sizeof(*request));
    enum dalv_status status;

    CU_ASSERT_PTR_NOT_NULL_FATAL(request);
    request->message = message;
    request->user = bytes_from_text(user);
    status = permission_judge(claims, request, 1000000);
    free(request);
    return status;
}

static struct message get(const char *user, const char *key)
{
    return (struct message){
        .type = MESSAGE_GET,
        .get = {.user = bytes_from_text(user), .key = bytes_from_text(key)}};
}

static void ends_with_the_token(void)
{
    struct token_claims claims = fake_tokens_backend(2);

    CU_ASSERT_EQUAL(judge(&claims, get("anna", "a"), "anna"), DALV_OK);
    claims.expires_s = 1;
    CU_ASSERT_EQUAL(judge(&claims, get("anna", "a"), "anna"), DALV_EXPIRED);
}

/* A router that says one user outside and another inside is not believed. */
static void wants_the_same_user_outside_and_inside(void)
{
    const struct token_claims backend = fake_tokens_backend(2);
    const struct token_claims device = fake_tokens_device("anna", 2);

    CU_ASSERT_EQUAL(judge(&backend, get("anna", "a"), "berta"),
                    DALV_NOT_PERMITTED);
    CU_ASSERT_EQUAL(judge(&device, get("", "a"), "anna"), DALV_OK);
    CU_ASSERT_EQUAL(judge(&device, get("", "a"), "berta"), DALV_NOT_PERMITTED);
}

static void wants_the_right_to_what_is_read(void)
{
    const struct token_claims cart =
        with_right(fake_tokens_backend(2), TOKEN_READ, "cart/");
    const struct message all = {.type = MESSAGE_RANGE,
                                .range = {.user = bytes_from_text("anna")}};
    const struct message some = {
        .type = MESSAGE_RANGE,
        .range = {.user = bytes_from_text("anna"),
                  .prefix = bytes_from_text("cart/items")}};

    CU_ASSERT_EQUAL(judge(&cart, get("anna", "cart/items"), "anna"), DALV_OK);
    CU_ASSERT_EQUAL(judge(&cart, get("anna", "profile"), "anna"),
                    DALV_NOT_PERMITTED);
    CU_ASSERT_EQUAL(judge(&cart, some, "anna"), DALV_OK);
    CU_ASSERT_EQUAL(judge(&cart, all, "anna"), DALV_NOT_PERMITTED);
}

static void wants_the_right_to_watch(void)
{
    const struct token_claims reads =
        with_right(fake_tokens_backend(2), TOKEN_READ, "");
    const struct token_claims watches =
        with_right(fake_tokens_backend(2), TOKEN_WATCH, "cart/");
    const struct message watch = {
        .type = MESSAGE_WATCH,
        .watch = {.user = bytes_from_text("anna"),
                  .prefix = bytes_from_text("cart/")}};
    struct message watch_all = watch;

    watch_all.watch.prefix = (struct bytes){0};
    CU_ASSERT_EQUAL(judge(&reads, watch, "anna"), DALV_NOT_PERMITTED);
    CU_ASSERT_EQUAL(judge(&watches, watch, "anna"), DALV_OK);
    CU_ASSERT_EQUAL(judge(&watches, watch_all, "anna"), DALV_NOT_PERMITTED);
}

static void wants_the_right_to_write_all_for_an_erasure(void)
{
    const struct token_claims cart =
        with_right(fake_tokens_backend(2), TOKEN_WRITE, "cart/");
    const struct token_claims all =
        with_right(fake_tokens_backend(2), TOKEN_WRITE, "");
    const struct message erase = {.type = MESSAGE_ERASE,
                                  .erase = {.user = bytes_from_text("anna")}};

    CU_ASSERT_EQUAL(judge(&cart, erase, "anna"), DALV_NOT_PERMITTED);
    CU_ASSERT_EQUAL(judge(&all, erase, "anna"), DALV_OK);
}

/* What it writes is judged by its keys, and no right is needed to stop. */
static void lets_an_update_and_the_end_of_a_watch_pass(void)
{
    const struct token_claims cart =
        with_right(fake_tokens_backend(2), TOKEN_WATCH, "cart/");
    const struct message update = {.type = MESSAGE_UPDATE,
                                   .update = {.user = bytes_from_text("anna")}};
    const struct message unwatch = {.type = MESSAGE_UNWATCH};

    CU_ASSERT_EQUAL(judge(&cart, update, "anna"), DALV_OK);
    CU_ASSERT_EQUAL(judge(&cart, unwatch, ""), DALV_OK);
}

/* It could not hold a replica. */
static void takes_no_device_that_may_not_read_all(void)
{
    const struct token_claims cart =
        with_right(fake_tokens_device("anna", 2), TOKEN_READ, "cart/");
    const struct token_claims device = fake_tokens_device("anna", 2);
    const struct token_claims backend = fake_tokens_backend(2);
    const struct message sync = {.type = MESSAGE_SYNC};
    const struct message open = {
        .type = MESSAGE_OPEN_DEVICE,
        .open_device = {.user = bytes_from_text("anna")}};

    CU_ASSERT_EQUAL(judge(&cart, sync, "anna"), DALV_NOT_PERMITTED);
    CU_ASSERT_EQUAL(judge(&device, sync, "anna"), DALV_OK);
    CU_ASSERT_EQUAL(judge(&device, open, "anna"), DALV_OK);
    CU_ASSERT_EQUAL(judge(&backend, open, "anna"), DALV_NOT_PERMITTED);
    CU_ASSERT_EQUAL(judge(&backend, sync, ""), DALV_NOT_PERMITTED);
}

static void names_the_first_write_at_fault(void)
{
    const struct token_claims cart =
        with_right(fake_tokens_backend(2), TOKEN_WRITE, "cart/");
    const struct operation operations[] = {
        {.key = bytes_from_text("cart/a")},
        {.key = bytes_from_text("profile")},
        {.key = bytes_from_text("other")},
    };
    struct transaction transaction = {.operations = operations,
                                      .operation_count = 3};
    uint32_t operation = 9;

    CU_ASSERT_EQUAL(permission_judge_writes(&cart, &transaction, &operation),
                    DALV_NOT_PERMITTED);
    CU_ASSERT_EQUAL(operation, 1);
    transaction.operation_count = 1;
    CU_ASSERT_EQUAL(permission_judge_writes(&cart, &transaction, &operation),
                    DALV_OK);
}

int main(void)
{
    static const struct suite_test tests[] = {
        SUITE_TEST(ends_with_the_token),
        SUITE_TEST(wants_the_same_user_outside_and_inside),
        SUITE_TEST(wants_the_right_to_what_is_read),
        SUITE_TEST(wants_the_right_to_watch),
        SUITE_TEST(wants_the_right_to_write_all_for_an_erasure),
        SUITE_TEST(lets_an_update_and_the_end_of_a_watch_pass),
        SUITE_TEST(takes_no_device_that_may_not_read_all),
        SUITE_TEST(names_the_first_write_at_fault),
    };

    return SUITE_RUN("node/permission", tests);
}
