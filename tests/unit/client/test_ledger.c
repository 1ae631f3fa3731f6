#include "client/ledger.h"

#include "model/transaction_format.h"
#include "tests/support/memory_files.h"
#include "tests/support/suite.h"
#include "tests/unit/client/device_fixture.h"

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <string.h>

/*
 * A fixture is a ledger on a disk in memory. What it holds is told as text:
 * local id, state (p, c, D, L), push number if there is one.
 */
struct fixture {
    struct memory_files *disk;
    struct ledger *ledger;
    char text[512];
};

static void reopen(struct fixture *fixture)
{
    memory_files_crash(fixture->disk);
    ledger_close(&fixture->ledger);
    CU_ASSERT_EQUAL_FATAL(ledger_open(memory_files_seam(fixture->disk), "store",
                                      &fixture->ledger),
                          DALV_OK);
}

static void put_part(struct fixture *fixture, const struct ledger_part *part)
{
    CU_ASSERT_EQUAL(ledger_put(fixture->ledger, part), DALV_OK);
}

static void commit(struct fixture *fixture)
{
    CU_ASSERT_EQUAL(ledger_commit(fixture->ledger), DALV_OK);
}

static void put_identity(struct fixture *fixture, uint8_t install,
                         uint64_t device)
{
    put_part(fixture, &(struct ledger_part){
                          .type = LEDGER_PART_IDENTITY,
                          .identity = {.install = {{install}},
                                       .device = device,
                                       .user = bytes_from_text("ada")}});
    commit(fixture);
}

static struct fixture *begin(void)
{
    static struct fixture fixture;

    fixture = (struct fixture){.disk = memory_files_create(1)};
    CU_ASSERT_EQUAL(files_make_folder(memory_files_seam(fixture.disk), "store"),
                    DALV_OK);
    CU_ASSERT_EQUAL_FATAL(
        ledger_open(memory_files_seam(fixture.disk), "store", &fixture.ledger),
        DALV_OK);
    put_identity(&fixture, 1, 3);
    return &fixture;
}

static void end(struct fixture *fixture)
{
    ledger_close(&fixture->ledger);
    memory_files_destroy(&fixture->disk);
}

/* A transaction that puts `value` under "k". */
static struct ledger_draft draft(uint64_t local_id, const char *value)
{
    static uint8_t bytes[128];
    struct operation operation = put("k", value);
    const struct transaction transaction = {
        .operations = &operation, .operation_count = 1, .local_id = local_id};
    struct writer writer;

    writer_init(&writer, bytes, sizeof(bytes));
    CU_ASSERT_EQUAL(transaction_encode(&transaction, &writer), DALV_OK);
    return (struct ledger_draft){.local_id = local_id,
                                 .state = LEDGER_PENDING,
                                 .transaction = writer_bytes(&writer),
                                 .base = bytes_from_text("base")};
}

static void put_entry(struct fixture *fixture, const struct ledger_draft *entry)
{
    put_part(fixture,
             &(struct ledger_part){.type = LEDGER_PART_ENTRY, .entry = *entry});
}

static void commit_entries(struct fixture *fixture, uint64_t first,
                           uint64_t last)
{
    for (uint64_t local_id = first; local_id <= last; local_id++) {
        struct ledger_draft entry = draft(local_id, "v");

        put_entry(fixture, &entry);
    }
    commit(fixture);
}

static void number(struct fixture *fixture, uint64_t local_id,
                   uint64_t push_number, const char *sent)
{
    put_part(fixture,
             &(struct ledger_part){
                 .type = LEDGER_PART_NUMBERED,
                 .numbered = {local_id, push_number, bytes_from_text(sent)}});
    commit(fixture);
}

static void put_outcome(struct fixture *fixture, uint64_t push_number,
                        enum outcome_result result, enum dalv_status status)
{
    put_part(fixture,
             &(struct ledger_part){.type = LEDGER_PART_OUTCOME,
                                   .outcome = {.push_number = push_number,
                                               .result = result,
                                               .status = status,
                                               .revision = 40}});
}

static void settle(struct fixture *fixture, uint64_t settled)
{
    put_part(fixture,
             &(struct ledger_part){.type = LEDGER_PART_SETTLED,
                                   .settled = {settled, 1000 + settled}});
    commit(fixture);
}

