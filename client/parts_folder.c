#include "client/parts_folder.h"

#include "base/bounds.h"
#include "base/buffer.h"
#include "base/hash.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    NAME_BYTES_MAX = 64,
};

static enum dalv_status path_of(const struct parts_folder *folder,
                                const struct parts_id *id, const char *end,
                                char out_path[FILES_PATH_MAX])
{
    char name[NAME_BYTES_MAX];

    (void)snprintf(name, sizeof(name),
                   "%016" PRIx64 "-%016" PRIx64 "-%08" PRIx64 "%s",
                   hash64(id->key), id->hash, id->bytes, end);
    return files_path(folder->path, name, out_path);
}

static enum dalv_status path_of_new(const struct parts_folder *folder,
                                    uint64_t number,
                                    char out_path[FILES_PATH_MAX])
{
    char name[NAME_BYTES_MAX];

    (void)snprintf(name, sizeof(name), "new-%016" PRIx64, number);
    return files_path(folder->path, name, out_path);
}

static void note_any(void *owner, const char *name)
{
    (void)name;
    *(bool *)owner = true;
}

enum dalv_status parts_folder_init(struct parts_folder *folder,
                                   struct files *files,
                                   const char *store_folder)
{
    enum dalv_status status = files_path(store_folder, "large", folder->path);

    folder->files = files;
    folder->is_made = false;
    if (status == DALV_OK)
        status = files_list(files, folder->path, note_any, &folder->is_made);
    return status == DALV_NOT_FOUND ? DALV_OK : status;
}

/* The folder's own name must be durable before those in it are of use. */
static enum dalv_status make(struct parts_folder *folder)
{
    char parent[FILES_PATH_MAX];
    enum dalv_status status;

    if (folder->is_made)
        return DALV_OK;
    memcpy(parent, folder->path, sizeof(parent));
    *strrchr(parent, '/') = '\0';
    status = files_make_folder(folder->files, folder->path);
    if (status == DALV_OK)
        status = files_sync_folder(folder->files, parent);
    folder->is_made = status == DALV_OK;
    return status;
}

enum dalv_status parts_folder_open(struct parts_folder *folder,
                                   const struct parts_id *id,
                                   struct parts_file **out_file)
{
    char path[FILES_PATH_MAX];
    enum dalv_status status = path_of(folder, id, "", path);

    if (!folder->is_made)
        return DALV_NOT_FOUND;
    if (status == DALV_OK)
        status =
            parts_file_open(folder->files, path, id->key, id->bytes, out_file);
    return status;
}

enum dalv_status parts_folder_resume(struct parts_folder *folder,
                                     const struct parts_id *id,
                                     struct parts_file **out_file)
{
    char path[FILES_PATH_MAX];
    enum dalv_status status = make(folder);

    if (status == DALV_OK)
        status = path_of(folder, id, ".part", path);
    if (status == DALV_OK)
        status = parts_file_resume(folder->files, path, id->key, out_file);
    return status;
}

/* The name is given once all that it stands for is durable. */
static enum dalv_status give_name(struct parts_folder *folder,
                                  const struct parts_id *id, const char *from,
                                  struct parts_file **file_p)
{
    char path[FILES_PATH_MAX];
    enum dalv_status status = parts_file_sync(*file_p);

    parts_file_close(file_p);
    if (status == DALV_OK)
        status = path_of(folder, id, "", path);
    if (status == DALV_OK)
        status = files_rename(folder->files, from, path);
    if (status == DALV_OK)
        status = files_sync_folder(folder->files, folder->path);
    return status;
}

enum dalv_status parts_folder_finish(struct parts_folder *folder,
                                     const struct parts_id *id,
                                     struct parts_file **file_p)
{
    char path[FILES_PATH_MAX];
    enum dalv_status status = path_of(folder, id, ".part", path);

    if (status == DALV_OK && (parts_file_bytes(*file_p) != id->bytes ||
                              parts_file_hash(*file_p) != id->hash)) {
        status = files_remove(folder->files, path);
        if (status == DALV_OK)
            status = DALV_DAMAGED;
    }
    if (status == DALV_OK)
        status = give_name(folder, id, path, file_p);
    parts_file_close(file_p);
    return status;
}

enum dalv_status parts_folder_begin(struct parts_folder *folder,
                                    struct bytes key, uint64_t number,
                                    struct parts_file **out_file)
{
    char path[FILES_PATH_MAX];
    enum dalv_status status = make(folder);

