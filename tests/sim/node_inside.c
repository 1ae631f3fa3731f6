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

/* The frame of an answer that was made, and will not be sent. All else that
   jobs hold the shell lets go of. */
void node_inside_lose(const char *worker, void *job)
{
    struct index_order *order = job;

    if (strcmp(worker, "index") == 0 && order->type == INDEX_READ)
        gateway_lose(order->request);
}