static void tell_all(struct fixture *fixture,
                     const struct ledger_entries *entries)
{
    static const char letters[] = {'?', 'p', 'c', 'D', 'L'};
    const struct ledger_entry *entry = entries->first;
    size_t count = 0;

    for (; entry != NULL; entry = entry->next) {
        size_t size = strlen(fixture->text);

        (void)snprintf(fixture->text + size, sizeof(fixture->text) - size,
                       "%u%c", (unsigned)entry->draft.local_id,
                       letters[entry->draft.state]);
        size = strlen(fixture->text);
        if (entry->draft.push_number != 0)
            (void)snprintf(fixture->text + size, sizeof(fixture->text) - size,
                           "%u", (unsigned)entry->draft.push_number);
        size = strlen(fixture->text);
        (void)snprintf(fixture->text + size, sizeof(fixture->text) - size, " ");
        count++;
    }
    CU_ASSERT_EQUAL(count, entries->count);
}

/* The same before and after the file was read again. */
static const char *holds(struct fixture *fixture)
{
    static char before[sizeof(fixture->text)];

    for (int time = 0; time < 2; time++) {
        fixture->text[0] = '\0';
        tell_all(fixture, ledger_pending(fixture->ledger));
        tell_all(fixture, ledger_losses(fixture->ledger));
        if (time == 0) {
            (void)snprintf(before, sizeof(before), "%s", fixture->text);
            reopen(fixture);
        }
    }
    CU_ASSERT_STRING_EQUAL(before, fixture->text);
    return fixture->text;
}

static void is_new_without_an_identity(void)
{
    struct memory_files *disk = memory_files_create(1);
    struct ledger *ledger = NULL;

    CU_ASSERT_EQUAL(files_make_folder(memory_files_seam(disk), "store"),
                    DALV_OK);
    CU_ASSERT_EQUAL_FATAL(
        ledger_open(memory_files_seam(disk), "store", &ledger), DALV_OK);
    CU_ASSERT_EQUAL(ledger_identity(ledger)->user.size, 0);
    CU_ASSERT_EQUAL(ledger_position(ledger)->local_id_next, 1);
    ledger_close(&ledger);
    memory_files_destroy(&disk);
}

static void keeps_local_order(void)
{
    struct fixture *fixture = begin();
    const struct ledger_entry *entry;
    struct ledger_draft other;

    commit_entries(fixture, 1, 3);
    other = draft(7, "other");
    other.replaces = 2;
    put_entry(fixture, &other);
    commit(fixture);
    CU_ASSERT_STRING_EQUAL(holds(fixture), "1p 7p 3p ");
    CU_ASSERT_EQUAL(ledger_position(fixture->ledger)->local_id_next, 8);
    CU_ASSERT_PTR_NULL(ledger_find(fixture->ledger, 2));
    entry = ledger_find(fixture->ledger, 7);
    CU_ASSERT_PTR_NOT_NULL_FATAL(entry);
    CU_ASSERT_TRUE(bytes_equal(entry->transaction.operations[0].value,
                               bytes_from_text("other")));
    CU_ASSERT_TRUE(bytes_equal(entry->draft.base, bytes_from_text("base")));
    end(fixture);
}

static void settles_what_was_numbered(void)
{
    struct fixture *fixture = begin();
    struct ledger_receipt receipt;

    commit_entries(fixture, 1, 6);
    for (uint64_t local_id = 1; local_id <= 5; local_id++)
        number(fixture, local_id, local_id, "");
    CU_ASSERT_STRING_EQUAL(holds(fixture), "1p1 2p2 3p3 4p4 5p5 6p ");
    CU_ASSERT_EQUAL(ledger_push_last(fixture->ledger), 5);
    put_outcome(fixture, 2, OUTCOME_REFUSED, DALV_CONFLICT);
    put_outcome(fixture, 3, OUTCOME_REFUSED, DALV_WAITS);
    put_outcome(fixture, 4, OUTCOME_REFUSED, DALV_QUOTA);
    settle(fixture, 4);
    CU_ASSERT_STRING_EQUAL(holds(fixture), "2c 3p 5p5 6p 4D ");
    CU_ASSERT_EQUAL(ledger_position(fixture->ledger)->settled, 4);
    CU_ASSERT_EQUAL(ledger_position(fixture->ledger)->chain, 1004);
    CU_ASSERT_EQUAL(ledger_push_last(fixture->ledger), 5);
    CU_ASSERT_EQUAL(ledger_pushed(fixture->ledger, 5)->draft.local_id, 5);
    CU_ASSERT_PTR_NULL(ledger_pushed(fixture->ledger, 4));
    CU_ASSERT_TRUE(ledger_receipt(fixture->ledger, 1, &receipt));
    CU_ASSERT_FALSE(ledger_receipt(fixture->ledger, 2, &receipt));
    put_outcome(fixture, 5, OUTCOME_MERGED, DALV_OK);
    settle(fixture, 5);
    CU_ASSERT_TRUE(ledger_receipt(fixture->ledger, 5, &receipt));
    CU_ASSERT_EQUAL(receipt.revision, 40);
    CU_ASSERT_TRUE(receipt.is_merged);
    number(fixture, 3, 6, "");
    CU_ASSERT_STRING_EQUAL(holds(fixture), "2c 3p6 6p 4D ");
    end(fixture);
}

