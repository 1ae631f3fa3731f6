/*
 * What a controller has heard of the nodes: who lives, in which start of its
 * process, on which store.
 *
 * A node lives while it was heard within a while. That is a guess, and nothing
 * but a guess: a wrong one costs a pause, never data.
 *
 * A node counts once its start is entered in the control store. Each start
 * counts its boot number up on the disk; one that is not above the number in
 * the store is an old copy of a disk put back, and whatever it says is void.
 */
#ifndef DALV_CONTROL_ROSTER_H
#define DALV_CONTROL_ROSTER_H

#include "cluster/cluster_map.h"
#include "model/peer_message.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum roster_standing {
    ROSTER_UNHEARD,  /* Nothing was heard yet. */
    ROSTER_ENTERING, /* Its start is not in the control store yet. */
    ROSTER_COUNTED,
    ROSTER_PUT_BACK, /* An old copy of a disk: it says so to people. */
};

struct roster_entry {
    uint32_t node;
    enum roster_standing standing;
    bool is_alive;
    bool is_stalled; /* Completes no sync, or takes nothing: leads nothing. */
    uint64_t heard_ms;
    uint64_t away_ms;     /* Since when it is not alive. */
    uint64_t boot;        /* 0: unheard. */
    uint64_t boot_before; /* The start before it: what it says comes late. */
    uint64_t boot_number;
    struct store_id store;
    uint64_t report;     /* The newest that was taken in, ... */
    uint64_t whole;      /* ... and up to which nothing is missing. */
    uint64_t asked_ms;   /* The last HEARTBEAT. */
    bool is_asked_again; /* It has more to say than fitted. */
};

struct roster {
    struct roster_entry items[CLUSTER_NODES_MAX]; /* Ascending by node. */
    size_t count;
};

/* Forget everything: a new term begins, and everybody gets time to be heard. */
void roster_clear(struct roster *roster);

/* Make it hold exactly the nodes of the map that were not removed. */
void roster_align(struct roster *roster, const struct cluster_map *map,
                  uint64_t now_ms);

/* NULL if there is no such node. */
struct roster_entry *roster_find(struct roster *roster, uint32_t node);

/*
 * A node was heard. True if it is another start than before, or the first: then
 * nothing that was known of its copies holds any more.
 */
bool roster_hear(struct roster_entry *entry,
                 const struct message_heartbeaten *heard, uint64_t now_ms);

/* Something of it is wanted that it may have said already. */
void roster_ask_all(struct roster_entry *entry);

/* Of nodes that were heard: compare with what the control store says. */
void roster_judge(struct roster_entry *entry, const struct cluster_node *node);

/* Who was not heard for so long is not alive; true if that changed anyone. */
bool roster_expire(struct roster *roster, uint32_t patience_ms,
                   uint64_t now_ms);

/* Alive, counted, and on this very store. */
bool roster_is_present(const struct roster *roster,
                       const struct member *member);
/*
 * True if this start of that member's process is over, is not heard any more,
 * or may lead nothing. Whoever was not heard yet has not failed.
 */
bool roster_has_failed(const struct roster *roster, const struct member *member,
                       uint64_t boot);
/* Its boot, if it is present; 0 if not. */
uint64_t roster_boot(const struct roster *roster, const struct member *member);

#endif
