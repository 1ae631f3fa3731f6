/*
 * LevelDB under damage. Batch n of a database puts key n, and "applied" = n:
 * so what is left is right if it is the state after an exact prefix of the
 * batches, and says so itself.
 */
#include "base/assert.h"
#include "base/buffer.h"
#include "base/prng.h"
#include "storage/kv.h"
#include "tests/support/folder.h"
#include "tests/support/folder_image.h"
#include "tests/support/suite.h"

#include <CUnit/CUnit.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    VALUE_BYTES = 40,
    KEY_BYTES = 8,
    BIG_VALUE_BYTES = 4000,
};

struct database {
    struct folder folder;
    struct kv *kv;
    unsigned batch_count;
    size_t value_bytes;
};

static void open_database(struct database *database, bool is_tables_only)
{
    struct kv_options options = {
        .path = database->folder.path,
        .write_buffer_bytes = 64 << 10,
        .is_tables_only = is_tables_only,
    };

    CU_ASSERT_EQUAL_FATAL(kv_open_leveldb(&options, &database->kv), DALV_OK);
}

static void begin(struct database *database)
{
    folder_open_in_memory(&database->folder);
    database->batch_count = 0;
    database->value_bytes = VALUE_BYTES;
    open_database(database, false);
}

static void end(struct database *database)
{
    kv_close(&database->kv);
    folder_close(&database->folder);
}

static struct bytes key_of(unsigned n, char memory[KEY_BYTES + 1])
{
    (void)snprintf(memory, KEY_BYTES + 1, "key%05u", n);
    return bytes_make(memory, KEY_BYTES);
}

/* Nothing that could be packed: damage anywhere is damage. */
static struct bytes value_of(unsigned n, size_t size, uint8_t *memory)
{
    struct prng prng;

    prng_init(&prng, n);
    for (size_t i = 0; i < size; i++)
        memory[i] = (uint8_t)prng_next(&prng);
    return bytes_make(memory, size);
}

static enum dalv_status write_next(struct database *database)
{
    struct kv_batch *batch = kv_batch_create();
    unsigned n = ++database->batch_count;
    uint8_t value[BIG_VALUE_BYTES];
    char key[KEY_BYTES + 1];
    char applied[KEY_BYTES + 1];
    enum dalv_status status;

    kv_batch_put(batch, key_of(n, key),
                 value_of(n, database->value_bytes, value));
    kv_batch_put(batch, bytes_from_text("applied"), key_of(n, applied));
    status = kv_write(database->kv, batch, false);
    kv_batch_destroy(&batch);
    return status;
}

static void write_batches(struct database *database, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        CU_ASSERT_EQUAL(write_next(database), DALV_OK);
}

enum verdict {
    RIGHT, /* The state after a prefix, in `*out_prefix`. */
    TOLD,  /* A status said that something is wrong. */
    WRONG,
};

static enum verdict check_key(struct kv *kv, unsigned n, size_t value_bytes,
                              bool is_expected)
{
    uint8_t expected[BIG_VALUE_BYTES];
    char key[KEY_BYTES + 1];
    struct buffer value;
    enum dalv_status status;
    enum verdict verdict = TOLD;

    buffer_init(&value);
    status = kv_get(kv, key_of(n, key), &value);
    if (status == DALV_NOT_FOUND)
        verdict = is_expected ? WRONG : RIGHT;
    if (status == DALV_OK)
        verdict = is_expected && bytes_equal(buffer_bytes(&value),
                                             value_of(n, value_bytes, expected))
                      ? RIGHT
                      : WRONG;
    buffer_deinit(&value);
    return verdict;
}

/* The number of the last batch, 0 in an empty database. */
static enum verdict read_applied(struct kv *kv, unsigned *out_applied)
{
    struct buffer value;
    char text[KEY_BYTES + 1] = {0};
    enum dalv_status status;
    enum verdict verdict = TOLD;