/* What went out under a number is what the chain is made of. */
static void repeats_what_went_out(void)
{
    struct fixture *fixture = begin();
    struct bytes own;

    commit_entries(fixture, 1, 2);
    number(fixture, 1, 1, "");
    number(fixture, 2, 2, "as it was sent");
    reopen(fixture);
    own = ledger_find(fixture->ledger, 1)->draft.transaction;
    CU_ASSERT_TRUE(
        bytes_equal(ledger_entry_sent(ledger_pushed(fixture->ledger, 1)), own));
    CU_ASSERT_TRUE(
        bytes_equal(ledger_entry_sent(ledger_pushed(fixture->ledger, 2)),
                    bytes_from_text("as it was sent")));
    CU_ASSERT_EQUAL(ledger_chain(fixture->ledger, 0), 0);
    CU_ASSERT_EQUAL(
        ledger_chain(fixture->ledger, 2),
        chain_extend(chain_extend(0, own), bytes_from_text("as it was sent")));
    end(fixture);
}

static void takes_numbers_back_under_another_identity(void)
{
    struct fixture *fixture = begin();

    commit_entries(fixture, 1, 2);
    number(fixture, 1, 1, "");
    number(fixture, 2, 2, "");
    settle(fixture, 1);
    put_identity(fixture, 1, 3);
    CU_ASSERT_STRING_EQUAL(holds(fixture), "2p2 ");
    put_identity(fixture, 2, 0);
    CU_ASSERT_STRING_EQUAL(holds(fixture), "2p ");
    CU_ASSERT_EQUAL(ledger_position(fixture->ledger)->settled, 0);
    CU_ASSERT_EQUAL(ledger_position(fixture->ledger)->chain, 0);
    put_identity(fixture, 2, 9);
    number(fixture, 2, 1, "");
    CU_ASSERT_STRING_EQUAL(holds(fixture), "2p1 ");
    put_identity(fixture, 2, 10);
    CU_ASSERT_STRING_EQUAL(holds(fixture), "2p ");
    end(fixture);
}

static void forgets_dead_letters_and_losses_when_told(void)
{
    struct fixture *fixture = begin();
    struct ledger_draft lost;

    commit_entries(fixture, 1, 3);
    lost = draft(2, "v");
    lost.state = LEDGER_LOST;
    put_entry(fixture, &lost);
    lost = draft(3, "v");
    lost.state = LEDGER_DEAD;
    put_entry(fixture, &lost);
    commit(fixture);
    CU_ASSERT_STRING_EQUAL(holds(fixture), "1p 2L 3D ");
    put_part(fixture,
             &(struct ledger_part){.type = LEDGER_PART_DROPPED, .dropped = 2});
    commit(fixture);
    CU_ASSERT_STRING_EQUAL(holds(fixture), "1p 3D ");
    end(fixture);
}

/* Parts that were put and not committed leave no trace. */
static void takes_parts_together_or_not_at_all(void)
{
    struct fixture *fixture = begin();
    struct ledger_draft first = draft(1, "v");

    put_entry(fixture, &first);
    ledger_cancel(fixture->ledger);
    commit(fixture);
    CU_ASSERT_STRING_EQUAL(holds(fixture), "");
    put_entry(fixture, &first);
    first = draft(2, "v");
    put_entry(fixture, &first);
    memory_files_fail(fixture->disk, 1, MEMORY_FAULT_NO_SPACE);
    CU_ASSERT_EQUAL(ledger_commit(fixture->ledger), DALV_NO_SPACE);
    CU_ASSERT_FALSE(ledger_is_poisoned(fixture->ledger));
    CU_ASSERT_STRING_EQUAL(holds(fixture), "");
    end(fixture);
}

