#include "tests/support/memory_files.h"

#include "base/assert.h"
#include "base/prng.h"
#include "tests/support/memory_image.h"

#include <stdlib.h>
#include <string.h>

enum {
    CHANGES_MAX = 1024, /* Of names, between two syncs of the folder. */
};

struct name {
    char path[MEMORY_FILES_PATH_MAX];
    struct memory_image *image;
};

struct directory {
    struct name *names;
    size_t count;
    size_t capacity;
};

/* One change of a name; `image` NULL removes it. */
struct change {
    struct name name;
    bool is_with_next; /* A rename is two changes that happen as one. */
};

struct memory_files {
    struct files base;
    struct prng prng;
    struct directory now;
    struct directory durable;
    struct change changes[CHANGES_MAX];
    size_t change_count;
    uint64_t generation; /* Counts crashes. */
    uint64_t fail_in;    /* Changing calls until one fails; 0 for never. */
    enum memory_fault fault;
    bool has_failed;
    uint64_t bad_from; /* Bytes that cannot be read. */
    uint64_t bad_to;
    uint64_t capacity;
    uint64_t sync_count;
    uint64_t write_count;
};

struct memory_file {
    struct file base;
    struct memory_files *files;
    struct memory_image *image;
    uint64_t generation;
    bool holds_lock;
};

/* --- Names --- */

static struct name *find(struct directory *directory, const char *path)
{
    for (size_t i = 0; i < directory->count; i++) {
        if (strcmp(directory->names[i].path, path) == 0)
            return &directory->names[i];
    }
    return NULL;
}

static void grow_directory(struct directory *directory)
{
    size_t capacity = directory->capacity == 0 ? 64 : directory->capacity * 2;

    directory->names =
        realloc(directory->names, capacity * sizeof(*directory->names));
    ASSERT(directory->names != NULL);
    directory->capacity = capacity;
}

static void set_name(struct directory *directory, const struct name *name)
{
    struct name *found = find(directory, name->path);

    if (name->image != NULL)
        name->image->references++;
    if (found != NULL) {
        memory_image_release(found->image);
        *found = *name;
    } else {
        if (directory->count == directory->capacity)
            grow_directory(directory);
        directory->names[directory->count++] = *name;
        found = &directory->names[directory->count - 1];
    }
    if (name->image == NULL)
        *found = directory->names[--directory->count];
}

static void clear_directory(struct directory *directory)
{
    while (directory->count > 0)
        memory_image_release(directory->names[--directory->count].image);
}

static void change_name(struct memory_files *files, const char *path,
                        struct memory_image *image, bool is_with_next)
{
    struct change *change = &files->changes[files->change_count++];

    ASSERT(files->change_count <= CHANGES_MAX);
    ASSERT(strlen(path) < MEMORY_FILES_PATH_MAX);
    *change = (struct change){.is_with_next = is_with_next};
    memcpy(change->name.path, path, strlen(path) + 1);
    change->name.image = image;
    if (image != NULL)
        image->references++;
    set_name(&files->now, &change->name);
}

static void keep_changes(struct memory_files *files, size_t count)
{
    for (size_t i = 0; i < files->change_count; i++) {
        if (i < count)
            set_name(&files->durable, &files->changes[i].name);
        memory_image_release(files->changes[i].name.image);
    }
    files->change_count = 0;
}

/* --- Faults --- */

static bool is_failing(struct memory_files *files)
{
    if (files->fail_in == 0 || --files->fail_in > 0)
        return false;
    files->has_failed = true;
    return true;
}

static enum dalv_status fault_status(const struct memory_files *files)
{
    return files->fault == MEMORY_FAULT_NO_SPACE ? DALV_NO_SPACE : DALV_IO;
}

static uint64_t used_bytes(const struct memory_files *files)
{
    uint64_t bytes = 0;

    for (size_t i = 0; i < files->now.count; i++)
        bytes += files->now.names[i].image->size;
    return bytes;
}

/* --- Files --- */

static struct memory_file *memory_file(struct file *file)
{
    return (struct memory_file *)file;
}

static bool is_stale(struct file *file)
{
    return memory_file(file)->generation !=
           memory_file(file)->files->generation;
}

static enum dalv_status read_at(struct file *file, uint64_t offset, void *data,
                                size_t size, size_t *out_size)
{
    const struct memory_image *image = memory_file(file)->image;

    const struct memory_files *files = memory_file(file)->files;

    if (is_stale(file))
        return DALV_IO;
    if (offset < files->bad_to && offset + size > files->bad_from)
        return DALV_IO;
    *out_size = 0;
    if (offset >= image->size || size == 0)
        return DALV_OK;
    *out_size = image->size - (size_t)offset;
    if (*out_size > size)
        *out_size = size;
    memcpy(data, image->now + offset, *out_size);
    return DALV_OK;
}

static enum dalv_status write_at(struct file *file, uint64_t offset,
                                 struct bytes bytes)
{
    struct memory_files *files = memory_file(file)->files;
    struct memory_image *image = memory_file(file)->image;
    struct bytes half = {.data = bytes.data, .size = bytes.size / 2};
    uint64_t growth = 0;

