#include "client/live.h"

#include "model/change_format.h"
#include "tests/support/suite.h"
#include "tests/unit/client/two_devices.h"

#include <CUnit/CUnit.h>

/* What the cluster would push of "name" becoming `value` at a revision. */
static struct message_changed pushed(struct device *device, uint64_t before,
                                     const char *value)
{
    static uint8_t page[256];
    const struct change change = {.type = CHANGE_KEY,
                                  .key = bytes_from_text("name"),
                                  .state = {.kind = KEY_REGISTER,
                                            .revision = before + 1,
                                            .reset_revision = before + 1,
                                            .value = bytes_from_text(value)}};
    struct writer writer;
    struct change_writer changes;

    writer_init(&writer, page, sizeof(page));
    change_writer_init(&changes, &writer);
    CU_ASSERT_EQUAL(change_put(&changes, &change), DALV_OK);
    return (struct message_changed){
        .history_id = store_status(device->store).cursor.history_id,
        .revision_before = before,
        .revision = before + 1,
        .page = writer_bytes(&writer)};
}

static enum dalv_status take(struct device *device,
                             const struct message_changed *changed)
{
    return live_take(device->store, changed, NULL, NULL);
}

static void shows_what_others_commit(void)
{
    struct two_devices *fixture = two_devices_begin();
    struct device *phone = &fixture->phone;
    struct message_changed changed;

    DO(phone, put("name", "Ann"));
    SYNC(phone);
    changed = pushed(phone, 1, "Bea");
    CU_ASSERT_EQUAL(take(phone, &changed), DALV_OK);
    SEES(phone, "name", "Bea");
    changed = pushed(phone, 2, "Cid");
    CU_ASSERT_EQUAL(take(phone, &changed), DALV_OK);
    two_devices_crash(phone);
    SEES(phone, "name", "Cid");
    CU_ASSERT_EQUAL(store_status(phone->store).cursor.revision, 3);
    two_devices_end(fixture);
}

static void takes_nothing_twice_and_nothing_behind_a_gap(void)
{
    struct two_devices *fixture = two_devices_begin();
    struct device *phone = &fixture->phone;
    struct message_changed changed;

    DO(phone, put("name", "Ann"));
    DO(phone, put("name", "Bea"));
    SYNC(phone);
    changed = pushed(phone, 1, "again");
    CU_ASSERT_EQUAL(take(phone, &changed), DALV_OK);
    changed = pushed(phone, 3, "behind a gap");
    CU_ASSERT_EQUAL(take(phone, &changed), DALV_REBASE);
    changed = pushed(phone, 2, "of another history");
    changed.history_id++;
    CU_ASSERT_EQUAL(take(phone, &changed), DALV_REBASE);
    changed = pushed(phone, 2, "too much was waiting");
    changed.is_gap = true;
    CU_ASSERT_EQUAL(take(phone, &changed), DALV_REBASE);
    changed = pushed(phone, 2, "cut");
    changed.page.size--;
    CU_ASSERT_EQUAL(take(phone, &changed), DALV_PROTOCOL);
    SEES(phone, "name", "Bea");
    two_devices_end(fixture);
}

/* Pages of a sync that was cut short are not shown along with it. */
static void waits_for_a_sync_that_was_cut_short(void)
{
    struct two_devices *fixture = two_devices_begin();
    struct device *phone = &fixture->phone;
    struct message_changed changed;

    DO(phone, put("name", "Ann"));
    SYNC(phone);
    UPDATE(fixture, put("a", "a value that fills a page of its own"));
    UPDATE(fixture, put("b", "a value that fills a page of its own"));
    small_cluster_set_budget(fixture->cluster, 64);
    phone->answers_left = 2;
    CU_ASSERT_EQUAL(device_sync(phone), DALV_TIMEOUT);
    changed = pushed(phone, 1, "Bea");
    CU_ASSERT_EQUAL(take(phone, &changed), DALV_REBASE);
    SEES(phone, "a", "-");
    SYNC(phone);
    SEES(phone, "b", "a value that fills a page of its own");
    two_devices_end(fixture);
}

int main(void)
{
    static const struct suite_test tests[] = {
        SUITE_TEST(shows_what_others_commit),
        SUITE_TEST(takes_nothing_twice_and_nothing_behind_a_gap),
        SUITE_TEST(waits_for_a_sync_that_was_cut_short),
    };

    return SUITE_RUN("client/live", tests);
}
