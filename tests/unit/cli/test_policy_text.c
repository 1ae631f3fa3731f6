/*
 * What holds for all users, as operators set and see it.
 */
#include "cli/policy_text.h"
#include "tests/support/suite.h"

#include <CUnit/CUnit.h>
#include <stdlib.h>
#include <string.h>

enum {
    SAID_BYTES = 512,
};

static struct policy_text settings;
static char said[SAID_BYTES];

static void begin(void)
{
    settings = (struct policy_text){.policy = cluster_policy_default(),
                                    .replica_count = 3};
}

/* "" if it was taken, or why not. */
static const char *set(const char *word)
{
    struct text problem;

    text_init(&problem, said, sizeof(said));
    (void)policy_text_set(&settings, word, &problem);
    return said;
}

static const char *check(void)
{
    struct text problem;

    text_init(&problem, said, sizeof(said));
    (void)policy_text_check(&settings, &problem);
    return said;
}

/* What is printed of a setting, or of all. */
static const char *shown(const char *key)
{
    static char page[4096];
    FILE *out = fmemopen(page, sizeof(page), "w");

    memset(page, 0, sizeof(page));
    CU_ASSERT_PTR_NOT_NULL_FATAL(out);
    (void)policy_text_print(&settings, key, out);
    (void)fclose(out);
    return page;
}

static void shows_what_holds_at_first(void)
{
    begin();
    CU_ASSERT_STRING_EQUAL(shown(NULL), "replicas=3\n"
                                        "limits.user_bytes=64MiB\n"
                                        "limits.user_items=1000000\n"
                                        "limits.devices_per_user=32\n"
                                        "limits.key_bytes=0\n"
                                        "limits.value_bytes=0\n"
                                        "limits.transaction_bytes=0\n"
                                        "limits.transaction_operations=0\n"
                                        "limits.sync_operations=0\n"
                                        "domain:sys/=system\n");
}

/* What is shown can be set. */
static void takes_what_it_shows(void)
{
    static const char *const words[] = {
        "replicas=5",
        "limits.user_bytes=128MiB",
        "limits.key_bytes=1KiB",
        "domain:catalogue/=system",
        "merge:cart/=mine",
        "merge:=theirs",
        "domain:a=b/=user",
    };

    begin();
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        const char *equals = strrchr(words[i], '=');
        char key[64] = "";
        char line[80];

        CU_ASSERT_STRING_EQUAL(set(words[i]), "");
        memcpy(key, words[i], (size_t)(equals - words[i]));
        (void)snprintf(line, sizeof(line), "%s\n", words[i]);
        CU_ASSERT_STRING_EQUAL(shown(key), line);
    }
    CU_ASSERT_EQUAL(settings.replica_count, 5);
    CU_ASSERT_EQUAL(settings.policy.live_bytes_max, UINT64_C(128) << 20);
    CU_ASSERT_EQUAL(settings.policy.merges.count, 2);
}

static void takes_a_rule_away(void)
{
    begin();
    CU_ASSERT_STRING_EQUAL(set("domain:sys/=default"), "");
    CU_ASSERT_EQUAL(settings.policy.domains.count, 0);
    CU_ASSERT_STRING_EQUAL(set("domain:sys/=default"), "");
    CU_ASSERT_STRING_EQUAL(shown("domain:sys/"), "");
}

static void says_what_a_setting_may_be(void)
{
    static const struct {
        const char *word;
        const char *why;
    } faults[] = {
        {"replicas=0", "replicas is 1 to 7"},
        {"replicas=8", "replicas is 1 to 7"},
        {"limits.devices_per_user=33", "limits.devices_per_user is 0 to 32"},
        {"limits.key_bytes=2KiB", "limits.key_bytes is 0 to 1KiB"},
        {"limits.user_bytes=much", "limits.user_bytes is 0 to 64GiB"},
        {"domain:x=mine", "domain:PREFIX is default, user or system"},
        {"merge:x=", "merge:PREFIX is default, ask, mine or theirs"},
        {"limits.user_bytes", "limits.user_bytes has no =VALUE"},
        {"colour=red",
         "colour is no setting: 'dalv config get' lists those that are"},
        {"", " has no =VALUE"},
    };

    begin();
    for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
        CU_ASSERT_STRING_EQUAL(set(faults[i].word), faults[i].why);
    CU_ASSERT_EQUAL(settings.replica_count, 3);
}

static void bounds_prefixes_and_their_number(void)
{
    char word[128];

    begin();
    (void)snprintf(word, sizeof(word), "domain:%065d=user", 0);
    CU_ASSERT_STRING_EQUAL(set(word),
                           "a prefix has up to 64 bytes, and 32 have rules");
    for (int i = 0; i < CLUSTER_POLICY_RULES_MAX - 1; i++) {
        (void)snprintf(word, sizeof(word), "domain:%d=user", i);
        CU_ASSERT_STRING_EQUAL(set(word), "");
    }
    CU_ASSERT_STRING_EQUAL(set("domain:more=user"),
                           "a prefix has up to 64 bytes, and 32 have rules");
}

static void limits_must_fit_each_other(void)
{
    begin();
    CU_ASSERT_STRING_EQUAL(check(), "");
    (void)set("limits.transaction_bytes=1KiB");
    (void)set("limits.value_bytes=2KiB");
    CU_ASSERT_STRING_EQUAL(check(), "limits.value_bytes must not be above "
                                    "limits.transaction_bytes");
    (void)set("limits.value_bytes=1KiB");
    CU_ASSERT_STRING_EQUAL(check(), "");
    (void)set("limits.user_bytes=100");
    CU_ASSERT_STRING_EQUAL(check(), "limits.transaction_bytes must not be "
                                    "above limits.user_bytes");
    (void)set("limits.user_bytes=0");
    CU_ASSERT_STRING_EQUAL(check(), "");
}

static void tells_it_as_json(void)
{
    json_t *object;

    begin();
    (void)set("merge:=mine");
    object = policy_text_json(&settings);
    CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(object, "merge:")),
                           "mine");
    CU_ASSERT_STRING_EQUAL(
        json_string_value(json_object_get(object, "limits.user_bytes")),
        "64MiB");
    json_decref(object);
}

static const struct suite_test tests[] = {
    SUITE_TEST(shows_what_holds_at_first),
    SUITE_TEST(takes_what_it_shows),
    SUITE_TEST(takes_a_rule_away),
    SUITE_TEST(says_what_a_setting_may_be),
    SUITE_TEST(bounds_prefixes_and_their_number),
    SUITE_TEST(limits_must_fit_each_other),
    SUITE_TEST(tells_it_as_json),
};

int main(void)
{
    return SUITE_RUN("cli/policy_text", tests);
}
