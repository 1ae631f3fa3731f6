/*
 * Everything that travels, as plain structs: what proto/codec makes of bytes.
 *
 * A message, its struct, its handler, its counter and its paragraph in
 * docs/PROTOCOL.md share one name. Questions are verbs, answers are past
 * participles. Pointers are borrowed from the frame or the arena that the
 * message was decoded into.
 */
#ifndef DALV_MODEL_MESSAGE_H
#define DALV_MODEL_MESSAGE_H

#include "base/bytes.h"
#include "base/status.h"
#include "model/admin_message.h"
#include "model/cursor.h"
#include "model/dot.h"
#include "model/peer_message.h"
#include "model/transaction.h"
#include "model/user_state.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum message_type {
    /* Client to router. */
    MESSAGE_HELLO = 1,
    MESSAGE_SYNC = 2,
    MESSAGE_DIGEST = 3,
    MESSAGE_RANGE = 4,
    MESSAGE_GET = 5,
    MESSAGE_UPDATE = 6,
    MESSAGE_WATCH = 7,
    MESSAGE_UNWATCH = 8,
    MESSAGE_ERASE = 9,
    MESSAGE_LIST_CONFLICTS = 10,
    MESSAGE_LIST_DEVICES = 11,
    MESSAGE_RETIRE_DEVICE = 12,
    MESSAGE_PING = 13,
    /* Router to client. */
    MESSAGE_WELCOMED = 33,
    MESSAGE_SYNCED = 34,
    MESSAGE_DIGESTED = 35,
    MESSAGE_RANGED = 36,
    MESSAGE_GOT = 37,
    MESSAGE_UPDATED = 38,
    MESSAGE_WATCHED = 39,
    MESSAGE_CHANGED = 40, /* Pushed: it answers no request. */
    MESSAGE_LISTED = 41,
    MESSAGE_PONGED = 42,
    MESSAGE_REFUSED = 43, /* Instead of any other answer. */
    /* Router to node. */
    MESSAGE_ATTACH = 64,
    MESSAGE_VOUCH = 65,
    MESSAGE_FORWARD = 66,
    MESSAGE_OPEN_DEVICE = 67,
    MESSAGE_DISMISS = 68,
    /* Controller to node, on the connection of its router. */
    MESSAGE_HEARTBEAT = 69,
    MESSAGE_SEAL = 70,
    MESSAGE_START = 71,
    /* Node to router. */
    MESSAGE_ATTACHED = 96,
    MESSAGE_VOUCHED = 97,
    MESSAGE_ANSWERED = 98,
    MESSAGE_DEVICE_OPENED = 99,
    MESSAGE_HEARTBEATEN = 100,
    MESSAGE_SEALED = 101,
    MESSAGE_STARTED = 102,
    /* Node to router. */
    MESSAGE_NOT_MASTER = 103, /* Instead of the answer to a question. */
    /* Slave to master. */
    MESSAGE_JOIN = 128,
    MESSAGE_STREAM = 129,
    MESSAGE_CATCH_UP = 130,
    /* Master to slave. */
    MESSAGE_JOINED = 160,
    MESSAGE_STREAMED = 161,
    MESSAGE_CAUGHT_UP = 162,
    /* Operator to any process, at its admin port. */
    MESSAGE_INSPECT = 192,
    /* A process to an operator. */
    MESSAGE_INSPECTED = 224,
};

/* A client shows who it is, once a connection; again to renew its token. */
struct message_hello {
    uint32_t protocol; /* Highest version that the client speaks. */
    struct bytes token;
    bool is_device;
    struct install_id install; /* Devices. */
    struct bytes client;       /* Name and version of the software, for logs. */
};

struct message_welcomed {
    uint32_t protocol; /* What both will speak. */
    uint64_t session;
    uint64_t device;   /* Devices: the id of this store. */
    struct bytes user; /* Devices: from the token. */
    struct bytes cluster_id;
    uint64_t token_expiry_us;
};

/* One round trip of a device: its work goes up, what changed comes down. */
struct message_sync {
    uint64_t device; /* The id of the store whose request this is. */
    struct cursor cursor;
    uint64_t confirmed;         /* Outcomes up to it are held durably. */
    uint64_t push_first;        /* Number of the first transaction below. */
    uint64_t chain;             /* Over all pushes before it. */
    const struct bytes *pushes; /* Transactions, as model/transaction_format
                                   encodes them. */
    size_t push_count;
    uint32_t budget_bytes; /* For the page; 0 for the server's default. */
    struct bytes resume;   /* From a page that was not whole; the cursor is
                              still the one before the first page. */
    bool is_live;          /* Push what comes from now on. */
};

enum sync_mode {
    SYNC_TAIL = 0,     /* The page brings what changed since the cursor. */
    SYNC_DIGEST = 1,   /* Below the floor: compare ranges; nothing judged. */
    SYNC_SNAPSHOT = 2, /* Another history: read all; nothing judged. */
};

