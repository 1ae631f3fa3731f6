#include "tests/support/folder_image.h"

#include "base/assert.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void read_file(const char *path, struct buffer *out)
{
    uint8_t block[4096];
    int file = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t size;

    ASSERT(file >= 0);
    buffer_init(out);
    for (size = read(file, block, sizeof(block)); size > 0;
         size = read(file, block, sizeof(block)))
        buffer_put(out, bytes_make(block, (size_t)size));
    ASSERT(size == 0);
    ASSERT(close(file) == 0);
}

static void write_file(const char *path, const struct buffer *content)
{
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    ASSERT(file >= 0);
    ASSERT(write(file, content->data, content->size) == (ssize_t)content->size);
    ASSERT(close(file) == 0);
}

/* The path of the next file in the folder; false at the end. */
static bool next_file(DIR *folder, const char *path, char out_path[PATH_MAX],
                      const char **out_name)
{
    for (;;) {
        struct dirent *entry = readdir(folder);
        struct stat facts;

        if (entry == NULL)
            return false;
        (void)snprintf(out_path, PATH_MAX, "%s/%s", path, entry->d_name);
        ASSERT(stat(out_path, &facts) == 0);
        *out_name = entry->d_name;
        if (S_ISREG(facts.st_mode))
            return true;
    }
}

void folder_image_take(struct folder_image *image, const char *path)
{
    DIR *folder = opendir(path);
    char file_path[PATH_MAX];
    const char *name;

    ASSERT(folder != NULL);
    image->count = 0;
    while (next_file(folder, path, file_path, &name)) {
        struct folder_image_file *file = &image->files[image->count++];

        ASSERT(image->count <= FOLDER_IMAGE_FILES_MAX);
        ASSERT(strlen(name) < sizeof(file->name));
        (void)snprintf(file->name, sizeof(file->name), "%.63s", name);
        read_file(file_path, &file->content);
    }
    ASSERT(closedir(folder) == 0);
}

void folder_image_release(struct folder_image *image)
{
    for (size_t i = 0; i < image->count; i++)
        buffer_deinit(&image->files[i].content);
    image->count = 0;
}

static void empty_folder(const char *path)
{
    DIR *folder = opendir(path);
    char file_path[PATH_MAX];
    const char *name;

    ASSERT(folder != NULL);
    while (next_file(folder, path, file_path, &name))
        ASSERT(unlink(file_path) == 0);
    ASSERT(closedir(folder) == 0);
}

void folder_image_put(const struct folder_image *image, const char *path)
{
    empty_folder(path);
    for (size_t i = 0; i < image->count; i++) {
        char file_path[PATH_MAX];

        (void)snprintf(file_path, sizeof(file_path), "%s/%s", path,
                       image->files[i].name);
        write_file(file_path, &image->files[i].content);
    }
}

struct folder_image_file *folder_image_find(struct folder_image *image,
                                            const char *prefix,
                                            const char *suffix)
{
    for (size_t i = 0; i < image->count; i++) {
        const char *name = image->files[i].name;
        size_t size = strlen(name);

        if (size >= strlen(suffix) &&
            strncmp(name, prefix, strlen(prefix)) == 0 &&
            strcmp(name + size - strlen(suffix), suffix) == 0)
            return &image->files[i];
    }
    return NULL;
}
