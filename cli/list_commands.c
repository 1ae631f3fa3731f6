/*
 * list add, list get, list remove: a user's lists, on the cluster.
 */
#include "cli/access.h"
#include "cli/input.h"
#include "cli/print.h"
#include "cli/value_json.h"
#include "cli/write_result.h"

#include "base/bounds.h"
#include "cli/command_table.h" /* IWYU pragma: keep */

/* Every ELEMENT in one transaction; one may be `-`. */
static enum dalv_status build_adds(const struct invocation *invocation,
                                   struct dalv_transaction *transaction)
{
    struct dalv_bytes key = dalv_text(invocation->operands[1]);
    struct buffer buffer;
    enum dalv_status status = DALV_OK;

    buffer_init(&buffer);
    for (size_t i = 2; status == DALV_OK && i < invocation->operand_count;
         i++) {
        struct dalv_bytes element;

        status = input_value(invocation->operands[i], invocation->in, &buffer,
                             &element);
        if (status == DALV_OK)
            status = dalv_transaction_list_add(transaction, key, element);
    }
    buffer_deinit(&buffer);
    return status;
}

static int run_add(struct invocation *invocation)
{
    struct dalv_transaction *transaction = NULL;
    enum dalv_status status = dalv_transaction_create(&transaction);

    if (status == DALV_OK)
        status = build_adds(invocation, transaction);
    if (status == DALV_OK)
        return write_result_update(invocation, &transaction);
    dalv_transaction_destroy(&transaction);
    return invocation_fail_write(invocation, status, NULL);
}

static int run_remove(struct invocation *invocation)
{
    struct dalv_backend *backend = NULL;
    enum dalv_status status;
    int code = access_open_backend(invocation, &backend);

    if (code != EXIT_DONE)
        return code;
    status = dalv_backend_list_remove(
        backend, dalv_text(invocation->operands[0]),
        dalv_text(invocation->operands[1]), dalv_text(invocation->operands[2]));
    if (status != DALV_OK)
        code = invocation_fail_write(invocation, status,
                                     dalv_backend_error(backend));
    else if (invocation->is_json)
        value_json_print(json_pack("{s:b}", "removed", 1), invocation->out);
    dalv_backend_close(&backend);
    return code;
}

static int show(const struct invocation *invocation,
                const struct dalv_value *value)
{
    if (dalv_value_kind(value) != DALV_KIND_LIST)
        return invocation_fail(invocation, DALV_WRONG_KIND,
                               "the key is no list");
    if (invocation->is_json)
        value_json_print(
            value_json_make(dalv_text(invocation->operands[1]), value, 0),
            invocation->out);
    else
        print_value(value, invocation->out);
    return EXIT_DONE;
}

static int run_get(struct invocation *invocation)
{
    struct dalv_backend *backend = NULL;
    struct dalv_value *value = NULL;
    enum dalv_status status;
    int code = access_open_backend(invocation, &backend);

    if (code != EXIT_DONE)
        return code;
    status = dalv_backend_get(backend, dalv_text(invocation->operands[0]),
                              dalv_text(invocation->operands[1]), &value);
    if (status == DALV_OK)
        code = show(invocation, value);
    else
        code = invocation_fail(invocation, status, dalv_backend_error(backend));
    dalv_value_destroy(&value);
    dalv_backend_close(&backend);
    return code;
}

static const struct command commands[] = {
    {.name = "list add",
     .operands = "USER KEY ELEMENT...",
     .summary = "Append elements to a list, all of them or none",
     .details = "An ELEMENT of - reads it from standard input. A key that is "
                "absent becomes a list.",
     .operand_min = 3,
     .operand_max = BOUNDS_TRANSACTION_OPERATIONS_MAX + 2,
     .run = run_add},
    {.name = "list get",
     .operands = "USER KEY",
     .summary = "Show a list, an element a line",
     .operand_min = 2,
     .operand_max = 2,
     .run = run_get},
    {.name = "list remove",
     .operands = "USER KEY ELEMENT",
     .summary = "Remove every element equal to this one",
     .details = "Removes exactly the elements that are there when it looks; "
                "an equal one that somebody adds meanwhile stays. Ends with 1 "
                "if there is none.",
     .operand_min = 3,
     .operand_max = 3,
     .run = run_remove},
};

const struct command_family list_commands = COMMAND_FAMILY("Lists", commands);