struct message_synced {
    enum sync_mode mode;
    uint64_t settled;               /* Highest push number judged so far. */
    const struct outcome *outcomes; /* New ones; bad ones until confirmed. */
    size_t outcome_count;
    uint64_t applied_first;  /* First push number first settled here; 0. */
    const uint64_t *applied; /* Revision of each from there on whose effects
                                are exactly its operations; 0 for others. */
    size_t applied_count;
    struct bytes page; /* model/change_format. */
    bool is_whole;
    struct bytes resume;  /* Where the next page begins. */
    struct cursor cursor; /* After this page, once it is whole; with
                             DIGEST, SNAPSHOT the head noted as S. */
    uint64_t remaining_count;
    uint64_t remaining_bytes;
    bool is_restored; /* SNAPSHOT: the server lost what the device holds of its
                         history above ... */
    uint64_t common;  /* ... this revision; else 0. */
    bool is_erased;   /* The device's history was erased. */
};

/* Digests of ranges of keys, from behind `from_key`. */
struct message_digest {
    struct bytes user; /* Backends; devices have their own. */
    struct bytes from_key;
    uint32_t keys_per_range; /* 0 for the server's default. */
};

struct message_digest_range {
    struct bytes last_key;
    uint64_t hash;
    uint64_t count;
};

struct message_digested {
    struct cursor head; /* At the reading. */
    const struct message_digest_range *ranges;
    size_t range_count;
    bool is_whole; /* The last range ends at the last key. */
};

/* State of consecutive keys: SCAN, SNAPSHOT, EXPORT. */
struct message_range {
    struct bytes user; /* Backends. */
    struct bytes prefix;
    struct bytes resume;   /* From the answer before; empty to begin. */
    struct bytes from_key; /* Without resume: behind this key, ... */
    struct bytes to_key;   /* ... up to and with this one; empty: the end. */
    uint32_t budget_bytes;
    uint32_t count_max;
    bool is_without_elements;
    bool has_parts;            /* Large values with their parts, ... */
    uint32_t part_first;       /* ... of the key `prefix` these and the later
                                  ones alone; 0: all of it. */
    uint64_t at_least;         /* Revision that the answer must have seen. */
    uint32_t max_staleness_ms; /* By a slave, no older; 0: by the master. */
    struct cursor since; /* With a history: only what changed behind it, what
                            went with it, in the order of the feed. */
};

struct message_ranged {
    struct cursor head; /* At the reading: the page is of one moment. */
    struct bytes page;
    bool is_whole;
    struct bytes resume;
    struct bytes reached_key; /* The page covers all up to and with it ... */
    bool is_inside_list;      /* ... or of its list all up to this dot. */
    struct dot reached_dot;
};

struct message_get {
    struct bytes user; /* Backends. */
    struct bytes key;
    uint64_t at_least;
    uint32_t max_staleness_ms; /* As in message_range. */
};

struct message_got {
    struct cursor head;
    struct bytes page; /* The key, a list's elements behind it; empty
                          if there is nothing. */
    bool is_whole;     /* False: the list goes on, read it by RANGE. */
};

/* A backend's transaction, or a part of a large value that a device sends. */
struct message_update {
    struct bytes user;
    struct request_id id;
    uint32_t deadline_ms;     /* From receipt; never evaluated after it. */
    struct bytes transaction; /* model/transaction_format. */
};

struct message_updated {
    enum dalv_status status;
    uint32_t operation; /* At fault, if the status is not DALV_OK. */
    struct cursor head; /* DALV_OK: with the revision that it took. */
    uint64_t epoch;
    const int64_t *numbers; /* One for each INCREMENT: its result. */
    size_t number_count;
};

/* Follow one user, or all. */
struct message_watch {
    bool is_all;
    struct bytes user;
    struct bytes prefix;
    struct cursor cursor; /* One user: go on behind it. */
    struct bytes resume;  /* All: opaque, from CHANGED. */
    bool is_from_now;     /* Nothing of what was before. */
    /* All, from a router that asks several nodes: the number that the watch is
       to have, not 0, and a bit for each partition that is to be told, the
       lowest of the first byte for the first; empty for every one. */
    uint64_t watch;
    struct bytes partitions;
};

/* Answers UNWATCH too. */
struct message_watched {
    uint64_t watch;
    struct cursor head;
};

struct message_unwatch {
    uint64_t watch;
};

/*
 * Committed work of others, whole transactions. Whoever catches up gets the
 * state after several of them, in pages if there is much: a page whose
 * `revision` is the one before is not whole, and nothing of it is shown before
 * the page that moves on. One without changes only says where the watch stands.
 * A device may get one before the answer to the SYNC that began its live
 * session: if that is behind it, the device asks again.
 */
struct message_changed {
    uint64_t watch;    /* 0: the device's live session. */
    struct bytes user; /* Watch of all users. */
    uint64_t history_id;
    uint64_t revision_before; /* A gap makes the receiver ask for TAIL. */
    uint64_t revision;
    struct bytes page;
    bool is_gap;         /* Too much was waiting: ask from the cursor. */
    struct bytes resume; /* Watch of all users. */
};

