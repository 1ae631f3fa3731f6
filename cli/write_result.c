#include "cli/write_result.h"

#include "cli/access.h"
#include "cli/value_json.h"

#include <inttypes.h>

static void print_done(const struct invocation *invocation,
                       const struct dalv_update_result *result)
{
    if (invocation->is_json)
        value_json_print(json_pack("{s:I, s:I}", "revision",
                                   (json_int_t)result->revision, "epoch",
                                   (json_int_t)result->epoch),
                         invocation->out);
    else
        (void)fprintf(invocation->out, "revision %" PRIu64 "\n",
                      result->revision);
}

/* Which of several was at fault is worth telling. */
static int fail(const struct invocation *invocation, enum dalv_status status,
                const struct dalv_update_result *result, const char *error,
                size_t operation_count)
{
    char detail[256];

    if (operation_count < 2 || dalv_status_outcome(status) != 1)
        return invocation_fail_write(invocation, status, error);
    (void)snprintf(detail, sizeof(detail),
                   "%s %zu of the transaction; nothing "
                   "of it was applied",
                   status == DALV_PRECONDITION ? "precondition" : "operation",
                   result->operation + 1);
    return invocation_fail_write(invocation, status, detail);
}

int write_result_update(struct invocation *invocation,
                        struct dalv_transaction **transaction_p)
{
    size_t operation_count = dalv_transaction_count(*transaction_p);
    struct dalv_backend *backend = NULL;
    struct dalv_update_result result = {0};
    enum dalv_status status;
    int code = access_open_backend(invocation, &backend);

    if (code != EXIT_DONE) {
        dalv_transaction_destroy(transaction_p);
        return code;
    }
    status = dalv_backend_update(backend, dalv_text(invocation->operands[0]),
                                 transaction_p, &result);
    if (status == DALV_OK)
        print_done(invocation, &result);
    else
        code = fail(invocation, status, &result, dalv_backend_error(backend),
                    operation_count);
    dalv_backend_close(&backend);
    return code;
}
