#include "node/watch.h"

#include "base/budget.h"
#include "model/places.h"
#include "tests/support/suite.h"

#include <CUnit/CUnit.h>

enum {
    PARTITIONS = 4,
    HISTORY = 77,
    NODE = 3,
};

static struct budget budget;
static struct watches watches;
static struct list pushes;
static struct list reads;

static void begin(void)
{
    budget_init(&budget, 1 << 26);
    list_init(&pushes);
    list_init(&reads);
    CU_ASSERT_EQUAL_FATAL(
        watches_init(&watches, &budget.allocator, PARTITIONS, 42, NODE),
        DALV_OK);
}

static void end(void)
{
    struct list_link *link;

    while ((link = list_take(&pushes)) != NULL) {
        struct push_out *push = LIST_ITEM(link, struct push_out, link);

        push_destroy(&push, &budget.allocator);
    }
    watches_deinit(&watches);
    CU_ASSERT_EQUAL(budget.bytes_used, 0);
}

static struct watch_wish wish_of(uint64_t client, const char *user)
{
    return (struct watch_wish){.router = 1,
                               .client = client,
                               .user = bytes_from_text(user),
                               .cursor = {.history_id = HISTORY}};
}

static struct watch *add(const struct watch_wish *wish)
{
    struct watch *watch = NULL;

    CU_ASSERT_EQUAL_FATAL(watches_add(&watches, wish, &watch), DALV_OK);
    return watch;
}

/* anna's next record is committed. */
static void tell(uint64_t revision)
{
    struct effect effect = {.type = EFFECT_PUT,
                            .key = bytes_from_text("a"),
                            .value = bytes_from_text("x")};
    const struct user_record record = {.user = bytes_from_text("anna"),
                                       .history_id = HISTORY,
                                       .revision = revision,
                                       .effects = &effect,
                                       .effect_count = 1};

    watches_tell(&watches, &(struct watch_told){.partition = 1,
                                                .index = revision,
                                                .record = &record,
                                                .pushes = &pushes,
                                                .reads = &reads});
}

/* A reading of the watch is back: it was told up to `revision`. */
static void read_up_to(struct watch *watch, uint64_t revision, uint64_t head)
{
    (void)list_take(&reads);
    watch->read_up_to =
        (struct cursor){.history_id = HISTORY, .revision = revision};
    watch->read_head = (struct cursor){.history_id = HISTORY, .revision = head};
    watches_take(&watches, watch, &pushes, &reads);
}

static void reads_before_it_is_told(void)
{
    struct watch_wish wish = wish_of(5, "anna");
    struct watch *watch;

    begin();
    watch = add(&wish);
    watches_order(&watches, watch, &reads);
    watches_order(&watches, watch, &reads);
    CU_ASSERT_EQUAL(reads.count, 1);
    read_up_to(watch, 3, 3);
    CU_ASSERT_EQUAL(reads.count, 0);
    tell(4);
    CU_ASSERT_EQUAL(pushes.count, 1);
    end();
}

/* What is committed while it reads, it reads as well. */
static void leaves_no_gap_between_reading_and_being_told(void)
{
    struct watch_wish wish = wish_of(5, "anna");
    struct watch *watch;

    begin();
    watch = add(&wish);
    watches_order(&watches, watch, &reads);
    tell(4);
    CU_ASSERT_EQUAL(pushes.count, 0);
    read_up_to(watch, 3, 3);
    CU_ASSERT_EQUAL(reads.count, 1);
    tell(5);
    CU_ASSERT_EQUAL(pushes.count, 0);
    read_up_to(watch, 5, 5);
    CU_ASSERT_EQUAL(reads.count, 0);
    tell(6);
    CU_ASSERT_EQUAL(pushes.count, 1);
    end();
}

static void reads_again_when_there_was_no_memory_to_tell(void)
{
    struct watch_wish wish = wish_of(5, "anna");
    struct watch *watch;
    size_t bytes_max;

    begin();
    watch = add(&wish);
    watches_order(&watches, watch, &reads);
    read_up_to(watch, 3, 3);
    bytes_max = budget.bytes_max;
    budget.bytes_max = budget.bytes_used;
    tell(4);
    CU_ASSERT_EQUAL(pushes.count, 0);
    CU_ASSERT_EQUAL(reads.count, 1);
    budget.bytes_max = bytes_max;
    read_up_to(watch, 4, 4);
    end();
}

