/*
 * Two devices of a user and a backend, from a seed: everybody writes, syncs
 * are cut short, disks fail, power fails, the cluster forgets tombstones. In
 * the end all is well again, and then:
 *
 *   - every addition that was acknowledged took effect once, and no other more
 *     than once: elements carry serial numbers, counters count them;
 *   - nothing is pending anywhere;
 *   - both devices see the same, and it is what the cluster holds.
 *
 * DALV_SEED runs one seed alone and tells what it does.
 */
#include "base/assert.h"
#include "base/prng.h"
#include "tests/support/suite.h"
#include "tests/unit/client/device_fixture.h"

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    SEED_COUNT = 200,
    STEP_COUNT = 60,
    SERIALS_MAX = STEP_COUNT + 1,
    DEVICES = 2,
};

/* What is known of one addition. */
enum fate {
    FATE_NONE,
    FATE_ACKNOWLEDGED,
    FATE_UNKNOWN, /* The disk failed: it may be there or not. */
};

struct life {
    struct prng prng;
    struct small_cluster *cluster;
    struct device devices[DEVICES];
    enum fate fates[SERIALS_MAX];
    size_t serial_count;
    int64_t counted; /* Acknowledged on the counter, ... */
    int64_t doubted; /* ... and what may be counted beside. */
    uint64_t seed;
    bool is_told;
};

static void say(const struct life *life, const char *what, size_t device)
{
    if (life->is_told)
        (void)printf("seed %llu: %s %zu\n", (unsigned long long)life->seed,
                     what, device);
}

static void choose(void *owner, const struct sync_conflict *conflict,
                   struct sync_answer *out_answer)
{
    static const enum sync_resolution choices[] = {
        SYNC_RESOLVE_LATER, SYNC_RESOLVE_MINE, SYNC_RESOLVE_THEIRS};
    struct life *life = owner;

    (void)conflict;
    out_answer->resolution = choices[prng_below(&life->prng, 3)];
}

static void yield_always(void *owner, const struct sync_conflict *conflict,
                         struct sync_answer *out_answer)
{
    (void)owner;
    (void)conflict;
    out_answer->resolution = SYNC_RESOLVE_THEIRS;
}

static void recover(struct life *life, struct device *device)
{
    enum dalv_status status;

    memory_files_fail(device->disk, 0, MEMORY_FAULT_IO);
    memory_store_fail(device->map, 0, DALV_OK);
    device_crash_by(device, prng_next(&life->prng));
    status = device_start(device);
    if (status != DALV_OK)
        (void)printf("seed %llu: does not open: %d\n",
                     (unsigned long long)life->seed, (int)status);
    ASSERT(status == DALV_OK);
}

static bool may_fail(enum dalv_status status)
{
    return status == DALV_IO || status == DALV_NO_SPACE;
}

/* Adds the next serial number to the list and counts it. */
static void add_serial(struct life *life, struct device *device)
{
    size_t serial = life->serial_count++;
    char text[16];
    struct operation operations[2];
    struct store_transaction transaction = {.operations = operations,
                                            .operation_count = 2};
    enum dalv_status status;

    (void)snprintf(text, sizeof(text), "%zu", serial);
    operations[0] = add_to_list("serials", text);
    operations[1] = increment("count", 1);
    status = store_commit(device->store, &transaction, 1, device->now_us++,
                          &device->local_id);
    if (status == DALV_OK) {
        life->fates[serial] = FATE_ACKNOWLEDGED;
        life->counted++;
        return;
    }
    ASSERT(may_fail(status));
    life->fates[serial] = FATE_UNKNOWN;
    life->doubted++;
    recover(life, device);
}

static const char *draw_key(struct life *life)
{
    static const char *const keys[] = {"a", "b", "c"};

    return keys[prng_below(&life->prng, 3)];
}

