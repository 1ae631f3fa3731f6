#include "base/arena.h"

#include "base/bytes.h"
#include "tests/support/suite.h"

#include <CUnit/CUnit.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* The fixture is a block of 64 bytes that lies one byte beside an alignment. */
struct fixture {
    _Alignas(max_align_t) uint8_t storage[96];
    struct arena arena;
};

static void begin(struct fixture *fixture)
{
    memset(fixture->storage, 0xEE, sizeof(fixture->storage));
    arena_init(&fixture->arena, fixture->storage + 1, 64);
}

static void hands_out_zeroed_and_aligned_memory(void)
{
    struct fixture fixture;
    uint8_t *taken;

    begin(&fixture);
    (void)arena_take(&fixture.arena, 1, 1);
    taken = arena_take(&fixture.arena, 4, 4);
    CU_ASSERT_PTR_NOT_NULL_FATAL(taken);
    CU_ASSERT_EQUAL((uintptr_t)taken % _Alignof(max_align_t), 0);
    for (size_t i = 0; i < 16; i++)
        CU_ASSERT_EQUAL(taken[i], 0);
    CU_ASSERT_EQUAL(taken[16], 0xEE);
}

static void gives_null_when_the_block_is_used_up(void)
{
    struct fixture fixture;

    begin(&fixture);
    /* 15 bytes of padding leave 49 of 64. */
    CU_ASSERT_PTR_NULL(arena_take(&fixture.arena, 1, 50));
    CU_ASSERT_PTR_NOT_NULL(arena_take(&fixture.arena, 1, 49));
    CU_ASSERT_PTR_NULL(arena_take(&fixture.arena, 1, 1));
}

static void refuses_a_product_that_overflows(void)
{
    struct fixture fixture;

    begin(&fixture);
    CU_ASSERT_PTR_NULL(arena_take(&fixture.arena, SIZE_MAX / 2, 4));
    CU_ASSERT_PTR_NULL(arena_take(&fixture.arena, 2, SIZE_MAX / 2 + 1));
    CU_ASSERT_EQUAL(fixture.arena.used, 0);
}

static void gives_a_pointer_for_nothing(void)
{
    struct fixture fixture;

    begin(&fixture);
    CU_ASSERT_PTR_NOT_NULL(arena_take(&fixture.arena, 0, 8));
    CU_ASSERT_PTR_NOT_NULL(arena_take(&fixture.arena, 8, 0));
}

static void gives_null_without_a_block(void)
{
    struct arena arena;

    arena_init(&arena, NULL, 0);
    CU_ASSERT_PTR_NULL(arena_take(&arena, 1, 1));
}

static void copies_what_it_is_lent(void)
{
    struct fixture fixture;
    char lent[] = "cart";
    struct bytes copy = {0};

    begin(&fixture);
    CU_ASSERT_TRUE(arena_copy(&fixture.arena, bytes_from_text(lent), &copy));
    memset(lent, 'x', sizeof(lent));
    CU_ASSERT_TRUE(bytes_equal(copy, bytes_from_text("cart")));
}

static void refuses_a_copy_that_does_not_fit(void)
{
    struct fixture fixture;
    static const uint8_t lent[65];
    struct bytes copy = {.size = 7};

    begin(&fixture);
    CU_ASSERT_FALSE(arena_copy(&fixture.arena, bytes_make(lent, 65), &copy));
    CU_ASSERT_EQUAL(copy.size, 7);
    CU_ASSERT_TRUE(arena_copy(&fixture.arena, bytes_make(lent, 64), &copy));
    CU_ASSERT_EQUAL(copy.size, 64);
    CU_ASSERT_TRUE(arena_copy(&fixture.arena, (struct bytes){0}, &copy));
    CU_ASSERT_EQUAL(copy.size, 0);
}

static void goes_back_to_a_mark(void)
{
    struct fixture fixture;
    void *first;
    size_t mark;

    begin(&fixture);
    (void)arena_take(&fixture.arena, 1, 1);
    mark = arena_mark(&fixture.arena);
    first = arena_take(&fixture.arena, 1, 8);
    memset(first, 0x55, 8);
    arena_rewind(&fixture.arena, mark);
    CU_ASSERT_PTR_EQUAL(arena_take(&fixture.arena, 1, 8), first);
    CU_ASSERT_EQUAL(*(uint8_t *)first, 0);
}

static void starts_again_when_cleared(void)
{
    struct fixture fixture;
    void *first;

    begin(&fixture);
    first = arena_take(&fixture.arena, 1, 8);
    arena_clear(&fixture.arena);
    CU_ASSERT_PTR_EQUAL(arena_take(&fixture.arena, 1, 8), first);
}

int main(void)
{
    static const struct suite_test tests[] = {
        SUITE_TEST(hands_out_zeroed_and_aligned_memory),
        SUITE_TEST(gives_null_when_the_block_is_used_up),
        SUITE_TEST(refuses_a_product_that_overflows),
        SUITE_TEST(gives_a_pointer_for_nothing),
        SUITE_TEST(gives_null_without_a_block),
        SUITE_TEST(copies_what_it_is_lent),
        SUITE_TEST(refuses_a_copy_that_does_not_fit),
        SUITE_TEST(goes_back_to_a_mark),
        SUITE_TEST(starts_again_when_cleared),
    };

    return SUITE_RUN("base/arena", tests);
}
