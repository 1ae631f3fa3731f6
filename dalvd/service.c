#include "dalvd/service.h"

#include "base/assert.h"
#include "base/log.h"
#include "dalvd/admin_port.h"
#include "dalvd/data_folder.h"
#include "dalvd/keyring.h"
#include "dalvd/lone_map.h"
#include "dalvd/membership.h"
#include "dalvd/monitor.h"
#include "dalvd/random.h"
#include "dalvd/refusal_log.h"
#include "dalvd/rules.h"
#include "net/loop.h"
#include "net/network.h"
#include "node/shell.h"
#include "router/shell.h"
#include "storage/boot_number.h"
#include "storage/files.h"
#include "token/gate.h"

#include <signal.h>
#include <stdlib.h>

enum {
    IO_THREADS = 1,
    DRAIN_MS_MAX = 10000,
    US_PER_MS = 1000,
    CLIENTS_MAX = 65536,
    PENDING_MAX = 131072,
    /* Of queues.router_bytes: a half for requests, and for answers a quarter
       at each of the two ports that clients come by. */
    REQUESTS_PART = 2,
    ANSWERS_PART = 4,
    /* What deciding takes for each byte of queues.worker_bytes, beside ... */
    DECIDING_FACTOR = 4,
    /* ... the tables of the storage role, all full. */
    TABLES_BYTES = 384 << 20,
    ENDPOINT_TEXT_BYTES = ADDRESS_TEXT_MAX + 8,
};

static const char port_in_use[] = "the port is in use: give another base port";

struct service {
    struct config config;
    const char *config_path;
    struct rules rules;
    struct token_gate gate;
    struct refusal_log refusal_log;
    struct keyring keyring;
    struct loop *loop;
    uint64_t boot_id; /* Random at each start. */
    struct node_shell *node;
    struct router_shell *router;
    struct membership *membership; /* NULL: it is a cluster of its own. */
    struct monitor *monitor;
    struct admin_port *admin_port;
    uint64_t boot_number; /* Of this start: greater than of any before. */
    bool is_draining;
    uint64_t drain_until_ms;
};

/* ---- Events ---- */

static void on_parcel(void *owner, struct endpoint *from,
                      struct parcel **parcel_p)
{
    struct service *service = owner;

    if (service->node != NULL &&
        node_shell_on_parcel(service->node, from, parcel_p))
        return;
    if (service->membership != NULL &&
        membership_on_parcel(service->membership, from, *parcel_p))
        return;
    if (admin_port_on_parcel(service->admin_port, from, *parcel_p))
        return;
    if (service->router != NULL)
        (void)router_shell_on_parcel(service->router, from, parcel_p);
}

static void on_connection(void *owner, struct endpoint *from, bool is_connected)
{
    struct service *service = owner;

    if (service->node != NULL &&
        node_shell_on_connection(service->node, from, is_connected))
        return;
    if (service->membership != NULL &&
        membership_on_connection(service->membership, from))
        return;
    if (service->router != NULL)
        (void)router_shell_on_connection(service->router, from, is_connected);
}

static void on_refused(void *owner, struct endpoint *from)
{
    struct service *service = owner;

    if (service->node != NULL && node_shell_on_refused(service->node, from))
        return;
    if (service->membership != NULL)
        (void)membership_on_refused(service->membership, from);
}

static void on_job_done(void *owner, struct worker *from, void *job)
{
    struct service *service = owner;

    if (service->membership != NULL &&
        membership_on_job_done(service->membership, from))
        return;
    if (service->node != NULL)
        (void)node_shell_on_job_done(service->node, from, job);
}

static void on_deadline(void *owner, uint64_t now_ms)
{
    struct service *service = owner;

    (void)now_ms;
    if (service->router != NULL)
        router_shell_on_deadline(service->router);
}

static bool is_idle(const struct service *service)
{
    return (service->router == NULL || router_shell_is_idle(service->router)) &&
           (service->node == NULL || node_shell_is_idle(service->node));
}