static void write_register(struct life *life, struct device *device)
{
    static const char *const values[] = {"one", "two", "six"};
    struct operation operation =
        prng_chance(&life->prng, 1, 4)
            ? del(draw_key(life))
            : put(draw_key(life), values[prng_below(&life->prng, 3)]);

    if (device_do(device, &operation) != DALV_OK)
        recover(life, device);
}

/* Other elements than the serials may go again. */
static void change_list(struct life *life, struct device *device)
{
    struct operation addition = add_to_list("list", "x");
    struct dot dot = device_dot(device, "list", "x");
    struct operation removal = remove_from_list("list", &dot, 1);
    bool is_removal = dot.local_id != 0 && prng_chance(&life->prng, 1, 2);

    if (device_do(device, is_removal ? &removal : &addition) != DALV_OK)
        recover(life, device);
}

static void sync(struct life *life, struct device *device)
{
    enum dalv_status status;

    device->options.resolver = choose;
    device->options.resolver_owner = life;
    device->answers_left = (unsigned)prng_below(&life->prng, 8);
    device->options.budget_bytes = prng_chance(&life->prng, 1, 2) ? 64 : 0;
    status = device_sync(device);
    if (may_fail(status)) {
        recover(life, device);
    } else if (status != DALV_OK && status != DALV_TIMEOUT) {
        (void)printf("seed %llu: sync ends with %d\n",
                     (unsigned long long)life->seed, (int)status);
        CU_FAIL("a sync ended");
    }
}

static void write_at_cluster(struct life *life)
{
    struct operation operations[] = {put(draw_key(life), "backend"),
                                     add_to_list("list", "y")};

    small_cluster_update(life->cluster, operations, 2);
}

static void arm(struct life *life, struct device *device)
{
    if (prng_chance(&life->prng, 1, 2))
        memory_files_fail(
            device->disk, 1 + prng_below(&life->prng, 8),
            (enum memory_fault)(unsigned)prng_below(&life->prng, 3));
    else
        memory_store_fail(device->map, 1 + prng_below(&life->prng, 40),
                          DALV_IO);
}

/* The replica is damaged beyond use: it begins anew, empty. */
static void lose_replica(struct life *life, struct device *device)
{
    memory_files_fail(device->disk, 0, MEMORY_FAULT_IO);
    device_crash(device);
    memory_store_destroy(&device->map);
    device->map = memory_store_create();
    ASSERT(device_start(device) == DALV_OK);
    (void)life;
}

static void step(struct life *life)
{
    size_t number = (size_t)prng_below(&life->prng, DEVICES);
    struct device *device = &life->devices[number];
    uint64_t choice = prng_below(&life->prng, 41);

    if (choice < 10) {
        say(life, "adds a serial", number);
        add_serial(life, device);
    } else if (choice < 16) {
        say(life, "writes a register", number);
        write_register(life, device);
    } else if (choice < 20) {
        say(life, "changes a list", number);
        change_list(life, device);
    } else if (choice < 30) {
        say(life, "syncs", number);
        sync(life, device);
    } else if (choice < 34) {
        say(life, "loses power", number);
        recover(life, device);
    } else if (choice < 36) {
        say(life, "will fail", number);
        arm(life, device);
    } else if (choice < 38) {
        say(life, "backend writes", 0);
        write_at_cluster(life);
    } else if (choice == 40) {
        say(life, "loses its replica", number);
        lose_replica(life, device);
    } else if (small_cluster_revision(life->cluster) > 0) {
        say(life, "cluster forgets", 0);
        small_cluster_forget(life->cluster);
    }
}

static void settle(struct life *life)
{
    for (int round = 0; round < 2; round++) {
        for (size_t i = 0; i < DEVICES; i++) {
            struct device *device = &life->devices[i];

            if (round == 0)
                recover(life, device);
            device->answers_left = 0;
            device->options.budget_bytes = 0;
            device->options.resolver = yield_always;
            CU_ASSERT_EQUAL(device_sync(device), DALV_OK);
            CU_ASSERT_EQUAL(device_pending(device), 0);
        }
    }
    CU_ASSERT_EQUAL(device_sync(&life->devices[0]), DALV_OK);
}

