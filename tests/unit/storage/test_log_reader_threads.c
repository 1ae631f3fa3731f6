/*
 * A log on a real disk that one thread appends to while others read it.
 */
#include "storage/log_reader.h"

#include "tests/support/folder.h"
#include "tests/support/log_writer.h"
#include "tests/support/suite.h"

#include <CUnit/CUnit.h>
#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

enum {
    PARTITIONS = 4,
    READERS = 2,
    BATCHES = 1500,
};

struct table {
    struct commit_log *log;
    atomic_bool is_over;
    atomic_uint failure_count;
    atomic_ulong entry_count;
};

/* Follow one partition to its end, from the start, as often as there is time.
 */
static void *follow(void *argument)
{
    struct table *table = argument;
    struct log_reader *reader = log_reader_open(table->log);
    struct log_range range = {.index_max = UINT64_MAX, .bytes_max = 100000};
    struct log_entries entries;
    bool is_over = false;

    log_entries_init(&entries);
    while (!is_over || entries.count > 0) {
        is_over = atomic_load(&table->is_over);
        if (log_reader_read(reader, &range, &entries) != DALV_OK ||
            entries.last.index != range.after.index + entries.count) {
            atomic_fetch_add(&table->failure_count, 1);
            break;
        }
        atomic_fetch_add(&table->entry_count, entries.count);
        range.after = entries.last;
    }
    if (log_reader_extent(reader, 0).end.index != range.after.index)
        atomic_fetch_add(&table->failure_count, 1);
    log_entries_deinit(&entries);
    log_reader_close(&reader);
    return NULL;
}

static void fill(struct commit_log *log)
{
    static const uint8_t payload[3000] = {1};
    struct log_writer writer;

    log_writer_init(&writer);
    for (uint32_t i = 0; i < BATCHES; i++) {
        log_writer_begin(&writer, log);
        for (uint32_t p = 0; p < PARTITIONS; p++)
            log_writer_put(&writer, (p + i) % PARTITIONS, 1,
                           bytes_make(payload, 1 + (i * 37) % 3000));
        CU_ASSERT_EQUAL(log_writer_append(&writer), DALV_OK);
        CU_ASSERT_EQUAL(commit_log_sync(log), DALV_OK);
    }
    log_writer_deinit(&writer);
}

static void reads_while_another_thread_appends(void)
{
    struct folder folder;
    char path[PATH_MAX];
    struct commit_log_options options = {
        .files = files_of_system(),
        .folder = path,
        .partition_count = PARTITIONS,
        .segment_bytes = 1 << 20,
        .tail_bytes = 256 << 10,
        .log_id = 7,
        .is_created = true,
    };
    struct table table = {0};
    struct log_report report;
    pthread_t threads[READERS];

    folder_open_in_memory(&folder);
    folder_path(&folder, "log", path);
    CU_ASSERT_EQUAL_FATAL(commit_log_open(&options, &report, &table.log),
                          DALV_OK);
    for (size_t i = 0; i < READERS; i++)
        CU_ASSERT_EQUAL(pthread_create(&threads[i], NULL, follow, &table), 0);
    fill(table.log);
    atomic_store(&table.is_over, true);
    for (size_t i = 0; i < READERS; i++)
        CU_ASSERT_EQUAL(pthread_join(threads[i], NULL), 0);
    CU_ASSERT_EQUAL(atomic_load(&table.failure_count), 0);
    CU_ASSERT_EQUAL(atomic_load(&table.entry_count),
                    (unsigned long)READERS * BATCHES);
    commit_log_close(&table.log);
    folder_close(&folder);
}

static const struct suite_test tests[] = {
    SUITE_TEST(reads_while_another_thread_appends),
};

int main(void)
{
    return SUITE_RUN("storage/log_reader_threads", tests);
}
