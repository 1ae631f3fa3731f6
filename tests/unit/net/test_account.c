#include "net/account.h"

#include "base/assert.h"
#include "net/parcel.h"
#include "tests/support/suite.h"

#include <CUnit/CUnit.h>

enum {
    CLIENT_MAX = 100,
    ALL_MAX = 250,
};

static struct account *of(struct accounts *accounts, uint64_t client)
{
    return accounts_of(accounts,
                       (struct account_key){.peer = 1, .client = client});
}

static void bounds_each_and_all(void)
{
    struct accounts accounts;

    accounts_init(&accounts, CLIENT_MAX, ALL_MAX);
    account_charge(of(&accounts, 1), 60);
    CU_ASSERT_TRUE(account_has_room(of(&accounts, 1), 40));
    CU_ASSERT_FALSE(account_has_room(of(&accounts, 1), 41));
    CU_ASSERT_TRUE(account_has_room(of(&accounts, 2), 100));
    account_charge(of(&accounts, 2), 100);
    account_charge(of(&accounts, 3), 60);
    CU_ASSERT_EQUAL(accounts_bytes(&accounts), 220);
    CU_ASSERT_TRUE(account_has_room(of(&accounts, 4), 30));
    CU_ASSERT_FALSE(account_has_room(of(&accounts, 4), 31));
    account_settle(of(&accounts, 2), 100);
    CU_ASSERT_TRUE(account_has_room(of(&accounts, 4), 31));
    account_settle(of(&accounts, 1), 60);
    account_settle(of(&accounts, 3), 60);
    CU_ASSERT_EQUAL(accounts_bytes(&accounts), 0);
    accounts_deinit(&accounts);
}

/* Whoever has taken everything gets what he asks for, if all have room. */
static void has_room_for_one_beyond_its_own_bound(void)
{
    struct accounts accounts;

    accounts_init(&accounts, CLIENT_MAX, ALL_MAX);
    CU_ASSERT_TRUE(account_has_room(of(&accounts, 1), CLIENT_MAX + 1));
    CU_ASSERT_FALSE(account_has_room(of(&accounts, 1), ALL_MAX + 1));
    account_charge(of(&accounts, 1), 1);
    CU_ASSERT_FALSE(account_has_room(of(&accounts, 1), CLIENT_MAX));
    account_settle(of(&accounts, 1), 1);
    accounts_deinit(&accounts);
}

/* Clients 1, 1025 and 2049 of a peer share a bucket. */
static void tells_accounts_of_one_bucket_apart(void)
{
    struct accounts accounts;

    accounts_init(&accounts, CLIENT_MAX, ALL_MAX);
    for (uint64_t i = 0; i < 3; i++)
        account_charge(of(&accounts, 1 + i * ACCOUNTS_BUCKETS), 10 + i);
    for (uint64_t i = 0; i < 3; i++) {
        struct account *account = of(&accounts, 1 + i * ACCOUNTS_BUCKETS);

        CU_ASSERT_EQUAL(account_bytes(account), 10 + i);
        account_settle(account, 10 + i);
    }
    accounts_deinit(&accounts);
}

/* One that nobody holds and nothing is charged to takes no memory for long;
   one that is held is the same as before. */
static void forgets_only_who_is_not_held(void)
{
    struct accounts accounts;
    struct account *held;

    accounts_init(&accounts, CLIENT_MAX, ALL_MAX);
    held = account_hold(of(&accounts, 1));
    for (uint64_t i = 1; i < 100; i++)
        (void)of(&accounts, 1 + i * ACCOUNTS_BUCKETS);
    CU_ASSERT_PTR_EQUAL(of(&accounts, 1), held);
    account_release(&held);
    CU_ASSERT_PTR_NULL(held);
    accounts_deinit(&accounts);
}

static struct parcel *parcel_of(size_t bytes)
{
    static uint8_t memory[PARCEL_CHARGED_BYTES_MIN];
    struct parcel *parcel = parcel_create(PARCEL_ONLY_PEER);

    ASSERT(bytes <= sizeof(memory));
    parcel_push_back(parcel, bytes_make(memory, bytes));
    return parcel;
}

/* Also when the table is gone by then: ZeroMQ takes its time. */
static void is_settled_when_the_frame_goes(void)
{
    struct parcel *large = parcel_of(PARCEL_CHARGED_BYTES_MIN);
    struct parcel *small = parcel_of(PARCEL_CHARGED_BYTES_MIN - 1);
    struct accounts accounts;
    struct account *account;

    accounts_init(&accounts, CLIENT_MAX, ALL_MAX);
    account = account_hold(of(&accounts, 1));
    parcel_charge(large, account);
    parcel_charge(small, account);
    CU_ASSERT_EQUAL(account_bytes(account), PARCEL_CHARGED_BYTES_MIN);
    CU_ASSERT_EQUAL(parcel_bytes(large), PARCEL_CHARGED_BYTES_MIN);
    CU_ASSERT_EQUAL(parcel_frame(large, 0).data[7], 0);
    accounts_deinit(&accounts);
    parcel_destroy(&large);
    parcel_destroy(&small);
    CU_ASSERT_EQUAL(account_bytes(account), 0);
    account_release(&account);
}

static const struct suite_test tests[] = {
    SUITE_TEST(bounds_each_and_all),
    SUITE_TEST(has_room_for_one_beyond_its_own_bound),
    SUITE_TEST(tells_accounts_of_one_bucket_apart),
    SUITE_TEST(forgets_only_who_is_not_held),
    SUITE_TEST(is_settled_when_the_frame_goes),
};

int main(void)
{
    return SUITE_RUN("net/account", tests);
}
