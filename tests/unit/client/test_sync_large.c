/*
 * Large values of two devices: up and down in parts, whatever comes between.
 *
 * A value is a pattern of a seed, two whole parts and a bit long, so that each
 * byte of it is known.
 */
#include "base/bounds.h"
#include "client/live.h"
#include "client/store_large.h"
#include "model/change_format.h"
#include "tests/support/suite.h"
#include "tests/unit/client/two_devices.h"

#include <CUnit/CUnit.h>

enum {
    PART = BOUNDS_VALUE_MAX,
    LARGE = 2 * PART + 100,
};

struct pattern {
    uint8_t seed;
    size_t size;
    size_t at;
};

static uint8_t byte_at(uint8_t seed, size_t at)
{
    return (uint8_t)(seed + at + (at >> 8) + (at >> 16));
}

static enum dalv_status read_pattern(void *owner, void *memory, size_t size,
                                     size_t *out_size)
{
    struct pattern *pattern = owner;
    uint8_t *bytes = memory;
    size_t count = 0;

    for (; count < size && pattern->at < pattern->size; count++)
        bytes[count] = byte_at(pattern->seed, pattern->at++);
    *out_size = count;
    return DALV_OK;
}

static enum dalv_status keep(struct device *device, const char *key,
                             uint8_t seed, size_t size,
                             struct operation *operation)
{
    struct pattern pattern = {.seed = seed, .size = size};

    *operation = (struct operation){.type = OPERATION_PUT_UPLOADED,
                                    .key = bytes_from_text(key)};
    return store_put_large(device->store, read_pattern, &pattern, operation);
}

static void put_large(struct device *device, const char *key, uint8_t seed)
{
    struct operation operation;

    CU_ASSERT_EQUAL(keep(device, key, seed, LARGE, &operation), DALV_OK);
    CU_ASSERT_EQUAL(device_do(device, &operation), DALV_OK);
}

/* True if every byte of the file is the seed's. */
static bool is_pattern(struct parts_file *file, uint8_t seed)
{
    bool is_same = parts_file_bytes(file) == LARGE;

    for (uint32_t i = 0; is_same && i < parts_file_count(file); i++) {
        struct bytes part;

        if (parts_file_read(file, i, &part) != DALV_OK)
            return false;
        for (size_t j = 0; is_same && j < part.size; j++)
            is_same = part.data[j] == byte_at(seed, i * (size_t)PART + j);
    }
    return is_same;
}

static bool sees_large(struct device *device, const char *name, uint8_t seed)
{
    struct bytes key = bytes_from_text(name);
    struct parts_file *file = NULL;
    struct parts_id id = {0};
    struct key_value seen;
    bool is_seen = false;

    key_value_init(&seen);
    CU_ASSERT_EQUAL(store_get(device->store, key, &seen), DALV_OK);
    if (key_state_is_in_parts(&seen.state)) {
        id = store_large_shown(key, &seen.state);
        is_seen = store_open_large(device->store, &id, &file) == DALV_OK &&
                  is_pattern(file, seed);
    }
    parts_file_close(&file);
    key_value_deinit(&seen);
    return is_seen;
}

static void count_name(void *owner, const char *name)
{
    (void)name;
    (*(unsigned *)owner)++;
}

static unsigned file_count(struct device *device)
{
    unsigned count = 0;
    enum dalv_status status = files_list(memory_files_seam(device->disk),
                                         "store/large", count_name, &count);

    CU_ASSERT_TRUE(status == DALV_OK || status == DALV_NOT_FOUND);
    return count;
}

static void note_path(void *owner, const char *name)
{
    CU_ASSERT_EQUAL(files_path("store/large", name, owner), DALV_OK);
}

/* One byte of the only file that the device has. */
static void flip_a_byte(struct device *device, uint64_t at)
{
    struct files *files = memory_files_seam(device->disk);
    char path[FILES_PATH_MAX];
    struct file *file = NULL;
    uint8_t byte = 0;
    size_t size;

    CU_ASSERT_EQUAL(files_list(files, "store/large", note_path, path), DALV_OK);
    CU_ASSERT_EQUAL_FATAL(files_open(files, path, false, &file), DALV_OK);
    CU_ASSERT_EQUAL(file_read(file, at, &byte, 1, &size), DALV_OK);
    byte ^= 1;
    CU_ASSERT_EQUAL(file_write(file, at, bytes_make(&byte, 1)), DALV_OK);
    file_close(&file);
}

