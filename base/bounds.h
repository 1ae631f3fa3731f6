/*
 * Every bound of the system that more than one folder must know, in one place.
 *
 * Each has a test that reaches it. Sizes are bytes unless the name says
 * otherwise.
 */
#ifndef DALV_BASE_BOUNDS_H
#define DALV_BASE_BOUNDS_H

enum {
    BOUNDS_USER_ID_MAX = 255,
    BOUNDS_KEY_MAX = 1024,
    BOUNDS_VALUE_MAX = 1 << 20,   /* One value in one message. */
    BOUNDS_UPLOAD_PARTS_MAX = 64, /* Of BOUNDS_VALUE_MAX bytes each. */
    BOUNDS_TRANSACTION_OPERATIONS_MAX = 1000,
    BOUNDS_TRANSACTION_BYTES_MAX = 4 << 20,
    BOUNDS_OPERATION_DOTS_MAX = 1000, /* Dots named by one removal. */
    BOUNDS_LIST_ELEMENTS_MAX = 10000,
    BOUNDS_BATCH_TRANSACTIONS_MAX = 1000, /* One log batch. */
    BOUNDS_BATCH_BYTES_MAX = 4 << 20,
    BOUNDS_MESSAGE_BYTES_MAX = 5 << 20, /* One frame on any socket. */
    BOUNDS_TOKEN_BYTES_MAX = 4096,
    BOUNDS_PAGE_BYTES_MAX = 1 << 20, /* State in one SYNC answer. */
    BOUNDS_USER_DEVICES_MAX = 32,
    BOUNDS_REFUSALS_UNCONFIRMED_MAX = 10000,
    BOUNDS_SYNC_PUSHES_MAX = 1000,   /* Transactions in one SYNC. */
    BOUNDS_DIGEST_RANGES_MAX = 1000, /* In one DIGESTED. */
    BOUNDS_LISTED_MAX = 1000,        /* Conflicts, or devices, in one LISTED. */
    BOUNDS_PARTITIONS_LISTED_MAX = 512,  /* In one message between nodes. */
    BOUNDS_MEMBERS_BYTES_MAX = 1024,     /* Of one partition, as bytes. */
    BOUNDS_RESUME_BYTES_MAX = 768 << 10, /* Where a page or a watch goes on. */
    BOUNDS_PARTITION_SET_BYTES_MAX = 8 << 10, /* A bit for each of 65,536. */
    BOUNDS_NAME_BYTES_MAX = 255, /* Of a node, a router, a cluster, software. */
    BOUNDS_CURVE_KEY_BYTES = 32,
    BOUNDS_CONFIGURATION_BYTES_MAX = 64 << 10, /* Of a process, as text. */
    BOUNDS_METRICS_BYTES_MAX = 256 << 10,      /* The same. */
    BOUNDS_MAP_BYTES_MAX = 4 << 20, /* Of a cluster, in one message. */
    BOUNDS_REFUSED_TEXT_BYTES_MAX = 1024,
    BOUNDS_DEADLINE_MS_MAX = 60000, /* How long a question may last. */
    BOUNDS_CLOCK_SKEW_S = 60,
    BOUNDS_REQUEST_MEMORY_H = 24, /* How long request ids live, ... */
    BOUNDS_UPLOAD_MEMORY_H = 24,  /* ... and uploads that nobody binds. */
};

#endif