    if (is_stale(file))
        return DALV_IO;
    files->write_count++;
    if (is_failing(files)) {
        if (files->fault != MEMORY_FAULT_IO)
            memory_image_write(image, (size_t)offset, half);
        return fault_status(files);
    }
    if (offset + bytes.size > image->size)
        growth = offset + bytes.size - image->size;
    if (growth > 0 && used_bytes(files) + growth > files->capacity) {
        memory_image_write(image, (size_t)offset, half);
        return DALV_NO_SPACE;
    }
    memory_image_write(image, (size_t)offset, bytes);
    return DALV_OK;
}

static enum dalv_status sync_file(struct file *file)
{
    struct memory_files *files = memory_file(file)->files;

    if (is_stale(file))
        return DALV_IO;
    files->sync_count++;
    if (is_failing(files)) {
        memory_image_fail_sync(memory_file(file)->image);
        return fault_status(files);
    }
    memory_image_sync(memory_file(file)->image);
    return DALV_OK;
}

static enum dalv_status resize(struct file *file, uint64_t size, bool may_cut)
{
    struct memory_files *files = memory_file(file)->files;
    struct memory_image *image = memory_file(file)->image;

    if (is_stale(file))
        return DALV_IO;
    if (is_failing(files))
        return fault_status(files);
    if (size > image->size &&
        used_bytes(files) + size - image->size > files->capacity)
        return DALV_NO_SPACE;
    memory_image_reserve(image, (size_t)size);
    if (size < image->size && may_cut)
        memset(image->now + size, 0, image->size - (size_t)size);
    if (size > image->size || may_cut)
        image->size = (size_t)size;
    return DALV_OK;
}

static enum dalv_status allocate(struct file *file, uint64_t size)
{
    return resize(file, size, false);
}

static enum dalv_status truncate_to(struct file *file, uint64_t size)
{
    return resize(file, size, true);
}

static enum dalv_status size_of(struct file *file, uint64_t *out_size)
{
    if (is_stale(file))
        return DALV_IO;
    *out_size = memory_file(file)->image->size;
    return DALV_OK;
}

static void close_file(struct file *file)
{
    struct memory_file *memory = memory_file(file);

    if (memory->holds_lock && !is_stale(file))
        memory->image->is_locked = false;
    memory_image_release(memory->image);
    free(memory);
}

static const struct file_table file_table_in_memory = {
    .read = read_at,
    .write = write_at,
    .sync = sync_file,
    .allocate = allocate,
    .truncate = truncate_to,
    .size = size_of,
    .close = close_file,
};

/* --- The table of files --- */

static struct memory_files *memory_files(struct files *files)
{
    return (struct memory_files *)files;
}

static enum dalv_status open_file(struct files *base, const char *path,
                                  bool is_created, struct file **out_file)
{
    struct memory_files *files = memory_files(base);
    struct name *name = find(&files->now, path);
    struct memory_file *file;

    if (name == NULL && !is_created)
        return DALV_NOT_FOUND;
    if (name == NULL) {
        if (is_failing(files))
            return fault_status(files);
        change_name(files, path, memory_image_create(), false);
        name = find(&files->now, path);
    }
    file = calloc(1, sizeof(*file));
    ASSERT(file != NULL && name != NULL);
    file->base.table = &file_table_in_memory;
    file->files = files;
    file->image = name->image;
    file->image->references++;
    file->generation = files->generation;
    *out_file = &file->base;
    return DALV_OK;
}

static enum dalv_status list_names(struct files *base, const char *folder,
                                   files_visitor *visitor, void *owner)
{
    struct memory_files *files = memory_files(base);
    size_t size = strlen(folder);

    /* From the end, so that the visitor may remove what it is shown. */
    for (size_t i = files->now.count; i > 0; i--) {
        const char *path = files->now.names[i - 1].path;
        char name[MEMORY_FILES_PATH_MAX];

        if (strncmp(path, folder, size) != 0 || path[size] != '/' ||
            strchr(path + size + 1, '/') != NULL)
            continue;
        memcpy(name, path + size + 1, strlen(path + size + 1) + 1);
        visitor(owner, name);
    }
    return DALV_OK;
}

static enum dalv_status rename_file(struct files *base, const char *from,
                                    const char *to)
{
    struct memory_files *files = memory_files(base);
    struct name *name = find(&files->now, from);

    if (name == NULL)
        return DALV_NOT_FOUND;
    if (is_failing(files))
        return fault_status(files);
    change_name(files, to, name->image, true);
    change_name(files, from, NULL, false);
    return DALV_OK;
}

static enum dalv_status remove_file(struct files *base, const char *path)
{
    struct memory_files *files = memory_files(base);

    if (find(&files->now, path) == NULL)
        return DALV_NOT_FOUND;
    if (is_failing(files))
        return fault_status(files);
    change_name(files, path, NULL, false);
    return DALV_OK;
}

/* Folders come into being with their files; they hold no state of their own. */
static enum dalv_status make_folder(struct files *base, const char *path)
{
    (void)base;
    return strlen(path) < MEMORY_FILES_PATH_MAX ? DALV_OK : DALV_TOO_BIG;
}

