/*
 * Watches: who is told of what is committed, and up to where they were told.
 *
 * A watch follows one user (a backend's, or a device's live session) or all
 * users of this node. It is told of whole transactions in the order of the
 * log. One that has fallen behind reads the feed until it has caught up; what
 * is committed meanwhile it reads as well, so there is no hand-over between
 * reading and being told:
 *
 *     READING --- told up to the newest ---> LIVE
 *        ^                                     |
 *        +------ a record that does not join --+
 *
 * What a watch is told names the revision before it, so that whoever follows
 * finds a gap by itself. A live session never reads: its device asks for TAIL.
 * A page of the feed that is not whole has the revision before it as its own:
 * whoever follows shows nothing of it before the page that moves on. Revision 0
 * before it says that everything is told: what is not named is gone.
 */
#ifndef DALV_NODE_WATCH_H
#define DALV_NODE_WATCH_H

#include "base/allocator.h"
#include "base/bounds.h"
#include "base/bytes.h"
#include "base/list.h"
#include "base/status.h"
#include "model/cursor.h"
#include "model/effect.h"
#include "node/push.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    WATCHES_MAX = 65536,
    WATCHES_OF_CLIENT_MAX = 64,       /* Unless it is said otherwise. */
    WATCH_PAGE_BYTES_MAX = 512 << 10, /* More in one push is told as a gap. */
    WATCH_RESUME_BYTES_MAX = BOUNDS_KEY_MAX + 64,

    /* The node's id stands in a watch's number from this bit on: by it routers
       find the node whose watch is to end. */
    WATCH_NODE_SHIFT = 40,
};

struct watch {
    struct list_link link;        /* Among those that are to read. */
    struct watch *next;           /* In the set's bucket by user, ... */
    struct watch *next_of_client; /* ... and in the one by client. */
    uint64_t number;              /* 0: a device's live session. */
    uint64_t router;
    uint64_t client;
    uint64_t device; /* A live session's: not told of its own work. */
    bool is_all;
    bool is_reading;        /* Ordered, or under way. */
    bool is_ended;          /* Goes once its reading is back. */
    bool is_from_now;       /* One user: the first reading tells nothing. */
    uint32_t partition;     /* One user's. */
    struct bytes user;      /* In the watch's own memory; empty for all. */
    struct bytes prefix;    /* The same. */
    struct cursor told;     /* One user: all up to it was told. */
    struct cursor newest;   /* One user: committed, as far as was seen, ... */
    struct cursor ordered;  /* ... and when the reading was ordered. */
    uint64_t *told_indexes; /* All: for each partition; or PLACES_UNTOLD. */

    /* What the reader finds; the watch is the reader's while it reads. */
    uint32_t read_partition;
    uint64_t now_us;    /* Values due by then are not shown: ... */
    bool has_met_due;   /* ... it waits for the removal of one. */
    size_t resume_size; /* One user: a page was not whole; ... */
    uint8_t resume[WATCH_RESUME_BYTES_MAX]; /* ... go on from here. */
    uint64_t resume_floor;                  /* The user's, at that page. */
    struct list read_pushes;   /* struct push_out, in their order. */
    struct cursor read_head;   /* One user: where it stands, ... */
    struct cursor read_up_to;  /* ... and up to where it was told. */
    uint64_t read_up_to_index; /* All: in read_partition. */

    size_t size;
    uint8_t bytes[];
};

/* What a new watch is to follow. */
struct watch_wish {
    uint64_t router;
    uint64_t client;
    uint64_t device; /* Not 0: a live session. */
    bool is_all;
    bool is_from_now;
    uint32_t partition; /* One user: the user's. */
    struct bytes user;
    struct bytes prefix;
    struct cursor cursor;    /* One user: go on behind it. */
    struct bytes resume;     /* All: places, see model/places.h. */
    uint64_t number;         /* All: that it is to have; 0: a new one. */
    struct bytes partitions; /* All: a bit for each to tell; empty: all. */
};

struct watches {
    struct allocator *allocator;
    uint32_t partition_count;
    uint64_t *committed;    /* Index, for each partition. */
    struct watch **clients; /* By router and client. */
    struct watch **buckets; /* By user; the last is of those who follow all. */
    size_t count;
    size_t of_client_max; /* Watches of one client; may be changed. */
    uint64_t number_last;
    uint64_t now_us; /* The wall clock. */
    uint64_t seed;
    uint8_t *page;
};

/*
 * `node` is the id of the node, 0 for one that stands alone. DALV_NO_MEMORY:
 * nothing is held.
 */
DALV_MUST_CHECK enum dalv_status watches_init(struct watches *watches,
                                              struct allocator *allocator,
                                              uint32_t partition_count,
                                              uint64_t seed, uint32_t node);
/* Ends all of them; none is reading. */
void watches_deinit(struct watches *watches);

/*
 * The partition is led from now on, or again: all up to `index` is committed,
 * if nothing more is known to be. Who began to follow all before reads it.
 */
void watches_lead(struct watches *watches, uint32_t partition, uint64_t index,
                  struct list *reads);

/*
 * Begin to follow. A client's live session replaces its older one. DALV_BUSY
 * beyond the bounds, DALV_INVALID for a resume that was not given by us.
 */
DALV_MUST_CHECK enum dalv_status watches_add(struct watches *watches,
                                             const struct watch_wish *wish,
                                             struct watch **out_watch);

/*
 * Tell a watch of all users where it stands: all its places, in a CHANGED
 * without changes. DALV_BUSY without memory.
 */
DALV_MUST_CHECK enum dalv_status watches_place(struct watches *watches,
                                               const struct watch *watch,
                                               struct list *pushes);

/* End one watch of a client; false if it has none of that number. */
bool watches_end(struct watches *watches, uint64_t router, uint64_t client,
                 uint64_t number);
/* End all of a client, or with client 0 all of a router. */
void watches_end_all(struct watches *watches, uint64_t router, uint64_t client);

/*
 * A record was committed, or with NULL one without user data: pushes go to
 * `pushes`, watches that must read to `reads`.
 */
struct watch_told {
    uint32_t partition;
    uint64_t index;
    const struct user_record *record;
    struct list *pushes; /* struct push_out */
    struct list *reads;  /* struct watch */
};

void watches_tell(struct watches *watches, const struct watch_told *told);

/* What time it is; told before anything that may order a reading. */
void watches_set_time(struct watches *watches, uint64_t wall_us);

/* Order a reading if the watch is behind and none is ordered. */
void watches_order(struct watches *watches, struct watch *watch,
                   struct list *reads);

/* A reading is back: what it found is passed on; it goes on if it must. */
void watches_take(struct watches *watches, struct watch *watch,
                  struct list *pushes, struct list *reads);

#endif
