/*
 * Which keys of a control store mean what, and the frame around their values.
 * docs/STORAGE_FORMAT.md has the table.
 *
 * A value is framed by a CRC32C over its key and its bytes: neither a flipped
 * bit nor a page in another's place is ever taken for what it is not.
 */
#ifndef DALV_CONTROL_CONTROL_LAYOUT_H
#define DALV_CONTROL_CONTROL_LAYOUT_H

#include "base/bytes.h"
#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    CONTROL_LAYOUT_KEY_BYTES_MAX = 32,
    CONTROL_FRAME_BYTES = 4,
};

/* A key in memory of its own. */
struct control_key {
    uint8_t memory[CONTROL_LAYOUT_KEY_BYTES_MAX];
    size_t size;
};

/* The map's head: it exists once the cluster was made. */
struct control_key control_key_head(void);
struct control_key control_key_policy(void);
/* Who is the controller. */
struct control_key control_key_candidacy(void);
struct control_key control_key_node(uint32_t node);
struct control_key control_key_page(uint32_t page);
/* What an operator asked for. */
struct control_key control_key_request(uint64_t request);

/* What the keys of a kind begin with. */
struct bytes control_prefix_nodes(void);
struct bytes control_prefix_pages(void);
struct bytes control_prefix_requests(void);

/* Borrowed from the key. */
struct bytes control_key_bytes(const struct control_key *key);
/* The number behind a prefix; false if the key has another form. */
bool control_key_number(struct bytes key, struct bytes prefix,
                        uint64_t *out_number);

/*
 * Write a value: room for the frame, then the caller's bytes, then the frame.
 * The writer holds nothing before.
 */
void control_frame_begin(struct writer *writer);
void control_frame_end(struct writer *writer, struct bytes key);
/* The bytes inside; DALV_DAMAGED if the frame does not fit them. */
DALV_MUST_CHECK enum dalv_status control_frame_open(struct bytes value,
                                                    struct bytes key,
                                                    struct bytes *out_bytes);

#endif
