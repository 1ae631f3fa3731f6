#include "client/parts_file.h"

#include "base/bounds.h"
#include "base/crc32c.h"
#include "model/upload.h"

#include <stdlib.h>

enum {
    MAGIC = 0xD8,
    VERSION = 1,
    VERSION_SHIFT = 8, /* The two bytes behind it are 0. */
    HEAD_BYTES_MAX = PARTS_FILE_HEAD_BYTES + BOUNDS_KEY_MAX,
};

struct parts_file {
    struct file *file;
    uint64_t parts_at; /* Where the first part begins. */
    uint32_t count;
    uint64_t bytes;
    uint64_t hash;
    uint8_t part[PARTS_FILE_PART_BYTES + BOUNDS_VALUE_MAX]; /* Read last. */
};

static uint64_t offset_of(const struct parts_file *file, uint32_t position)
{
    return file->parts_at +
           (uint64_t)position * (PARTS_FILE_PART_BYTES + BOUNDS_VALUE_MAX);
}

/* ---- The head ---- */

static struct bytes make_head(struct bytes key, uint8_t memory[HEAD_BYTES_MAX])
{
    struct writer writer;
    uint32_t crc;

    writer_init(&writer, memory, HEAD_BYTES_MAX);
    writer_u32(&writer, MAGIC | VERSION << VERSION_SHIFT);
    writer_u32(&writer, (uint32_t)key.size);
    crc = crc32c_extend(crc32c(writer_bytes(&writer)), key);
    writer_u32(&writer, crc);
    writer_bytes_put(&writer, key);
    return writer_bytes(&writer);
}

/* As many bytes as there are, up to `size`. */
static enum dalv_status read_at(struct file *file, uint64_t offset,
                                uint8_t *memory, struct bytes *bytes)
{
    size_t wanted = bytes->size;
    size_t done = 0;
    enum dalv_status status = DALV_OK;

    while (status == DALV_OK && done < wanted) {
        size_t got = 0;

        status =
            file_read(file, offset + done, memory + done, wanted - done, &got);
        if (got == 0)
            break;
        done += got;
    }
    *bytes = bytes_make(memory, done);
    return status;
}

/* The key that the head names, borrowed from `memory`. DALV_DAMAGED. */
static enum dalv_status read_head(struct file *file,
                                  uint8_t memory[HEAD_BYTES_MAX],
                                  struct bytes *out_key)
{
    struct bytes head = {.size = HEAD_BYTES_MAX};
    struct reader reader;
    uint32_t size;
    uint32_t crc;
    enum dalv_status status = read_at(file, 0, memory, &head);

    if (status != DALV_OK)
        return status;
    reader_init(&reader, head);
    if (reader_u32(&reader) != (MAGIC | VERSION << VERSION_SHIFT))
        return DALV_DAMAGED;
    size = reader_u32(&reader);
    crc = reader_u32(&reader);
    if (size == 0 || size > BOUNDS_KEY_MAX)
        return DALV_DAMAGED;
    *out_key = reader_bytes(&reader, size);
    if (!reader_is_ok(&reader) ||
        crc != crc32c_extend(crc32c(bytes_make(memory, 8)), *out_key))
        return DALV_DAMAGED;
    return DALV_OK;
}

static enum dalv_status check_head(struct parts_file *file, struct bytes key)
{
    uint8_t memory[HEAD_BYTES_MAX];
    struct bytes found;
    enum dalv_status status = read_head(file->file, memory, &found);

    if (status == DALV_OK && !bytes_equal(found, key))
        status = DALV_DAMAGED;
    return status;
}

enum dalv_status parts_file_key(struct files *files, const char *path,
                                struct writer *out_key)
{
    uint8_t memory[HEAD_BYTES_MAX];
    struct file *file = NULL;
    struct bytes key = {0};
    enum dalv_status status =
        files_open(files, path, /* is_created= */ false, &file);

    if (status == DALV_OK)
        status = read_head(file, memory, &key);
    file_close(&file);
    if (status == DALV_OK)
        writer_bytes_put(out_key, key);
    return status;
}

/* ---- Parts ---- */

enum dalv_status parts_file_read(struct parts_file *file, uint32_t position,
                                 struct bytes *out_part)
{
    struct bytes frame = {.size = sizeof(file->part)};
    struct reader reader;
    uint32_t size;
    uint32_t crc;
    enum dalv_status status =
        read_at(file->file, offset_of(file, position), file->part, &frame);

    if (status != DALV_OK)
        return status;
    reader_init(&reader, frame);
    size = reader_u32(&reader);
    crc = reader_u32(&reader);
    if (size == 0 || size > BOUNDS_VALUE_MAX)
        return DALV_DAMAGED;
    frame = reader_bytes(&reader, size);
    if (!reader_is_ok(&reader) || crc32c(frame) != crc)
        return DALV_DAMAGED;
    *out_part = frame;
    return DALV_OK;
}