static void ends_one_all_of_a_client_or_all_of_a_router(void)
{
    const struct watch_wish first = wish_of(5, "anna");
    const struct watch_wish second = wish_of(6, "berta");
    struct watch *watch;

    begin();
    watch = add(&first);
    (void)add(&first);
    (void)add(&second);
    CU_ASSERT_TRUE(watches_end(&watches, 1, 5, watch->number));
    CU_ASSERT_FALSE(watches_end(&watches, 1, 5, 1));
    CU_ASSERT_FALSE(watches_end(&watches, 2, 6, 3));
    CU_ASSERT_EQUAL(watches.count, 2);
    watches_end_all(&watches, 1, 6);
    CU_ASSERT_EQUAL(watches.count, 1);
    (void)add(&second);
    watches_end_all(&watches, 2, 0);
    CU_ASSERT_EQUAL(watches.count, 2);
    watches_end_all(&watches, 1, 0);
    CU_ASSERT_EQUAL(watches.count, 0);
    end();
}

/* The reader has it: it goes when it comes back. */
static void outlives_its_end_while_it_is_read(void)
{
    const struct watch_wish wish = wish_of(5, "anna");
    struct watch *watch;

    begin();
    watch = add(&wish);
    watches_order(&watches, watch, &reads);
    watches_end_all(&watches, 1, 5);
    CU_ASSERT_EQUAL(watches.count, 1);
    tell(4);
    read_up_to(watch, 4, 4);
    CU_ASSERT_EQUAL(watches.count, 0);
    CU_ASSERT_EQUAL(pushes.count, 0);
    end();
}

/* Whichever users they follow. */
static void bounds_the_watches_of_one_client(void)
{
    const char *const users[] = {"anna", "berta", "carla"};
    struct watch *watch = NULL;
    struct watch_wish wish;

    begin();
    watches.of_client_max = 3;
    for (size_t i = 0; i < 3; i++) {
        wish = wish_of(5, users[i]);
        (void)add(&wish);
    }
    wish = wish_of(5, "dora");
    CU_ASSERT_EQUAL(watches_add(&watches, &wish, &watch), DALV_BUSY);
    wish = wish_of(6, "dora");
    (void)add(&wish);
    watches_end_all(&watches, 1, 5);
    wish = wish_of(5, "dora");
    (void)add(&wish);
    end();
}

static void replaces_a_live_session_of_the_same_client(void)
{
    struct watch_wish wish = wish_of(5, "anna");

    begin();
    wish.device = 4;
    (void)add(&wish);
    (void)add(&wish);
    CU_ASSERT_EQUAL(watches.count, 1);
    tell(1);
    CU_ASSERT_EQUAL(pushes.count, 1);
    CU_ASSERT_EQUAL(reads.count, 0);
    end();
}

static void takes_no_place_that_cannot_be(void)
{
    struct watch_wish wish = {.router = 1, .client = 5, .is_all = true};
    struct watch *watch = NULL;

    begin();
    wish.resume = bytes_from_text("nonsense");
    CU_ASSERT_EQUAL(watches_add(&watches, &wish, &watch), DALV_INVALID);
    CU_ASSERT_EQUAL(watches.count, 0);
    end();
}

static void follows_all_users_from_where_the_log_stands(void)
{
    struct watch_wish wish = {
        .router = 1, .client = 5, .is_all = true, .is_from_now = true};
    struct watch *watch;

    begin();
    watches_lead(&watches, 1, 3, &reads);
    watch = add(&wish);
    watches_order(&watches, watch, &reads);
    CU_ASSERT_EQUAL(reads.count, 0);
    tell(4);
    CU_ASSERT_EQUAL(pushes.count, 1);
    CU_ASSERT_EQUAL(watch->told_indexes[1], 4);
    end();
}