static void reopen(struct device *device)
{
    device_stop(device);
    CU_ASSERT_EQUAL_FATAL(device_start(device), DALV_OK);
}

static void brings_a_large_value_up_and_down(void)
{
    struct two_devices *fixture = two_devices_begin();

    put_large(&fixture->phone, "doc", 1);
    CU_ASSERT_TRUE(sees_large(&fixture->phone, "doc", 1));
    SYNC(&fixture->phone);
    CU_ASSERT_EQUAL(device_pending(&fixture->phone), 0);
    CU_ASSERT_EQUAL(small_cluster_key(fixture->cluster, "doc").element_bytes,
                    LARGE);
    SYNC(&fixture->tablet);
    for (int time = 0; time < 2; time++) {
        CU_ASSERT_TRUE(sees_large(&fixture->phone, "doc", 1));
        CU_ASSERT_TRUE(sees_large(&fixture->tablet, "doc", 1));
        CU_ASSERT_EQUAL(file_count(&fixture->phone), 1);
        CU_ASSERT_EQUAL(file_count(&fixture->tablet), 1);
        two_devices_crash(&fixture->phone);
        two_devices_crash(&fixture->tablet);
    }
    SYNC(&fixture->phone);
    CU_ASSERT_EQUAL(fixture->phone.synced.round_trips, 1);
    CU_ASSERT_EQUAL(fixture->phone.synced.received_bytes, 0);
    two_devices_end(fixture);
}

/* What was put is durable with the commit: power may fail at once. */
static void keeps_what_was_committed_over_a_crash(void)
{
    struct two_devices *fixture = two_devices_begin();

    put_large(&fixture->phone, "doc", 1);
    two_devices_crash(&fixture->phone);
    CU_ASSERT_TRUE(sees_large(&fixture->phone, "doc", 1));
    SYNC(&fixture->phone);
    SYNC(&fixture->tablet);
    CU_ASSERT_TRUE(sees_large(&fixture->tablet, "doc", 1));
    two_devices_end(fixture);
}

static void lets_small_work_go_first(void)
{
    struct two_devices *fixture = two_devices_begin();

    put_large(&fixture->phone, "doc", 1);
    DO(&fixture->phone, put("name", "Ann"));
    DO(&fixture->phone, del("doc"));
    fixture->phone.answers_left = 4; /* HELLO, SYNC, a part, and the next. */
    CU_ASSERT_EQUAL(device_sync(&fixture->phone), DALV_TIMEOUT);
    HOLDS(fixture, "name", "Ann");
    CU_ASSERT_EQUAL(small_cluster_revision(fixture->cluster), 1);
    SYNC(&fixture->phone);
    /* What came behind it on the same key stayed behind it. */
    CU_ASSERT_EQUAL(small_cluster_revision(fixture->cluster), 3);
    HOLDS(fixture, "doc", "-");
    CU_ASSERT_EQUAL(store_prune(fixture->phone.store, 1), DALV_OK);
    CU_ASSERT_EQUAL(file_count(&fixture->phone), 0);
    two_devices_end(fixture);
}

static void goes_on_with_an_upload_that_was_cut(void)
{
    struct two_devices *fixture = two_devices_begin();

    put_large(&fixture->phone, "doc", 1);
    fixture->phone.answers_left = 4;
    CU_ASSERT_EQUAL(device_sync(&fixture->phone), DALV_TIMEOUT);
    reopen(&fixture->phone);
    SYNC(&fixture->phone);
    CU_ASSERT_TRUE(fixture->phone.synced.sent_bytes >= PART + 100);
    CU_ASSERT_TRUE(fixture->phone.synced.sent_bytes < PART + 500);
    SYNC(&fixture->tablet);
    CU_ASSERT_TRUE(sees_large(&fixture->tablet, "doc", 1));
    two_devices_end(fixture);
}

static void goes_on_with_a_download_that_was_cut(void)
{
    struct two_devices *fixture = two_devices_begin();

    put_large(&fixture->phone, "doc", 1);
    SYNC(&fixture->phone);
    fixture->tablet.answers_left = 4; /* HELLO, SYNC, a part, and the next. */
    CU_ASSERT_EQUAL(device_sync(&fixture->tablet), DALV_TIMEOUT);
    SEES(&fixture->tablet, "doc", "-");
    reopen(&fixture->tablet);
    CU_ASSERT_EQUAL(file_count(&fixture->tablet), 1);
    SYNC(&fixture->tablet);
    CU_ASSERT_TRUE(fixture->tablet.synced.received_bytes < LARGE);
    CU_ASSERT_TRUE(sees_large(&fixture->tablet, "doc", 1));
    CU_ASSERT_EQUAL(file_count(&fixture->tablet), 1);
    two_devices_end(fixture);
}

