/*
 * The files of a folder, kept in memory: to put them back after each damage.
 */
#ifndef DALV_TESTS_SUPPORT_FOLDER_IMAGE_H
#define DALV_TESTS_SUPPORT_FOLDER_IMAGE_H

#include "base/buffer.h"

#include <stddef.h>

enum {
    FOLDER_IMAGE_FILES_MAX = 64,
    FOLDER_IMAGE_NAME_MAX = 64,
};

struct folder_image_file {
    char name[FOLDER_IMAGE_NAME_MAX];
    struct buffer content;
};

struct folder_image {
    size_t count;
    struct folder_image_file files[FOLDER_IMAGE_FILES_MAX];
};

/* Read all files of a folder; folders in it are left out. */
void folder_image_take(struct folder_image *image, const char *path);
void folder_image_release(struct folder_image *image);

/* The folder holds these files, and no others, from now on. */
void folder_image_put(const struct folder_image *image, const char *path);

/* The first file whose name begins and ends so; NULL if there is none. */
struct folder_image_file *folder_image_find(struct folder_image *image,
                                            const char *prefix,
                                            const char *suffix);

#endif
