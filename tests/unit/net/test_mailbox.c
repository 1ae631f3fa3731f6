#include "net/mailbox.h"

#include "tests/support/suite.h"

#include <CUnit/CUnit.h>
#include <poll.h>
#include <stdint.h>

enum {
    ITEMS = 100000,
};

static uintptr_t numbers[ITEMS];

static bool is_readable(const struct mailbox *mailbox)
{
    struct pollfd wanted = {.fd = mailbox->descriptor, .events = POLLIN};

    return poll(&wanted, 1, 0) == 1;
}

static bool put(struct mailbox *mailbox, size_t number)
{
    void *item = &numbers[number];

    return mailbox_put(mailbox, &item, 1);
}

static void gives_in_order_all_that_waits(void)
{
    struct mailbox mailbox;
    void *items[4];

    mailbox_init(&mailbox, 3);
    /* The ring is crossed. */
    CU_ASSERT(put(&mailbox, 0) && put(&mailbox, 1));
    CU_ASSERT_EQUAL(mailbox_take(&mailbox, items, 4), 2);
    CU_ASSERT(put(&mailbox, 2) && put(&mailbox, 3) && put(&mailbox, 4));
    CU_ASSERT_EQUAL(mailbox_take(&mailbox, items, 2), 2);
    CU_ASSERT_PTR_EQUAL(items[0], &numbers[2]);
    CU_ASSERT_PTR_EQUAL(items[1], &numbers[3]);
    CU_ASSERT_EQUAL(mailbox_take(&mailbox, items, 4), 1);
    CU_ASSERT_PTR_EQUAL(items[0], &numbers[4]);
    CU_ASSERT_EQUAL(mailbox_take(&mailbox, items, 4), 0);
    mailbox_deinit(&mailbox);
}

static void takes_all_or_none(void)
{
    struct mailbox mailbox;
    void *items[] = {&numbers[0], &numbers[1]};

    mailbox_init(&mailbox, 3);
    CU_ASSERT_TRUE(mailbox_put(&mailbox, items, 2));
    CU_ASSERT_FALSE(mailbox_put(&mailbox, items, 2));
    CU_ASSERT_EQUAL(mailbox_take(&mailbox, items, 2), 2);
    CU_ASSERT_EQUAL(mailbox_take(&mailbox, items, 2), 0);
    mailbox_deinit(&mailbox);
}

/* A busy reader is not woken; a sleeping one is, once. */
static void wakes_only_who_sleeps(void)
{
    struct mailbox mailbox;
    void *items[4];

    mailbox_init(&mailbox, 4);
    CU_ASSERT(put(&mailbox, 0));
    CU_ASSERT_FALSE(is_readable(&mailbox));
    CU_ASSERT_FALSE(mailbox_arm(&mailbox));
    CU_ASSERT_EQUAL(mailbox_take(&mailbox, items, 4), 1);
    CU_ASSERT_TRUE(mailbox_arm(&mailbox));
    CU_ASSERT_FALSE(is_readable(&mailbox));
    CU_ASSERT(put(&mailbox, 1));
    CU_ASSERT_TRUE(is_readable(&mailbox));
    mailbox_disarm(&mailbox);
    CU_ASSERT_FALSE(is_readable(&mailbox));
    CU_ASSERT(put(&mailbox, 2));
    CU_ASSERT_FALSE(is_readable(&mailbox));
    CU_ASSERT_EQUAL(mailbox_take(&mailbox, items, 4), 2);
    mailbox_deinit(&mailbox);
}

static void is_woken_with_nothing(void)
{
    struct mailbox mailbox;

    mailbox_init(&mailbox, 1);
    mailbox_wake(&mailbox);
    mailbox_wait(&mailbox);
    CU_ASSERT_FALSE(is_readable(&mailbox));
    mailbox_deinit(&mailbox);
}

static void *write_all(void *argument)
{
    struct mailbox *mailbox = argument;

    for (size_t i = 0; i < ITEMS;)
        i += put(mailbox, i);
    return NULL;
}

/* No wake-up is lost, whenever the writer comes. */
static void loses_nothing_between_threads(void)
{
    struct mailbox mailbox;
    pthread_t writer;
    void *items[16];
    size_t expected = 0;
    size_t wrong = 0;

    mailbox_init(&mailbox, 8);
    CU_ASSERT_EQUAL_FATAL(pthread_create(&writer, NULL, write_all, &mailbox),
                          0);
    while (expected < ITEMS) {
        size_t count;

        mailbox_wait(&mailbox);
        count = mailbox_take(&mailbox, items, 16);
        for (size_t i = 0; i < count; i++)
            wrong += items[i] != &numbers[expected++];
    }
    CU_ASSERT_EQUAL(wrong, 0);
    CU_ASSERT_EQUAL(pthread_join(writer, NULL), 0);
    mailbox_deinit(&mailbox);
}

static const struct suite_test tests[] = {
    SUITE_TEST(gives_in_order_all_that_waits),
    SUITE_TEST(takes_all_or_none),
    SUITE_TEST(wakes_only_who_sleeps),
    SUITE_TEST(is_woken_with_nothing),
    SUITE_TEST(loses_nothing_between_threads),
};

int main(void)
{
    return SUITE_RUN("net/mailbox", tests);
}
