#include "model/user_view.h"

#include "tests/support/suite.h"

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    BLOCK_BYTES = 1 << 20,
};

/* A fixture is an empty query about "ann" with room for a few of each. */
struct fixture {
    uint8_t *block;
    struct arena arena;
    struct user_view view;
};

static struct fixture begin(size_t room)
{
    struct fixture fixture;
    struct user_view_bounds bounds = {room, room, room, room, room};

    fixture.block = malloc(BLOCK_BYTES);
    arena_init(&fixture.arena, fixture.block, BLOCK_BYTES);
    CU_ASSERT_EQUAL_FATAL(user_view_init(&fixture.view, &fixture.arena,
                                         bytes_from_text("ann"), &bounds),
                          DALV_OK);
    return fixture;
}

static void prepare(struct fixture *fixture)
{
    /* The fixture was handed on by value. */
    fixture->view.arena = &fixture->arena;
    CU_ASSERT_EQUAL(user_view_prepare(&fixture->view), DALV_OK);
}

static void end(struct fixture *fixture)
{
    free(fixture->block);
}

static bool wants_key(struct fixture *fixture, const char *key)
{
    struct view_key *found =
        user_view_key(&fixture->view, bytes_from_text(key));

    return found != NULL && bytes_equal(found->key, bytes_from_text(key));
}

static bool wants_element(struct fixture *fixture, const char *key,
                          struct dot dot)
{
    struct view_element *found =
        user_view_element(&fixture->view, bytes_from_text(key), dot);

    return found != NULL && bytes_equal(found->key, bytes_from_text(key)) &&
           dot_equal(found->dot, dot);
}

static void copies_the_name_of_its_user(void)
{
    struct fixture fixture = begin(4);

    CU_ASSERT_TRUE(bytes_equal(fixture.view.user, bytes_from_text("ann")));
    CU_ASSERT_EQUAL(fixture.view.state.revision, 0);
    end(&fixture);
}

static void wants_all_that_a_transaction_touches(void)
{
    static const struct dot seen[] = {{3, 8, 1}, {3, 7, 0}, {3, 8, 1}};
    struct fixture fixture = begin(8);
    const struct operation operations[] = {
        {.type = OPERATION_PUT, .key = bytes_from_text("name")},
        {.type = OPERATION_REMOVE_FROM_LIST,
         .key = bytes_from_text("cart"),
         .dots = seen,
         .dot_count = 3},
        {.type = OPERATION_INCREMENT, .key = bytes_from_text("name")},
    };
    const struct precondition condition = {.type = PRECONDITION_ABSENT,
                                           .key = bytes_from_text("open")};
    const struct transaction transaction = {.operations = operations,
                                            .operation_count = 3,
                                            .preconditions = &condition,
                                            .precondition_count = 1};

    CU_ASSERT_EQUAL(user_view_want_transaction(&fixture.view, &transaction),
                    DALV_OK);
    prepare(&fixture);
    CU_ASSERT_EQUAL(fixture.view.key_count, 3);
    CU_ASSERT_TRUE(wants_key(&fixture, "name"));
    CU_ASSERT_TRUE(wants_key(&fixture, "cart"));
    CU_ASSERT_TRUE(wants_key(&fixture, "open"));
    CU_ASSERT_FALSE(wants_key(&fixture, "car"));
    CU_ASSERT_FALSE(wants_key(&fixture, "zoo"));
    CU_ASSERT_EQUAL(fixture.view.element_count, 2);
    CU_ASSERT_TRUE(wants_element(&fixture, "cart", (struct dot){3, 7, 0}));
    CU_ASSERT_TRUE(wants_element(&fixture, "cart", (struct dot){3, 8, 1}));
    CU_ASSERT_FALSE(wants_element(&fixture, "cart", (struct dot){3, 8, 0}));
    CU_ASSERT_FALSE(wants_element(&fixture, "name", (struct dot){3, 8, 1}));
    end(&fixture);
}

/* The index relies on the order: it walks its own beside it. */
static void sorts_what_it_wants(void)
{
    static char names[1000][8];
    struct fixture fixture = begin(1000);

    for (size_t i = 0; i < 1000; i++) {
        (void)snprintf(names[i], sizeof(names[i]), "k%03zu", i * 7 % 500);
        CU_ASSERT_EQUAL_FATAL(
            user_view_want_key(&fixture.view, bytes_from_text(names[i])),
            DALV_OK);
    }
    prepare(&fixture);
    CU_ASSERT_EQUAL(fixture.view.key_count, 500);
    for (size_t i = 1; i < fixture.view.key_count; i++)
        CU_ASSERT_TRUE(bytes_compare(fixture.view.keys[i - 1].key,
                                     fixture.view.keys[i].key) < 0);
    for (size_t i = 0; i < 1000; i++)
        CU_ASSERT_TRUE(wants_key(&fixture, names[i]));
    end(&fixture);
}