    if (status == DALV_OK)
        status = path_of_new(folder, number, path);
    if (status == DALV_OK)
        status = parts_file_resume(folder->files, path, key, out_file);
    return status;
}

enum dalv_status parts_folder_keep(struct parts_folder *folder,
                                   struct bytes key, uint64_t number,
                                   struct parts_file **file_p)
{
    const struct parts_id id = {.key = key,
                                .bytes = parts_file_bytes(*file_p),
                                .hash = parts_file_hash(*file_p)};
    char path[FILES_PATH_MAX];
    enum dalv_status status = path_of_new(folder, number, path);

    if (status == DALV_OK)
        status = give_name(folder, &id, path, file_p);
    parts_file_close(file_p);
    return status;
}

void parts_folder_drop(struct parts_folder *folder, uint64_t number,
                       struct parts_file **file_p)
{
    char path[FILES_PATH_MAX];

    parts_file_close(file_p);
    /* What can not be removed now goes when the store is opened again. */
    if (path_of_new(folder, number, path) == DALV_OK)
        (void)!files_remove(folder->files, path);
}

static enum dalv_status remove_one(struct parts_folder *folder,
                                   const struct parts_id *id, const char *end)
{
    char path[FILES_PATH_MAX];
    enum dalv_status status = path_of(folder, id, end, path);

    if (status == DALV_OK)
        status = files_remove(folder->files, path);
    return status == DALV_NOT_FOUND ? DALV_OK : status;
}

enum dalv_status parts_folder_remove(struct parts_folder *folder,
                                     const struct parts_id *id)
{
    enum dalv_status status;

    if (!folder->is_made)
        return DALV_OK;
    status = remove_one(folder, id, "");
    return status == DALV_OK ? remove_one(folder, id, ".part") : status;
}

/* ---- Sweeping ---- */

struct sweep {
    struct parts_folder *folder;
    bool is_opening;
    parts_folder_judge *judge;
    void *owner;
    struct buffer names; /* Each with the zero at its end. */
};

static void keep_name(void *owner, const char *name)
{
    struct sweep *sweep = owner;

    buffer_put(&sweep->names, bytes_make(name, strlen(name) + 1));
}

static bool read_name(const char *name, uint64_t *key_hash, struct parts_id *id)
{
    char *end = NULL;

    *key_hash = strtoull(name, &end, 16);
    if (*end != '-')
        return false;
    id->hash = strtoull(end + 1, &end, 16);
    if (*end != '-')
        return false;
    id->bytes = strtoull(end + 1, &end, 16);
    return *end == '\0' || strcmp(end, ".part") == 0;
}

/* Who has no good name and head is nobody's. */
static bool is_known(struct sweep *sweep, const char *name, const char *path)
{
    uint8_t key[BOUNDS_KEY_MAX];
    struct parts_id id = {0};
    struct writer writer;
    uint64_t key_hash = 0;

    writer_init(&writer, key, sizeof(key));
    if (!read_name(name, &key_hash, &id) ||
        parts_file_key(sweep->folder->files, path, &writer) != DALV_OK)
        return false;
    id.key = writer_bytes(&writer);
    return hash64(id.key) == key_hash && sweep->judge(sweep->owner, &id);
}

static enum dalv_status judge_name(struct sweep *sweep, const char *name)
{
    bool is_new = strncmp(name, "new-", strlen("new-")) == 0;
    char path[FILES_PATH_MAX];
    enum dalv_status status = files_path(sweep->folder->path, name, path);

    if (status != DALV_OK || (is_new && !sweep->is_opening))
        return status;
    if (!is_new && is_known(sweep, name, path))
        return DALV_OK;
    return files_remove(sweep->folder->files, path);
}

enum dalv_status parts_folder_sweep(struct parts_folder *folder,
                                    bool is_opening, parts_folder_judge *judge,
                                    void *owner)
{
    struct sweep sweep = {.folder = folder,
                          .is_opening = is_opening,
                          .judge = judge,
                          .owner = owner};
    size_t at = 0;
    enum dalv_status status;

    if (!folder->is_made)
        return DALV_OK;
    buffer_init(&sweep.names);
    status = files_list(folder->files, folder->path, keep_name, &sweep);
    while (status == DALV_OK && at < sweep.names.size) {
        const char *name = (const char *)sweep.names.data + at;

        status = judge_name(&sweep, name);
        at += strlen(name) + 1;
    }
    buffer_deinit(&sweep.names);
    return status;
}