/* Every place where power may fail, and the answer before it be lost. */
static void survives_a_crash_after_any_answer(void)
{
    for (unsigned answers = 1; answers < 9; answers++) {
        struct two_devices *fixture = two_devices_begin();

        put_large(&fixture->phone, "doc", 1);
        fixture->phone.answers_left = answers;
        (void)device_sync(&fixture->phone);
        fixture->phone.answers_left = 0;
        two_devices_crash(&fixture->phone);
        SYNC(&fixture->phone);
        CU_ASSERT_EQUAL(device_pending(&fixture->phone), 0);
        CU_ASSERT_EQUAL(small_cluster_revision(fixture->cluster), 1);
        fixture->tablet.answers_left = answers;
        (void)device_sync(&fixture->tablet);
        fixture->tablet.answers_left = 0;
        two_devices_crash(&fixture->tablet);
        SYNC(&fixture->tablet);
        CU_ASSERT_TRUE(sees_large(&fixture->tablet, "doc", 1));
        CU_ASSERT_TRUE(sees_large(&fixture->phone, "doc", 1));
        CU_ASSERT_EQUAL(file_count(&fixture->phone), 1);
        CU_ASSERT_EQUAL(file_count(&fixture->tablet), 1);
        two_devices_end(fixture);
    }
}

static void reads_what_took_the_place_of_what_it_was_reading(void)
{
    struct two_devices *fixture = two_devices_begin();

    put_large(&fixture->phone, "doc", 1);
    SYNC(&fixture->phone);
    fixture->tablet.answers_left = 4;
    CU_ASSERT_EQUAL(device_sync(&fixture->tablet), DALV_TIMEOUT);
    put_large(&fixture->phone, "doc", 2);
    SYNC(&fixture->phone);
    CU_ASSERT_EQUAL(file_count(&fixture->phone), 2);
    reopen(&fixture->phone);
    CU_ASSERT_EQUAL(file_count(&fixture->phone), 1);
    SYNC(&fixture->tablet);
    CU_ASSERT_TRUE(sees_large(&fixture->tablet, "doc", 2));
    reopen(&fixture->tablet);
    CU_ASSERT_EQUAL(file_count(&fixture->tablet), 1);
    two_devices_end(fixture);
}

/* The cluster gives an upload up after a day, and forgets it in another: it is
   made again, under a number that nothing of the first one is known by. */
static void check_made_again(unsigned answers, unsigned days)
{
    struct two_devices *fixture = two_devices_begin();
    struct operation operation;
    bool is_put;

    CU_ASSERT_EQUAL(keep(&fixture->phone, "doc", 1, LARGE, &operation),
                    DALV_OK);
    CU_ASSERT_EQUAL(device_do(&fixture->phone, &operation), DALV_OK);
    fixture->phone.answers_left = answers;
    (void)device_sync(&fixture->phone);
    fixture->phone.answers_left = 0;
    is_put = small_cluster_revision(fixture->cluster) == 1;
    CU_ASSERT_EQUAL(is_put, answers == 6); /* Its answer alone was lost. */
    for (unsigned day = 0; day < days; day++)
        small_cluster_forget_uploads(fixture->cluster);
    SYNC(&fixture->phone);
    CU_ASSERT_EQUAL(device_pending(&fixture->phone), 0);
    CU_ASSERT_EQUAL(small_cluster_revision(fixture->cluster), 1);
    CU_ASSERT_EQUAL(small_cluster_key(fixture->cluster, "doc").generation ==
                        operation.upload,
                    is_put);
    SYNC(&fixture->tablet);
    CU_ASSERT_TRUE(sees_large(&fixture->tablet, "doc", 1));
    two_devices_end(fixture);
}

static void sends_again_what_the_cluster_has_forgotten(void)
{
    for (unsigned answers = 4; answers < 7; answers++) {
        check_made_again(answers, 1);
        check_made_again(answers, 2);
    }
}

