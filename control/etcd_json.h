/*
 * etcd's JSON gateway (version 3): what is asked, and what an answer means.
 *
 * Nothing here knows a network. Keys travel behind a prefix that makes room for
 * several clusters in one etcd.
 */
#ifndef DALV_CONTROL_ETCD_JSON_H
#define DALV_CONTROL_ETCD_JSON_H

#include "base/buffer.h"
#include "base/bytes.h"
#include "base/status.h"
#include "control/control_store.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    ETCD_PREFIX_BYTES_MAX = 256,
    /* Of an answer: a full list in base64, and room for what stands around. */
    ETCD_ANSWER_BYTES_MAX = 4 << 20,
};

/* What etcd said instead of an answer. */
struct etcd_refusal {
    int code; /* gRPC's: 14 for "unavailable". */
    char text[160];
};

/* The text of a question, appended to `out_body`; `body` must be empty. */
void etcd_json_ask_key(struct bytes prefix, struct bytes key,
                       struct buffer *out_body);
/* From behind `after` (or from the first), one more than an answer holds. */
void etcd_json_ask_list(struct bytes prefix, struct bytes keys,
                        struct bytes after, struct buffer *out_body);
void etcd_json_ask_commit(struct bytes prefix,
                          const struct control_transaction *transaction,
                          struct buffer *out_body);
/* To be told of changes of a key from `revision` on. */
void etcd_json_ask_watch(struct bytes prefix, struct bytes key,
                         uint64_t revision, struct buffer *out_body);

/*
 * Read the answer to a question. DALV_DAMAGED if it is none that etcd gives.
 * `out_cluster` is the number that etcd gave itself: another number is another
 * etcd, whose revisions mean nothing here.
 */
DALV_MUST_CHECK enum dalv_status etcd_json_read_range(
    struct bytes body, struct bytes prefix, struct control_answer *answer,
    uint64_t *out_cluster);
/* DALV_OK with the new revision, DALV_PRECONDITION, DALV_DAMAGED. */
DALV_MUST_CHECK enum dalv_status etcd_json_read_commit(struct bytes body,
                                                       uint64_t *out_revision,
                                                       uint64_t *out_cluster);
/* False if it is no refusal of etcd's. */
bool etcd_json_read_refusal(struct bytes body,
                            struct etcd_refusal *out_refusal);

#endif
