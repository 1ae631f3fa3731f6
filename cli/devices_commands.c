/*
 * devices list, devices retire: a user's device stores, as the cluster knows
 * them.
 */
#include "base/bytes.h"
#include "base/decimal.h"
#include "cli/access.h"
#include "cli/command_table.h" /* IWYU pragma: keep */
#include "cli/time_text.h"
#include "cli/value_json.h"

#include <inttypes.h>

enum {
    MICROSECONDS = 1000000
};

struct listing {
    const struct invocation *invocation;
    size_t count;
};

static bool show(void *owner, const struct dalv_store_entry *entry)
{
    struct listing *listing = owner;
    FILE *out = listing->invocation->out;
    char seen[TIME_TEXT_MAX];

    time_text_format(entry->seen_us / MICROSECONDS, seen);
    if (listing->invocation->is_json) {
        value_json_print(json_pack("{s:I, s:b, s:I, s:s}", "device",
                                   (json_int_t)entry->device, "retired",
                                   entry->is_retired ? 1 : 0, "pushed",
                                   (json_int_t)entry->pushed_count, "seen",
                                   seen),
                         out);
        return true;
    }
    if (listing->count++ == 0)
        (void)fprintf(out, "DEVICE  STATE    LAST SEEN             PUSHED\n");
    (void)fprintf(out, "%-7" PRIu64 " %-8s %-21s %" PRIu64 "\n", entry->device,
                  entry->is_retired ? "retired" : "active", seen,
                  entry->pushed_count);
    return true;
}

static int run_list(struct invocation *invocation)
{
    struct listing listing = {.invocation = invocation};
    struct dalv_backend *backend = NULL;
    enum dalv_status status;
    int code = access_open_backend(invocation, &backend);

    if (code != EXIT_DONE)
        return code;
    status = dalv_backend_devices(backend, dalv_text(invocation->operands[0]),
                                  show, &listing);
    if (status != DALV_OK)
        code = invocation_fail(invocation, status, dalv_backend_error(backend));
    dalv_backend_close(&backend);
    return code;
}

static int run_retire(struct invocation *invocation)
{
    struct dalv_backend *backend = NULL;
    uint64_t device = 0;
    enum dalv_status status;
    int code;

    if (!decimal_read(bytes_from_text(invocation->operands[1]), UINT64_MAX,
                      &device) ||
        device == 0)
        return invocation_usage(invocation,
                                "DEVICE is a number of 'dalv devices list', "
                                "not \"%s\"",
                                invocation->operands[1]);
    code = access_open_backend(invocation, &backend);
    if (code != EXIT_DONE)
        return code;
    status = dalv_backend_retire_device(
        backend, dalv_text(invocation->operands[0]), device);
    if (status != DALV_OK)
        code = invocation_fail_write(invocation, status,
                                     dalv_backend_error(backend));
    else if (invocation->is_json)
        value_json_print(json_pack("{s:b}", "retired", 1), invocation->out);
    else
        (void)fprintf(invocation->out, "Retired\n");
    dalv_backend_close(&backend);
    return code;
}

static const struct command commands[] = {
    {.name = "devices list",
     .operands = "USER",
     .summary = "Show a user's device stores",
     .details = "With the time at which each opened itself or pushed last, by "
                "the cluster's clock, and how many transactions it pushed.",
     .operand_min = 1,
     .operand_max = 1,
     .run = run_list},
    {.name = "devices retire",
     .operands = "USER DEVICE",
     .summary = "End a device store, so that another has room",
     .details =
         "What it wrote stays. A store that comes back with a token that is "
         "still good is active again and goes on where it stood; keep it out "
         "by its token. Ends with 3 if the device has not heard yet that work "
         "of it was refused and was there within the last 30 days.",
     .operand_min = 2,
     .operand_max = 2,
     .run = run_retire},
};

const struct command_family devices_commands =
    COMMAND_FAMILY("Devices of a user", commands);