    buffer_init(&value);
    status = kv_get(kv, bytes_from_text("applied"), &value);
    *out_applied = 0;
    if (status == DALV_NOT_FOUND)
        verdict = RIGHT;
    if (status == DALV_OK && value.size == KEY_BYTES) {
        memcpy(text, value.data, KEY_BYTES);
        verdict = sscanf(text, "key%05u", out_applied) == 1 ? RIGHT : WRONG;
    }
    buffer_deinit(&value);
    return verdict;
}

static enum verdict walk_all(struct kv *kv, unsigned expected_count)
{
    struct kv_cursor *cursor = NULL;
    unsigned count = 0;

    if (kv_cursor_open(kv, &cursor) != DALV_OK)
        return TOLD;
    for (kv_cursor_seek(cursor, bytes_from_text("key"));
         kv_cursor_is_valid(cursor); kv_cursor_next(cursor))
        count++;
    if (kv_cursor_close(&cursor) != DALV_OK)
        return TOLD;
    return count == expected_count ? RIGHT : WRONG;
}

/* What is in the folder, opened anew. */
static enum verdict judge(struct database *database, bool is_tables_only,
                          unsigned *out_prefix)
{
    struct kv_options options = {
        .path = database->folder.path,
        .is_tables_only = is_tables_only,
    };
    struct kv *kv = NULL;
    enum verdict verdict;

    *out_prefix = 0;
    if (kv_open_leveldb(&options, &kv) != DALV_OK)
        return TOLD;
    verdict = read_applied(kv, out_prefix);
    for (unsigned n = 1; verdict == RIGHT && n <= database->batch_count; n++)
        verdict = check_key(kv, n, database->value_bytes, n <= *out_prefix);
    if (verdict == RIGHT)
        verdict = walk_all(kv, *out_prefix);
    kv_close(&kv);
    return verdict;
}

static void never_gives_a_wrong_value_when_a_bit_of_a_table_flips(void)
{
    enum {
        BATCHES = 40,
        BIT_STEP = 11,
    };
    struct database database;
    struct folder_image image;
    struct folder_image_file *table;
    unsigned prefix;
    size_t told = 0;

    begin(&database);
    write_batches(&database, BATCHES);
    CU_ASSERT_EQUAL(kv_flush(database.kv), DALV_OK);
    kv_close(&database.kv);
    folder_image_take(&image, database.folder.path);
    table = folder_image_find(&image, "", ".ldb");
    CU_ASSERT_PTR_NOT_NULL_FATAL(table);
    for (size_t bit = 0; bit < 8 * table->content.size; bit += BIT_STEP) {
        enum verdict verdict;

        table->content.data[bit / 8] ^= (uint8_t)(1U << bit % 8);
        folder_image_put(&image, database.folder.path);
        table->content.data[bit / 8] ^= (uint8_t)(1U << bit % 8);
        verdict = judge(&database, true, &prefix);
        CU_ASSERT_NOT_EQUAL(verdict, WRONG);
        CU_ASSERT(verdict == TOLD || prefix == BATCHES);
        told += verdict == TOLD ? 1 : 0;
    }
    /* But for the few bits that nobody reads, all are noticed. */
    CU_ASSERT(told > table->content.size * 8 / BIT_STEP * 9 / 10);
    folder_image_release(&image);
    end(&database);
}

/* Two flushes: some of the batches in each of two tables. */
static void make_tables(struct database *database, struct folder_image *image)
{
    begin(database);
    write_batches(database, 10);
    CU_ASSERT_EQUAL(kv_flush(database->kv), DALV_OK);
    write_batches(database, 10);
    CU_ASSERT_EQUAL(kv_flush(database->kv), DALV_OK);
    write_batches(database, 10);
    kv_close(&database->kv);
    folder_image_take(image, database->folder.path);
}

