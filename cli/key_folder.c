#include "cli/key_folder.h"

#include "base/buffer.h"
#include "base/small_file.h"
#include "net/curve_key.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool path_in(const char *folder, const char *name, char path[PATH_MAX])
{
    int size = snprintf(path, PATH_MAX, "%s/%s", folder, name);

    return size > 0 && size < PATH_MAX;
}

int key_folder_make(const struct invocation *invocation, const char *folder)
{
    if (mkdir(folder, 0700) == 0 || errno == EEXIST)
        return EXIT_DONE;
    return invocation_fail_file(
        invocation, errno == ENOENT ? DALV_NOT_FOUND : DALV_IO, folder);
}

/* The key, and the path that it has. */
static enum dalv_status make_key(const char *folder, const char *name,
                                 char path[PATH_MAX],
                                 char out_public[DALV_KEY_TEXT_BYTES])
{
    if (!path_in(folder, name, path))
        return DALV_TOO_BIG;
    return dalv_key_make(path, out_public);
}

int key_folder_make_key(const struct invocation *invocation, const char *folder,
                        const char *name, char out_public[DALV_KEY_TEXT_BYTES])
{
    char path[PATH_MAX];
    enum dalv_status status = make_key(folder, name, path, out_public);

    if (status == DALV_OCCUPIED)
        return invocation_usage(invocation,
                                "%s is there already: keys are never "
                                "overwritten, choose another folder",
                                path);
    return status == DALV_OK ? EXIT_DONE
                             : invocation_fail_file(invocation, status, path);
}

int key_folder_have_key(const struct invocation *invocation, const char *folder,
                        const char *name, char out_public[DALV_KEY_TEXT_BYTES])
{
    char path[PATH_MAX];
    enum dalv_status status = make_key(folder, name, path, out_public);

    if (status == DALV_OCCUPIED)
        status = dalv_key_public(path, out_public);
    return status == DALV_OK ? EXIT_DONE
                             : invocation_fail_file(invocation, status, path);
}

static enum dalv_status copy_secret(const char *from, const char *to)
{
    struct buffer secret;
    enum dalv_status status;

    buffer_init(&secret);
    status =
        small_file_read(from, SMALL_FILE_SECRET, CURVE_KEY_FILE_MAX, &secret);
    if (status == DALV_OK)
        status =
            small_file_replace(to, SMALL_FILE_SECRET, buffer_bytes(&secret));
    if (secret.capacity > 0)
        explicit_bzero(secret.data, secret.capacity);
    buffer_deinit(&secret);
    return status;
}

int key_folder_share_key(const struct invocation *invocation, const char *from,
                         const char *to, const char *name)
{
    char source[PATH_MAX];
    char target[PATH_MAX];

    if (!path_in(from, name, source) || !path_in(to, name, target))
        return invocation_fail_file(invocation, DALV_TOO_BIG, name);
    if (access(target, F_OK) != 0) {
        enum dalv_status status = copy_secret(source, target);

        if (status != DALV_OK)
            return invocation_fail_file(invocation, status, target);
    }
    return EXIT_DONE;
}

static enum dalv_status put_text(struct buffer *buffer, const char *text)
{
    struct bytes bytes = bytes_from_text(text);
    enum dalv_status status = buffer_reserve(buffer, bytes.size);

    if (status == DALV_OK)
        buffer_put(buffer, bytes);
    return status;
}

static enum dalv_status write_list(const struct key_list *list,
                                   struct buffer *buffer)
{
    enum dalv_status status = put_text(buffer, list->remark);

    for (size_t i = 0; status == DALV_OK && i < list->count; i++) {
        status = put_text(buffer, "dalv-curve-public-1 ");
        if (status == DALV_OK)
            status = put_text(buffer, list->keys[i]);
        if (status == DALV_OK)
            status = put_text(buffer, "\n");
    }
    return status;
}

int key_folder_put_list(const struct invocation *invocation, const char *folder,
                        const char *name, const struct key_list *list)
{
    char path[PATH_MAX];
    struct buffer buffer;
    enum dalv_status status = DALV_TOO_BIG;

    buffer_init(&buffer);
    if (path_in(folder, name, path))
        status = write_list(list, &buffer);
    if (status == DALV_OK)
        status =
            small_file_replace(path, SMALL_FILE_PUBLIC, buffer_bytes(&buffer));
    buffer_deinit(&buffer);
    return status == DALV_OK ? EXIT_DONE
                             : invocation_fail_file(invocation, status, path);
}
