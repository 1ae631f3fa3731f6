/*
 * A folder of a test's own under the system's place for temporary files.
 */
#ifndef DALV_TESTS_SUPPORT_FOLDER_H
#define DALV_TESTS_SUPPORT_FOLDER_H

#include <limits.h>
#include <sys/types.h>

struct folder {
    char path[64];
};

/* Make a new, empty folder. */
void folder_open(struct folder *folder);

/* The same in memory, where a sync costs nothing, if the system has room. */
void folder_open_in_memory(struct folder *folder);

/* Remove it with the files and folders in it. */
void folder_close(struct folder *folder);

/* The path "FOLDER/NAME". */
void folder_path(const struct folder *folder, const char *name,
                 char path[PATH_MAX]);

/* Make a file with this text and mode and give its path. */
void folder_put(const struct folder *folder, const char *name, mode_t mode,
                const char *text, char path[PATH_MAX]);

/* Make `to`, which is not there yet, a copy of the folder `from`. */
void folder_copy(const char *from, const char *to);

#endif
