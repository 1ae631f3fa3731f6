#include "client/journal.h"

#include "base/assert.h"
#include "base/buffer.h"
#include "client/journal_frame.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    /* The last record of a journal that was closed: what is bad before it was
       not torn. Only this file knows it. */
    TYPE_CLOSED = 127,
    DAMAGED_NAMES_MAX = 1000,
};

struct journal {
    struct files *files;
    char folder[FILES_PATH_MAX];
    struct file *file;       /* NULL before the first rewrite. */
    uint64_t end;            /* Where the next record goes. */
    struct buffer collected; /* Frames that are not yet written. */
    struct journal_report report;
    enum dalv_status poison; /* DALV_OK while all is well. */
};

/* The whole file, appended to `out_content`. */
static enum dalv_status read_file(struct file *file, struct buffer *out_content)
{
    uint64_t size = 0;
    size_t done = 0;
    enum dalv_status status = file_size(file, &size);

    if (status == DALV_OK)
        status = size > SIZE_MAX ? DALV_NO_MEMORY
                                 : buffer_reserve(out_content, (size_t)size);
    while (status == DALV_OK && done < size) {
        size_t got = 0;

        status = file_read(file, done, out_content->data + out_content->size,
                           (size_t)size - done, &got);
        if (status == DALV_OK && got == 0)
            break;
        out_content->size += got;
        done += got;
    }
    return status;
}

static enum dalv_status load(struct journal *journal,
                             struct buffer *out_content)
{
    char path[FILES_PATH_MAX];
    struct file *file = NULL;
    enum dalv_status status = files_path(journal->folder, "journal", path);

    if (status == DALV_OK)
        status =
            files_open(journal->files, path, /* is_created= */ false, &file);
    if (status == DALV_NOT_FOUND)
        return DALV_OK;
    if (status == DALV_OK)
        status = read_file(file, out_content);
    file_close(&file);
    return status;
}

/* The first name for a damaged file that is not taken. */
static enum dalv_status open_damaged(const struct journal *journal,
                                     struct file **out_file)
{
    for (int number = 1; number <= DAMAGED_NAMES_MAX; number++) {
        char name[32];
        char path[FILES_PATH_MAX];
        struct file *file = NULL;
        enum dalv_status status;

        (void)snprintf(name, sizeof(name), "journal.damaged-%d", number);
        status = files_path(journal->folder, name, path);
        if (status != DALV_OK)
            return status;
        status =
            files_open(journal->files, path, /* is_created= */ false, &file);
        file_close(&file);
        if (status == DALV_NOT_FOUND)
            return files_open(journal->files, path, /* is_created= */ true,
                              out_file);
        if (status != DALV_OK)
            return status;
    }
    return DALV_NO_SPACE;
}

/* A copy, so that there is a journal at every moment. */
static enum dalv_status keep_aside(const struct journal *journal,
                                   struct bytes content)
{
    struct file *file = NULL;
    enum dalv_status status = open_damaged(journal, &file);

    if (status == DALV_OK)
        status = file_write(file, 0, content);
    if (status == DALV_OK)
        status = file_sync(file);
    if (status == DALV_OK)
        status = files_sync_folder(journal->files, journal->folder);
    file_close(&file);
    return status;
}

struct reading {
    struct journal *journal;
    journal_reader *reader;
    void *owner;
    struct bytes rest;
};

static void skip(struct reading *reading, size_t size)
{
    reading->rest.data += size;
    reading->rest.size -= size;
}

/* Nothing whole stands at the front: a torn end, or damage before more. */
static void pass_over(struct reading *reading)
{
    size_t size = journal_frame_seek(reading->rest);

    if (size == reading->rest.size)
        reading->journal->report.cut_bytes += size;
    else
        reading->journal->report.damaged_bytes += size;
    skip(reading, size);
}

static enum dalv_status take(struct reading *reading,
                             const struct journal_frame *frame)
{
    enum dalv_status status = DALV_OK;

    skip(reading, frame->size);
    if (frame->type == TYPE_CLOSED)
        return DALV_OK;
    status = reading->reader(reading->owner, frame->type, frame->payload);
    if (status == DALV_OK)
        reading->journal->report.record_count++;
    if (status != DALV_DAMAGED)
        return status;
    reading->journal->report.damaged_bytes += frame->size;
    return DALV_OK;
}

static enum dalv_status read_records(struct reading *reading)
{
    enum dalv_status status = DALV_OK;

    while (status == DALV_OK && reading->rest.size > 0) {
        struct journal_frame frame;

        status = journal_frame_read(reading->rest, &frame);
        if (status == DALV_OK) {
            status = take(reading, &frame);
        } else if (status == DALV_DAMAGED) {
            pass_over(reading);
            status = DALV_OK;
        }
    }
    return status;
}

static enum dalv_status read_journal(struct reading *reading)
{
    struct buffer content;
    enum dalv_status status;

    buffer_init(&content);
    status = load(reading->journal, &content);
    reading->rest = buffer_bytes(&content);
    if (status == DALV_OK)
        status = read_records(reading);
    if (status == DALV_OK && reading->journal->report.damaged_bytes > 0)
        status = keep_aside(reading->journal, buffer_bytes(&content));
    buffer_deinit(&content);
    return status;
}

enum dalv_status journal_open(struct files *files, const char *folder,
                              journal_reader *reader, void *owner,
                              struct journal **out_journal)
{
    struct journal *journal = calloc(1, sizeof(*journal));
    struct reading reading = {
        .journal = journal, .reader = reader, .owner = owner};
    enum dalv_status status;

