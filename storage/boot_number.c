#include "storage/boot_number.h"

#include "base/buffer.h"
#include "base/decimal.h"
#include "base/small_file.h"
#include "base/text.h"

#include <stdio.h>

enum {
    PATH_BYTES = 4608,
    TEXT_BYTES_MAX = 32,
};

static enum dalv_status read_number(const char *path, uint64_t *out_number)
{
    struct buffer buffer;
    struct bytes text;
    enum dalv_status status;

    buffer_init(&buffer);
    status = small_file_read(path, SMALL_FILE_PUBLIC, TEXT_BYTES_MAX, &buffer);
    text = buffer_bytes(&buffer);
    if (text.size > 0 && text.data[text.size - 1] == '\n')
        text.size--;
    if (status == DALV_NOT_FOUND) {
        *out_number = 0;
        status = DALV_OK;
    } else if (status == DALV_TOO_BIG ||
               (status == DALV_OK &&
                !decimal_read(text, UINT64_MAX - 1, out_number))) {
        status = DALV_DAMAGED;
    }
    buffer_deinit(&buffer);
    return status;
}

static enum dalv_status write_number(const char *path, uint64_t number)
{
    char memory[TEXT_BYTES_MAX];
    struct text text;

    text_init(&text, memory, sizeof(memory));
    text_put_u64(&text, number);
    text_put_char(&text, '\n');
    return small_file_replace(path, SMALL_FILE_PUBLIC,
                              bytes_from_text(text_string(&text)));
}

enum dalv_status boot_number_take(const char *folder, uint64_t *out_number)
{
    char path[PATH_BYTES];
    uint64_t number = 0;
    enum dalv_status status;

    (void)snprintf(path, sizeof(path), "%s/boot", folder);
    status = read_number(path, &number);
    if (status == DALV_OK)
        status = write_number(path, number + 1);
    if (status == DALV_OK)
        *out_number = number + 1;
    return status;
}