static size_t count_serial(const struct key_value *list, size_t serial)
{
    char text[24];
    size_t count = 0;

    (void)snprintf(text, sizeof(text), "%zu", serial);
    for (size_t i = 0; i < list->element_count; i++)
        count += bytes_equal(list->elements[i].value, bytes_from_text(text));
    return count;
}

static bool is_fate_kept(const struct life *life, const struct key_value *list)
{
    for (size_t serial = 0; serial < life->serial_count; serial++) {
        size_t count = count_serial(list, serial);

        if (count > 1 ||
            (count == 0 && life->fates[serial] == FATE_ACKNOWLEDGED)) {
            (void)printf("seed %llu: serial %zu is there %zu times\n",
                         (unsigned long long)life->seed, serial, count);
            return false;
        }
    }
    return true;
}

static void judge_device(struct life *life, struct device *device)
{
    struct key_value list;
    struct key_value count;

    key_value_init(&list);
    key_value_init(&count);
    CU_ASSERT_EQUAL(store_get(device->store, bytes_from_text("serials"), &list),
                    DALV_OK);
    CU_ASSERT_EQUAL(store_get(device->store, bytes_from_text("count"), &count),
                    DALV_OK);
    CU_ASSERT_TRUE(is_fate_kept(life, &list));
    CU_ASSERT_EQUAL(count.state.number, (int64_t)list.element_count);
    CU_ASSERT_TRUE(count.state.number >= life->counted);
    CU_ASSERT_TRUE(count.state.number <= life->counted + life->doubted);
    key_value_deinit(&list);
    key_value_deinit(&count);
}

static bool agree(struct life *life)
{
    static const char *const keys[] = {"a", "b", "c", "count"};
    char scanned[sizeof(life->devices[0].text)];
    bool is_same = true;

    (void)snprintf(scanned, sizeof(scanned), "%s",
                   device_scan(&life->devices[0], ""));
    is_same = strcmp(scanned, device_scan(&life->devices[1], "")) == 0;
    for (size_t i = 0; i < 4; i++) {
        char seen[64];

        (void)snprintf(seen, sizeof(seen), "%s",
                       device_sees(&life->devices[0], keys[i]));
        is_same &= strcmp(seen, cluster_holds(&life->devices[0], keys[i])) == 0;
    }
    if (!is_same)
        (void)printf("seed %llu:\n  %s\n  %s\n", (unsigned long long)life->seed,
                     scanned, life->devices[1].text);
    return is_same;
}

static void live(uint64_t seed, bool is_told)
{
    static struct life life;

    life = (struct life){.seed = seed, .is_told = is_told};
    prng_init(&life.prng, seed);
    life.cluster = small_cluster_create("ada");
    for (size_t i = 0; i < DEVICES; i++)
        device_init(&life.devices[i], life.cluster,
                    (uint8_t)(1 + i + 4 * (seed % 3)));
    for (int i = 0; i < STEP_COUNT; i++)
        step(&life);
    settle(&life);
    for (size_t i = 0; i < DEVICES; i++)
        judge_device(&life, &life.devices[i]);
    CU_ASSERT_TRUE(agree(&life));
    for (size_t i = 0; i < DEVICES; i++)
        device_deinit(&life.devices[i]);
    small_cluster_destroy(&life.cluster);
}

static void keeps_its_promises_whatever_fails(void)
{
    const char *seed = getenv("DALV_SEED");

    if (seed != NULL) {
        live(strtoull(seed, NULL, 10), true);
        return;
    }
    for (uint64_t number = 1; number <= SEED_COUNT; number++)
        live(number, false);
}

int main(void)
{
    static const struct suite_test tests[] = {
        SUITE_TEST(keeps_its_promises_whatever_fails),
    };

    return SUITE_RUN("property/device_life", tests);
}
