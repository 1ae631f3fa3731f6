#include "cli/value_file.h"

#include "base/bounds.h"
#include "cli/value_json.h"

#include <inttypes.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

enum {
    ATTEMPTS_MAX = 8, /* Of a value that is replaced while it is read. */
    MIB_SHIFT = 20,
    HEAD_BYTES = BOUNDS_VALUE_MAX + 1,
};

/* ---- Progress ---- */

static void show_moved(struct value_file *file, size_t size)
{
    FILE *err = file->invocation->err;

    file->moved += size;
    if (!invocation_is_watched(file->invocation) || size == 0)
        return;
    (void)fprintf(err, "\r%" PRIu64, file->moved >> MIB_SHIFT);
    if (file->size != 0)
        (void)fprintf(err, " of %" PRIu64, file->size >> MIB_SHIFT);
    (void)fprintf(err, " MiB");
}

static void end_progress(const struct value_file *file)
{
    if (invocation_is_watched(file->invocation) && file->moved != 0)
        (void)fputc('\n', file->invocation->err);
}

/* ---- Up ---- */

/* One byte more than is put as it is. */
static enum dalv_status read_head(struct value_file *file)
{
    enum dalv_status status = buffer_reserve(&file->head, HEAD_BYTES);

    if (status != DALV_OK)
        return status;
    file->head.size = fread(file->head.data, 1, HEAD_BYTES, file->file);
    return ferror(file->file) == 0 ? DALV_OK : DALV_IO;
}

bool value_file_is_large(const struct value_file *file)
{
    return file->head.size == HEAD_BYTES;
}

int value_file_open(struct value_file *file,
                    const struct invocation *invocation, const char *path)
{
    struct stat state;
    enum dalv_status status;

    *file = (struct value_file){.invocation = invocation, .path = path};
    buffer_init(&file->head);
    file->file = strcmp(path, "-") == 0 ? invocation->in : fopen(path, "re");
    if (file->file == NULL)
        return invocation_usage(invocation, "cannot read %s", path);
    if (fstat(fileno(file->file), &state) == 0 && S_ISREG(state.st_mode))
        file->size = (uint64_t)state.st_size;
    status = read_head(file);
    if (status == DALV_OK)
        return EXIT_DONE;
    value_file_close(file);
    return invocation_fail_file(invocation, status, path);
}

void value_file_close(struct value_file *file)
{
    if (file->file != NULL && file->file != file->invocation->in)
        (void)fclose(file->file);
    file->file = NULL;
    buffer_deinit(&file->head);
    end_progress(file);
}

enum dalv_status value_file_read(void *owner, void *memory, size_t size,
                                 size_t *out_size)
{
    struct value_file *file = owner;
    size_t left = file->head.size - file->head_taken;
    size_t count = left < size ? left : size;

    if (count > 0)
        memcpy(memory, file->head.data + file->head_taken, count);
    else
        count = fread(memory, 1, size, file->file);
    if (left > 0)
        file->head_taken += count;
    if (ferror(file->file) != 0)
        return DALV_IO;
    show_moved(file, count);
    *out_size = count;
    return DALV_OK;
}

/* ---- Down ---- */

static bool write_piece(void *owner, struct dalv_bytes piece, uint64_t size)
{
    struct value_file *file = owner;

    if (piece.size > 0 &&
        fwrite(piece.data, 1, piece.size, file->file) != piece.size)
        return false;
    file->size = size;
    show_moved(file, piece.size);
    return true;
}

/* Again from the front, if the value was replaced while it was read. */
static enum dalv_status read_value(struct value_file *file,
                                   const struct value_file_origin *origin)
{
    enum dalv_status status = DALV_BUSY;

    for (int i = 0; status == DALV_BUSY && i < ATTEMPTS_MAX; i++) {
        file->moved = 0;
        file->file = freopen(file->path, "we", file->file);
        if (file->file == NULL)
            return DALV_IO;
        status = origin->read(origin->owner, write_piece, file);
    }
    return status == DALV_CANCELLED ? DALV_IO : status;
}

/* Into a file beside it, which takes its place once it is whole. */
static enum dalv_status get_into(struct value_file *file, const char *path,
                                 const struct value_file_origin *origin)
{
    enum dalv_status status = read_value(file, origin);

    end_progress(file);
    if (file->file != NULL && fclose(file->file) != 0 && status == DALV_OK)
        status = DALV_IO;
    file->file = NULL;
    if (status == DALV_OK && rename(file->path, path) != 0)
        status = DALV_IO;
    if (status != DALV_OK)
        (void)remove(file->path);
    return status;
}

enum dalv_status value_file_get(struct invocation *invocation, const char *path,
                                const struct value_file_origin *origin)
{
    char partial[PATH_MAX];
    struct value_file file = {.invocation = invocation, .path = partial};
    int size = snprintf(partial, sizeof(partial), "%s.partial", path);
    enum dalv_status status;

    if (size < 0 || (size_t)size >= sizeof(partial))
        return DALV_IO;
    file.file = fopen(partial, "we");
    if (file.file == NULL)
        return DALV_IO;
    status = get_into(&file, path, origin);
    if (status != DALV_OK)
        return status;
    if (invocation->is_json)
        value_json_print(json_pack("{s:I}", "bytes", (json_int_t)file.moved),
                         invocation->out);
    else
        (void)fprintf(invocation->out, "%" PRIu64 " bytes\n", file.moved);
    return DALV_OK;
}
