#include "storage/boot_number.h"

#include "tests/support/folder.h"
#include "tests/support/suite.h"

#include <CUnit/CUnit.h>
#include <limits.h>

static struct folder folder;

static void put(const char *text)
{
    char path[PATH_MAX];

    folder_put(&folder, "boot", 0644, text, path);
}

static void grows_with_each_start(void)
{
    uint64_t number = 0;

    folder_open(&folder);
    for (uint64_t start = 1; start <= 3; start++) {
        CU_ASSERT_EQUAL(boot_number_take(folder.path, &number), DALV_OK);
        CU_ASSERT_EQUAL(number, start);
    }
    put("41\n");
    CU_ASSERT_EQUAL(boot_number_take(folder.path, &number), DALV_OK);
    CU_ASSERT_EQUAL(number, 42);
    folder_close(&folder);
}

/* To begin again at 1 would let an old session look like a newer one. */
static void never_begins_again_in_silence(void)
{
    static const char *const texts[] = {
        "",
        "\n",
        "x",
        "-1",
        "12 ",
        "18446744073709551615",
        "1111111111111111111111111111111111111111"};
    uint64_t number = 7;

    folder_open(&folder);
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        put(texts[i]);
        CU_ASSERT_EQUAL(boot_number_take(folder.path, &number), DALV_DAMAGED);
    }
    CU_ASSERT_EQUAL(number, 7);
    folder_close(&folder);
}

static void needs_its_folder(void)
{
    uint64_t number = 7;

    CU_ASSERT_EQUAL(boot_number_take("/nowhere/at/all", &number),
                    DALV_NOT_FOUND);
    CU_ASSERT_EQUAL(number, 7);
}

int main(void)
{
    static const struct suite_test tests[] = {
        SUITE_TEST(grows_with_each_start),
        SUITE_TEST(never_begins_again_in_silence),
        SUITE_TEST(needs_its_folder),
    };

    return SUITE_RUN("storage/boot_number", tests);
}
