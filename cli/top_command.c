#include "cli/top_command.h"

#include "cli/cluster_access.h"
#include "cli/cluster_top.h"
#include "cli/value_json.h"

#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

enum {
    INTERVAL_MS = 2000,
    INTERVAL_MS_MIN = 100,
    INTERVAL_MS_MAX = 3600000,
    PARTITIONS = 8,
};

/* A terminal begins again at its upper left corner. */
static const char clear_screen[] = "\033[H\033[2J";

const struct command_option top_command_options[TOP_COMMAND_OPTION_COUNT] = {
    CLUSTER_ACCESS_OPTION,
    {.name = "once", .help = "Show it once, and end"},
    {.name = "interval",
     .value = "DURATION",
     .help = "Between two looks; default 2s"},
    {.name = "partitions",
     .value = "N",
     .help = "Show so many partitions; default 8"},
};

/* On the heap: the rounds are large. */
struct watching {
    struct cluster_access access;
    struct process_round rounds[2];
    size_t now; /* Which of them is the newer one. */
    uint64_t interval_ms;
    uint64_t partition_max;
};

static const struct inspection_options questions = {
    .patience_ms = PROCESS_ROUND_PATIENCE_MS,
    .wants_metrics = true,
    .wants_copies = true,
};

static void look(struct watching *watching)
{
    struct process_round *before = &watching->rounds[watching->now];
    struct process_round *next = &watching->rounds[1 - watching->now];

    process_round_release(next);
    process_round_copy(next, before);
    process_round_ask(next, &questions);
    watching->now = 1 - watching->now;
}

static void tell(const struct watching *watching)
{
    const struct invocation *invocation = watching->access.invocation;
    const struct cluster_top top = {
        .known = watching->access.map,
        .before = &watching->rounds[1 - watching->now],
        .now = &watching->rounds[watching->now],
        .partition_max = watching->partition_max,
    };

    if (invocation->is_json) {
        value_json_print(cluster_top_json(&top), invocation->out);
        return;
    }
    if (!invocation_has(invocation, "once"))
        (void)fputs(clear_screen, invocation->out);
    cluster_top_print(&top, invocation->out);
    (void)fflush(invocation->out);
}

/* Where nobody looks, once is enough: a screen in a file helps nobody. */
static bool is_once(const struct invocation *invocation)
{
    return invocation_has(invocation, "once") ||
           (!invocation->is_json && isatty(fileno(invocation->out)) == 0);
}

static int watch(struct watching *watching)
{
    const struct invocation *invocation = watching->access.invocation;
    int code;

    do {
        (void)poll(NULL, 0, (int)watching->interval_ms);
        code = cluster_access_read(&watching->access);
        if (code != EXIT_DONE)
            return code;
        look(watching);
        tell(watching);
    } while (!is_once(invocation) && ferror(invocation->out) == 0);
    return EXIT_DONE;
}

static int read_options(struct watching *watching,
                        struct invocation *invocation)
{
    watching->interval_ms = INTERVAL_MS;
    watching->partition_max = PARTITIONS;
    if (!invocation_duration(invocation, "interval", &watching->interval_ms) ||
        !invocation_number(invocation, "partitions", CLUSTER_TOP_PARTITIONS_MAX,
                           &watching->partition_max))
        return EXIT_USAGE;
    if (watching->interval_ms < INTERVAL_MS_MIN ||
        watching->interval_ms > INTERVAL_MS_MAX)
        return invocation_usage(invocation, "--interval is 100ms to 1h");
    return EXIT_DONE;
}

int top_command_run(struct invocation *invocation)
{
    struct watching *watching = calloc(1, sizeof(*watching));
    int code;

    if (watching == NULL)
        return invocation_fail(invocation, DALV_NO_MEMORY, NULL);
    code = read_options(watching, invocation);
    if (code == EXIT_DONE)
        code = cluster_access_begin(&watching->access, invocation);
    if (code == EXIT_DONE)
        code = process_round_list(&watching->rounds[0], invocation,
                                  &watching->access.map->map);
    if (code == EXIT_DONE) {
        process_round_ask(&watching->rounds[0], &questions);
        code = watch(watching);
    }
    process_round_release(&watching->rounds[0]);
    process_round_release(&watching->rounds[1]);
    cluster_access_close(&watching->access);
    free(watching);
    return code;
}
