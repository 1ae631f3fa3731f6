#include "model/transaction_format.h"

#include "base/bounds.h"
#include "base/prng.h"
#include "model/upload.h"
#include "tests/support/suite.h"

#include <CUnit/CUnit.h>
#include <stdlib.h>
#include <string.h>

enum {
    ARENA_BYTES = 1 << 20,
    SEED_COUNT = 2000,
};

static uint8_t arena_block[ARENA_BYTES];
static uint8_t again_block[BOUNDS_TRANSACTION_BYTES_MAX + 1024];

/* Decodes, and demands that encoding gives the same bytes back. */
static enum dalv_status decode(struct bytes bytes, struct transaction *out)
{
    struct arena arena;
    struct writer writer;
    enum dalv_status status;

    arena_init(&arena, arena_block, sizeof(arena_block));
    status = transaction_decode(bytes, &arena, out);
    if (status != DALV_OK)
        return status;
    writer_init(&writer, again_block, sizeof(again_block));
    CU_ASSERT_EQUAL(transaction_encode(out, &writer), DALV_OK);
    CU_ASSERT_TRUE(bytes_equal(writer_bytes(&writer), bytes));
    return DALV_OK;
}

static enum dalv_status decode_text(const char *bytes, size_t size)
{
    struct transaction transaction;

    return decode(bytes_make(bytes, size), &transaction);
}

#define DECODE(text) decode_text((text), sizeof(text) - 1)

static bool encodes_as(const struct transaction *transaction,
                       const char *expected, size_t size)
{
    static uint8_t block[4096];
    struct writer writer;
    struct transaction decoded;

    writer_init(&writer, block, sizeof(block));
    return transaction_encode(transaction, &writer) == DALV_OK &&
           bytes_equal(writer_bytes(&writer), bytes_make(expected, size)) &&
           decode(writer_bytes(&writer), &decoded) == DALV_OK;
}

#define ENCODES_AS(transaction, text)                                          \
    encodes_as((transaction), (text), sizeof(text) - 1)

/* The numbers that docs/PROTOCOL.md shows. */
static void writes_a_small_change_in_few_bytes(void)
{
    const struct operation put = {.type = OPERATION_PUT,
                                  .key = bytes_from_text("name"),
                                  .value = bytes_from_text("Ann")};
    const struct transaction transaction = {.operations = &put,
                                            .operation_count = 1,
                                            .local_id = 7,
                                            .base_revision = 300};

    CU_ASSERT_TRUE(ENCODES_AS(&transaction, "\x11\x07\xAC\x02\x01"
                                            "\x01\x04name\x03"
                                            "Ann"));
}

static void writes_each_type_of_operation(void)
{
    static const struct dot seen[] = {{3, 9, 0}, {3, 8, 1}, {DOT_SELF, 10, 2}};
    const struct operation operations[] = {
        {.type = OPERATION_PUT,
         .key = bytes_from_text("a"),
         .value = bytes_from_text("v"),
         .flags = 5,
         .ttl_ms = 1000},
        {.type = OPERATION_DEL, .key = bytes_from_text("b")},
        {.type = OPERATION_ADD_TO_LIST,
         .key = bytes_from_text("c"),
         .value = bytes_from_text("")},
        {.type = OPERATION_REMOVE_FROM_LIST,
         .key = bytes_from_text("c"),
         .dots = seen,
         .dot_count = 3},
        {.type = OPERATION_INCREMENT,
         .key = bytes_from_text("d"),
         .number = -3},
        {.type = OPERATION_ADD,
         .key = bytes_from_text("e"),
         .value = bytes_from_text("w"),
         .flags = 1},
    };
    const struct transaction transaction = {.operations = operations,
                                            .operation_count = 6,
                                            .local_id = 9,
                                            .base_revision = 0,
                                            .after = 4};

    CU_ASSERT_TRUE(ENCODES_AS(&transaction,
                              "\x31\x09\x00\x04\x06"
                              "\x31\x01"
                              "a\x05\xE8\x07\x01v"
                              "\x02\x01"
                              "b"
                              "\x03\x01"
                              "c\x00"
                              "\x44\x03\x06\x12\x00\x00\x01\x01\x07\x04\x02"
                              "\x05\x01"
                              "d\x05"
                              "\x16\x01"
                              "e\x01\x01w"));
}