static void writes_its_journal_anew_when_little_of_it_is_of_use(void)
{
    struct fixture *fixture = begin();
    size_t size_before;
    size_t size;

    for (uint64_t i = 1; i <= 1000; i++) {
        commit_entries(fixture, 1 + 50 * (i - 1), 50 * i);
        for (uint64_t j = 1; j <= 50; j++)
            put_part(fixture,
                     &(struct ledger_part){.type = LEDGER_PART_DROPPED,
                                           .dropped = 50 * (i - 1) + j});
        commit(fixture);
    }
    commit_entries(fixture, 60000, 60000);
    CU_ASSERT_PTR_NOT_NULL(
        memory_files_content(fixture->disk, "store/journal", &size_before));
    CU_ASSERT_EQUAL(ledger_compact(fixture->ledger), DALV_OK);
    CU_ASSERT_PTR_NOT_NULL(
        memory_files_content(fixture->disk, "store/journal", &size));
    CU_ASSERT_TRUE(size_before > 1 << 20);
    CU_ASSERT_TRUE(size < 1000);
    CU_ASSERT_STRING_EQUAL(holds(fixture), "60000p ");
    CU_ASSERT_EQUAL(ledger_position(fixture->ledger)->local_id_next, 60001);
    end(fixture);
}

/* Golden: docs/DEVICE_FORMAT.md shows these bytes. */
static void writes_the_bytes_that_are_specified(void)
{
    static const struct ledger_part part = {
        .type = LEDGER_PART_NUMBERED,
        .numbered = {.local_id = 300, .push_number = 2}};
    static const struct ledger_part settled = {
        .type = LEDGER_PART_SETTLED,
        .settled = {.settled = 2, .chain = 0x0102030405060708}};
    uint8_t bytes[256];
    struct writer writer;

    writer_init(&writer, bytes, sizeof(bytes));
    ledger_part_write(&part, &writer);
    ledger_part_write(&settled, &writer);
    CU_ASSERT_TRUE(
        bytes_equal(writer_bytes(&writer),
                    bytes_make("\x04\xAC\x02\x02\x00"
                               "\x05\x02\x08\x07\x06\x05\x04\x03\x02\x01",
                               15)));
}

static void refuses_parts_that_make_no_sense(void)
{
    static const char *const bad[] = {"\x00", "\x04\xAC", "\x06\x01\x09",
                                      "\x03\x01\x00\x07", "\x02\x01"};
    struct ledger_part part;
    struct reader reader;

    for (size_t i = 0; i < 5; i++) {
        size_t size = i == 0 ? 1 : strlen(bad[i]);

        reader_init(&reader, bytes_make(bad[i], size));
        CU_ASSERT_EQUAL(ledger_part_read(&reader, &part), DALV_DAMAGED);
    }
    reader_init(&reader, bytes_from_text("\x0A"));
    CU_ASSERT_EQUAL(ledger_part_read(&reader, &part), DALV_UNSUPPORTED);
    reader_init(&reader, bytes_from_text(""));
    CU_ASSERT_EQUAL(ledger_part_read(&reader, &part), DALV_NOT_FOUND);
}

int main(void)
{
    static const struct suite_test tests[] = {
        SUITE_TEST(is_new_without_an_identity),
        SUITE_TEST(keeps_local_order),
        SUITE_TEST(settles_what_was_numbered),
        SUITE_TEST(repeats_what_went_out),
        SUITE_TEST(takes_numbers_back_under_another_identity),
        SUITE_TEST(forgets_dead_letters_and_losses_when_told),
        SUITE_TEST(takes_parts_together_or_not_at_all),
        SUITE_TEST(writes_its_journal_anew_when_little_of_it_is_of_use),
        SUITE_TEST(writes_the_bytes_that_are_specified),
        SUITE_TEST(refuses_parts_that_make_no_sense),
    };

    return SUITE_RUN("client/ledger", tests);
}
