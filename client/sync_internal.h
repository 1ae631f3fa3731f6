/*
 * What the files of the sync machine share.
 */
#ifndef DALV_CLIENT_SYNC_INTERNAL_H
#define DALV_CLIENT_SYNC_INTERNAL_H

#include "base/arena.h"
#include "base/buffer.h"
#include "client/parts_file.h"
#include "client/store_internal.h"
#include "client/store_large.h"
#include "client/sync_machine.h"
#include "model/change_format.h"

enum sync_phase {
    SYNC_PHASE_HELLO,
    SYNC_PHASE_SYNC,
    SYNC_PHASE_DIGEST,
    SYNC_PHASE_RANGE,
    SYNC_PHASE_PARTS,
    SYNC_PHASE_UPLOAD,
    SYNC_PHASE_DONE,
};

enum {
    SYNC_PUSHES_MAX = 1000,        /* In one request, ... */
    SYNC_PUSH_BYTES_MAX = 1 << 20, /* ... beyond the first of them. */
    SYNC_RANGES_MAX = 4096,        /* Differing ranges of one DIGESTED. */
};

/* A stretch of keys to read anew. */
struct sync_range {
    size_t from_offset; /* Of its keys, in `range_keys`. */
    size_t from_size;
    size_t to_offset;
    size_t to_size; /* 0: to the end. */
};

/* PARTS: the large value that is read. */
struct sync_parts {
    struct buffer key;
    struct parts_id id; /* Its key is borrowed from `key`. */
    uint64_t generation;
    uint64_t revision;
    struct parts_file *file; /* NULL: none is read. */
    struct buffer resume;    /* Of the page before. */
    unsigned restart_count;
};

/* UPLOAD: the large value that is sent. */
struct sync_upload {
    uint64_t local_id; /* The transaction that puts it, ... */
    size_t place;      /* ... and where in it. */
    struct parts_file *file;
    uint32_t position;       /* Of the next part. */
    enum dalv_status reason; /* Why it can not go, and is given up; DALV_OK. */
    bool is_written;         /* The next two say it. */
    struct buffer transaction;
    struct request_id id;
};

struct sync_machine {
    struct store *store;
    struct sync_options options;
    struct sync_report report;
    enum sync_phase phase;
    uint64_t now_us;

    /* The SYNC under way. */
    struct bytes *pushes;
    size_t push_count;
    uint64_t push_first;
    struct buffer resume;
    uint64_t resume_history_id; /* Of the pages that it goes on from. */
    bool is_begun;              /* A first page of it was staged. */
    struct cursor whole;        /* What is staged is all up to here. */
    uint64_t settled_before;    /* In the journal, when it began. */
    struct sync_parts parts;
    struct sync_upload upload;

    /* What the last answer said is settled. */
    uint64_t settled;
    struct outcome *outcomes;
    size_t outcome_count;
    size_t outcome_capacity;

    /* Local ids that the resolver left for later: asked once a sync. */
    struct buffer later;

    /* DIGEST and SNAPSHOT: where the ranges are read towards. */
    bool is_catching_up;
    bool is_rebuilding; /* The work's bases are ahead of the replica. */
    struct cursor head;
    bool is_restored; /* See struct message_synced. */
    uint64_t common;
    struct buffer digest_from;
    bool is_digest_whole;
    struct sync_range *ranges;
    size_t range_count;
    size_t range_next;
    struct buffer range_keys;
    struct replica_place range_from; /* Its key is in `range_key`. */
    struct buffer range_key;
};

/* ---- sync_machine.c ---- */

/* What was staged under another numbering, or for another position, goes. */
DALV_MUST_CHECK enum dalv_status sync_begin_anew(struct sync_machine *machine,
                                                 enum sync_phase phase);

/* ---- sync_push.c: work goes up ---- */

/* Number what may go, durably, and lay out the next request's pushes. */
DALV_MUST_CHECK enum dalv_status
sync_prepare_pushes(struct sync_machine *machine);
/* True if there is work that a SYNC would settle. */
bool sync_has_work(struct sync_machine *machine);
/* The first large value that may be sent, and has not arrived. DALV_NOT_FOUND.
 */
DALV_MUST_CHECK enum dalv_status
sync_next_upload(struct sync_machine *machine,
                 const struct ledger_entry **out_entry, size_t *out_place);

/* ---- sync_upload.c: large values go up ---- */

/* Which operation of the entry puts a value that has not arrived as a whole.
   DALV_NOT_FOUND if there is none. */