#define UPLOAD UINT64_C(0x8000000000000102)

static void writes_a_part_of_an_upload(void)
{
    const struct operation part = {.type = OPERATION_UPLOAD,
                                   .key = bytes_from_text("a"),
                                   .upload = UPLOAD,
                                   .position = 2,
                                   .value = bytes_from_text("xy")};
    const struct transaction transaction = {.operations = &part,
                                            .operation_count = 1};

    CU_ASSERT_TRUE(ENCODES_AS(&transaction, "\x01\x01"
                                            "\x07\x01"
                                            "a"
                                            "\x02\x01\0\0\0\0\0\x80"
                                            "\x02\x02xy"));
}

static void writes_what_puts_an_upload(void)
{
    const struct operation put = {.type = OPERATION_PUT_UPLOADED,
                                  .key = bytes_from_text("a"),
                                  .flags = 5,
                                  .upload = UPLOAD,
                                  .bytes = BOUNDS_VALUE_MAX + 1,
                                  .hash = 3};
    const struct transaction transaction = {.operations = &put,
                                            .operation_count = 1};

    CU_ASSERT_TRUE(ENCODES_AS(&transaction, "\x01\x01"
                                            "\x18\x01"
                                            "a\x05"
                                            "\x02\x01\0\0\0\0\0\x80"
                                            "\x81\x80\x40"
                                            "\x03\0\0\0\0\0\0\0"));
}

static void keeps_uploads_to_what_they_may_be(void)
{
    struct operation operations[2] = {{.type = OPERATION_UPLOAD,
                                       .key = bytes_from_text("a"),
                                       .upload = UPLOAD,
                                       .value = bytes_from_text("x")}};
    struct transaction transaction = {.operations = operations,
                                      .operation_count = 1};

    CU_ASSERT_EQUAL(transaction_check(&transaction), DALV_OK);
    transaction.local_id = 1; /* A device's. */
    CU_ASSERT_EQUAL(transaction_check(&transaction), DALV_INVALID);
    transaction.local_id = 0;
    operations[1] = operations[0];
    transaction.operation_count = 2;
    CU_ASSERT_EQUAL(transaction_check(&transaction), DALV_INVALID);
    transaction.operation_count = 1;
    operations[0].position = BOUNDS_UPLOAD_PARTS_MAX;
    CU_ASSERT_EQUAL(transaction_check(&transaction), DALV_TOO_BIG);
    operations[0] = operations[1];
    operations[0].upload = 7; /* It could be the revision of a list. */
    CU_ASSERT_EQUAL(transaction_check(&transaction), DALV_INVALID);
    operations[0] = (struct operation){.type = OPERATION_PUT_UPLOADED,
                                       .key = bytes_from_text("a"),
                                       .upload = UPLOAD,
                                       .bytes = BOUNDS_VALUE_MAX};
    CU_ASSERT_EQUAL(transaction_check(&transaction), DALV_INVALID);
    operations[0].bytes = UPLOAD_BYTES_MAX;
    CU_ASSERT_EQUAL(transaction_check(&transaction), DALV_OK);
    operations[0].bytes++;
    CU_ASSERT_EQUAL(transaction_check(&transaction), DALV_TOO_BIG);
}

static void writes_a_backends_preconditions(void)
{
    const struct operation removal = {.type = OPERATION_DEL,
                                      .key = bytes_from_text("k")};
    const struct precondition conditions[] = {
        {.type = PRECONDITION_REVISION,
         .key = bytes_from_text("k"),
         .revision = 17},
        {.type = PRECONDITION_ABSENT, .key = bytes_from_text("j")},
    };
    const struct transaction transaction = {.operations = &removal,
                                            .operation_count = 1,
                                            .preconditions = conditions,
                                            .precondition_count = 2};

    CU_ASSERT_TRUE(ENCODES_AS(&transaction, "\x41\x02"
                                            "\x02\x01k\x11"
                                            "\x01\x01j"
                                            "\x01\x02\x01k"));
}

