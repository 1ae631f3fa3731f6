#include "client/device_link.h"

#include "base/buffer.h"
#include "base/decimal.h"
#include "base/small_file.h"
#include "base/text.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

enum {
    LINE_BYTES_MAX = BOUNDS_TOKEN_BYTES_MAX + 16,
    FILE_BYTES_MAX =
        LINE_BYTES_MAX +
        CONNECTION_ENDPOINTS_MAX * (CONNECTION_ENDPOINT_BYTES_MAX + 16) +
        CURVE_KEY_TEXT_BYTES + 128,
};

static bool take_endpoint(struct device_link *link, const char *text)
{
    if (link->endpoint_count == CONNECTION_ENDPOINTS_MAX ||
        strlen(text) >= CONNECTION_ENDPOINT_BYTES_MAX)
        return false;
    (void)snprintf(link->endpoints[link->endpoint_count++],
                   CONNECTION_ENDPOINT_BYTES_MAX, "%s", text);
    return true;
}

static bool take_text(char *place, size_t capacity, const char *text)
{
    size_t size = strlen(text);

    if (size >= capacity)
        return false;
    memcpy(place, text, size + 1);
    return true;
}

static bool take_line(struct device_link *link, const char *line)
{
    static const char endpoint[] = "endpoint ";
    static const char key[] = "server_key ";
    static const char token[] = "token ";
    static const char synced[] = "synced_us ";

    if (strncmp(line, endpoint, sizeof(endpoint) - 1) == 0)
        return take_endpoint(link, line + sizeof(endpoint) - 1);
    if (strncmp(line, token, sizeof(token) - 1) == 0)
        return take_text(link->token, sizeof(link->token),
                         line + sizeof(token) - 1);
    if (strncmp(line, key, sizeof(key) - 1) == 0)
        return take_text(link->server_key, sizeof(link->server_key),
                         line + sizeof(key) - 1);
    return strncmp(line, synced, sizeof(synced) - 1) == 0 &&
           decimal_read(bytes_from_text(line + sizeof(synced) - 1), UINT64_MAX,
                        &link->synced_us);
}

static bool parse(struct device_link *link, struct bytes content)
{
    char line[LINE_BYTES_MAX];

    while (content.size > 0) {
        const uint8_t *end = memchr(content.data, '\n', content.size);
        size_t size = end == NULL ? 0 : (size_t)(end - content.data);

        if (end == NULL || size >= sizeof(line))
            return false;
        memcpy(line, content.data, size);
        line[size] = '\0';
        content = bytes_make(end + 1, content.size - size - 1);
        if (!take_line(link, line))
            return false;
    }
    return true;
}

enum dalv_status device_link_load(struct device_link *link, const char *folder)
{
    struct buffer content;
    enum dalv_status status;

    memset(link, 0, sizeof(*link));
    status = files_path(folder, "link", link->path);
    if (status != DALV_OK)
        return status;
    buffer_init(&content);
    status = small_file_read(link->path, SMALL_FILE_SECRET, FILE_BYTES_MAX,
                             &content);
    if (status == DALV_OK && !parse(link, buffer_bytes(&content)))
        status = DALV_DAMAGED;
    if (content.size > 0)
        sodium_memzero(content.data, content.size);
    buffer_deinit(&content);
    return status == DALV_NOT_FOUND ? DALV_OK : status;
}

/* A line of what is known. */
static void put_line(struct text *text, const char *name, const char *value)
{
    if (value[0] == '\0')
        return;
    text_put(text, name);
    text_put(text, value);
    text_put_char(text, '\n');
}

enum dalv_status device_link_save(const struct device_link *link)
{
    char content[FILE_BYTES_MAX];
    struct text text;
    enum dalv_status status;

    text_init(&text, content, sizeof(content));
    for (size_t i = 0; i < link->endpoint_count; i++) {
        text_put(&text, "endpoint ");
        text_put(&text, link->endpoints[i]);
        text_put_char(&text, '\n');
    }
    put_line(&text, "server_key ", link->server_key);
    put_line(&text, "token ", link->token);
    text_put(&text, "synced_us ");
    text_put_u64(&text, link->synced_us);
    text_put_char(&text, '\n');
    status = small_file_replace(link->path, SMALL_FILE_SECRET,
                                bytes_from_text(text_string(&text)));
    sodium_memzero(content, sizeof(content));
    return status;
}

void device_link_wipe(struct device_link *link)
{
    sodium_memzero(link, sizeof(*link));
}
