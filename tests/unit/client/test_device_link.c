#include "client/device_link.h"

#include "tests/support/folder.h"
#include "tests/support/suite.h"

#include <CUnit/CUnit.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static struct folder folder;

static void comes_back_as_it_was_saved(void)
{
    static struct device_link link;
    static struct device_link again;
    struct stat state;

    folder_open(&folder);
    CU_ASSERT_EQUAL(device_link_load(&link, folder.path), DALV_OK);
    CU_ASSERT_EQUAL(link.endpoint_count, 0);
    CU_ASSERT_STRING_EQUAL(link.token, "");
    CU_ASSERT_EQUAL(link.synced_us, 0);
    (void)snprintf(link.endpoints[0], sizeof(link.endpoints[0]),
                   "tcp://127.0.0.1:7472");
    (void)snprintf(link.endpoints[1], sizeof(link.endpoints[1]),
                   "tcp://127.0.0.1:7482");
    link.endpoint_count = 2;
    (void)snprintf(link.token, sizeof(link.token), "eyJ.abc.def");
    link.synced_us = 1763632800000000;
    CU_ASSERT_EQUAL(device_link_save(&link), DALV_OK);
    CU_ASSERT_EQUAL(device_link_load(&again, folder.path), DALV_OK);
    CU_ASSERT_EQUAL(again.endpoint_count, 2);
    CU_ASSERT_STRING_EQUAL(again.endpoints[0], "tcp://127.0.0.1:7472");
    CU_ASSERT_STRING_EQUAL(again.endpoints[1], "tcp://127.0.0.1:7482");
    CU_ASSERT_STRING_EQUAL(again.token, "eyJ.abc.def");
    CU_ASSERT_EQUAL(again.synced_us, 1763632800000000);
    CU_ASSERT_EQUAL(stat(again.path, &state), 0);
    CU_ASSERT_EQUAL(state.st_mode & 0777, 0600);
    folder_close(&folder);
}

/* The token is a secret: a file that others can read has told it already. */
static void is_not_read_if_others_may(void)
{
    static struct device_link link;

    folder_open(&folder);
    CU_ASSERT_EQUAL(device_link_load(&link, folder.path), DALV_OK);
    CU_ASSERT_EQUAL(device_link_save(&link), DALV_OK);
    CU_ASSERT_EQUAL(chmod(link.path, 0640), 0);
    CU_ASSERT_EQUAL(device_link_load(&link, folder.path), DALV_NOT_PERMITTED);
    folder_close(&folder);
}

static enum dalv_status load_text(const char *text)
{
    static struct device_link link;
    const char *name;
    char path[PATH_MAX];

    CU_ASSERT_EQUAL(device_link_load(&link, folder.path), DALV_OK);
    name = strrchr(link.path, '/') + 1;
    folder_put(&folder, name, 0600, text, path);
    return device_link_load(&link, folder.path);
}

static void refuses_what_it_did_not_write(void)
{
    static const char *const texts[] = {
        "nonsense\n",       "endpoint\n",
        "synced_us soon\n", "synced_us 99999999999999999999\n",
        "unknown word\n",
    };

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        folder_open(&folder);
        CU_ASSERT_EQUAL(load_text(texts[i]), DALV_DAMAGED);
        folder_close(&folder);
    }
}

static void forgets_its_token(void)
{
    static struct device_link link;
    static const struct device_link nothing;

    (void)snprintf(link.token, sizeof(link.token), "eyJ.abc.def");
    device_link_wipe(&link);
    CU_ASSERT_EQUAL(memcmp(&link, &nothing, sizeof(link)), 0);
}

int main(void)
{
    static const struct suite_test tests[] = {
        SUITE_TEST(comes_back_as_it_was_saved),
        SUITE_TEST(is_not_read_if_others_may),
        SUITE_TEST(refuses_what_it_did_not_write),
        SUITE_TEST(forgets_its_token),
    };

    return SUITE_RUN("client/device_link", tests);
}
