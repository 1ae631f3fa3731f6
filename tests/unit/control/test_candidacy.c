/*
 * Candidates with a term of 1000 ms: they renew every 250, hold for 900 from
 * the sending, take over after 1100. Each test plays the store by hand.
 */
#include "control/candidacy.h"

#include "tests/support/suite.h"

#include <CUnit/CUnit.h>
#include <string.h>

static struct candidacy make(uint64_t id, const char *name)
{
    struct candidacy candidacy;

    candidacy_init(&candidacy, id, name, 1000);
    return candidacy;
}

static struct candidacy_record record_of(uint64_t holder, uint64_t counter)
{
    return (struct candidacy_record){
        .holder = holder, .counter = counter, .name = "other"};
}

/* It reads that nobody is there, and swaps at `now_ms`. */
static struct candidacy holder_since(uint64_t now_ms)
{
    struct candidacy candidacy = make(7, "router");

    CU_ASSERT_EQUAL(candidacy_ask(&candidacy, now_ms), CANDIDACY_READ);
    candidacy_on_read(&candidacy, DALV_NOT_FOUND, NULL, 0, now_ms);
    CU_ASSERT_EQUAL(candidacy_ask(&candidacy, now_ms), CANDIDACY_SWAP);
    CU_ASSERT_EQUAL(candidacy.revision, 0);
    CU_ASSERT_EQUAL(candidacy.next.holder, 7);
    candidacy_on_swapped(&candidacy, DALV_OK, 5, now_ms + 40);
    return candidacy;
}

static void holds_for_nine_tenths_from_the_sending(void)
{
    struct candidacy candidacy = holder_since(10000);

    CU_ASSERT(candidacy_is_holding(&candidacy, 10040));
    CU_ASSERT(candidacy_is_holding(&candidacy, 10899));
    CU_ASSERT(!candidacy_is_holding(&candidacy, 10900));
    CU_ASSERT_STRING_EQUAL(candidacy_holder(&candidacy), "router");
}

static void renews_every_quarter(void)
{
    struct candidacy candidacy = holder_since(10000);

    CU_ASSERT_EQUAL(candidacy_ask(&candidacy, 10249), CANDIDACY_NOTHING);
    CU_ASSERT_EQUAL(candidacy_ask(&candidacy, 10250), CANDIDACY_SWAP);
    CU_ASSERT_EQUAL(candidacy.revision, 5);
    CU_ASSERT_EQUAL(candidacy.next.counter, 2);
    /* One question at a time, however long the answer takes. */
    CU_ASSERT_EQUAL(candidacy_ask(&candidacy, 10600), CANDIDACY_NOTHING);
    candidacy_on_swapped(&candidacy, DALV_OK, 6, 10800);
    CU_ASSERT(candidacy_is_holding(&candidacy, 11149));
    CU_ASSERT(!candidacy_is_holding(&candidacy, 11150));
}

static void takes_over_what_stands_still_by_its_own_clock(void)
{
    struct candidacy candidacy = make(7, "router");
    struct candidacy_record other = record_of(9, 3);

    CU_ASSERT_EQUAL(candidacy_ask(&candidacy, 1000), CANDIDACY_READ);
    candidacy_on_read(&candidacy, DALV_OK, &other, 4, 1020);
    CU_ASSERT_EQUAL(candidacy_ask(&candidacy, 1250), CANDIDACY_READ);
    candidacy_on_read(&candidacy, DALV_OK, &other, 4, 1260);
    CU_ASSERT_EQUAL(candidacy_ask(&candidacy, 2119), CANDIDACY_READ);
    candidacy_on_read(&candidacy, DALV_OK, &other, 4, 2119);
    CU_ASSERT_EQUAL(candidacy_ask(&candidacy, 2369), CANDIDACY_SWAP);
    CU_ASSERT_EQUAL(candidacy.revision, 4);
    candidacy_on_swapped(&candidacy, DALV_OK, 5, 2400);
    CU_ASSERT(candidacy_is_holding(&candidacy, 2400));
}

static void leaves_alone_what_moves(void)
{
    struct candidacy candidacy = make(7, "router");

    for (uint64_t i = 0; i < 40; i++) {
        struct candidacy_record other = record_of(9, i);
        uint64_t now_ms = 1000 + i * 250;

        CU_ASSERT_EQUAL(candidacy_ask(&candidacy, now_ms), CANDIDACY_READ);
        candidacy_on_read(&candidacy, DALV_OK, &other, 4 + i, now_ms);
    }
    CU_ASSERT(!candidacy_is_holding(&candidacy, 11000));
    CU_ASSERT_STRING_EQUAL(candidacy_holder(&candidacy), "other");
}