static void buries_what_is_beyond_the_quota(void)
{
    struct two_devices *fixture = two_devices_begin();
    struct store_receipt receipt;
    struct operation image;

    fixture->policy = policy_default();
    fixture->policy.live_bytes_max = 2 * PART;
    small_cluster_set_policy(fixture->cluster, &fixture->policy);
    put_large(&fixture->phone, "doc", 1);
    CU_ASSERT_EQUAL(keep(&fixture->phone, "image", 2, PART + 1, &image),
                    DALV_OK);
    CU_ASSERT_EQUAL(device_do(&fixture->phone, &image), DALV_OK);
    DO(&fixture->phone, put("name", "Ann"));
    SYNC(&fixture->phone);
    CU_ASSERT_EQUAL(store_receipt(fixture->phone.store, 1, &receipt), DALV_OK);
    CU_ASSERT_EQUAL(receipt.state, STORE_REFUSED);
    CU_ASSERT_EQUAL(receipt.reason, DALV_QUOTA);
    HOLDS(fixture, "name", "Ann");
    /* What had arrived of the first takes no room from the second. */
    CU_ASSERT_EQUAL(small_cluster_key(fixture->cluster, "image").element_bytes,
                    PART + 1);
    /* It stays for as long as the letter. */
    reopen(&fixture->phone);
    CU_ASSERT_EQUAL(file_count(&fixture->phone), 2);
    CU_ASSERT_EQUAL(store_discard(fixture->phone.store, 1), DALV_OK);
    CU_ASSERT_EQUAL(file_count(&fixture->phone), 1);
    two_devices_end(fixture);
}

static struct two_devices *begin_conflict(void)
{
    struct two_devices *fixture = two_devices_begin();

    DO(&fixture->phone, put("doc", "small"));
    SYNC(&fixture->phone);
    SYNC(&fixture->tablet);
    put_large(&fixture->tablet, "doc", 2);
    SYNC(&fixture->tablet);
    put_large(&fixture->phone, "doc", 1);
    return fixture;
}

static void puts_its_own_over_theirs(void)
{
    struct two_devices *fixture = begin_conflict();
    struct script script = {.resolution = SYNC_RESOLVE_MINE};

    SYNC(&fixture->phone);
    CU_ASSERT_EQUAL(device_pending(&fixture->phone), 1);
    CU_ASSERT_TRUE(sees_large(&fixture->phone, "doc", 1));
    two_devices_answer(&fixture->phone, &script);
    small_cluster_forget_uploads(fixture->cluster);
    SYNC(&fixture->phone);
    CU_ASSERT_EQUAL(device_pending(&fixture->phone), 0);
    SYNC(&fixture->tablet);
    CU_ASSERT_TRUE(sees_large(&fixture->tablet, "doc", 1));
    two_devices_end(fixture);
}

static void keeps_what_lost_for_the_conflict_log(void)
{
    struct two_devices *fixture = begin_conflict();
    struct script script = {.resolution = SYNC_RESOLVE_THEIRS};

    two_devices_answer(&fixture->phone, &script);
    SYNC(&fixture->phone);
    CU_ASSERT_EQUAL(device_pending(&fixture->phone), 0);
    CU_ASSERT_TRUE(sees_large(&fixture->phone, "doc", 2));
    reopen(&fixture->phone);
    CU_ASSERT_EQUAL(file_count(&fixture->phone), 2);
    CU_ASSERT_EQUAL(store_prune(fixture->phone.store, UINT64_MAX), DALV_OK);
    CU_ASSERT_EQUAL(file_count(&fixture->phone), 1);
    CU_ASSERT_TRUE(sees_large(&fixture->phone, "doc", 2));
    two_devices_end(fixture);
}

/* Equal values are no conflict, though they came by two uploads. */
static void agrees_with_an_equal_value(void)
{
    struct two_devices *fixture = two_devices_begin();

    DO(&fixture->phone, put("doc", "small"));
    SYNC(&fixture->phone);
    SYNC(&fixture->tablet);
    put_large(&fixture->tablet, "doc", 1);
    put_large(&fixture->phone, "doc", 1);
    SYNC(&fixture->tablet);
    SYNC(&fixture->phone);
    CU_ASSERT_EQUAL(device_pending(&fixture->phone), 0);
    CU_ASSERT_TRUE(sees_large(&fixture->phone, "doc", 1));
    CU_ASSERT_TRUE(fixture->phone.synced.received_bytes < PART);
    two_devices_end(fixture);
}

