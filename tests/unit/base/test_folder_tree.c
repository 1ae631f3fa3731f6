#include "base/folder_tree.h"

#include "tests/support/folder.h"
#include "tests/support/suite.h"

#include <CUnit/CUnit.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

static void removes_all_that_is_in_it_and_follows_no_link(void)
{
    struct folder kept;
    struct folder folder;
    char outside[PATH_MAX];
    char path[PATH_MAX];

    folder_open(&kept);
    folder_put(&kept, "outside", S_IRUSR, "stays", outside);
    folder_open(&folder);
    folder_put(&folder, "file", S_IRUSR, "goes", path);
    folder_path(&folder, "link", path);
    CU_ASSERT_EQUAL(symlink(kept.path, path), 0);
    folder_path(&folder, "inner", path);
    CU_ASSERT_EQUAL(mkdir(path, S_IRWXU), 0);
    folder_put(&folder, "inner/deep", S_IRUSR, "goes", path);
    CU_ASSERT_EQUAL(folder_tree_remove(folder.path), DALV_OK);
    CU_ASSERT_NOT_EQUAL(access(folder.path, F_OK), 0);
    CU_ASSERT_EQUAL(access(outside, F_OK), 0);
    folder_close(&kept);
}

static void is_content_if_there_is_none(void)
{
    CU_ASSERT_EQUAL(folder_tree_remove("/tmp/no such/folder"), DALV_OK);
}

static const struct suite_test tests[] = {
    SUITE_TEST(removes_all_that_is_in_it_and_follows_no_link),
    SUITE_TEST(is_content_if_there_is_none),
};

int main(void)
{
    return SUITE_RUN("base/folder_tree", tests);
}