static void finds_devices_by_id_and_by_install(void)
{
    static const struct install_id phone = {{1}};
    static const struct install_id tablet = {{2}};
    struct fixture fixture = begin(3);
    struct view_device *asked;

    CU_ASSERT_EQUAL(user_view_want_device(&fixture.view, 5, NULL), DALV_OK);
    CU_ASSERT_EQUAL(user_view_want_device(&fixture.view, 0, &phone), DALV_OK);
    CU_ASSERT_EQUAL(user_view_want_device(&fixture.view, 0, &tablet), DALV_OK);
    CU_ASSERT_EQUAL(user_view_want_device(&fixture.view, 5, NULL), DALV_OK);
    CU_ASSERT_EQUAL(user_view_want_device(&fixture.view, 0, &phone), DALV_OK);
    prepare(&fixture);
    CU_ASSERT_EQUAL(fixture.view.device_count, 3);
    CU_ASSERT_PTR_NOT_NULL(user_view_device(&fixture.view, 5));
    CU_ASSERT_PTR_NULL(user_view_device(&fixture.view, 6));
    CU_ASSERT_PTR_NULL(user_view_device(&fixture.view, 0));

    asked = user_view_install(&fixture.view, &tablet);
    CU_ASSERT_PTR_NOT_NULL_FATAL(asked);
    CU_ASSERT_TRUE(asked != user_view_install(&fixture.view, &phone));
    asked->is_found = true;
    asked->state.device = 6;
    CU_ASSERT_PTR_EQUAL(user_view_device(&fixture.view, 6), asked);
    CU_ASSERT_PTR_NULL(
        user_view_install(&fixture.view, &(struct install_id){{3}}));
    end(&fixture);
}

static void finds_requests_by_id(void)
{
    static const struct request_id first = {{9, 1}};
    static const struct request_id second = {{4, 2}};
    struct fixture fixture = begin(3);

    CU_ASSERT_EQUAL(user_view_want_request(&fixture.view, &first), DALV_OK);
    CU_ASSERT_EQUAL(user_view_want_request(&fixture.view, &second), DALV_OK);
    CU_ASSERT_EQUAL(user_view_want_request(&fixture.view, &first), DALV_OK);
    prepare(&fixture);
    CU_ASSERT_EQUAL(fixture.view.request_count, 2);
    CU_ASSERT_EQUAL(user_view_request(&fixture.view, &first)->id.bytes[1], 1);
    CU_ASSERT_EQUAL(user_view_request(&fixture.view, &second)->id.bytes[1], 2);
    CU_ASSERT_PTR_NULL(
        user_view_request(&fixture.view, &(struct request_id){{9, 2}}));
    end(&fixture);
}

static void refuses_more_than_its_bounds(void)
{
    static const struct dot seen[] = {{1, 1, 1}, {1, 1, 2}, {1, 1, 3}};
    static const struct request_id id = {{1}};
    struct fixture fixture = begin(2);
    struct bytes key = bytes_from_text("k");
    const struct operation removal = {.type = OPERATION_REMOVE_FROM_LIST,
                                      .key = key,
                                      .dots = seen,
                                      .dot_count = 3};
    const struct transaction transaction = {.operations = &removal,
                                            .operation_count = 1};

    CU_ASSERT_EQUAL(user_view_want_transaction(&fixture.view, &transaction),
                    DALV_TOO_BIG);
    CU_ASSERT_EQUAL(user_view_want_key(&fixture.view, key), DALV_OK);
    CU_ASSERT_EQUAL(user_view_want_key(&fixture.view, key), DALV_OK);
    CU_ASSERT_EQUAL(user_view_want_key(&fixture.view, key), DALV_TOO_BIG);
    for (uint64_t device = 1; device <= 2; device++)
        CU_ASSERT_EQUAL(user_view_want_device(&fixture.view, device, NULL),
                        DALV_OK);
    CU_ASSERT_EQUAL(user_view_want_device(&fixture.view, 3, NULL),
                    DALV_TOO_BIG);
    CU_ASSERT_EQUAL(user_view_want_request(&fixture.view, &id), DALV_OK);
    CU_ASSERT_EQUAL(user_view_want_request(&fixture.view, &id), DALV_OK);
    CU_ASSERT_EQUAL(user_view_want_request(&fixture.view, &id), DALV_TOO_BIG);
    end(&fixture);
}

static void owns_its_keys_once_it_is_complete(void)
{
    struct fixture fixture = begin(8);
    char key[] = "name";

    CU_ASSERT_EQUAL(
        user_view_want_key(&fixture.view, bytes_make(key, strlen(key))),
        DALV_OK);
    CU_ASSERT_EQUAL(user_view_want_element(&fixture.view,
                                           bytes_make(key, strlen(key)),
                                           (struct dot){3, 7, 0}),
                    DALV_OK);
    prepare(&fixture);
    memcpy(key, "gone", sizeof(key));
    CU_ASSERT_TRUE(wants_key(&fixture, "name"));
    CU_ASSERT_TRUE(wants_element(&fixture, "name", (struct dot){3, 7, 0}));
    end(&fixture);
}

static void needs_an_arena_that_holds_it(void)
{
    uint8_t block[256];
    struct arena arena;
    struct user_view view;
    struct user_view_bounds bounds = {10, 10, 10, 10, 10};

    arena_init(&arena, block, sizeof(block));
    CU_ASSERT_EQUAL(
        user_view_init(&view, &arena, bytes_from_text("ann"), &bounds),
        DALV_TOO_BIG);
}

int main(void)
{
    static const struct suite_test tests[] = {
        SUITE_TEST(copies_the_name_of_its_user),
        SUITE_TEST(wants_all_that_a_transaction_touches),
        SUITE_TEST(sorts_what_it_wants),
        SUITE_TEST(finds_devices_by_id_and_by_install),
        SUITE_TEST(finds_requests_by_id),
        SUITE_TEST(refuses_more_than_its_bounds),
        SUITE_TEST(owns_its_keys_once_it_is_complete),
        SUITE_TEST(needs_an_arena_that_holds_it),
    };

    return SUITE_RUN("model/user_view", tests);
}
