/*
 * One message over an imagined wire, for the tests of proto: encoded into a
 * buffer, decoded into an arena, both of which live until the next exchange.
 */
#ifndef DALV_TESTS_UNIT_PROTO_EXCHANGE_H
#define DALV_TESTS_UNIT_PROTO_EXCHANGE_H

#include "base/bytes.h"
#include "base/status.h"
#include "model/message.h"

#include <CUnit/CUnit.h>

/* What `message` is after encoding and decoding; fails the test if it can't. */
struct message exchange(const struct message *message);

/* The frame of `message`, borrowed until the next call. */
struct bytes exchange_frame(const struct message *message);

/* What decoding says; `out_message` may be NULL. */
enum dalv_status exchange_decode(struct bytes frame,
                                 struct message *out_message);

/* What encoding says. */
enum dalv_status exchange_encode(const struct message *message);

#define ASSERT_BYTES(actual, text)                                             \
    CU_ASSERT(bytes_equal((actual), bytes_from_text(text)))

#endif