/* A router may ask before the node has heard that it leads. */
static void reads_what_was_committed_before_it_was_led(void)
{
    struct watch_wish wish = {.router = 1, .client = 5, .is_all = true};
    struct watch *watch;

    begin();
    watch = add(&wish);
    watches_order(&watches, watch, &reads);
    CU_ASSERT_EQUAL(reads.count, 0);
    watches_lead(&watches, 1, 3, &reads);
    CU_ASSERT_EQUAL(reads.count, 1);
    CU_ASSERT_EQUAL(watch->read_partition, 1);
    end();
}

/* After a stall it leads again where its epoch began, which is long ago: what
   was told since was never told to who came then. */
static void knows_what_was_committed_when_it_leads_again(void)
{
    struct watch_wish wish = {.router = 1, .client = 5, .is_all = true};
    struct watch *watch;

    begin();
    watches_lead(&watches, 1, 3, &reads);
    tell(4);
    tell(5);
    watches_lead(&watches, 1, 3, &reads);
    wish.is_from_now = true;
    watch = add(&wish);
    CU_ASSERT_EQUAL(watch->told_indexes[1], 5);
    end();
}

/* By the number alone a router finds whom to tell that it ends. */
static void names_its_node_in_the_number_of_a_watch(void)
{
    const struct watch_wish wish = wish_of(5, "anna");

    begin();
    CU_ASSERT_EQUAL(add(&wish)->number >> WATCH_NODE_SHIFT, NODE);
    end();
}

/* Another node tells of the others, under the same number. */
static void tells_of_the_partitions_that_it_was_asked_for(void)
{
    const uint8_t second[] = {1 << 1};
    const uint8_t third[] = {1 << 2};
    struct watch_wish wish = {
        .router = 1, .client = 5, .is_all = true, .number = 99};
    struct watch *watch;

    begin();
    watches_lead(&watches, 0, 8, &reads);
    watches_lead(&watches, 1, 3, &reads);
    wish.is_from_now = true;
    wish.partitions = bytes_make(second, 1);
    watch = add(&wish);
    CU_ASSERT_EQUAL(watch->number, 99);
    CU_ASSERT_EQUAL(watch->told_indexes[0], PLACES_UNTOLD);
    CU_ASSERT_EQUAL(watch->told_indexes[1], 3);
    wish.client = 6;
    wish.partitions = bytes_make(third, 1);
    wish.is_from_now = false;
    watch = add(&wish);
    watches_order(&watches, watch, &reads);
    CU_ASSERT_EQUAL(reads.count, 0);
    tell(4);
    CU_ASSERT_EQUAL_FATAL(pushes.count, 1);
    CU_ASSERT_EQUAL(LIST_ITEM(pushes.first, struct push_out, link)->client, 5);
    end();
}

static void takes_no_set_of_partitions_of_another_cluster(void)
{
    struct watch_wish wish = {.router = 1, .client = 5, .is_all = true};
    struct watch *watch = NULL;

    begin();
    wish.partitions = bytes_from_text("ab");
    CU_ASSERT_EQUAL(watches_add(&watches, &wish, &watch), DALV_INVALID);
    CU_ASSERT_EQUAL(watches.count, 0);
    end();
}

int main(void)
{
    static const struct suite_test tests[] = {
        SUITE_TEST(reads_before_it_is_told),
        SUITE_TEST(leaves_no_gap_between_reading_and_being_told),
        SUITE_TEST(reads_again_when_there_was_no_memory_to_tell),
        SUITE_TEST(ends_one_all_of_a_client_or_all_of_a_router),
        SUITE_TEST(outlives_its_end_while_it_is_read),
        SUITE_TEST(bounds_the_watches_of_one_client),
        SUITE_TEST(replaces_a_live_session_of_the_same_client),
        SUITE_TEST(takes_no_place_that_cannot_be),
        SUITE_TEST(follows_all_users_from_where_the_log_stands),
        SUITE_TEST(reads_what_was_committed_before_it_was_led),
        SUITE_TEST(knows_what_was_committed_when_it_leads_again),
        SUITE_TEST(names_its_node_in_the_number_of_a_watch),
        SUITE_TEST(tells_of_the_partitions_that_it_was_asked_for),
        SUITE_TEST(takes_no_set_of_partitions_of_another_cluster),
    };

    return SUITE_RUN("node/watch", tests);
}
