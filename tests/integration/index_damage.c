#include "tests/integration/index_damage.h"

#include "base/assert.h"
#include "base/folder_tree.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    PAGE_BYTES = 4096,
    FILES_MAX = 256,
};

const char *index_damage_name(enum index_damage damage)
{
    static const char *const names[INDEX_DAMAGE_COUNT] = {
        [INDEX_LOG_CUT] = "its log was cut",
        [INDEX_LOG_HOLED] = "its log has a hole",
        [INDEX_LOG_GONE] = "its log is gone",
        [INDEX_GONE] = "all of it is gone",
        [INDEX_TABLE_FLIP] = "a byte of a table is another",
        [INDEX_TABLE_CUT] = "a table was cut",
        [INDEX_TABLE_GONE] = "a table is gone",
        [INDEX_MANIFEST_CUT] = "its manifest was cut",
        [INDEX_MANIFEST_FLIP] = "a byte of its manifest is another",
        [INDEX_CURRENT_GONE] = "it does not say what is current",
    };

    return names[damage];
}

static bool matches(const char *name, const char *part)
{
    return strstr(name, part) != NULL;
}

/* One of the files whose names hold `part`, that are not empty. */
static bool choose_file(const char *folder, const char *part, struct prng *prng,
                        char path[PATH_MAX])
{
    static char found[FILES_MAX][NAME_MAX + 1];
    DIR *listing = opendir(folder);
    const struct dirent *entry;
    struct stat facts;
    size_t count = 0;

    ASSERT(listing != NULL);
    while ((entry = readdir(listing)) != NULL && count < FILES_MAX) {
        (void)snprintf(path, PATH_MAX, "%s/%s", folder, entry->d_name);
        if (matches(entry->d_name, part) && stat(path, &facts) == 0 &&
            facts.st_size > 0)
            (void)snprintf(found[count++], sizeof(found[0]), "%s",
                           entry->d_name);
    }
    (void)closedir(listing);
    if (count == 0)
        return false;
    (void)snprintf(path, PATH_MAX, "%s/%s", folder,
                   found[prng_below(prng, count)]);
    return true;
}

static uint64_t size_of(const char *path)
{
    struct stat facts;

    ASSERT(stat(path, &facts) == 0);
    return (uint64_t)facts.st_size;
}

static void cut(const char *path, struct prng *prng)
{
    ASSERT(truncate(path, (off_t)prng_below(prng, size_of(path))) == 0);
}

static void flip(const char *path, struct prng *prng)
{
    off_t place = (off_t)prng_below(prng, size_of(path));
    int file = open(path, O_RDWR | O_CLOEXEC);
    uint8_t byte = 0;

    ASSERT(file >= 0 && pread(file, &byte, 1, place) == 1);
    byte ^= (uint8_t)(1 << prng_below(prng, 8));
    ASSERT(pwrite(file, &byte, 1, place) == 1);
    (void)close(file);
}

static void hole(const char *path, struct prng *prng)
{
    static const uint8_t zeros[PAGE_BYTES];
    uint64_t size = size_of(path);
    uint64_t place = prng_below(prng, size / PAGE_BYTES + 1) * PAGE_BYTES;
    size_t count = size - place < PAGE_BYTES ? size - place : PAGE_BYTES;
    int file = open(path, O_WRONLY | O_CLOEXEC);

    ASSERT(file >= 0 &&
           pwrite(file, zeros, count, (off_t)place) == (ssize_t)count);
    (void)close(file);
}

static const char *part_of_name(enum index_damage damage)
{
    if (damage <= INDEX_LOG_GONE)
        return ".log";
    if (damage <= INDEX_TABLE_GONE)
        return ".ldb";
    return damage == INDEX_CURRENT_GONE ? "CURRENT" : "MANIFEST";
}

bool index_damage_do(enum index_damage damage, const char *folder,
                     struct prng *prng)
{
    char path[PATH_MAX];

    if (damage == INDEX_GONE) {
        (void)folder_tree_remove(folder);
        return true;
    }
    if (!choose_file(folder, part_of_name(damage), prng, path))
        return false;
    switch ((int)damage) {
    case INDEX_LOG_CUT:
    case INDEX_TABLE_CUT:
    case INDEX_MANIFEST_CUT:
        cut(path, prng);
        break;
    case INDEX_LOG_HOLED:
        hole(path, prng);
        break;
    case INDEX_TABLE_FLIP:
    case INDEX_MANIFEST_FLIP:
        flip(path, prng);
        break;
    default:
        ASSERT(unlink(path) == 0);
        break;
    }
    return true;
}
