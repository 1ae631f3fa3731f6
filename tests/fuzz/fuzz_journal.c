/*
 * A device's journal, as it is found at opening. The first byte chooses:
 *
 *     f  the others are the file
 *     anything else  they are payloads, each behind its size in two bytes;
 *                    the harness puts whole frames around them
 *
 * Whatever it is, opening ends. What was opened was written anew: that is read
 * without damage, and writing it once more changes no byte.
 */
#include "base/assert.h"
#include "base/buffer.h"
#include "client/journal_frame.h"
#include "client/ledger.h"
#include "tests/support/memory_files.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum {
    INPUT_MAX = 64 << 10,
};

static const char path[] = "device/journal";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void put_frame(struct buffer *file, struct bytes payload)
{
    uint8_t head[JOURNAL_FRAME_BYTES];
    struct writer writer;

    writer_init(&writer, head, sizeof(head));
    journal_frame_write(&writer, LEDGER_RECORD, payload);
    buffer_put(file, writer_bytes(&writer));
    buffer_put(file, payload);
}

static void put_frames(struct buffer *file, struct bytes rest)
{
    while (rest.size >= 2) {
        size_t size = rest.data[0] + ((size_t)rest.data[1] << 8);

        rest = bytes_make(rest.data + 2, rest.size - 2);
        size = size < rest.size ? size : rest.size;
        put_frame(file, bytes_make(rest.data, size));
        rest = bytes_make(rest.data + size, rest.size - size);
    }
}

/* Open and close; the file as it stands then. False if it did not open. */
static bool pass(struct memory_files *disk, bool is_clean,
                 struct buffer *out_file)
{
    struct ledger *ledger = NULL;
    const uint8_t *content;
    size_t size = 0;

    if (ledger_open(memory_files_seam(disk), "device", &ledger) != DALV_OK)
        return false;
    if (is_clean) {
        ASSERT(ledger_report(ledger)->damaged_bytes == 0);
        ASSERT(ledger_report(ledger)->cut_bytes == 0);
    }
    ledger_close(&ledger);
    content = memory_files_content(disk, path, &size);
    buffer_put(out_file, bytes_make(content, size));
    return true;
}

static void write_file(struct files *files, struct bytes content)
{
    struct file *file = NULL;

    ASSERT(files_make_folder(files, "device") == DALV_OK);
    ASSERT(files_open(files, path, /* is_created= */ true, &file) == DALV_OK);
    ASSERT(file_write(file, 0, content) == DALV_OK);
    file_close(&file);
}

static void open_twice(struct bytes file)
{
    struct memory_files *disk = memory_files_create(1);
    struct buffer once;
    struct buffer twice;

    buffer_init(&once);
    buffer_init(&twice);
    write_file(memory_files_seam(disk), file);
    if (pass(disk, /* is_clean= */ false, &once)) {
        ASSERT(pass(disk, /* is_clean= */ true, &twice));
        ASSERT(bytes_equal(buffer_bytes(&once), buffer_bytes(&twice)));
    }
    buffer_deinit(&once);
    buffer_deinit(&twice);
    memory_files_destroy(&disk);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buffer file;
    struct bytes rest;

    if (size == 0 || size > INPUT_MAX)
        return 0;
    rest = bytes_make(data + 1, size - 1);
    buffer_init(&file);
    if (data[0] == 'f')
        buffer_put(&file, rest);
    else
        put_frames(&file, rest);
    open_twice(buffer_bytes(&file));
    buffer_deinit(&file);
    return 0;
}