static void cut_file(const char *prefix)
{
    struct database database;
    struct folder_image image;
    struct folder_image_file *file;
    size_t told = 0;
    size_t size;

    make_tables(&database, &image);
    file = folder_image_find(&image, prefix, "");
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    size = file->content.size;
    for (file->content.size = 0; file->content.size < size;
         file->content.size++) {
        unsigned at;
        enum verdict verdict;

        folder_image_put(&image, database.folder.path);
        verdict = judge(&database, true, &at);
        CU_ASSERT_NOT_EQUAL(verdict, WRONG);
        told += verdict == TOLD ? 1 : 0;
    }
    CU_ASSERT(told > 0);
    folder_image_release(&image);
    end(&database);
}

static void tells_a_cut_manifest_or_opens_a_prefix(void)
{
    cut_file("MANIFEST-");
}

static void tells_a_cut_current(void)
{
    cut_file("CURRENT");
}

/* LevelDB itself would make a new, empty database in its place. */
static void tells_files_that_are_missing(void)
{
    static const char *const names[] = {"CURRENT", "MANIFEST-"};
    struct database database;
    struct folder_image image;
    unsigned prefix;

    make_tables(&database, &image);
    for (size_t i = 0; i < 2; i++) {
        struct folder_image_file *file =
            folder_image_find(&image, names[i], "");
        char path[PATH_MAX];

        folder_image_put(&image, database.folder.path);
        folder_path(&database.folder, file->name, path);
        CU_ASSERT_EQUAL_FATAL(unlink(path), 0);
        CU_ASSERT_EQUAL(judge(&database, true, &prefix), TOLD);
        CU_ASSERT_EQUAL(judge(&database, false, &prefix), TOLD);
    }
    folder_image_release(&image);
    end(&database);
}

/* The first status that is not as it should be, opening and reading all. */
static enum dalv_status read_all(const struct database *database)
{
    struct kv_options options = {.path = database->folder.path,
                                 .is_tables_only = true};
    struct kv *kv = NULL;
    enum dalv_status status = kv_open_leveldb(&options, &kv);
    struct kv_cursor *cursor = NULL;

    if (status == DALV_OK)
        status = kv_cursor_open(kv, &cursor);
    if (status == DALV_OK) {
        for (kv_cursor_seek(cursor, bytes_from_text(""));
             kv_cursor_is_valid(cursor); kv_cursor_next(cursor))
            continue;
        status = kv_cursor_close(&cursor);
    }
    kv_close(&kv);
    return status;
}

/* A failed disk ends the server; a damaged index is made anew. */
static void calls_a_table_that_was_cut_damaged(void)
{
    struct database database;
    struct folder_image image;
    struct folder_image_file *table;
    size_t size;

    make_tables(&database, &image);
    table = folder_image_find(&image, "", ".ldb");
    CU_ASSERT_PTR_NOT_NULL_FATAL(table);
    size = table->content.size;
    for (size_t i = 0; i < 16; i++) {
        table->content.size = size * i / 16;
        folder_image_put(&image, database.folder.path);
        CU_ASSERT_EQUAL(read_all(&database), DALV_DAMAGED);
    }
    folder_image_release(&image);
    end(&database);
}

static void tells_a_table_that_is_missing(void)
{
    struct database database;
    struct folder_image image;
    char path[PATH_MAX];
    unsigned prefix;

    make_tables(&database, &image);
    folder_path(&database.folder, folder_image_find(&image, "", ".ldb")->name,
                path);
    CU_ASSERT_EQUAL_FATAL(unlink(path), 0);
    CU_ASSERT_EQUAL(judge(&database, true, &prefix), TOLD);
    folder_image_release(&image);
    end(&database);
}

/*
 * A memtable of 64 KiB: 60 batches of 4,000 bytes fill it three times, so the
 * tables hold more than was flushed, and the log holds the end.
 */
static void make_tables_and_log(struct database *database,
                                struct folder_image *image)
{
    begin(database);
    database->value_bytes = BIG_VALUE_BYTES;
    write_batches(database, 5);
    CU_ASSERT_EQUAL(kv_flush(database->kv), DALV_OK);
    write_batches(database, 55);
    kv_close(&database->kv);
    folder_image_take(image, database->folder.path);
}