struct message_erase {
    struct bytes user;
    struct request_id id;
};

struct message_list_conflicts {
    struct bytes user;
    struct bytes resume;
};

struct message_list_devices {
    struct bytes user;
    struct bytes resume;
};

struct message_retire_device {
    struct bytes user;
    uint64_t device;
    struct request_id id;
};

struct message_listed {
    const struct conflict_state *conflicts;
    size_t conflict_count;
    const struct device_state *devices;
    size_t device_count;
    struct bytes resume; /* Empty at the end. */
};

struct message_ping {
    uint64_t payload;
};

struct message_refused {
    enum dalv_status status;
    struct bytes text;       /* What to do, for people. */
    uint32_t retry_after_ms; /* DALV_BUSY, DALV_QUOTA; else 0. */
};

/* A router makes itself known; its older sessions are over. */
struct message_attach {
    struct bytes cluster_id;
    struct bytes router; /* Its id. */
    uint64_t session;    /* Grows with each start of the router. */
};

struct message_attached {
    struct bytes node;
    uint64_t boot_id;
};

/* A token travels to a node once and is then named by number. */
struct message_vouch {
    uint64_t number;
    struct bytes token;
};

struct message_vouched {
    uint64_t number;
    enum dalv_status status;
};

/* A client's frame for a node; the frame itself follows as it came. */
struct message_forward {
    uint64_t session;
    uint64_t token; /* Number; see VOUCH. */
    struct bytes user;
    uint64_t device;      /* 0 for backends. */
    uint64_t client;      /* Names the client's connection, for pushes. */
    uint32_t deadline_ms; /* What is left. */
};

/* A node's answer; the frame for the client follows. */
struct message_answered {
    uint64_t client;
    bool is_push; /* CHANGED: answers no request. */
};

struct message_open_device {
    struct install_id install;
    uint64_t session; /* The router's, as in FORWARD. */
    uint64_t token;   /* Number; see VOUCH. */
    struct bytes user;
    uint32_t deadline_ms;
};

/* A client is gone: its watches and its live session end. */
struct message_dismiss {
    uint64_t client;
};

struct message_device_opened {
    enum dalv_status status;
    uint64_t device;
};

/*
 * The node does not lead the partition of a question, or leads it no more. The
 * question was not evaluated, and will not be; with `may_be_done` it was, and
 * the next master's log tells what became of it.
 */
struct message_not_master {
    uint32_t partition;
    uint64_t epoch;   /* The newest that the node has heard of. */
    uint32_t node;    /* Who leads it, as far as the node knows; 0. */
    bool may_be_done; /* Only a repetition under the same id learns more. */
};

/* Any of them. */
struct message {
    enum message_type type;
    uint32_t request; /* Chosen by the asker, repeated in the answer;
                         0 in what answers nothing. */
    union {
        struct message_hello hello;
        struct message_sync sync;
        struct message_digest digest;
        struct message_range range;
        struct message_get get;
        struct message_update update;
        struct message_watch watch;
        struct message_unwatch unwatch;
        struct message_erase erase;
        struct message_list_conflicts list_conflicts;
        struct message_list_devices list_devices;
        struct message_retire_device retire_device;
        struct message_ping ping;
        struct message_welcomed welcomed;
        struct message_synced synced;
        struct message_digested digested;
        struct message_ranged ranged;
        struct message_got got;
        struct message_updated updated;
        struct message_watched watched;
        struct message_changed changed;
        struct message_listed listed;
        struct message_ping ponged;
        struct message_refused refused;
        struct message_attach attach;
        struct message_vouch vouch;
        struct message_forward forward;
        struct message_open_device open_device;
        struct message_dismiss dismiss;
        struct message_attached attached;
        struct message_vouched vouched;
        struct message_answered answered;
        struct message_device_opened device_opened;
        struct message_not_master not_master;
        struct message_heartbeat heartbeat;
        struct message_heartbeaten heartbeaten;
        struct message_seal seal;
        struct message_sealed sealed;
        struct message_start start;
        struct message_started started;
        struct message_join join;
        struct message_joined joined;
        struct message_stream stream;
        struct message_streamed streamed;
        struct message_catch_up catch_up;
        struct message_caught_up caught_up;
        struct message_inspect inspect;
        struct message_inspected inspected;
    };
};

/*
 * The user that a client's request names; empty if it names none, and for
 * every other message.
 */
struct bytes message_user(const struct message *message);

/* True if a request may change data: no answer leaves its outcome unknown. */
bool message_is_write(enum message_type type);
/* How old the answer may be; 0: not at all, or it is no read that may. */
uint32_t message_max_staleness_ms(const struct message *message);

/* True if devices, or backends, may send a request of this type. */
bool message_is_for_devices(enum message_type type);
bool message_is_for_backends(enum message_type type);

/* The protocol's name, e.g. "SYNC". Static, never NULL. */
const char *message_type_name(enum message_type type);

#endif