    if (journal == NULL)
        return DALV_NO_MEMORY;
    journal->files = files;
    buffer_init(&journal->collected);
    if (strlen(folder) >= sizeof(journal->folder)) {
        journal_close(&journal);
        return DALV_TOO_BIG;
    }
    memcpy(journal->folder, folder, strlen(folder) + 1);
    status = read_journal(&reading);
    if (status != DALV_OK) {
        journal_close(&journal);
        return status;
    }
    *out_journal = journal;
    return DALV_OK;
}

const struct journal_report *journal_report(const struct journal *journal)
{
    return &journal->report;
}

static enum dalv_status collect(struct journal *journal, uint8_t type,
                                struct bytes payload)
{
    uint8_t head[JOURNAL_FRAME_BYTES];
    struct writer writer;
    enum dalv_status status;

    if (payload.size > JOURNAL_PAYLOAD_MAX)
        return DALV_TOO_BIG;
    status = buffer_reserve(&journal->collected, sizeof(head) + payload.size);
    if (status != DALV_OK)
        return status;
    writer_init(&writer, head, sizeof(head));
    journal_frame_write(&writer, type, payload);
    buffer_put(&journal->collected, writer_bytes(&writer));
    buffer_put(&journal->collected, payload);
    return DALV_OK;
}

enum dalv_status journal_append(struct journal *journal, uint8_t type,
                                struct bytes payload)
{
    ASSERT(type >= 1 && type <= JOURNAL_TYPE_MAX);
    if (journal->poison != DALV_OK)
        return journal->poison;
    return collect(journal, type, payload);
}

void journal_drop(struct journal *journal)
{
    buffer_clear(&journal->collected);
}

/*
 * A write that failed may have left a part. If the file can be brought back to
 * where it ended, nothing happened; else nobody knows what a crash would leave.
 */
static void take_back(struct journal *journal, enum dalv_status status)
{
    if (file_truncate(journal->file, journal->end) != DALV_OK ||
        file_sync(journal->file) != DALV_OK)
        journal->poison = status;
}

enum dalv_status journal_sync(struct journal *journal)
{
    struct bytes collected = buffer_bytes(&journal->collected);
    enum dalv_status status;

    if (journal->poison != DALV_OK)
        return journal->poison;
    if (collected.size == 0)
        return DALV_OK;
    ASSERT(journal->file != NULL);
    status = file_write(journal->file, journal->end, collected);
    if (status != DALV_OK) {
        take_back(journal, status);
    } else {
        status = file_sync(journal->file);
        if (status != DALV_OK)
            journal->poison = status;
    }
    if (status == DALV_OK)
        journal->end += collected.size;
    buffer_clear(&journal->collected);
    return status;
}

bool journal_is_poisoned(const struct journal *journal)
{
    return journal->poison != DALV_OK;
}

/* What was collected, durable in a file of its own. */
static enum dalv_status write_anew(struct journal *journal, const char *path,
                                   struct file **out_file)
{
    struct file *file = NULL;
    enum dalv_status status =
        files_open(journal->files, path, /* is_created= */ true, &file);

    if (status == DALV_OK)
        status = file_truncate(file, 0);
    if (status == DALV_OK)
        status = file_write(file, 0, buffer_bytes(&journal->collected));
    if (status == DALV_OK)
        status = file_sync(file);
    if (status != DALV_OK)
        file_close(&file);
    *out_file = file;
    return status;
}

/* From here on a failure leaves it open which of the two files a crash shows;
   both hold the same, but only one would grow. */
static enum dalv_status put_in_place(struct journal *journal, const char *from,
                                     const char *to)
{
    enum dalv_status status = files_rename(journal->files, from, to);

    if (status == DALV_OK)
        status = files_sync_folder(journal->files, journal->folder);
    if (status != DALV_OK)
        journal->poison = status;
    return status;
}

static enum dalv_status replace(struct journal *journal)
{
    char path_new[FILES_PATH_MAX];
    char path[FILES_PATH_MAX];
    struct file *file = NULL;
    enum dalv_status status =
        files_path(journal->folder, "journal.new", path_new);

    if (status == DALV_OK)
        status = files_path(journal->folder, "journal", path);
    if (status == DALV_OK)
        status = write_anew(journal, path_new, &file);
    if (status == DALV_OK)
        status = put_in_place(journal, path_new, path);
    if (status != DALV_OK) {
        file_close(&file);
        return status;
    }
    file_close(&journal->file);
    journal->file = file;
    journal->end = journal->collected.size;
    return DALV_OK;
}

enum dalv_status journal_rewrite(struct journal *journal,
                                 journal_source *source, void *owner)
{
    enum dalv_status status;

    ASSERT(journal->collected.size == 0);
    if (journal->poison != DALV_OK)
        return journal->poison;
    status = source(owner, journal);
    if (status == DALV_OK)
        status = replace(journal);
    buffer_clear(&journal->collected);
    return status;
}

uint64_t journal_bytes(const struct journal *journal)
{
    return journal->end;
}

/* Says that no write was under way. Without it the end may have been torn:
   that is all that a failure here can do. */
static void mark_closed(struct journal *journal)
{
    buffer_clear(&journal->collected);
    if (journal->file != NULL && journal->poison == DALV_OK &&
        collect(journal, TYPE_CLOSED, (struct bytes){0}) == DALV_OK &&
        journal_sync(journal) != DALV_OK)
        journal->poison = DALV_IO;
}

void journal_close(struct journal **journal_p)
{
    struct journal *journal = *journal_p;

    if (journal == NULL)
        return;
    *journal_p = NULL;
    mark_closed(journal);
    file_close(&journal->file);
    buffer_deinit(&journal->collected);
    free(journal);
}
