#include "base/folder_tree.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>

enum {
    DESCRIPTORS_MAX = 16,
};

static int remove_entry(const char *path, const struct stat *facts, int type,
                        struct FTW *place)
{
    (void)facts;
    (void)type;
    (void)place;
    return remove(path);
}

enum dalv_status folder_tree_remove(const char *path)
{
    int result;

    /* NOLINTNEXTLINE(concurrency-mt-unsafe): nobody else changes the folder. */
    result = nftw(path, remove_entry, DESCRIPTORS_MAX, FTW_DEPTH | FTW_PHYS);
    return result == 0 || errno == ENOENT ? DALV_OK : DALV_IO;
}
