/*
 * Names of control stores: what opens, and what is said of what does not.
 */
#include "control/control_place.h"
#include "tests/support/folder.h"
#include "tests/support/suite.h"

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <string.h>

static char said[512];

static enum dalv_status open_named(const char *name,
                                   struct control_store **out_store)
{
    const struct control_place place = {.name = name};
    struct text problem;

    text_init(&problem, said, sizeof(said));
    return control_place_open(&place, out_store, &problem);
}

static void opens_a_file(void)
{
    struct control_store *store = NULL;
    struct folder folder;
    char path[PATH_MAX];
    char name[PATH_MAX + 8];

    folder_open(&folder);
    folder_path(&folder, "map", path);
    (void)snprintf(name, sizeof(name), "file:%s", path);
    CU_ASSERT_EQUAL(open_named(name, &store), DALV_OK);
    CU_ASSERT_PTR_NOT_NULL(store);
    control_store_close(&store);
    folder_close(&folder);
}

static void opens_etcd_behind_its_default_prefix(void)
{
    struct control_store *store = NULL;

    CU_ASSERT_EQUAL(open_named("etcd:http://127.0.0.1:2379", &store), DALV_OK);
    CU_ASSERT_PTR_NOT_NULL(store);
    control_store_close(&store);
}

static void takes_no_etcd_elsewhere_without_tls(void)
{
    struct control_store *store = NULL;

    CU_ASSERT_EQUAL(open_named("etcd:http://10.0.0.1:2379", &store),
                    DALV_INVALID);
    CU_ASSERT_PTR_NOT_NULL(strstr(said, "TLS"));
    CU_ASSERT_PTR_NULL(store);
}

static void names_the_forms_that_there_are(void)
{
    static const char *const names[] = {"", "file:", "etcd:", "/var/lib/map",
                                        "redis:a"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        struct control_store *store = NULL;

        CU_ASSERT_FALSE(control_place_is_name(bytes_from_text(names[i])));
        CU_ASSERT_EQUAL(open_named(names[i], &store), DALV_INVALID);
        CU_ASSERT_PTR_NOT_NULL(strstr(said, "file:PATH"));
    }
    CU_ASSERT_TRUE(control_place_is_name(bytes_from_text("file:map")));
}

static const struct suite_test tests[] = {
    SUITE_TEST(opens_a_file),
    SUITE_TEST(opens_etcd_behind_its_default_prefix),
    SUITE_TEST(takes_no_etcd_elsewhere_without_tls),
    SUITE_TEST(names_the_forms_that_there_are),
};

int main(void)
{
    return SUITE_RUN("control/control_place", tests);
}