static void reads_again_what_is_damaged(void)
{
    struct two_devices *fixture = two_devices_begin();
    struct parts_id id;
    struct key_state state;

    put_large(&fixture->phone, "doc", 1);
    SYNC(&fixture->phone);
    SYNC(&fixture->tablet);
    state = small_cluster_key(fixture->cluster, "doc");
    id = store_large_shown(bytes_from_text("doc"), &state);
    flip_a_byte(&fixture->tablet, PART);
    CU_ASSERT_FALSE(sees_large(&fixture->tablet, "doc", 1));
    CU_ASSERT_EQUAL(store_lack_large(fixture->tablet.store, &id), DALV_OK);
    SYNC(&fixture->tablet);
    CU_ASSERT_TRUE(sees_large(&fixture->tablet, "doc", 1));
    SYNC(&fixture->tablet);
    CU_ASSERT_EQUAL(fixture->tablet.synced.received_bytes, 0);
    two_devices_end(fixture);
}

/* Its work is refused; all other goes on, with the room that it took. */
static void check_damaged(unsigned answers, uint64_t at)
{
    struct two_devices *fixture = two_devices_begin();
    struct store_receipt receipt;

    fixture->policy = policy_default();
    fixture->policy.live_bytes_max = LARGE + PART;
    small_cluster_set_policy(fixture->cluster, &fixture->policy);
    put_large(&fixture->phone, "doc", 1);
    fixture->phone.answers_left = answers;
    CU_ASSERT_EQUAL(device_sync(&fixture->phone), DALV_TIMEOUT);
    fixture->phone.answers_left = 0;
    flip_a_byte(&fixture->phone, at);
    put_large(&fixture->phone, "image", 2);
    DO(&fixture->phone, put("name", "Ann"));
    SYNC(&fixture->phone);
    CU_ASSERT_EQUAL(device_pending(&fixture->phone), 0);
    CU_ASSERT_EQUAL(store_receipt(fixture->phone.store, 1, &receipt), DALV_OK);
    CU_ASSERT_EQUAL(receipt.state, STORE_REFUSED);
    CU_ASSERT_EQUAL(receipt.reason, DALV_DAMAGED);
    SYNC(&fixture->tablet);
    SEES(&fixture->tablet, "doc", "-");
    SEES(&fixture->tablet, "name", "Ann");
    CU_ASSERT_TRUE(sees_large(&fixture->tablet, "image", 2));
    two_devices_end(fixture);
}

static void buries_what_is_damaged(void)
{
    check_damaged(2, PART);     /* The first part, which has not arrived. */
    check_damaged(4, 2 * PART); /* The second, behind one that has. */
}

static void forgets_what_was_never_committed(void)
{
    struct two_devices *fixture = two_devices_begin();
    struct operation operation;

    CU_ASSERT_EQUAL(keep(&fixture->phone, "a", 1, LARGE, &operation), DALV_OK);
    CU_ASSERT_EQUAL(store_drop_large(fixture->phone.store, &operation),
                    DALV_OK);
    CU_ASSERT_EQUAL(file_count(&fixture->phone), 0);
    CU_ASSERT_EQUAL(device_do(&fixture->phone, &operation), DALV_NOT_FOUND);
    CU_ASSERT_EQUAL(keep(&fixture->phone, "b", 2, LARGE, &operation), DALV_OK);
    SYNC(&fixture->phone);
    CU_ASSERT_EQUAL(file_count(&fixture->phone), 1);
    reopen(&fixture->phone);
    CU_ASSERT_EQUAL(file_count(&fixture->phone), 0);
    two_devices_end(fixture);
}

static void keeps_no_more_and_no_less_than_large_values(void)
{
    struct two_devices *fixture = two_devices_begin();
    struct operation operation;

    CU_ASSERT_EQUAL(keep(&fixture->phone, "a", 1, PART, &operation),
                    DALV_INVALID);
    CU_ASSERT_EQUAL(keep(&fixture->phone, "a", 1,
                         (size_t)BOUNDS_UPLOAD_PARTS_MAX * PART + 1,
                         &operation),
                    DALV_TOO_BIG);
    CU_ASSERT_EQUAL(file_count(&fixture->phone), 0);
    CU_ASSERT_EQUAL(keep(&fixture->phone, "a", 1, PART + 1, &operation),
                    DALV_OK);
    two_devices_end(fixture);
}