static enum dalv_status sync_folder(struct files *base, const char *path)
{
    struct memory_files *files = memory_files(base);

    (void)path;
    if (is_failing(files))
        return fault_status(files);
    keep_changes(files, files->change_count);
    return DALV_OK;
}

static enum dalv_status lock_file(struct files *base, const char *path,
                                  struct file **out_file)
{
    struct file *file = NULL;
    enum dalv_status status = open_file(base, path, true, &file);

    if (status != DALV_OK)
        return status;
    if (memory_file(file)->image->is_locked) {
        file_close(&file);
        return DALV_LOCKED;
    }
    memory_file(file)->image->is_locked = true;
    memory_file(file)->holds_lock = true;
    *out_file = file;
    return DALV_OK;
}

static const struct files_table files_table_in_memory = {
    .open = open_file,
    .list = list_names,
    .rename = rename_file,
    .remove = remove_file,
    .make_folder = make_folder,
    .sync_folder = sync_folder,
    .lock = lock_file,
};

/* --- Life and faults --- */

struct memory_files *memory_files_create(uint64_t seed)
{
    struct memory_files *files = calloc(1, sizeof(*files));

    ASSERT(files != NULL);
    files->base.table = &files_table_in_memory;
    files->capacity = UINT64_MAX;
    prng_init(&files->prng, seed);
    return files;
}

void memory_files_destroy(struct memory_files **files_p)
{
    if (*files_p == NULL)
        return;
    keep_changes(*files_p, 0);
    clear_directory(&(*files_p)->now);
    clear_directory(&(*files_p)->durable);
    free((*files_p)->now.names);
    free((*files_p)->durable.names);
    free(*files_p);
    *files_p = NULL;
}

void memory_files_set_seed(struct memory_files *files, uint64_t seed)
{
    prng_init(&files->prng, seed);
}

struct files *memory_files_seam(struct memory_files *files)
{
    return &files->base;
}

void memory_files_crash(struct memory_files *files)
{
    size_t kept = (size_t)prng_below(&files->prng, files->change_count + 1);

    if (kept > 0 && files->changes[kept - 1].is_with_next)
        kept++;
    keep_changes(files, kept);
    clear_directory(&files->now);
    for (size_t i = 0; i < files->durable.count; i++) {
        memory_image_crash(files->durable.names[i].image, &files->prng);
        set_name(&files->now, &files->durable.names[i]);
    }
    files->generation++;
    files->fail_in = 0;
}

void memory_files_kill(struct memory_files *files)
{
    for (size_t i = 0; i < files->now.count; i++)
        files->now.names[i].image->is_locked = false;
    files->generation++;
    files->fail_in = 0;
}

void memory_files_copy(struct memory_files *files,
                       const struct memory_files *from)
{
    keep_changes(files, 0);
    clear_directory(&files->now);
    clear_directory(&files->durable);
    for (size_t i = 0; i < from->now.count; i++) {
        const struct memory_image *image = from->now.names[i].image;
        struct name name = from->now.names[i];

        name.image = memory_image_create();
        memory_image_write(name.image, 0, bytes_make(image->now, image->size));
        memory_image_settle(name.image);
        set_name(&files->now, &name);
        set_name(&files->durable, &name);
    }
    files->generation++;
    files->fail_in = 0;
}

void memory_files_fail(struct memory_files *files, uint64_t call,
                       enum memory_fault fault)
{
    files->fail_in = call;
    files->fault = fault;
    files->has_failed = false;
}

void memory_files_fail_reads(struct memory_files *files, uint64_t from,
                             uint64_t to)
{
    files->bad_from = from;
    files->bad_to = to;
}

bool memory_files_has_failed(const struct memory_files *files)
{
    return files->has_failed;
}

uint64_t memory_files_sync_count(const struct memory_files *files)
{
    return files->sync_count;
}

uint64_t memory_files_write_count(const struct memory_files *files)
{
    return files->write_count;
}

void memory_files_set_capacity(struct memory_files *files, uint64_t bytes)
{
    files->capacity = bytes;
}

uint8_t *memory_files_content(struct memory_files *files, const char *path,
                              size_t *out_size)
{
    struct name *name = find(&files->now, path);

    if (name == NULL)
        return NULL;
    *out_size = name->image->size;
    return name->image->now;
}

void memory_files_settle(struct memory_files *files, const char *path)
{
    struct name *name = find(&files->now, path);

    ASSERT(name != NULL);
    memory_image_settle(name->image);
}

void memory_files_cut(struct memory_files *files, const char *path, size_t size)
{
    struct name *name = find(&files->now, path);

    ASSERT(name != NULL && size <= name->image->size);
    name->image->size = size;
    memory_files_settle(files, path);
}

void memory_files_restore(struct memory_files *files, const char *path,
                          struct bytes content)
{
    struct name *name = find(&files->now, path);

    ASSERT(name != NULL);
    name->image->size = 0;
    memory_image_write(name->image, 0, content);
    memory_image_settle(name->image);
}
