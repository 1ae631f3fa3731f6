/*
 * dalvd: the server.
 */
#include "base/clock.h"
#include "base/decimal.h"
#include "base/log.h"
#include "config/config.h"
#include "dalvd/bus_fault.h"
#include "dalvd/data_folder.h"
#include "dalvd/dev.h"
#include "dalvd/manual.h"
#include "dalvd/service.h"
#include "node/store.h"
#include "token/key.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* As dalv's, and sysexits.h's for what scripts may tell apart. */
enum {
    EXIT_USAGE = 2,
    EXIT_UNAVAILABLE = 4,
    EXIT_DAMAGED = 6,
    EXIT_NO_SPACE = 73,
    EXIT_TRY_AGAIN = 75, /* The disk failed: a new start looks at it. */
    EXIT_CONFIG = 78,
};

struct arguments {
    bool is_dev;
    bool is_check;
    bool is_restored;
    const char *data;
    uint16_t base_port;
    const char *file;
};

static int complain(const char *text)
{
    (void)fprintf(stderr, "dalvd: %s\nTry 'dalvd --help'.\n", text);
    return EXIT_USAGE;
}

static int exit_code_of(enum dalv_status status)
{
    switch ((int)status) {
    case DALV_OK:
        return EXIT_SUCCESS;
    case DALV_LOCKED:
    case DALV_UNAVAILABLE:
        return EXIT_UNAVAILABLE;
    case DALV_DAMAGED:
        return EXIT_DAMAGED;
    case DALV_NO_SPACE:
        return EXIT_NO_SPACE;
    case DALV_IO:
        return EXIT_TRY_AGAIN;
    default:
        return EXIT_CONFIG;
    }
}

static int report(const struct config_error *error, const char *file)
{
    if (file != NULL && error->line > 0)
        (void)fprintf(stderr, "dalvd: %s:%zu:%zu: %s\n", file, error->line,
                      error->column, error->text);
    else if (file != NULL)
        (void)fprintf(stderr, "dalvd: %s: %s\n", file, error->text);
    else
        (void)fprintf(stderr, "dalvd: %s\n", error->text);
    return exit_code_of(error->status);
}

static bool parse_port(const char *text, uint16_t *out_port)
{
    uint64_t port;

    if (!decimal_read(bytes_from_text(text), UINT16_MAX, &port) || port == 0)
        return false;
    *out_port = (uint16_t)port;
    return true;
}

/* 0 to go on, else the exit code plus one. */
static int take_option(int option, struct arguments *arguments)
{
    switch (option) {
    case 'h':
        manual_print_usage(stdout);
        return EXIT_SUCCESS + 1;
    case 'v':
        (void)puts("dalvd " DALV_VERSION);
        return EXIT_SUCCESS + 1;
    case 'm':
        manual_print_page(stdout);
        return EXIT_SUCCESS + 1;
    case 'd':
        arguments->data = optarg;
        return 0;
    case 'p':
        if (parse_port(optarg, &arguments->base_port))
            return 0;
        return complain("--base-port takes a number from 1 to 65535") + 1;
    case 'r':
        arguments->is_restored = true;
        return 0;
    case 'c':
    case 'k':
        arguments->file = optarg;
        arguments->is_check = option == 'k';
        return 0;
    default:
        (void)fputs("Try 'dalvd --help'.\n", stderr);
        return EXIT_USAGE + 1;
    }
}