static void on_batch_end(void *owner, uint64_t now_ms)
{
    struct service *service = owner;

    if (service->node != NULL)
        node_shell_on_batch_end(service->node, now_ms);
    if (service->membership != NULL)
        membership_on_batch_end(service->membership, now_ms);
    monitor_beat(service->monitor, now_ms);
    refusal_log_tell(&service->refusal_log, &service->gate, now_ms);
    if (!service->is_draining)
        return;
    if (is_idle(service) || now_ms >= service->drain_until_ms)
        loop_stop(service->loop);
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static uint64_t next_deadline_ms(void *owner)
{
    const struct service *service = owner;
    uint64_t next_ms = monitor_next_deadline_ms(service->monitor);

    if (service->router != NULL)
        next_ms =
            earlier(next_ms, router_shell_next_deadline_ms(service->router));
    if (service->node != NULL)
        next_ms = earlier(next_ms, node_shell_next_deadline_ms(service->node));
    if (service->membership != NULL)
        next_ms =
            earlier(next_ms, membership_next_deadline_ms(service->membership));
    if (service->is_draining)
        next_ms = earlier(next_ms, service->drain_until_ms);
    return next_ms;
}

static void set_watch_max(struct service *service)
{
    node_shell_set_watch_max(
        service->node, (uint32_t)service->config.limits.watches_per_device);
}

static void tell_changes(const struct config_changes *changes)
{
    for (size_t i = 0; i < changes->count; i++)
        LOG(LOG_INFO, "reload", log_text("key", changes->items[i].path),
            log_text("taken", changes->items[i].needs_restart
                                  ? "no: needs a restart"
                                  : "yes"));
}

/* What a running process can take over, it takes; the rest is named. */
static void reload_config(struct service *service)
{
    static struct config fresh;
    static struct config_changes changes;
    struct config_error error = {0};

    if (config_load(service->config_path, &fresh, &error) != DALV_OK) {
        LOG(LOG_ERROR, "reload_refused", log_text("file", service->config_path),
            log_u64("line", error.line), log_text("why", error.text));
        return;
    }
    config_diff(&service->config, &fresh, &changes);
    tell_changes(&changes);
    config_apply(&service->config, &fresh);
    log_set_level(service->config.logging.level);
    rules_reload(&service->rules, &service->config);
    if (service->router != NULL)
        router_shell_set_limits(service->router, &service->rules.limits,
                                (uint32_t)service->config.requests.deadline_ms);
    if (service->node != NULL)
        set_watch_max(service);
}

/*
 * The files may have others in them under the same names. Tokens of keys that
 * are gone end; if one file cannot be read, all keys stay as they are.
 */
static void reload_keys(struct service *service)
{
    struct config_error error = {0};

    if (rules_load_verifier(&service->config, &service->gate.verifier,
                            &error) != DALV_OK) {
        LOG(LOG_ERROR, "reload_keys_kept", log_text("why", error.text));
        return;
    }
    if (keyring_reload(&service->keyring, &service->config, &error) != DALV_OK)
        LOG(LOG_ERROR, "reload_lists_kept", log_text("why", error.text));
    if (service->router != NULL)
        router_shell_review_tokens(service->router);
    LOG(LOG_INFO, "reload_keys",
        log_u64("count", service->gate.verifier.keys.count));
}

static void on_signal(void *owner, int signal)
{
    struct service *service = owner;

    if (signal == SIGHUP) {
        if (service->config_path != NULL)
            reload_config(service);
        reload_keys(service);
        return;
    }
    if (service->is_draining) {
        loop_stop(service->loop);
        return;
    }
    LOG(LOG_INFO, "draining", log_u64("signal", (uint64_t)signal));
    service->is_draining = true;
    monitor_set_ending(service->monitor);
    service->drain_until_ms = loop_now_ms(service->loop) + DRAIN_MS_MAX;
    if (service->router != NULL)
        router_shell_drain(service->router);
}

/* ---- Opening ---- */

static enum dalv_status explain(struct config_error *error,
                                enum dalv_status status, const char *what,
                                const char *text)
{
    struct text out = config_error_begin(error, status, 0, 0);

    text_put(&out, what);
    text_put(&out, ": ");
    text_put(&out, text);
    return status;
}

static void tell_of_store(const struct node_store *store)
{
    if (store->report.is_cut)
        LOG(LOG_WARNING, "log_cut",
            log_text("why", "its last batch was torn: after a crash nothing "
                            "acknowledged was in it; without one the disk "
                            "has lost data"));
    if (store->is_index_rebuilt)
        LOG(LOG_WARNING, "index_rebuilt",
            log_u64("records", store->replayed_count));
    LOG(LOG_INFO, "storage_ready", log_text("folder", store->folder),
        log_u64("records", store->report.record_count),
        log_u64("replayed", store->replayed_count));
}

/* For what each of the queues may hold, and one turn of the largest. */
static size_t node_memory_bytes(const struct config_queues *queues)
{
    return queues->router_bytes / REQUESTS_PART +
           queues->worker_bytes * DECIDING_FACTOR + TURN_BYTES_MAX +
           TABLES_BYTES;
}

static void format_endpoint(const struct address *address,
                            char text[ENDPOINT_TEXT_BYTES])
{
    struct text out;

    text_init(&out, text, ENDPOINT_TEXT_BYTES);
    text_put(&out, "tcp://");
    address_format(address, &out);
}

/* NULL if nothing is encrypted. */
static const struct endpoint_keys *keys_of(const struct service *service,
                                           const struct endpoint_keys *keys)
{
    return service->keyring.has_keys ? keys : NULL;
}

static bool is_in_cluster(const struct config *config)
{
    return config->control.store[0] != '\0';
}

static bool is_router(const void *keyring, const struct curve_key *key)
{
    return keyring_is_router(keyring, key);
}

/* Where routers and other nodes come by; within the process without. */
static enum dalv_status identify_node(struct service *service,
                                      struct node_shell_options *options,
                                      char address[ENDPOINT_TEXT_BYTES],
                                      struct config_error *error)
{
    format_endpoint(&service->config.listen.nodes, address);
    options->address = address;
    options->keys = keys_of(service, &service->keyring.nodes);
    options->boot_number = service->boot_number;
    if (service->keyring.has_keys) {
        options->is_router = is_router;
        options->is_router_owner = &service->keyring;
    }
    return membership_identify(&service->config, &options->self, error);
}

static enum dalv_status open_node(struct service *service,
                                  struct config_error *error)
{
    const struct config *config = &service->config;
    char address[ENDPOINT_TEXT_BYTES];
    struct node_shell_options options = {
        .node_id = bytes_from_text(config->node.name),
        .cluster_id = bytes_from_text(config->cluster.id),
        .policy = &service->rules.policy,
        .token_judge = &service->gate.judge,
        .boot_id = service->boot_id,
        .seed = random_u64(),
        .memory_bytes_max = node_memory_bytes(&config->queues),
        .request_bytes_max = config->queues.router_bytes / REQUESTS_PART,
        .waiting_bytes_max = config->queues.worker_bytes,
        .client_bytes_max = config->queues.client_bytes,
        .answer_bytes_max = config->queues.router_bytes / ANSWERS_PART,
        .log_bytes_kept = config->log.retention_bytes,
        .erased_kept_us = config->log.erased_kept_ms * US_PER_MS,
        .client_max = CLIENTS_MAX,
    };
    enum dalv_status status = DALV_OK;

    if (is_in_cluster(config))
        status = identify_node(service, &options, address, error);
    if (status == DALV_OK)
        status =
            data_folder_open(config, DATA_FOLDER_SERVED, &options.store, error);
    if (status != DALV_OK)
        return status;
    tell_of_store(options.store);
    status = node_shell_open(&options, service->loop, &service->node);
    if (status != DALV_OK)
        return explain(error, status, "storage role", status_text(status));
    set_watch_max(service);
    return DALV_OK;
}

/* A restart must be newer to whoever knew the process before. */
static enum dalv_status take_boot_number(struct service *service,
                                         struct config_error *error)
{
    const char *folder = service->config.data.folder;
    enum dalv_status status = files_make_folder(files_of_system(), folder);

    if (status == DALV_OK)
        status = boot_number_take(folder, &service->boot_number);
    return status == DALV_OK
               ? DALV_OK
               : explain(error, status, "'boot' in the data folder",
                         status_text(status));
}

/* The node that is asked within the process; in a cluster any is by TCP. */
static struct endpoint *lone_endpoint(const struct service *service)
{
    return service->membership == NULL ? node_shell_endpoint(service->node)
                                       : NULL;
}

static enum dalv_status open_router(struct service *service,
                                    struct config_error *error)
{
    const struct config *config = &service->config;
    char backends[ENDPOINT_TEXT_BYTES];
    char devices[ENDPOINT_TEXT_BYTES];
    const struct router_shell_options options = {
        .backend_address = backends,
        .device_address = devices,
        .node = lone_endpoint(service),
        .node_id = (uint32_t)config->node.id,
        .node_keys = keys_of(service, &service->keyring.nodes),
        .want_map = service->membership == NULL ? NULL : membership_want_map,
        .want_map_context = service->membership,
        .backend_keys = keys_of(service, &service->keyring.backends),
        .device_keys = keys_of(service, &service->keyring.devices),
        .router_id = bytes_from_text(config->node.name),
        .cluster_id = bytes_from_text(config->cluster.id),
        .boot_session = service->boot_number,
        .session_max = CLIENTS_MAX,
        .pending_max = PENDING_MAX,
        .deadline_ms = (uint32_t)config->requests.deadline_ms,
        .limits = service->rules.limits,
        .client_queue_bytes = config->queues.client_bytes,
        .port_queue_bytes = config->queues.router_bytes / ANSWERS_PART,
        .memory_bytes_max = config->queues.router_bytes,
        .frame_bytes_max = config->queues.router_bytes / REQUESTS_PART,
        .token_judge = &service->gate.judge,
    };
    const char *address = "";
    enum dalv_status status;

    format_endpoint(&config->listen.backends, backends);
    format_endpoint(&config->listen.devices, devices);
    status =
        router_shell_open(&options, service->loop, &service->router, &address);
    if (status == DALV_OK && service->membership == NULL)
        status = lone_map_tell(config, service->boot_id, service->router);
    if (status == DALV_OK)
        return DALV_OK;
    return explain(error, status, address,
                   status == DALV_LOCKED ? port_in_use : status_text(status));
}

static enum dalv_status open_monitor(struct service *service,
                                     struct config_error *error)
{
    const struct address *address = &service->config.listen.http;
    char endpoint[ENDPOINT_TEXT_BYTES];
    const struct monitor_sources sources = {
        .node = service->node,
        .router = service->router,
        .membership = service->membership,
        .partition_count = (uint32_t)service->config.cluster.partitions,
    };
    enum dalv_status status =
        monitor_open(address, &sources, &service->monitor);

    if (status == DALV_OK)
        return DALV_OK;
    format_endpoint(address, endpoint);
    return explain(error, status, endpoint,
                   status == DALV_LOCKED ? port_in_use : status_text(status));
}

static enum dalv_status open_admin_port(struct service *service,
                                        struct config_error *error)
{
    const struct admin_port_options options = {
        .config = &service->config,
        .keyring = &service->keyring,
        .node = service->node,
        .membership = service->membership,
        .monitor = service->monitor,
        .boot_id = service->boot_id,
    };
    char endpoint[ENDPOINT_TEXT_BYTES];
    enum dalv_status status =
        admin_port_open(&options, service->loop, &service->admin_port);

    if (status == DALV_OK)
        return DALV_OK;
    format_endpoint(&service->config.listen.admin, endpoint);
    return explain(error, status, endpoint,
                   status == DALV_LOCKED ? port_in_use : status_text(status));
}

static void open_loop(struct service *service)
{
    static const int signals[] = {SIGTERM, SIGINT, SIGHUP};
    const struct loop_options options = {
        .handlers = {.owner = service,
                     .on_parcel = on_parcel,
                     .on_connection = on_connection,
                     .on_refused = on_refused,
                     .on_job_done = on_job_done,
                     .on_signal = on_signal,
                     .on_deadline = on_deadline,
                     .on_batch_end = on_batch_end,
                     .next_deadline_ms = next_deadline_ms},
    };

    service->loop = loop_create(&options);
    loop_add_signals(service->loop, signals,
                     sizeof(signals) / sizeof(signals[0]));
    network_start(IO_THREADS);
}

/* Judges look at the rules at each request. */
static void agree(void *owner, const struct cluster_map *map)
{
    struct service *service = owner;

    if (rules_agree(&service->rules, map->policy))
        LOG(LOG_INFO, "policy_taken",
            log_u64("version", map->head.version.version));
}

static enum dalv_status open_roles(struct service *service,
                                   struct config_error *error)
{
    const struct config *config = &service->config;
    enum dalv_status status = DALV_OK;

    if (is_in_cluster(config))
        status = membership_open(config, &service->keyring, service->loop,
                                 &service->membership, error);
    if (status == DALV_OK && (config->roles & CONFIG_STORAGE) != 0)
        status = open_node(service, error);
    if (status == DALV_OK && (config->roles & CONFIG_ROUTER) != 0)
        status = open_router(service, error);
    if (status == DALV_OK && service->membership != NULL)
        membership_set_roles(service->membership, &(struct membership_roles){
                                                      .node = service->node,
                                                      .router = service->router,
                                                      .agree = agree,
                                                      .owner = service,
                                                  });
    return status;
}

enum dalv_status service_open(const struct config *config,
                              const char *config_path,
                              struct service **out_service,
                              struct config_error *out_error)
{
    struct service *service = calloc(1, sizeof(*service));
    struct token_verifier verifier;
    enum dalv_status status;

    ASSERT(service != NULL);
    service->config = *config;
    service->config_path = config_path;
    service->boot_id = random_u64();
    rules_init(&service->rules, &service->config);
    open_loop(service);
    status = keyring_open(&service->keyring, &service->config, out_error);
    if (status == DALV_OK)
        status = rules_load_verifier(&service->config, &verifier, out_error);
    if (status == DALV_OK)
        status = take_boot_number(service, out_error);
    if (status == DALV_OK) {
        token_gate_init(&service->gate, &verifier);
        status = open_roles(service, out_error);
    }
    if (status == DALV_OK)
        status = open_monitor(service, out_error);
    if (status == DALV_OK)
        status = open_admin_port(service, out_error);
    if (status == DALV_OK)
        *out_service = service;
    else
        (void)service_close(&service);
    return status;
}

void service_run(struct service *service)
{
    loop_run(service->loop);
}

enum dalv_status service_close(struct service **service_p)
{
    struct service *service = *service_p;
    enum dalv_status status;

    *service_p = NULL;
    if (service == NULL)
        return DALV_OK;
    admin_port_close(&service->admin_port);
    monitor_close(&service->monitor);
    membership_close(&service->membership);
    router_shell_close(&service->router);
    status = node_shell_close(&service->node);
    loop_destroy(&service->loop);
    keyring_close(&service->keyring);
    network_stop();
    free(service);
    return status;
}