/* Each line says the same as a shorter or plainer form, or nothing at all. */
static void refuses_every_other_form(void)
{
    CU_ASSERT_EQUAL(DECODE("\x01\x01\x02\x01k"), DALV_OK);
    CU_ASSERT_EQUAL(DECODE("\x01\x81\x00\x02\x01k"), DALV_PROTOCOL);
    CU_ASSERT_EQUAL(DECODE("\x11\x00\x00\x01\x02\x01k"), DALV_PROTOCOL);
    CU_ASSERT_EQUAL(DECODE("\x31\x09\x00\x00\x01\x02\x01k"), DALV_PROTOCOL);
    CU_ASSERT_EQUAL(DECODE("\x41\x00\x01\x02\x01k"), DALV_PROTOCOL);
    CU_ASSERT_EQUAL(DECODE("\x81\x01\x02\x01k"), DALV_PROTOCOL);
    CU_ASSERT_EQUAL(DECODE("\x01\x01\x82\x01k"), DALV_PROTOCOL);
    CU_ASSERT_EQUAL(DECODE("\x01\x01\x02\x01k\x00"), DALV_PROTOCOL);
    /* A key told twice, or said to be told before the first. */
    CU_ASSERT_EQUAL(DECODE("\x01\x02\x02\x01k\x42"), DALV_OK);
    CU_ASSERT_EQUAL(DECODE("\x01\x02\x02\x01k\x02\x01k"), DALV_PROTOCOL);
    CU_ASSERT_EQUAL(DECODE("\x01\x01\x42"), DALV_PROTOCOL);
    /* Flags and lives of zero, and where there are none. */
    CU_ASSERT_EQUAL(DECODE("\x01\x01\x11\x01k\x01\x01v"), DALV_OK);
    CU_ASSERT_EQUAL(DECODE("\x01\x01\x11\x01k\x00\x01v"), DALV_PROTOCOL);
    CU_ASSERT_EQUAL(DECODE("\x01\x01\x21\x01k\x00\x01v"), DALV_PROTOCOL);
    CU_ASSERT_EQUAL(DECODE("\x01\x01\x13\x01k\x01\x01v"), DALV_PROTOCOL);
    CU_ASSERT_EQUAL(DECODE("\x01\x01\x22\x01k\x01"), DALV_PROTOCOL);
    CU_ASSERT_EQUAL(DECODE("\x01\x01\x11\x01k\x80\x80\x80\x80\x10\x01v"),
                    DALV_PROTOCOL);
}

static void refuses_what_it_does_not_know(void)
{
    CU_ASSERT_EQUAL(DECODE(""), DALV_PROTOCOL);
    CU_ASSERT_EQUAL(DECODE("\x00\x01\x02\x01k"), DALV_PROTOCOL);
    CU_ASSERT_EQUAL(DECODE("\x02\x01\x02\x01k"), DALV_UNSUPPORTED);
    CU_ASSERT_EQUAL(DECODE("\x01\x01\x00\x01k"), DALV_PROTOCOL);
    CU_ASSERT_EQUAL(DECODE("\x01\x01\x07\x01k"), DALV_PROTOCOL);
    CU_ASSERT_EQUAL(DECODE("\x41\x01\x03\x01k\x01\x02\x01k"), DALV_PROTOCOL);
    /* A dot's position is of 32 bits. */
    CU_ASSERT_EQUAL(DECODE("\x01\x01\x04\x01k\x01\x02\x02\x80\x80\x80\x80\x10"),
                    DALV_PROTOCOL);
}

