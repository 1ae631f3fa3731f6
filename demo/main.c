/*
 * dalv-demo: shows DalvDB at work, on real orders or on some that it makes up.
 */
#include "demo/account.h"
#include "demo/chapters.h"
#include "token/key.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    EXIT_USAGE = 2
};

static const char usage[] =
    "usage: dalv-demo [FILE]\n"
    "\n"
    "Starts a server in a temporary folder, imports the orders of FILE (CSV\n"
    "with the columns InvoiceNo, StockCode, Description, Quantity, UnitPrice\n"
    "and CustomerID; without FILE it makes some up), lets devices work "
    "offline\n"
    "and sync, kills the server, wakes a device that slept, and compares "
    "every\n"
    "replica with the cluster. At the end a cluster of three nodes and two\n"
    "routers loses a node. Ends with 0 only if nothing was wrong, and leaves\n"
    "nothing behind.\n";

/* For the handler: what has to go when the demonstration is interrupted. */
static struct stage stage;

/* Almost nothing may be done in a handler: this process becomes the one that
   removes the folder. */
static void on_interrupt(int number)
{
    for (size_t i = 0; i < STAGE_PROCESSES_MAX; i++) {
        if (stage.processes[i] != 0)
            (void)kill(stage.processes[i], SIGKILL);
    }
    (void)execl("/bin/rm", "rm", "-rf", stage.folder, (char *)NULL);
    _exit(128 + number);
}

static void catch_interrupts(void)
{
    struct sigaction action;

    memset(&action, 0, sizeof(action));
    action.sa_handler = on_interrupt;
    (void)sigaction(SIGINT, &action, NULL);
    (void)sigaction(SIGTERM, &action, NULL);
    (void)sigaction(SIGHUP, &action, NULL);
}

static void play(void)
{
    account_chapter("A server starts in a temporary folder");
    if (!stage_start_server(&stage) || !stage_connect(&stage))
        return;
    account_say("dalvd dev, both roles in one process, at port %u",
                stage.base_port);
    if (chapter_import(&stage) && chapter_devices(&stage) &&
        chapter_crash(&stage) && chapter_sleeper(&stage) &&
        chapter_compare(&stage))
        (void)chapter_cluster(&stage);
}

/* What to play with: a file's orders, or some that are made up. */
static bool prepare(int argc, char **argv)
{
    if (argc < 2) {
        orders_make_up(&stage.orders);
        return true;
    }
    return orders_read(&stage.orders, argv[1]);
}

static int conclude(double began)
{
    if (account_failures() == 0)
        (void)printf("\nAll is well, in %.1f s.\n", stage_seconds() - began);
    else
        (void)printf("\n%u things were wrong.\n", account_failures());
    return account_failures() == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

int main(int argc, char **argv)
{
    double began = stage_seconds();

    if (argc == 2 && strcmp(argv[1], "--help") == 0) {
        (void)fputs(usage, stdout);
        return EXIT_SUCCESS;
    }
    if (argc > 2 || (argc == 2 && argv[1][0] == '-')) {
        (void)fputs(usage, stderr);
        return EXIT_USAGE;
    }
    if (token_start() != DALV_OK || !stage_open(&stage, "dalv-demo"))
        return EXIT_FAILURE;
    catch_interrupts();
    if (prepare(argc, argv))
        play();
    else
        account_fail("the input cannot be used");
    stage_close(&stage);
    return conclude(began);
}
