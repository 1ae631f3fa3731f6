#include "storage/files.h"

#include "base/assert.h"

#include <stdio.h>

enum dalv_status files_path(const char *folder, const char *name,
                            char out_path[FILES_PATH_MAX])
{
    int size = snprintf(out_path, FILES_PATH_MAX, "%s/%s", folder, name);

    return size < 0 || size >= FILES_PATH_MAX ? DALV_TOO_BIG : DALV_OK;
}

enum dalv_status files_open(struct files *files, const char *path,
                            bool is_created, struct file **out_file)
{
    return files->table->open(files, path, is_created, out_file);
}

enum dalv_status files_list(struct files *files, const char *folder,
                            files_visitor *visitor, void *owner)
{
    return files->table->list(files, folder, visitor, owner);
}

enum dalv_status files_rename(struct files *files, const char *from,
                              const char *to)
{
    return files->table->rename(files, from, to);
}

enum dalv_status files_remove(struct files *files, const char *path)
{
    return files->table->remove(files, path);
}

enum dalv_status files_make_folder(struct files *files, const char *path)
{
    return files->table->make_folder(files, path);
}

enum dalv_status files_sync_folder(struct files *files, const char *path)
{
    return files->table->sync_folder(files, path);
}

enum dalv_status files_lock(struct files *files, const char *path,
                            struct file **out_file)
{
    return files->table->lock(files, path, out_file);
}

enum dalv_status file_read(struct file *file, uint64_t offset, void *data,
                           size_t size, size_t *out_size)
{
    return file->table->read(file, offset, data, size, out_size);
}

enum dalv_status file_write(struct file *file, uint64_t offset,
                            struct bytes bytes)
{
    return file->table->write(file, offset, bytes);
}

enum dalv_status file_sync(struct file *file)
{
    return file->table->sync(file);
}

enum dalv_status file_allocate(struct file *file, uint64_t size)
{
    return file->table->allocate(file, size);
}

enum dalv_status file_truncate(struct file *file, uint64_t size)
{
    return file->table->truncate(file, size);
}

enum dalv_status file_size(struct file *file, uint64_t *out_size)
{
    return file->table->size(file, out_size);
}

void file_close(struct file **file_p)
{
    ASSERT(file_p != NULL);
    if (*file_p == NULL)
        return;
    (*file_p)->table->close(*file_p);
    *file_p = NULL;
}