static void refuses_what_no_transaction_may_be(void)
{
    CU_ASSERT_EQUAL(DECODE("\x01\x00"), DALV_INVALID);
    CU_ASSERT_EQUAL(DECODE("\x01\x01\x02\x00"), DALV_INVALID);
    CU_ASSERT_EQUAL(DECODE("\x01\x01\x04\x01k\x00"), DALV_INVALID);
    CU_ASSERT_EQUAL(DECODE("\x31\x09\x00\x09\x01\x02\x01k"), DALV_INVALID);
    CU_ASSERT_EQUAL(DECODE("\x21\x01\x01\x02\x01k"), DALV_INVALID);
}

/* A count is no reason to take memory, nor a size to look behind the end. */
static void believes_no_count_beyond_its_bytes(void)
{
    CU_ASSERT_EQUAL(DECODE("\x01\xE7\x07\x02\x01k"), DALV_PROTOCOL);
    CU_ASSERT_EQUAL(DECODE("\x01\x01\x02\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x7Fk"),
                    DALV_PROTOCOL);
    CU_ASSERT_EQUAL(DECODE("\x01\x01\x04\x01k\xE8\x07\x02\x02\x00"),
                    DALV_PROTOCOL);
}

static void refuses_counts_beyond_the_bounds(void)
{
    static uint8_t block[8192] = {0x01, 0xE9, 0x07, 0x02, 0x01, 'k'};
    struct transaction transaction;

    memset(block + 6, 0x42, 1000);
    CU_ASSERT_EQUAL(decode(bytes_make(block, 1006), &transaction),
                    DALV_TOO_BIG);
    block[1] = 0xE8;
    CU_ASSERT_EQUAL(decode(bytes_make(block, 1005), &transaction), DALV_OK);
    CU_ASSERT_EQUAL(transaction.operation_count, 1000);
}

static void needs_an_arena_that_holds_it(void)
{
    uint8_t block[sizeof(struct operation) / 2];
    struct arena arena;
    struct transaction transaction;

    arena_init(&arena, block, sizeof(block));
    CU_ASSERT_EQUAL(transaction_decode(bytes_make("\x01\x01\x02\x01k", 5),
                                       &arena, &transaction),
                    DALV_NO_MEMORY);
}

static void writes_nothing_beyond_its_memory(void)
{
    const struct operation removal = {.type = OPERATION_DEL,
                                      .key = bytes_from_text("key")};
    const struct transaction transaction = {.operations = &removal,
                                            .operation_count = 1};
    uint8_t block[7];
    struct writer writer;

    for (size_t size = 0; size < sizeof(block); size++) {
        writer_init(&writer, block, size);
        CU_ASSERT_EQUAL(transaction_encode(&transaction, &writer),
                        DALV_TOO_BIG);
    }
}

static void writes_no_transaction_that_may_not_be(void)
{
    const struct transaction transaction = {0};
    uint8_t block[16];
    struct writer writer;

    writer_init(&writer, block, sizeof(block));
    CU_ASSERT_EQUAL(transaction_encode(&transaction, &writer), DALV_INVALID);
    CU_ASSERT_EQUAL(writer.size, 0);
}

/* A transaction drawn by a seed; memory is static, for one at a time. */
struct drawn {
    struct transaction transaction;
    struct operation operations[8];
    struct precondition preconditions[3];
    struct dot dots[8][4];
    uint8_t payload[64];
};

static uint64_t draw_number(struct prng *prng)
{
    return prng_next(prng) >> prng_below(prng, 64);
}

static struct bytes draw_bytes(struct drawn *drawn, struct prng *prng,
                               size_t size_min)
{
    size_t size = size_min + (size_t)prng_below(prng, 6);

    return bytes_make(drawn->payload + prng_below(prng, 48), size);
}

