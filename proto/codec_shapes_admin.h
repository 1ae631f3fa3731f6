/*
 * The shapes of what an operator and a process tell each other. Private to
 * proto.
 */
#ifndef DALV_PROTO_CODEC_SHAPES_ADMIN_H
#define DALV_PROTO_CODEC_SHAPES_ADMIN_H

#include "proto/codec_shape.h"

extern const struct shape message_inspect_shape;
extern const struct shape message_inspected_shape;

#endif