DALV_MUST_CHECK enum dalv_status
sync_find_unsent(struct sync_machine *machine, const struct ledger_entry *entry,
                 size_t *out_place);
/* Go on to UPLOAD, if there is anything to send. */
DALV_MUST_CHECK enum dalv_status
sync_begin_upload(struct sync_machine *machine);
/* The next part. If it is damaged, the value is given up, or, if nothing of it
   has arrived, buried: then the phase is SYNC again, and nothing written. */
DALV_MUST_CHECK enum dalv_status sync_write_upload(struct sync_machine *machine,
                                                   struct message *message);
DALV_MUST_CHECK enum dalv_status
sync_take_updated(struct sync_machine *machine,
                  const struct message_updated *updated);
/* True if it was refused because what had arrived was forgotten. */
bool sync_is_forgotten(const struct ledger_entry *entry,
                       const struct outcome *outcome);
/* Put the part that makes it wait again, for uploads under new numbers. */
DALV_MUST_CHECK enum dalv_status
sync_renew_uploads(struct sync_machine *machine,
                   const struct ledger_entry *entry);

/* ---- sync_parts.c: large values come down ---- */

/* Go on to PARTS, with the next value that is staged, or shown, and is not
   there. DALV_NOT_FOUND if all are. */
DALV_MUST_CHECK enum dalv_status
sync_find_lacking(struct sync_machine *machine);
void sync_write_parts(struct sync_machine *machine, struct message *message);
DALV_MUST_CHECK enum dalv_status
sync_take_parts(struct sync_machine *machine,
                const struct message_ranged *ranged);
/* The cluster does not have what the page spoke of. */
DALV_MUST_CHECK enum dalv_status
sync_refuse_parts(struct sync_machine *machine);

/* ---- sync_settle.c: answers come down ---- */

DALV_MUST_CHECK enum dalv_status
sync_take_tail(struct sync_machine *machine,
               const struct message_synced *synced);
/* All that is to be shown is there: show it, and settle. */
DALV_MUST_CHECK enum dalv_status sync_end_tail(struct sync_machine *machine);
/* Keep what the answer says about pushes. */
DALV_MUST_CHECK enum dalv_status
sync_keep_outcomes(struct sync_machine *machine,
                   const struct message_synced *synced);
/* Restored or erased while it was read: what is staged is of no use. */
DALV_MUST_CHECK enum dalv_status sync_ask_anew(struct sync_machine *machine);
/* The user was erased: the replica is emptied, work goes to dead letters. */
DALV_MUST_CHECK enum dalv_status sync_take_erased(struct sync_machine *machine);

/* ---- sync_range.c: state comes in ranges ---- */

DALV_MUST_CHECK enum dalv_status
sync_begin_ranges(struct sync_machine *machine,
                  const struct message_synced *synced);
DALV_MUST_CHECK enum dalv_status
sync_take_digested(struct sync_machine *machine,
                   const struct message_digested *digested);
DALV_MUST_CHECK enum dalv_status
sync_take_ranged(struct sync_machine *machine,
                 const struct message_ranged *ranged);
void sync_write_digest(struct sync_machine *machine, struct message *message);
void sync_write_range(struct sync_machine *machine, struct message *message);

/* ---- sync_rebase.c: what work was based on ---- */

/* True if what `operation` was made on is still there, as far as it matters. */
bool sync_is_same(const struct operation *operation,
                  const struct key_state *base, const struct key_state *found,
                  uint64_t device);
/* What `page` (a base) says of `key`; absent if nothing. */
DALV_MUST_CHECK enum dalv_status sync_read_base(struct bytes page,
                                                struct bytes key,
                                                struct key_value *out_value);
/* Put the parts that base each pending transaction on what is shown now. */
DALV_MUST_CHECK enum dalv_status sync_rebase(struct sync_machine *machine);
/*
 * True if the replica is behind what pending work is based on, in the history
 * `history_id`: it was lost and is read anew. Then the work may still be judged
 * as it is, and what was sent must not change: a copy may be on its way.
 */
bool sync_is_rebuilding(struct sync_machine *machine, uint64_t history_id);
/* True if pending work is based on a history that is not the replica's. */
bool sync_needs_rebase(struct sync_machine *machine);

/* ---- sync_offer.c: what a restored cluster lost ---- */

DALV_MUST_CHECK enum dalv_status sync_offer(struct sync_machine *machine);

/* ---- sync_resolve.c: conflicts ---- */

/* Ask the resolver about each conflict, and make its answers durable. */
DALV_MUST_CHECK enum dalv_status sync_resolve(struct sync_machine *machine);

#endif