static void draw_operation(struct drawn *drawn, struct prng *prng, size_t i)
{
    struct operation *operation = &drawn->operations[i];
    bool is_put;

    operation->type = (enum operation_type)(1 + prng_below(prng, 6));
    is_put =
        operation->type == OPERATION_PUT || operation->type == OPERATION_ADD;
    operation->key = draw_bytes(drawn, prng, 1);
    if (i > 0 && prng_chance(prng, 1, 3))
        operation->key = operation[-1].key;
    if (is_put) {
        operation->flags =
            (uint32_t)(prng_chance(prng, 1, 2) ? draw_number(prng) : 0);
        operation->ttl_ms = prng_below(prng, 2) * prng_below(prng, 100000);
    }
    if (operation->type == OPERATION_INCREMENT)
        operation->number =
            (int64_t)(draw_number(prng) ^ -(prng_next(prng) & 1));
    if (is_put || operation->type == OPERATION_ADD_TO_LIST)
        operation->value = draw_bytes(drawn, prng, 0);
    if (operation->type != OPERATION_REMOVE_FROM_LIST)
        return;
    operation->dots = drawn->dots[i];
    operation->dot_count = 1 + (size_t)prng_below(prng, 4);
    for (size_t j = 0; j < operation->dot_count; j++)
        drawn->dots[i][j] =
            (struct dot){prng_chance(prng, 1, 4) ? DOT_SELF : draw_number(prng),
                         draw_number(prng), (uint32_t)draw_number(prng)};
}

static void draw(struct drawn *drawn, uint64_t seed)
{
    struct prng prng;
    struct transaction *transaction = &drawn->transaction;

    memset(drawn, 0, sizeof(*drawn));
    prng_init(&prng, seed);
    for (size_t i = 0; i < sizeof(drawn->payload); i++)
        drawn->payload[i] = (uint8_t)prng_next(&prng);
    transaction->operations = drawn->operations;
    transaction->operation_count = 1 + (size_t)prng_below(&prng, 8);
    for (size_t i = 0; i < transaction->operation_count; i++)
        draw_operation(drawn, &prng, i);
    if (prng_chance(&prng, 1, 2)) {
        transaction->local_id = 1 + draw_number(&prng) / 2;
        transaction->base_revision = draw_number(&prng);
        transaction->after = prng_below(&prng, transaction->local_id);
        return;
    }
    transaction->preconditions = drawn->preconditions;
    transaction->precondition_count = (size_t)prng_below(&prng, 4);
    for (size_t i = 0; i < transaction->precondition_count; i++) {
        struct precondition *condition = &drawn->preconditions[i];

        condition->type = (enum precondition_type)(1 + prng_below(&prng, 2));
        condition->key = draw_bytes(drawn, &prng, 1);
        if (condition->type == PRECONDITION_REVISION)
            condition->revision = draw_number(&prng);
    }
}

static bool is_same_operation(const struct operation *a,
                              const struct operation *b)
{
    bool is_same = a->type == b->type && bytes_equal(a->key, b->key) &&
                   bytes_equal(a->value, b->value) && a->flags == b->flags &&
                   a->ttl_ms == b->ttl_ms && a->number == b->number &&
                   a->dot_count == b->dot_count;

    for (size_t i = 0; is_same && i < a->dot_count; i++)
        is_same = dot_equal(a->dots[i], b->dots[i]);
    return is_same;
}

static bool is_same_precondition(const struct precondition *a,
                                 const struct precondition *b)
{
    return a->type == b->type && bytes_equal(a->key, b->key) &&
           a->revision == b->revision;
}

static bool is_same_transaction(const struct transaction *a,
                                const struct transaction *b)
{
    bool is_same =
        a->local_id == b->local_id && a->base_revision == b->base_revision &&
        a->after == b->after && a->operation_count == b->operation_count &&
        a->precondition_count == b->precondition_count;

    for (size_t i = 0; is_same && i < a->operation_count; i++)
        is_same = is_same_operation(&a->operations[i], &b->operations[i]);
    for (size_t i = 0; is_same && i < a->precondition_count; i++)
        is_same =
            is_same_precondition(&a->preconditions[i], &b->preconditions[i]);
    return is_same;
}

static struct bytes encode_drawn(struct drawn *drawn, uint64_t seed)
{
    static uint8_t block[4096];
    struct writer writer;

    draw(drawn, seed);
    writer_init(&writer, block, sizeof(block));
    CU_ASSERT_EQUAL_FATAL(transaction_encode(&drawn->transaction, &writer),
                          DALV_OK);
    return writer_bytes(&writer);
}

