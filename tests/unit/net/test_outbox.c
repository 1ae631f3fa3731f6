#include "net/outbox.h"

#include "tests/support/suite.h"

#include <CUnit/CUnit.h>

static void put(struct outboxes *boxes, uint64_t peer, const char *frame)
{
    struct outbox *box = outboxes_find(boxes, peer);
    struct parcel *parcel = parcel_create(peer);

    if (box == NULL)
        box = outboxes_add(boxes, peer);
    parcel_push_back(parcel, bytes_from_text(frame));
    outbox_put(boxes, box, &parcel);
    CU_ASSERT_PTR_NULL(parcel);
}

static void expect(struct outboxes *boxes, uint64_t peer, const char *frame)
{
    struct parcel *parcel = outbox_take(boxes, outboxes_find(boxes, peer));

    CU_ASSERT(bytes_equal(parcel_frame(parcel, 0), bytes_from_text(frame)));
    parcel_destroy(&parcel);
}

static void gives_each_peer_its_own_in_order(void)
{
    struct outboxes boxes;

    outboxes_init(&boxes);
    put(&boxes, 1, "a");
    put(&boxes, 2, "x");
    put(&boxes, 1, "b");
    expect(&boxes, 1, "a");
    expect(&boxes, 1, "b");
    expect(&boxes, 2, "x");
    CU_ASSERT_EQUAL(boxes.bytes, 0);
    CU_ASSERT_EQUAL(boxes.count, 2);
    outboxes_deinit(&boxes);
}

/* 1, 1025 and 2049 share a bucket. */
static void tells_peers_of_one_bucket_apart(void)
{
    const uint64_t peers[] = {1, 1 + OUTBOX_BUCKETS, 1 + 2 * OUTBOX_BUCKETS};
    struct outboxes boxes;
    struct outbox *second;

    outboxes_init(&boxes);
    for (size_t i = 0; i < 3; i++)
        CU_ASSERT_EQUAL(outboxes_add(&boxes, peers[i])->peer, peers[i]);
    second = outboxes_find(&boxes, peers[1]);
    CU_ASSERT_EQUAL(second->peer, peers[1]);
    outboxes_remove(&boxes, &second);
    CU_ASSERT_PTR_NULL(second);
    CU_ASSERT_PTR_NULL(outboxes_find(&boxes, peers[1]));
    CU_ASSERT_EQUAL(outboxes_find(&boxes, peers[0])->peer, peers[0]);
    CU_ASSERT_EQUAL(outboxes_find(&boxes, peers[2])->peer, peers[2]);
    outboxes_deinit(&boxes);
    CU_ASSERT_EQUAL(boxes.count, 0);
}

static void counts_bytes_even_of_empty_frames(void)
{
    struct outboxes boxes;
    struct outbox *box;

    outboxes_init(&boxes);
    put(&boxes, 1, "");
    box = outboxes_find(&boxes, 1);
    CU_ASSERT(box->bytes > 0);
    put(&boxes, 1, "1234567890");
    CU_ASSERT_EQUAL(boxes.bytes, box->bytes);
    outbox_clear(&boxes, box);
    CU_ASSERT_EQUAL(boxes.bytes, 0);
    CU_ASSERT_EQUAL(box->bytes, 0);
    CU_ASSERT_PTR_NULL(box->first);
    outboxes_deinit(&boxes);
}

static void gives_everyone_a_turn(void)
{
    struct outboxes boxes;

    outboxes_init(&boxes);
    for (uint64_t peer = 1; peer <= 3; peer++)
        (void)outboxes_add(&boxes, peer);
    CU_ASSERT_EQUAL(boxes.first->peer, 1);
    outboxes_move_last(&boxes, boxes.first);
    CU_ASSERT_EQUAL(boxes.first->peer, 2);
    outboxes_move_last(&boxes, boxes.first->behind);
    CU_ASSERT_EQUAL(boxes.first->peer, 2);
    CU_ASSERT_EQUAL(boxes.last->peer, 3);
    CU_ASSERT_EQUAL(boxes.first->behind->peer, 1);
    outboxes_deinit(&boxes);
}

static const struct suite_test tests[] = {
    SUITE_TEST(gives_each_peer_its_own_in_order),
    SUITE_TEST(tells_peers_of_one_bucket_apart),
    SUITE_TEST(counts_bytes_even_of_empty_frames),
    SUITE_TEST(gives_everyone_a_turn),
};

int main(void)
{
    return SUITE_RUN("net/outbox", tests);
}
