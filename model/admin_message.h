/*
 * What an operator asks a process at its admin port, and what it answers: the
 * structs that model/message.h has in its union.
 *
 * Nothing is changed by it. How the copies of a node's partitions are doing is
 * asked as a controller asks: HEARTBEAT.
 */
#ifndef DALV_MODEL_ADMIN_MESSAGE_H
#define DALV_MODEL_ADMIN_MESSAGE_H

#include "base/bytes.h"
#include "base/status.h"

#include <stdbool.h>
#include <stdint.h>

/* Bits of message_inspected.roles, as config/config.h's. */
enum admin_role {
    ADMIN_ROLE_STORAGE = 1,
    ADMIN_ROLE_ROUTER = 2,
};

/* Operator to process: how are you? */
struct message_inspect {
    bool wants_configuration;
    bool wants_metrics;
    bool wants_map;
};

/* One process: who it is, how it is, what it was told, what it counted. */
struct message_inspected {
    struct bytes name;
    struct bytes software; /* Its version. */
    struct bytes cluster_id;
    uint32_t node;
    uint32_t roles;
    uint64_t boot_id;
    uint64_t uptime_ms;
    uint64_t wall_us;
    uint64_t incarnation; /* Of the map that it has; zeros: none. */
    uint64_t version;
    enum dalv_status control_status; /* Of its last reading of the store. */
    bool is_ready;
    bool is_controller;
    struct bytes node_key;    /* Public, among nodes; empty: no encryption. */
    uint64_t disk_free_bytes; /* Where its data folder is. */
    uint64_t disk_bytes;
    /* If they were wanted: text that config_parse takes, ... */
    struct bytes configuration;
    struct bytes metrics; /* ... Prometheus' text format, ... */
    struct bytes
        map; /* ... and cluster_map_decode; empty if it is too large. */
};

#endif