static void gives_back_what_was_written(void)
{
    static struct drawn drawn;

    for (uint64_t seed = 1; seed <= SEED_COUNT; seed++) {
        struct transaction decoded = {0};
        struct bytes bytes = encode_drawn(&drawn, seed);

        CU_ASSERT_EQUAL_FATAL(decode(bytes, &decoded), DALV_OK);
        CU_ASSERT_TRUE_FATAL(is_same_transaction(&drawn.transaction, &decoded));
    }
}

static void refuses_each_part_of_a_transaction(void)
{
    static struct drawn drawn;

    for (uint64_t seed = 1; seed <= SEED_COUNT / 10; seed++) {
        struct bytes whole = encode_drawn(&drawn, seed);
        struct transaction decoded;

        for (size_t size = 0; size < whole.size; size++) {
            /* A copy of its own, so that a sanitizer sees a read too far. */
            uint8_t *part = malloc(size + 1);

            memcpy(part, whole.data, size);
            CU_ASSERT_EQUAL(decode(bytes_make(part, size), &decoded),
                            DALV_PROTOCOL);
            free(part);
        }
    }
}

/* `decode` demands that whatever it takes is the one form of what it says. */
static void takes_no_second_form_after_any_flip_of_a_bit(void)
{
    static struct drawn drawn;

    for (uint64_t seed = 1; seed <= SEED_COUNT / 10; seed++) {
        struct bytes whole = encode_drawn(&drawn, seed);
        uint8_t *copy = malloc(whole.size);

        memcpy(copy, whole.data, whole.size);
        for (size_t bit = 0; bit < 8 * whole.size; bit++) {
            struct transaction decoded;

            copy[bit / 8] ^= (uint8_t)(1U << bit % 8);
            (void)(decode(bytes_make(copy, whole.size), &decoded) == DALV_OK);
            copy[bit / 8] ^= (uint8_t)(1U << bit % 8);
        }
        free(copy);
    }
}

static void chains_pushes_in_their_order(void)
{
    struct bytes one = bytes_from_text("one");
    struct bytes two = bytes_from_text("two");
    uint64_t chain = chain_extend(chain_extend(0, one), two);

    /* It is on disks and on the wire: it never changes. */
    CU_ASSERT_EQUAL(chain_extend(0, one), UINT64_C(0x911FABA7321FE1A0));
    CU_ASSERT_EQUAL(chain, UINT64_C(0xACBC719BDFD23DB4));
    CU_ASSERT_NOT_EQUAL(chain, chain_extend(chain_extend(0, two), one));
    CU_ASSERT_NOT_EQUAL(chain, chain_extend(0, two));
}

int main(void)
{
    static const struct suite_test tests[] = {
        SUITE_TEST(writes_a_small_change_in_few_bytes),
        SUITE_TEST(writes_each_type_of_operation),
        SUITE_TEST(writes_a_part_of_an_upload),
        SUITE_TEST(writes_what_puts_an_upload),
        SUITE_TEST(keeps_uploads_to_what_they_may_be),
        SUITE_TEST(writes_a_backends_preconditions),
        SUITE_TEST(refuses_every_other_form),
        SUITE_TEST(refuses_what_it_does_not_know),
        SUITE_TEST(refuses_what_no_transaction_may_be),
        SUITE_TEST(believes_no_count_beyond_its_bytes),
        SUITE_TEST(refuses_counts_beyond_the_bounds),
        SUITE_TEST(needs_an_arena_that_holds_it),
        SUITE_TEST(writes_nothing_beyond_its_memory),
        SUITE_TEST(writes_no_transaction_that_may_not_be),
        SUITE_TEST(gives_back_what_was_written),
        SUITE_TEST(refuses_each_part_of_a_transaction),
        SUITE_TEST(takes_no_second_form_after_any_flip_of_a_bit),
        SUITE_TEST(chains_pushes_in_their_order),
    };

    return SUITE_RUN("model/transaction_format", tests);
}
