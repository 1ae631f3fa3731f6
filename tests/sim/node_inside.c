#include "tests/sim/node_inside.h"

#include "node/shell_internal.h"

#include <string.h>

void node_inside_break(struct node_shell *shell)
{
    shell->failure = DALV_IO;
}

enum dalv_status node_inside_failure(const struct node_shell *shell)
{
    return shell->failure;
}

bool node_inside_is_at_rest(const struct node_shell *shell)
{
    return shell->failure == DALV_OK && node_core_is_at_rest(shell->core);
}

struct index *node_inside_index(const struct node_shell *shell)
{
    return shell->store->index;
}

/* The frame of an answer that was made, and will not be sent. */
static void lose_index_order(struct index_order *order)
{
    if (order->type == INDEX_READ)
        gateway_lose(order->request);
    else if (order->type == INDEX_PAGE)
        page_order_destroy(&order->page);
}

void node_inside_lose(const char *worker, void *job)
{
    if (strcmp(worker, "index") == 0)
        lose_index_order(job);
    else if (strcmp(worker, "reader") == 0)
        log_entries_deinit(&((struct read_order *)job)->entries);
}
