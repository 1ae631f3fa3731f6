#include "cli/import_state.h"

#include "base/bytes.h"
#include "base/small_file.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    STATE_BYTES_MAX = 1024,
    VERSION = 1
};

static bool read_hex(const json_t *document, const char *name,
                     uint64_t *out_number)
{
    const char *text = json_string_value(json_object_get(document, name));
    char *end = NULL;

    if (text == NULL || !isxdigit((unsigned char)text[0]))
        return false;
    errno = 0;
    *out_number = strtoull(text, &end, 16);
    return errno == 0 && *end == '\0';
}

static bool read_document(const json_t *document, struct import_state *out)
{
    if (json_integer_value(json_object_get(document, "version")) != VERSION)
        return false;
    out->line = (uint64_t)json_integer_value(json_object_get(document, "line"));
    return read_hex(document, "id", &out->id) &&
           read_hex(document, "file_bytes", &out->file_bytes) &&
           read_hex(document, "file_time_us", &out->file_time_us) &&
           read_hex(document, "mapping", &out->mapping);
}

static enum dalv_status load(const char *path, struct import_state *out)
{
    json_t *document = json_load_file(path, JSON_REJECT_DUPLICATES, NULL);
    bool is_read;

    if (document == NULL)
        return access(path, F_OK) == 0 ? DALV_DAMAGED : DALV_NOT_FOUND;
    is_read = read_document(document, out);
    json_decref(document);
    return is_read ? DALV_OK : DALV_DAMAGED;
}

static bool is_same(const struct import_state *a, const struct import_state *b)
{
    return a->file_bytes == b->file_bytes &&
           a->file_time_us == b->file_time_us && a->mapping == b->mapping;
}

static bool look_at(const char *file, struct import_state *state)
{
    struct stat about;

    if (stat(file, &about) != 0)
        return false;
    state->file_bytes = (uint64_t)about.st_size;
    state->file_time_us = (uint64_t)about.st_mtim.tv_sec * 1000000 +
                          (uint64_t)about.st_mtim.tv_nsec / 1000;
    return true;
}

enum dalv_status import_state_restart(struct import_state *state)
{
    state->line = 0;
    if (getrandom(&state->id, sizeof(state->id), 0) !=
        (ssize_t)sizeof(state->id))
        return DALV_IO;
    return DALV_OK;
}

enum dalv_status import_state_open(struct import_state *state, const char *file,
                                   uint64_t mapping)
{
    struct import_state before = {0};
    enum dalv_status status;
    int length;

    *state = (struct import_state){.mapping = mapping};
    status = import_state_restart(state);
    if (status != DALV_OK || file == NULL)
        return status;
    if (!look_at(file, state))
        return DALV_NOT_FOUND;
    length = snprintf(state->path, sizeof(state->path), "%s.dalv-import", file);
    if (length < 0 || (size_t)length >= sizeof(state->path))
        return DALV_TOO_BIG;
    status = load(state->path, &before);
    if (status == DALV_OK && is_same(&before, state)) {
        state->id = before.id;
        state->line = before.line;
    }
    return status == DALV_NOT_FOUND ? DALV_OK : status;
}

enum dalv_status import_state_save(const struct import_state *state)
{
    char text[STATE_BYTES_MAX];
    int size;

    if (state->path[0] == '\0')
        return DALV_OK;
    size = snprintf(
        text, sizeof(text),
        "{\"version\": %d, \"id\": \"%016" PRIx64
        "\", \"file_bytes\": \"%" PRIx64 "\", \"file_time_us\": \"%" PRIx64
        "\", \"mapping\": \"%" PRIx64 "\", \"line\": %" PRIu64 "}\n",
        (int)VERSION, state->id, state->file_bytes, state->file_time_us,
        state->mapping, state->line);
    return small_file_replace(state->path, SMALL_FILE_SECRET,
                              bytes_make(text, (size_t)size));
}

void import_state_remove(const struct import_state *state)
{
    if (state->path[0] != '\0')
        (void)unlink(state->path);
}