static void count_part(struct parts_file *file, struct bytes part)
{
    file->count++;
    file->bytes += part.size;
    file->hash = upload_hash(file->hash, part);
}

enum dalv_status parts_file_append(struct parts_file *file, struct bytes part)
{
    struct writer writer;
    enum dalv_status status;

    if (part.size == 0 || part.size > BOUNDS_VALUE_MAX ||
        file->bytes % BOUNDS_VALUE_MAX != 0)
        return DALV_INVALID;
    if (file->count == BOUNDS_UPLOAD_PARTS_MAX)
        return DALV_TOO_BIG;
    writer_init(&writer, file->part, sizeof(file->part));
    writer_u32(&writer, (uint32_t)part.size);
    writer_u32(&writer, crc32c(part));
    writer_bytes_put(&writer, part);
    status = file_write(file->file, offset_of(file, file->count),
                        writer_bytes(&writer));
    if (status == DALV_OK)
        count_part(file, part);
    return status;
}

enum dalv_status parts_file_sync(struct parts_file *file)
{
    return file_sync(file->file);
}

/* ---- Opening ---- */

/* What was not synced may be anything: only what its CRC proves is kept. */
static enum dalv_status count_whole(struct parts_file *file)
{
    enum dalv_status status = DALV_OK;
    struct bytes part;

    while (status == DALV_OK && file->count < BOUNDS_UPLOAD_PARTS_MAX &&
           file->bytes % BOUNDS_VALUE_MAX == 0) {
        status = parts_file_read(file, file->count, &part);
        if (status == DALV_OK)
            count_part(file, part);
    }
    return status == DALV_DAMAGED ? DALV_OK : status;
}

static enum dalv_status begin(struct parts_file *file, struct bytes key)
{
    uint8_t memory[HEAD_BYTES_MAX];
    enum dalv_status status = file_truncate(file->file, 0);

    if (status == DALV_OK)
        status = file_write(file->file, 0, make_head(key, memory));
    return status;
}

static enum dalv_status go_on(struct parts_file *file, struct bytes key)
{
    enum dalv_status status = check_head(file, key);

    if (status == DALV_DAMAGED)
        return begin(file, key);
    if (status == DALV_OK)
        status = count_whole(file);
    if (status != DALV_OK)
        return status;
    return file_truncate(file->file,
                         file->parts_at + file->bytes +
                             (uint64_t)file->count * PARTS_FILE_PART_BYTES);
}

static enum dalv_status create(struct bytes key, struct parts_file **out)
{
    struct parts_file *file = calloc(1, sizeof(*file));

    if (file == NULL)
        return DALV_NO_MEMORY;
    file->parts_at = PARTS_FILE_HEAD_BYTES + key.size;
    *out = file;
    return DALV_OK;
}

enum dalv_status parts_file_resume(struct files *files, const char *path,
                                   struct bytes key, struct parts_file **out)
{
    struct parts_file *file = NULL;
    enum dalv_status status = create(key, &file);

    if (status == DALV_OK)
        status = files_open(files, path, /* is_created= */ true, &file->file);
    if (status == DALV_OK)
        status = go_on(file, key);
    if (status == DALV_OK)
        *out = file;
    else
        parts_file_close(&file);
    return status;
}

static enum dalv_status check_size(struct parts_file *file, uint64_t bytes)
{
    uint64_t size = 0;
    uint64_t count = (bytes + BOUNDS_VALUE_MAX - 1) / BOUNDS_VALUE_MAX;
    enum dalv_status status = file_size(file->file, &size);

    if (status == DALV_OK &&
        size != file->parts_at + count * PARTS_FILE_PART_BYTES + bytes)
        status = DALV_DAMAGED;
    file->count = (uint32_t)count;
    file->bytes = bytes;
    return status;
}

enum dalv_status parts_file_open(struct files *files, const char *path,
                                 struct bytes key, uint64_t bytes,
                                 struct parts_file **out)
{
    struct parts_file *file = NULL;
    enum dalv_status status = create(key, &file);

    if (status == DALV_OK)
        status = files_open(files, path, /* is_created= */ false, &file->file);
    if (status == DALV_OK)
        status = check_head(file, key);
    if (status == DALV_OK)
        status = check_size(file, bytes);
    if (status == DALV_OK)
        *out = file;
    else
        parts_file_close(&file);
    return status;
}

void parts_file_close(struct parts_file **file_p)
{
    struct parts_file *file = *file_p;

    if (file == NULL)
        return;
    *file_p = NULL;
    file_close(&file->file);
    free(file);
}

uint32_t parts_file_count(const struct parts_file *file)
{
    return file->count;
}

uint64_t parts_file_bytes(const struct parts_file *file)
{
    return file->bytes;
}

uint64_t parts_file_hash(const struct parts_file *file)
{
    return file->hash;
}
