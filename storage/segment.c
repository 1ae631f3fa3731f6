#include "storage/segment.h"

#include "base/text.h"

#include <string.h>

enum {
    NUMBER_DIGITS = 8,
    SUFFIX_BYTES = 4,
    ZEROS_BYTES = 256 * 1024,
};

void segment_name(uint32_t number, bool is_new,
                  char out_name[SEGMENT_NAME_BYTES])
{
    struct text text;

    text_init(&text, out_name, SEGMENT_NAME_BYTES);
    text_put_hex(&text, number, NUMBER_DIGITS);
    text_put(&text, is_new ? ".new" : ".log");
}

static int digit_value(char digit)
{
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    if (digit >= 'a' && digit <= 'f')
        return digit - 'a' + 10;
    return -1;
}

bool segment_parse_name(const char *name, uint32_t *out_number,
                        bool *out_is_new)
{
    uint32_t number = 0;

    if (strlen(name) != NUMBER_DIGITS + SUFFIX_BYTES)
        return false;
    for (size_t i = 0; i < NUMBER_DIGITS; i++) {
        int value = digit_value(name[i]);

        if (value < 0)
            return false;
        number = number << 4 | (uint32_t)value;
    }
    *out_is_new = strcmp(name + NUMBER_DIGITS, ".new") == 0;
    if (!*out_is_new && strcmp(name + NUMBER_DIGITS, ".log") != 0)
        return false;
    *out_number = number;
    return number > 0;
}

enum dalv_status segment_path(const char *folder, const char *name,
                              char out_path[SEGMENT_PATH_BYTES])
{
    struct text text;

    text_init(&text, out_path, SEGMENT_PATH_BYTES);
    text_put(&text, folder);
    text_put_char(&text, '/');
    text_put(&text, name);
    return text.is_cut ? DALV_TOO_BIG : DALV_OK;
}

static enum dalv_status path_of(const char *folder, uint32_t number,
                                bool is_new, char out_path[SEGMENT_PATH_BYTES])
{
    char name[SEGMENT_NAME_BYTES];

    segment_name(number, is_new, name);
    return segment_path(folder, name, out_path);
}

enum dalv_status segment_open(struct files *files, const char *folder,
                              uint32_t number, struct segment *out_segment)
{
    struct segment segment = {.number = number};
    char path[SEGMENT_PATH_BYTES];
    enum dalv_status status;
    uint64_t size = 0;

    status = path_of(folder, number, false, path);
    if (status == DALV_OK)
        status = files_open(files, path, false, &segment.file);
    if (status == DALV_OK)
        status = file_size(segment.file, &size);
    if (status == DALV_OK && size > SEGMENT_BYTES_MAX)
        size = SEGMENT_BYTES_MAX;
    segment.size = (uint32_t)size;
    if (status == DALV_OK)
        *out_segment = segment;
    else
        segment_close(&segment);
    return status;
}

void segment_close(struct segment *segment)
{
    file_close(&segment->file);
}

enum dalv_status segment_begin(struct files *files, const char *folder,
                               uint32_t number, struct segment *out_segment)
{
    struct segment segment = {.number = number};
    char path[SEGMENT_PATH_BYTES];
    enum dalv_status status;

    status = path_of(folder, number, true, path);
    if (status == DALV_OK)
        status = files_open(files, path, true, &segment.file);
    if (status == DALV_OK)
        status = file_truncate(segment.file, 0);
    if (status == DALV_OK)
        *out_segment = segment;
    else
        segment_close(&segment);
    return status;
}

enum dalv_status segment_fill(struct segment *segment, uint32_t size)
{
    static const uint8_t zeros[ZEROS_BYTES];
    enum dalv_status status = DALV_OK;

    if (segment->size >= size)
        return DALV_OK;
    while (status == DALV_OK && segment->size < size) {
        size_t step = size - segment->size;

        if (step > sizeof(zeros))
            step = sizeof(zeros);
        status =
            file_write(segment->file, segment->size, bytes_make(zeros, step));
        segment->size += (uint32_t)step;
    }
    return status == DALV_OK ? file_sync(segment->file) : status;
}

enum dalv_status segment_publish(struct segment *segment, struct files *files,
                                 const char *folder)
{
    char from[SEGMENT_PATH_BYTES];
    char to[SEGMENT_PATH_BYTES];
    enum dalv_status status;

    status = path_of(folder, segment->number, true, from);
    if (status == DALV_OK)
        status = path_of(folder, segment->number, false, to);
    if (status == DALV_OK)
        status = file_sync(segment->file);
    if (status == DALV_OK)
        status = files_rename(files, from, to);
    if (status == DALV_OK)
        status = files_sync_folder(files, folder);
    return status;
}