static void has_an_exact_prefix_without_its_log(void)
{
    struct database database;
    struct folder_image image;
    struct folder_image_file *log;
    unsigned at;
    size_t size;

    make_tables_and_log(&database, &image);
    CU_ASSERT_EQUAL(judge(&database, true, &at), RIGHT);
    CU_ASSERT(at > 5 && at < 60);
    log = folder_image_find(&image, "", ".log");
    CU_ASSERT_PTR_NOT_NULL_FATAL(log);
    size = log->content.size;
    CU_ASSERT_FATAL(size > 4096);
    for (size_t cut = 0; cut < size; cut += 1 + size / 50) {
        unsigned prefix;

        log->content.size = cut;
        folder_image_put(&image, database.folder.path);
        CU_ASSERT_EQUAL(judge(&database, true, &prefix), RIGHT);
        CU_ASSERT_EQUAL(prefix, at);
    }
    log->content.size = size;
    for (size_t page = 0; page + 4096 <= size; page += 4096) {
        uint8_t before[4096];
        unsigned prefix;

        memcpy(before, log->content.data + page, sizeof(before));
        memset(log->content.data + page, 0, sizeof(before));
        folder_image_put(&image, database.folder.path);
        memcpy(log->content.data + page, before, sizeof(before));
        CU_ASSERT_EQUAL(judge(&database, true, &prefix), RIGHT);
        CU_ASSERT_EQUAL(prefix, at);
    }
    folder_image_release(&image);
    end(&database);
}

static bool has_file(const struct database *database, const char *name)
{
    char path[PATH_MAX];

    folder_path(&database->folder, name, path);
    return access(path, F_OK) == 0;
}

static void keeps_the_log_aside_until_a_checkpoint(void)
{
    struct database database;
    struct folder_image image;
    struct folder_image_file *log;
    char aside[PATH_MAX];

    make_tables_and_log(&database, &image);
    log = folder_image_find(&image, "", ".log");
    (void)snprintf(aside, sizeof(aside), "wal-aside/%s", log->name);
    open_database(&database, true);
    CU_ASSERT_TRUE(has_file(&database, aside));
    CU_ASSERT_EQUAL(kv_flush(database.kv), DALV_OK);
    CU_ASSERT_FALSE(has_file(&database, aside));
    CU_ASSERT_FALSE(has_file(&database, "wal-aside"));
    folder_image_release(&image);
    end(&database);
}

static void loses_nothing_with_its_log_after_a_checkpoint(void)
{
    struct database database;
    unsigned prefix;

    begin(&database);
    for (unsigned i = 1; i <= 20; i++) {
        write_batches(&database, 7);
        CU_ASSERT_EQUAL(kv_flush(database.kv), DALV_OK);
        kv_close(&database.kv);
        CU_ASSERT_EQUAL(judge(&database, true, &prefix), RIGHT);
        CU_ASSERT_EQUAL(prefix, 7 * i);
        open_database(&database, true);
    }
    end(&database);
}

static void is_one_process_and_one_handle(void)
{
    struct database database;
    struct kv_options options;
    struct kv *second = NULL;

    begin(&database);
    options = (struct kv_options){.path = database.folder.path};
    CU_ASSERT_EQUAL(kv_open_leveldb(&options, &second), DALV_LOCKED);
    CU_ASSERT_PTR_NULL(second);
    end(&database);
}

static void refuses_a_folder_that_it_cannot_make(void)
{
    struct kv_options options = {.path = "/proc/none/here"};
    struct kv *kv = NULL;

    CU_ASSERT_NOT_EQUAL(kv_open_leveldb(&options, &kv), DALV_OK);
    CU_ASSERT_PTR_NULL(kv);
}

