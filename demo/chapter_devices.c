#include "demo/account.h"
#include "demo/chapters.h"

#include <stdio.h>
#include <string.h>

enum {
    TEXT_BYTES = 64,
    VISITS_PHONE = 1,
    VISITS_LAPTOP = 2,
    VISITS_BACKEND = 10,
};

struct work {
    struct stage *stage;
    const char *user;
    uint64_t conflicts;
    uint64_t pushed;
    uint64_t received;
    uint64_t local_reads;
};

size_t chapter_user_count(const struct stage *stage)
{
    size_t count = stage->orders.customer_count;

    return count < CHAPTER_USERS_MAX ? count : CHAPTER_USERS_MAX;
}

/* ---- Conflicts ---- */

static void text_of(const struct dalv_value *value, char text[TEXT_BYTES])
{
    struct dalv_bytes bytes =
        value == NULL ? dalv_text("nothing") : dalv_value_bytes(value);

    (void)snprintf(text, TEXT_BYTES, "%.*s", (int)bytes.size,
                   (const char *)bytes.data);
}

/* The theme is a matter of this device; the language, of the service. */
static enum dalv_resolution resolve(void *owner,
                                    const struct dalv_conflict *conflict,
                                    struct dalv_transaction *answer)
{
    struct work *work = owner;
    struct dalv_bytes key = dalv_conflict_key(conflict);
    bool is_mine = key.size == strlen("prefs/theme") &&
                   memcmp(key.data, "prefs/theme", key.size) == 0;
    char base[TEXT_BYTES];
    char mine[TEXT_BYTES];
    char theirs[TEXT_BYTES];

    (void)answer;
    work->conflicts++;
    text_of(dalv_conflict_base(conflict), base);
    text_of(dalv_conflict_mine(conflict), mine);
    text_of(dalv_conflict_theirs(conflict), theirs);
    account_say("user %s, %.*s: was %s, mine %s, theirs %s -> %s", work->user,
                (int)key.size, (const char *)key.data, base, mine, theirs,
                is_mine ? "mine" : "theirs");
    return is_mine ? DALV_RESOLVE_MINE : DALV_RESOLVE_THEIRS;
}

static bool sync_device(struct work *work, struct dalv_device *device)
{
    const struct dalv_sync_options options = {.resolver = resolve,
                                              .resolver_owner = work};
    struct dalv_sync_report report;
    enum dalv_status status = dalv_device_sync(device, &options, &report);

    if (status != DALV_OK) {
        account_fail("a device of %s does not sync: %s (%s)", work->user,
                     dalv_status_text(status), dalv_device_error(device));
        return false;
    }
    work->pushed += report.pushed_count;
    work->received += report.received_count;
    return true;
}

/* ---- Offline work ---- */

static bool is_ok(const struct work *work, enum dalv_status status,
                  const char *what)
{
    if (status != DALV_OK)
        account_fail("%s of %s: %s", what, work->user,
                     dalv_status_text(status));
    return status == DALV_OK;
}

static bool edit_on_phone(struct work *work, struct dalv_device *phone)
{
    struct dalv_transaction *both = NULL;
    enum dalv_status status;

    status = dalv_device_list_add(phone, dalv_text("cart/items"),
                                  dalv_text("tea, added on the phone"));
    if (status == DALV_OK)
        status =
            dalv_device_put(phone, dalv_text("prefs/theme"), dalv_text("dark"));
    if (status == DALV_OK)
        status =
            dalv_device_increment(phone, dalv_text("visits"), VISITS_PHONE);
    if (status == DALV_OK)
        status = dalv_transaction_create(&both);
    if (status == DALV_OK)
        status = dalv_transaction_put(both, dalv_text("profile/name"),
                                      dalv_text("Ann"), NULL);
    if (status == DALV_OK)
        status = dalv_transaction_put(both, dalv_text("profile/city"),
                                      dalv_text("Leeds"), NULL);
    if (status == DALV_OK)
        status = dalv_device_commit(phone, &both, NULL);
    dalv_transaction_destroy(&both);
    return is_ok(work, status, "an edit on the phone");
}

static bool edit_on_laptop(struct work *work, struct dalv_device *laptop)
{
    enum dalv_status status;

    status = dalv_device_list_add(laptop, dalv_text("cart/items"),
                                  dalv_text("lamp, added on the laptop"));
    if (status == DALV_OK)
        status = dalv_device_list_add(laptop, dalv_text("saved"),
                                      dalv_text("a blue chair"));
    if (status == DALV_OK)
        status = dalv_device_put(laptop, dalv_text("prefs/theme"),
                                 dalv_text("light"));
    if (status == DALV_OK)
        status = dalv_device_put(laptop, dalv_text("prefs/language"),
                                 dalv_text("fr"));
    if (status == DALV_OK)
        status =
            dalv_device_increment(laptop, dalv_text("visits"), VISITS_LAPTOP);
    return is_ok(work, status, "an edit on the laptop");
}