static int parse(int argc, char **argv, struct arguments *arguments)
{
    static const struct option options[] = {
        {"help", no_argument, NULL, 'h'},
        {"version", no_argument, NULL, 'v'},
        {"man", no_argument, NULL, 'm'},
        {"data", required_argument, NULL, 'd'},
        {"base-port", required_argument, NULL, 'p'},
        {"config", required_argument, NULL, 'c'},
        {"check-config", required_argument, NULL, 'k'},
        {"restored", no_argument, NULL, 'r'},
        {NULL, 0, NULL, 0},
    };
    int option;

    /* NOLINTNEXTLINE(concurrency-mt-unsafe): there is one thread as yet. */
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        int done = take_option(option, arguments);

        if (done != 0)
            return done;
    }
    if (optind < argc && strcmp(argv[optind], "dev") == 0) {
        arguments->is_dev = true;
        optind++;
    }
    if (optind < argc)
        return complain("one argument too many") + 1;
    if (arguments->is_dev == (arguments->file != NULL))
        return complain("say 'dev', or name a file with --config") + 1;
    if (arguments->is_check && arguments->is_restored)
        return complain("--restored changes data, --check-config does not") + 1;
    if (!arguments->is_dev &&
        (arguments->data != NULL || arguments->base_port != 0))
        return complain("--data and --base-port go with 'dev'") + 1;
    return 0;
}

static enum dalv_status configure(const struct arguments *arguments,
                                  struct config *config,
                                  struct config_error *error)
{
    enum dalv_status status;

    if (!arguments->is_dev)
        return config_load(arguments->file, config, error);
    status = config_for_dev(
        arguments->data != NULL ? arguments->data : "dalv-data",
        arguments->base_port != 0 ? arguments->base_port : CONFIG_BASE_PORT,
        config, error);
    return status == DALV_OK ? dev_prepare(config, error) : status;
}

static void tell_ready(const struct config *config, bool is_dev,
                       uint64_t began_ms)
{
    LOG(LOG_INFO, "ready", log_u64("backends", config->listen.backends.port),
        log_u64("devices", config->listen.devices.port),
        log_u64("http", config->listen.http.port),
        log_u64("after_ms", clock_boot_ms() - began_ms));
    if (is_dev)
        LOG(LOG_INFO, "development",
            log_text("profile", dev_profile_path(config)),
            log_text("note", "loopback only; not for production"));
}

static void catch_bus_faults(const struct config *config)
{
    char mark[CONFIG_PATH_MAX + sizeof(NODE_STORE_DAMAGED_MARK) + 1];

    (void)snprintf(mark, sizeof(mark), "%s/%s", config->data.folder,
                   NODE_STORE_DAMAGED_MARK);
    bus_fault_catch(mark, EXIT_TRY_AGAIN);
}

static int serve(const struct arguments *arguments, const struct config *config)
{
    uint64_t began_ms = clock_boot_ms();
    struct service *service = NULL;
    struct config_error error = {0};
    enum dalv_status status;

    catch_bus_faults(config);
    status = service_open(config, arguments->file, &service, &error);
    if (status != DALV_OK)
        return report(&error, arguments->file);
    tell_ready(config, arguments->is_dev, began_ms);
    service_run(service);
    status = service_close(&service);
    LOG(LOG_INFO, "ended", log_text("status", status_text(status)));
    return exit_code_of(status);
}

/* A folder that was put back from a copy: say so to all who saw more. */
static int restore(const struct arguments *arguments,
                   const struct config *config)
{
    struct config_error error = {0};
    uint64_t count = 0;

    if (data_folder_restore(config, &count, &error) != DALV_OK)
        return report(&error, arguments->file);
    (void)printf("%" PRIu64 " users are marked as restored: devices bring back "
                 "what this folder lacks\n",
                 count);
    return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
    static struct config config;
    struct arguments arguments = {0};
    struct config_error error = {0};
    int done = parse(argc, argv, &arguments);

    if (done != 0)
        return done - 1;
    log_open(stderr, LOG_INFO);
    if (token_start() != DALV_OK) {
        (void)fputs("dalvd: the system has no randomness to give\n", stderr);
        return EXIT_CONFIG;
    }
    if (configure(&arguments, &config, &error) != DALV_OK)
        return report(&error, arguments.file);
    if (arguments.is_check) {
        (void)printf("%s: right\n", arguments.file);
        return EXIT_SUCCESS;
    }
    log_set_level(config.logging.level);
    if (arguments.is_restored)
        return restore(&arguments, &config);
    return serve(&arguments, &config);
}
