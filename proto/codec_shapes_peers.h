/*
 * The shapes of the messages between nodes, and between controllers and nodes.
 * Private to proto.
 */
#ifndef DALV_PROTO_CODEC_SHAPES_PEERS_H
#define DALV_PROTO_CODEC_SHAPES_PEERS_H

#include "proto/codec_shape.h"

extern const struct shape message_heartbeat_shape;
extern const struct shape message_seal_shape;
extern const struct shape message_start_shape;
extern const struct shape message_heartbeaten_shape;
extern const struct shape message_sealed_shape;
extern const struct shape message_started_shape;
extern const struct shape message_join_shape;
extern const struct shape message_stream_shape;
extern const struct shape message_catch_up_shape;
extern const struct shape message_joined_shape;
extern const struct shape message_streamed_shape;
extern const struct shape message_caught_up_shape;

#endif