/* It went through after all: it counts from when it was sent. */
static void reads_again_what_became_of_an_unknown_swap(void)
{
    struct candidacy candidacy = holder_since(10000);
    struct candidacy_record own = record_of(7, 2);

    CU_ASSERT_EQUAL(candidacy_ask(&candidacy, 10250), CANDIDACY_SWAP);
    candidacy_on_swapped(&candidacy, DALV_UNKNOWN, 0, 10700);
    CU_ASSERT(!candidacy_is_holding(&candidacy, 10900));
    CU_ASSERT_EQUAL(candidacy_ask(&candidacy, 10900), CANDIDACY_READ);
    candidacy_on_read(&candidacy, DALV_OK, &own, 6, 10950);
    CU_ASSERT(candidacy_is_holding(&candidacy, 11149));
    CU_ASSERT(!candidacy_is_holding(&candidacy, 11150));
}

static void holds_nothing_when_another_was_faster(void)
{
    struct candidacy candidacy = holder_since(10000);
    struct candidacy_record other = record_of(9, 8);

    CU_ASSERT_EQUAL(candidacy_ask(&candidacy, 10250), CANDIDACY_SWAP);
    candidacy_on_swapped(&candidacy, DALV_PRECONDITION, 0, 10300);
    CU_ASSERT(!candidacy_is_holding(&candidacy, 10300));
    CU_ASSERT_EQUAL(candidacy_ask(&candidacy, 10300), CANDIDACY_READ);
    candidacy_on_read(&candidacy, DALV_OK, &other, 9, 10320);
    CU_ASSERT_EQUAL(candidacy_ask(&candidacy, 10550), CANDIDACY_READ);
}

static void goes_on_asking_a_store_that_does_not_answer(void)
{
    struct candidacy candidacy = holder_since(10000);

    CU_ASSERT_EQUAL(candidacy_ask(&candidacy, 10250), CANDIDACY_SWAP);
    candidacy_on_swapped(&candidacy, DALV_UNAVAILABLE, 0, 10260);
    CU_ASSERT(candidacy_is_holding(&candidacy, 10899));
    CU_ASSERT_EQUAL(candidacy_ask(&candidacy, 10500), CANDIDACY_SWAP);
    candidacy_on_swapped(&candidacy, DALV_OK, 6, 10510);
    CU_ASSERT(candidacy_is_holding(&candidacy, 11399));
}

static void keeps_its_form(void)
{
    struct candidacy_record record = record_of(9, 300);
    struct candidacy_record again;
    uint8_t memory[CANDIDACY_BYTES_MAX];
    struct writer writer;

    writer_init(&writer, memory, sizeof(memory));
    CU_ASSERT_EQUAL(candidacy_record_encode(&record, &writer), DALV_OK);
    CU_ASSERT(bytes_equal(writer_bytes(&writer),
                          bytes_make("\x01\x09\xac\x02\x05other", 10)));
    CU_ASSERT_EQUAL(candidacy_record_decode(writer_bytes(&writer), &again),
                    DALV_OK);
    CU_ASSERT_EQUAL(again.counter, 300);
    CU_ASSERT_EQUAL(candidacy_record_decode(bytes_make(memory, 9), &again),
                    DALV_PROTOCOL);
    memory[0] = 2;
    CU_ASSERT_EQUAL(candidacy_record_decode(writer_bytes(&writer), &again),
                    DALV_UNSUPPORTED);
}

static const struct suite_test tests[] = {
    SUITE_TEST(holds_for_nine_tenths_from_the_sending),
    SUITE_TEST(renews_every_quarter),
    SUITE_TEST(takes_over_what_stands_still_by_its_own_clock),
    SUITE_TEST(leaves_alone_what_moves),
    SUITE_TEST(reads_again_what_became_of_an_unknown_swap),
    SUITE_TEST(holds_nothing_when_another_was_faster),
    SUITE_TEST(goes_on_asking_a_store_that_does_not_answer),
    SUITE_TEST(keeps_its_form),
};

int main(void)
{
    return SUITE_RUN("control/candidacy", tests);
}