static bool edit_at_backend(struct work *work)
{
    struct dalv_bytes user = dalv_text(work->user);
    struct dalv_backend *backend = work->stage->backend;
    enum dalv_status status;
    int64_t visits = 0;

    status = dalv_backend_put(backend, user, dalv_text("prefs/language"),
                              dalv_text("en-GB"), NULL);
    if (status == DALV_OK)
        status = dalv_backend_increment(backend, user, dalv_text("visits"),
                                        VISITS_BACKEND, &visits);
    if (status == DALV_OK)
        status = dalv_backend_put(backend, user, dalv_text("sys/notice"),
                                  dalv_text("free delivery this week"), NULL);
    return is_ok(work, status, "an edit of the backend");
}

/* ---- What must be so ---- */

static void expect_number(struct work *work, struct dalv_device *device,
                          const char *key, int64_t expected)
{
    struct dalv_value *value = NULL;
    enum dalv_status status = dalv_device_get(device, dalv_text(key), &value);

    work->local_reads++;
    if (status != DALV_OK || dalv_value_number(value) != expected)
        account_fail("user %s: %s is %lld, not %lld", work->user, key,
                     value == NULL ? 0LL : (long long)dalv_value_number(value),
                     (long long)expected);
    dalv_value_destroy(&value);
}

static void expect_elements(struct work *work, struct dalv_device *device,
                            const char *key, size_t expected)
{
    struct dalv_value *value = NULL;
    enum dalv_status status = dalv_device_get(device, dalv_text(key), &value);
    size_t count = status == DALV_OK ? dalv_value_element_count(value) : 0;

    work->local_reads++;
    if (count != expected)
        account_fail("user %s: %s has %zu elements, not %zu", work->user, key,
                     count, expected);
    dalv_value_destroy(&value);
}

static void expect_text(struct work *work, struct dalv_device *device,
                        const char *key, const char *expected)
{
    struct dalv_value *value = NULL;
    char text[TEXT_BYTES] = "nothing";

    work->local_reads++;
    if (dalv_device_get(device, dalv_text(key), &value) == DALV_OK)
        text_of(value, text);
    if (strcmp(text, expected) != 0)
        account_fail("user %s: %s is %s, not %s", work->user, key, text,
                     expected);
    dalv_value_destroy(&value);
}

/* Before anything is synced each device sees its own work, and only that. */
static void check_apart(struct work *work, struct dalv_device *phone,
                        struct dalv_device *laptop)
{
    expect_elements(work, phone, "cart/items", 1);
    expect_number(work, phone, "visits", VISITS_PHONE);
    expect_text(work, phone, "prefs/theme", "dark");
    expect_elements(work, laptop, "cart/items", 1);
    expect_number(work, laptop, "visits", VISITS_LAPTOP);
    expect_text(work, laptop, "prefs/theme", "light");
}

static void check_together(struct work *work, struct dalv_device *device)
{
    expect_elements(work, device, "cart/items", 2);
    expect_elements(work, device, "saved", 1);
    expect_number(work, device, "visits",
                  VISITS_PHONE + VISITS_LAPTOP + VISITS_BACKEND);
    expect_text(work, device, "prefs/theme", "light");
    expect_text(work, device, "prefs/language", "en-GB");
    expect_text(work, device, "profile/city", "Leeds");
}

static bool play(struct work *work, struct dalv_device *phone,
                 struct dalv_device *laptop)
{
    if (!sync_device(work, phone) || !sync_device(work, laptop) ||
        !edit_on_phone(work, phone) || !edit_on_laptop(work, laptop) ||
        !edit_at_backend(work))
        return false;
    check_apart(work, phone, laptop);
    if (!sync_device(work, phone) || !sync_device(work, laptop) ||
        !sync_device(work, phone))
        return false;
    check_together(work, phone);
    check_together(work, laptop);
    return true;
}

/* One user's sleeper syncs now and then not again for four chapters. */
static bool lay_sleeper_down(struct work *work)
{
    struct dalv_device *sleeper =
        stage_open_device(work->stage, work->user, "sleeper");
    bool is_done = sleeper != NULL && sync_device(work, sleeper);

    dalv_device_close(&sleeper);
    return is_done;
}

static bool play_user(struct work *work)
{
    struct dalv_device *phone =
        stage_open_device(work->stage, work->user, "phone");
    struct dalv_device *laptop =
        stage_open_device(work->stage, work->user, "laptop");
    bool is_done = phone != NULL && laptop != NULL && lay_sleeper_down(work) &&
                   play(work, phone, laptop);

    dalv_device_close(&phone);
    dalv_device_close(&laptop);
    return is_done;
}

bool chapter_devices(struct stage *stage)
{
    struct work work = {.stage = stage};
    size_t user_count = chapter_user_count(stage);
    double began = stage_seconds();

    account_chapter("Devices work offline, at the same time as each other and "
                    "the backend, and sync");
    for (size_t i = 0; i < user_count; i++) {
        work.user = stage->orders.customers[i];
        account_progress("users", i, user_count);
        if (!play_user(&work))
            return false;
    }
    account_say("%zu users, 3 devices each: %llu local transactions pushed, "
                "%llu changes received, in %.1f s",
                user_count, (unsigned long long)work.pushed,
                (unsigned long long)work.received, stage_seconds() - began);
    account_say("%llu conflicts met the resolver; carts, saved items and "
                "counters merged by themselves",
                (unsigned long long)work.conflicts);
    account_say("%llu values read from local replicas, all as expected",
                (unsigned long long)work.local_reads);
    return true;
}
