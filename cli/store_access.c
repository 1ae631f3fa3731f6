#include "cli/store_access.h"

#include <limits.h>
#include <stdio.h>
#include <unistd.h>

static bool has_store(const char *folder)
{
    char path[PATH_MAX];
    int size = snprintf(path, sizeof(path), "%s/journal", folder);

    return size > 0 && (size_t)size < sizeof(path) && access(path, F_OK) == 0;
}

static int open_store(const struct invocation *invocation, const char *folder,
                      struct dalv_device_options *options,
                      struct dalv_device **out_device)
{
    enum dalv_status status = dalv_device_options_set_path(options, folder);

    if (status == DALV_OK)
        status = dalv_device_open(options, out_device);
    if (status == DALV_DAMAGED)
        return invocation_fail(invocation, status,
                               "the journal was damaged; what could be read "
                               "was saved, the damaged file is kept beside "
                               "it; call again to go on");
    if (status == DALV_INVALID)
        return invocation_fail_file(invocation, DALV_DAMAGED,
                                    "the journal is empty: 'dalv device open' "
                                    "begins the store anew");
    if (status == DALV_NOT_PERMITTED)
        return invocation_fail_file(invocation, status, folder);
    return status == DALV_OK ? EXIT_DONE
                             : invocation_fail(invocation, status, folder);
}

int store_access_open(const struct invocation *invocation, const char *folder,
                      struct dalv_device **out_device)
{
    struct dalv_device_options *options = NULL;
    enum dalv_status status;
    int code;

    if (!has_store(folder))
        return invocation_fail_file(invocation, DALV_NOT_FOUND,
                                    "there is no store in this folder: 'dalv "
                                    "device open' makes one");
    status = dalv_device_options_create(&options);
    if (status != DALV_OK)
        return invocation_fail(invocation, status, NULL);
    code = open_store(invocation, folder, options, out_device);
    dalv_device_options_destroy(&options);
    return code;
}

int store_access_fail(const struct invocation *invocation,
                      const struct dalv_device *device, enum dalv_status status)
{
    return invocation_fail(invocation, status, dalv_device_error(device));
}