/* Files may not grow beyond `bytes`: writing fails as on a full disk. */
static void limit_files(rlim_t bytes)
{
    struct rlimit limit;

    CU_ASSERT_EQUAL(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = bytes < limit.rlim_max ? bytes : limit.rlim_max;
    CU_ASSERT_EQUAL(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

/* LevelDB alone would go on and lose what follows the failed append. */
static void stays_failed_after_a_failed_write(void)
{
    struct database database;
    struct buffer value;
    enum dalv_status status = DALV_OK;

    begin(&database);
    database.value_bytes = BIG_VALUE_BYTES;
    (void)signal(SIGXFSZ, SIG_IGN);
    limit_files(20000);
    for (int i = 0; i < 10 && status == DALV_OK; i++)
        status = write_next(&database);
    limit_files(RLIM_INFINITY);
    CU_ASSERT_EQUAL(status, DALV_IO);
    CU_ASSERT_EQUAL(write_next(&database), DALV_IO);
    CU_ASSERT_EQUAL(kv_flush(database.kv), DALV_IO);
    buffer_init(&value);
    CU_ASSERT_EQUAL(kv_get(database.kv, bytes_from_text("applied"), &value),
                    DALV_IO);
    buffer_deinit(&value);
    end(&database);
}

/* CompactRange tells nothing: a table that could not be written is noticed. */
static void tells_a_flush_that_failed(void)
{
    struct database database;

    begin(&database);
    database.value_bytes = BIG_VALUE_BYTES;
    write_batches(&database, 10);
    (void)signal(SIGXFSZ, SIG_IGN);
    limit_files(1000);
    CU_ASSERT_EQUAL(kv_flush(database.kv), DALV_IO);
    limit_files(RLIM_INFINITY);
    CU_ASSERT_EQUAL(kv_flush(database.kv), DALV_IO);
    end(&database);
}

/* Nor does it tell that it did nothing, since no new log could be opened. */
static void tells_a_flush_that_did_not_begin(void)
{
    struct database database;
    struct rlimit limit;
    struct rlimit none;

    begin(&database);
    write_batches(&database, 10);
    CU_ASSERT_EQUAL(chmod(database.folder.path, 0500), 0);
    CU_ASSERT_EQUAL(getrlimit(RLIMIT_NOFILE, &limit), 0);
    none = limit;
    none.rlim_cur = 0;
    CU_ASSERT_EQUAL(setrlimit(RLIMIT_NOFILE, &none), 0);
    CU_ASSERT_NOT_EQUAL(kv_flush(database.kv), DALV_OK);
    CU_ASSERT_EQUAL(setrlimit(RLIMIT_NOFILE, &limit), 0);
    CU_ASSERT_EQUAL(chmod(database.folder.path, 0700), 0);
    CU_ASSERT_NOT_EQUAL(kv_flush(database.kv), DALV_OK);
    end(&database);
}

static const struct suite_test tests[] = {
    SUITE_TEST(never_gives_a_wrong_value_when_a_bit_of_a_table_flips),
    SUITE_TEST(tells_a_cut_manifest_or_opens_a_prefix),
    SUITE_TEST(tells_a_cut_current),
    SUITE_TEST(tells_files_that_are_missing),
    SUITE_TEST(calls_a_table_that_was_cut_damaged),
    SUITE_TEST(tells_a_table_that_is_missing),
    SUITE_TEST(has_an_exact_prefix_without_its_log),
    SUITE_TEST(keeps_the_log_aside_until_a_checkpoint),
    SUITE_TEST(loses_nothing_with_its_log_after_a_checkpoint),
    SUITE_TEST(is_one_process_and_one_handle),
    SUITE_TEST(refuses_a_folder_that_it_cannot_make),
    SUITE_TEST(stays_failed_after_a_failed_write),
    SUITE_TEST(tells_a_flush_that_failed),
    SUITE_TEST(tells_a_flush_that_did_not_begin),
};

int main(void)
{
    return SUITE_RUN("storage/kv_leveldb", tests);
}