/* A live session shows nothing that it has not got. */
static void asks_for_the_parts_of_what_it_is_told(void)
{
    struct two_devices *fixture = two_devices_begin();
    struct key_state state;
    struct change change = {.type = CHANGE_KEY, .key = bytes_from_text("doc")};
    struct message_changed changed = {0};
    uint8_t memory[256];
    struct change_writer changes;
    struct writer writer;

    DO(&fixture->phone, put("name", "Ann"));
    SYNC(&fixture->phone);
    SYNC(&fixture->tablet);
    put_large(&fixture->phone, "doc", 1);
    SYNC(&fixture->phone);
    state = small_cluster_key(fixture->cluster, "doc");
    change.state = state;
    writer_init(&writer, memory, sizeof(memory));
    change_writer_init(&changes, &writer);
    CU_ASSERT_EQUAL(change_put(&changes, &change), DALV_OK);
    changed.history_id =
        replica_state(store_replica(fixture->tablet.store))->cursor.history_id;
    changed.revision_before = 1;
    changed.revision = 2;
    changed.page = writer_bytes(&writer);
    CU_ASSERT_EQUAL(live_take(fixture->tablet.store, &changed, NULL, NULL),
                    DALV_REBASE);
    SEES(&fixture->tablet, "doc", "-");
    SYNC(&fixture->tablet);
    CU_ASSERT_TRUE(sees_large(&fixture->tablet, "doc", 1));
    two_devices_end(fixture);
}

/* Behind the floor: state comes in ranges, and large values behind them. */
static void reads_large_values_of_a_snapshot(void)
{
    struct two_devices *fixture = two_devices_begin();

    DO(&fixture->phone, put("name", "Ann"));
    SYNC(&fixture->phone);
    SYNC(&fixture->tablet);
    put_large(&fixture->phone, "doc", 1);
    DO(&fixture->phone, del("name"));
    SYNC(&fixture->phone);
    small_cluster_forget(fixture->cluster);
    put_large(&fixture->tablet, "mine", 2);
    SYNC(&fixture->tablet);
    CU_ASSERT_TRUE(sees_large(&fixture->tablet, "doc", 1));
    SEES(&fixture->tablet, "name", "-");
    SYNC(&fixture->phone);
    CU_ASSERT_TRUE(sees_large(&fixture->phone, "mine", 2));
    two_devices_end(fixture);
}

static void lets_go_of_all_when_the_user_is_erased(void)
{
    struct two_devices *fixture = two_devices_begin();

    put_large(&fixture->phone, "doc", 1);
    SYNC(&fixture->phone);
    small_cluster_erase(fixture->cluster);
    SYNC(&fixture->phone);
    SEES(&fixture->phone, "doc", "-");
    CU_ASSERT_EQUAL(store_prune(fixture->phone.store, 1), DALV_OK);
    CU_ASSERT_EQUAL(file_count(&fixture->phone), 0);
    two_devices_end(fixture);
}

int main(void)
{
    static const struct suite_test tests[] = {
        SUITE_TEST(brings_a_large_value_up_and_down),
        SUITE_TEST(keeps_what_was_committed_over_a_crash),
        SUITE_TEST(lets_small_work_go_first),
        SUITE_TEST(goes_on_with_an_upload_that_was_cut),
        SUITE_TEST(goes_on_with_a_download_that_was_cut),
        SUITE_TEST(survives_a_crash_after_any_answer),
        SUITE_TEST(reads_what_took_the_place_of_what_it_was_reading),
        SUITE_TEST(sends_again_what_the_cluster_has_forgotten),
        SUITE_TEST(buries_what_is_beyond_the_quota),
        SUITE_TEST(puts_its_own_over_theirs),
        SUITE_TEST(keeps_what_lost_for_the_conflict_log),
        SUITE_TEST(agrees_with_an_equal_value),
        SUITE_TEST(reads_again_what_is_damaged),
        SUITE_TEST(buries_what_is_damaged),
        SUITE_TEST(forgets_what_was_never_committed),
        SUITE_TEST(keeps_no_more_and_no_less_than_large_values),
        SUITE_TEST(asks_for_the_parts_of_what_it_is_told),
        SUITE_TEST(reads_large_values_of_a_snapshot),
        SUITE_TEST(lets_go_of_all_when_the_user_is_erased),
    };

    return SUITE_RUN("client/sync, large values", tests);
}
