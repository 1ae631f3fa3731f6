/*
 * What a transaction became: decided, complete, and to be applied blindly.
 *
 * Effects are what the log holds and what every replica applies. Applying one
 * is a pure function of the record: each carries all that the index needs to
 * know about what it replaces (struct effect_trail), so nothing is read and
 * nothing is skipped.
 *
 * The numbers stand in the log for ever. Types below 16 have the layout of
 * docs/STORAGE_FORMAT.md's golden record.
 */
#ifndef DALV_MODEL_EFFECT_H
#define DALV_MODEL_EFFECT_H

#include "base/bytes.h"
#include "model/dot.h"
#include "model/key_state.h"
#include "model/upload.h"
#include "model/user_state.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum effect_type {
    EFFECT_PUT = 1,           /* The key is this register. */
    EFFECT_REMOVE = 2,        /* The key is absent; a tombstone stays. */
    EFFECT_COUNTER = 16,      /* The key is a counter with this value. */
    EFFECT_LIST_ADD = 17,     /* The list has this element. */
    EFFECT_LIST_REMOVE = 18,  /* The element is gone; a tombstone stays. */
    EFFECT_KEY_DROP = 19,     /* The key's tombstone goes. */
    EFFECT_ELEMENT_DROP = 20, /* The element's record goes: its tombstone, or
                                 an element of a list that ended. */
    EFFECT_USER = 21,         /* The user's record is this. */
    EFFECT_DEVICE = 22,       /* The device's entry is this. */
    EFFECT_OUTCOME = 23,      /* Kept until the device confirms it. */
    EFFECT_OUTCOME_DROP = 24,
    EFFECT_REQUEST = 25, /* A request id and how it ended. */
    EFFECT_REQUEST_DROP = 26,
    EFFECT_CONFLICT = 27, /* An entry of the conflict log. */
    EFFECT_CONFLICT_DROP = 28,
    EFFECT_LIST_ENDED = 29,    /* A generation's elements wait for removal. */
    EFFECT_LIST_PURGED = 30,   /* None is left of that generation. */
    EFFECT_HISTORY_ENDED = 31, /* Everything of an erased history waits. */
    /* 33 in the log is EFFECT_USER of a user that was restored. */
    EFFECT_HISTORY_PURGED = 32, /* What `value` lists of it goes now (made by
                                   index_history_rest); if that is empty,
                                   nothing is left of it. */
    EFFECT_UPLOAD_PART = 34,    /* The upload has this part. */
    EFFECT_UPLOAD = 35,         /* The upload's state is this. */
    EFFECT_UPLOAD_DROP = 36, /* It is forgotten. Its parts are their key's, or
                                LIST_ENDED gave them up for removal. */
};

/*
 * What the key effects (1, 2, 16, 17, 18, 19, 20) replace.
 *
 * LIST_ADD and LIST_REMOVE change their list's key too: its revision, writer
 * and time become the record's, the rest of its memory stands here. The first
 * one of a record that makes a list (`generation` is the record's revision)
 * puts the key's own entry into the feed and names the one that it replaces;
 * all others leave the key's own entry alone, and their `feed_revision` is 0.
 * KEY_DROP and ELEMENT_DROP leave the memory of the key alone.
 *
 * A PUT with a `generation` makes a register in parts, which are there already;
 * `element_bytes` is what they have together. What replaces it says LIST_ENDED
 * of its generation, and its parts go like elements.
 */
struct effect_trail {
    uint64_t feed_revision; /* Of the key's entry replaced in the feed; 0 none.
                             */
    uint64_t expiry_us;     /* Of the expiry entry replaced; 0 none. */
    /* The key's memory after this effect (see struct key_state). */
    uint64_t other_revision;
    uint64_t reset_revision;
    uint64_t reset_writer;
    uint64_t generation;
    uint32_t element_count;
    uint64_t element_bytes;
    /*
     * LIST_ADD, LIST_REMOVE, ELEMENT_DROP. An element is a tombstone exactly
     * if the two differ; one that was added and removed by one transaction has
     * an `added_revision` of 0.
     */
    uint64_t added_revision;
    uint64_t element_revision; /* Of the element's feed entry; 0 none. */
};

struct effect {
    enum effect_type type;
    struct bytes key;          /* Key effects, LIST_ENDED, LIST_PURGED. */
    struct bytes value;        /* PUT, LIST_ADD, UPLOAD_PART. */
    uint32_t flags;            /* PUT. */
    bool has_expiry;           /* PUT. */
    uint64_t expiry_us;        /* PUT; 0 without. */
    int64_t number;            /* COUNTER. */
    struct dot dot;            /* LIST_ADD, LIST_REMOVE, ELEMENT_DROP; of an
                                  UPLOAD_PART its position. */
    struct effect_trail trail; /* Key effects; LIST_* and UPLOAD_PART use
                                  `generation`. */
    uint64_t device;           /* OUTCOME, OUTCOME_DROP: whose. */
    union {
        struct user_state user;
        struct device_state device_state;
        struct outcome outcome;         /* OUTCOME_DROP: push_number only. */
        struct request_state request;   /* REQUEST_DROP: id and time_us only. */
        struct conflict_state conflict; /* DROP: revision, position. */
        uint64_t history_id;            /* HISTORY_ENDED, HISTORY_PURGED. */
        struct upload_state upload;     /* DROP: upload and began_us only. */
    };
};

/* Who caused a record. */
struct author {
    uint64_t writer;           /* Device id, WRITER_BACKEND, WRITER_SYSTEM. */
    uint64_t push_number;      /* A device's; else 0. */
    struct request_id request; /* A backend's; else zeros. */
};

/* One log record's payload: one transaction of one user. */
struct user_record {
    struct bytes user;
    uint64_t history_id; /* The history that it belongs to. */
    uint64_t revision;   /* 0 if it takes none (a refusal alone, clean-up). */
    uint64_t time_us;    /* By the master's clock; never back in a partition. */
    struct author author;
    uint32_t crc; /* Of its record in the log; 0 before it has a place there. */
    const struct effect *effects;
    size_t effect_count;
};

#endif
