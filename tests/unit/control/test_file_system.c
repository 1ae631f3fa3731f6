#include "control/file_system.h"

#include "tests/support/suite.h"

#include <CUnit/CUnit.h>
#include <linux/magic.h>

/* The numbers are the kernel's own. */
static void knows_file_systems_of_other_machines(void)
{
    CU_ASSERT_STRING_EQUAL(file_system_remote_name(NFS_SUPER_MAGIC), "NFS");
    CU_ASSERT_STRING_EQUAL(file_system_remote_name(SMB_SUPER_MAGIC), "SMB");
    CU_ASSERT_STRING_EQUAL(file_system_remote_name(SMB2_SUPER_MAGIC), "SMB2");
    CU_ASSERT_STRING_EQUAL(file_system_remote_name(CIFS_SUPER_MAGIC), "CIFS");
    CU_ASSERT_STRING_EQUAL(file_system_remote_name(FUSE_SUPER_MAGIC), "FUSE");
    CU_ASSERT_STRING_EQUAL(file_system_remote_name(V9FS_MAGIC), "9P");
    CU_ASSERT_STRING_EQUAL(file_system_remote_name(CEPH_SUPER_MAGIC), "Ceph");
    CU_ASSERT_STRING_EQUAL(file_system_remote_name(AFS_SUPER_MAGIC), "AFS");
    CU_ASSERT_STRING_EQUAL(file_system_remote_name(CODA_SUPER_MAGIC), "Coda");
    CU_ASSERT_STRING_EQUAL(file_system_remote_name(OCFS2_SUPER_MAGIC), "OCFS2");
}

static void takes_what_lies_on_this_machine(void)
{
    CU_ASSERT_PTR_NULL(file_system_remote_name(EXT4_SUPER_MAGIC));
    CU_ASSERT_PTR_NULL(file_system_remote_name(XFS_SUPER_MAGIC));
    CU_ASSERT_PTR_NULL(file_system_remote_name(BTRFS_SUPER_MAGIC));
    CU_ASSERT_PTR_NULL(file_system_remote_name(TMPFS_MAGIC));
    CU_ASSERT_PTR_NULL(file_system_remote_name(OVERLAYFS_SUPER_MAGIC));
}

static const struct suite_test tests[] = {
    SUITE_TEST(knows_file_systems_of_other_machines),
    SUITE_TEST(takes_what_lies_on_this_machine),
};

int main(void)
{
    return SUITE_RUN("control/file_system", tests);
}
