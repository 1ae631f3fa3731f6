#include "proto/codec_shapes_peers.h"

#include "base/bounds.h"
#include "model/peer_message.h"
#include "proto/dalv.pb-c.h"
#include "proto/shape_words.h"

/* Parts of messages. */

static const struct shape_field heartbeaten_part_fields[] = {
    U32(heartbeaten_part, partition),
    NUMBER(heartbeaten_part, role, role, enum partition_role, SHAPE_U32,
           PARTITION_IDLE, PARTITION_STALLED),
    U64(heartbeaten_part, epoch),
    U64(heartbeaten_part, change),
    U64(heartbeaten_part, promised),
    U64(heartbeaten_part, outbid),
    U64(heartbeaten_part, known_epoch),
    SIZED(heartbeaten_part, known, SHAPE_BYTES, 0, BOUNDS_MEMBERS_BYTES_MAX),
    POSITION(heartbeaten_part, end),
    U64(heartbeaten_part, durable_index),
    U64(heartbeaten_part, commit_index),
    U64(heartbeaten_part, applied_index),
    BOOL(heartbeaten_part, is_uncertain),
    BOOL(heartbeaten_part, is_not_whole),
    BOOL(heartbeaten_part, is_caught_up),
};
SHAPE(heartbeaten_part, &dalv__heartbeaten_part__descriptor);

static const struct shape_field seal_part_fields[] = {
    U32(seal_part, partition),
    U64_FROM(seal_part, epoch, 1),
    U64(seal_part, released),
};
SHAPE(seal_part, &dalv__seal_part__descriptor);

static const struct shape_field sealed_part_fields[] = {
    U32(sealed_part, partition),
    NUMBER(sealed_part, verdict, verdict, enum seal_verdict, SHAPE_U32,
           SEAL_PROMISED, SEAL_UNABLE),
    U64(sealed_part, promised),
    POSITION(sealed_part, end),
    U64(sealed_part, released),
    U64(sealed_part, known_epoch),
    BOOL(sealed_part, is_uncertain),
    U32(sealed_part, wait_ms),
};
SHAPE(sealed_part, &dalv__sealed_part__descriptor);

static const struct shape_field start_part_fields[] = {
    U32(start_part, partition),
    SIZED(start_part, record, SHAPE_BYTES, 1, BOUNDS_MEMBERS_BYTES_MAX),
};
SHAPE(start_part, &dalv__start_part__descriptor);

static const struct shape_field started_part_fields[] = {
    U32(started_part, partition),
    U64(started_part, epoch),
    U64(started_part, change),
};
SHAPE(started_part, &dalv__started_part__descriptor);

static const struct shape_field stream_part_fields[] = {
    U32(stream_part, partition),     U64(stream_part, epoch),
    POSITION(stream_part, end),      U64(stream_part, durable_index),
    BOOL(stream_part, is_not_whole), BOOL(stream_part, is_asking),
    BOOL(stream_part, is_sealing),
};
SHAPE(stream_part, &dalv__stream_part__descriptor);

static const struct shape_field streamed_part_fields[] = {
    U32(streamed_part, partition),
    NUMBER(streamed_part, verdict, verdict, enum stream_verdict, SHAPE_U32,
           STREAM_ENTRIES, STREAM_FAR),
    U64(streamed_part, epoch),
    POSITION(streamed_part, before),
    POSITION(streamed_part, end),
    U64(streamed_part, commit_index),
    U64(streamed_part, master_index),
    BOOL(streamed_part, is_leased),
    U32(streamed_part, entry_bytes),
};
SHAPE(streamed_part, &dalv__streamed_part__descriptor);

/* Controller to node. */

static const struct shape_field message_heartbeat_fields[] = {
    SIZED(message_heartbeat, cluster_id, SHAPE_BYTES, 0, BOUNDS_NAME_BYTES_MAX),
    NAME(message_heartbeat, controller),
    FIXED64(message_heartbeat, incarnation),
    U64(message_heartbeat, version),
    U64(message_heartbeat, report),
    U64(message_heartbeat, wall_us),
};
PUBLIC_SHAPE(message_heartbeat, &dalv__heartbeat__descriptor);

static const struct shape_field message_seal_fields[] = {
    SIZED(message_seal, cluster_id, SHAPE_BYTES, 0, BOUNDS_NAME_BYTES_MAX),
    PARTS(message_seal, parts, seal_part, part_count,
          BOUNDS_PARTITIONS_LISTED_MAX),
};
PUBLIC_SHAPE(message_seal, &dalv__seal__descriptor);

static const struct shape_field message_start_fields[] = {
    SIZED(message_start, cluster_id, SHAPE_BYTES, 0, BOUNDS_NAME_BYTES_MAX),
    PARTS(message_start, parts, start_part, part_count,
          BOUNDS_PARTITIONS_LISTED_MAX),
};
PUBLIC_SHAPE(message_start, &dalv__start__descriptor);

/* Node to controller. */

static const struct shape_field message_heartbeaten_fields[] = {
    U32(message_heartbeaten, node),
    SIZED(message_heartbeaten, store, SHAPE_BYTES, 16, 16),
    FIXED64(message_heartbeaten, boot_id),
    U64(message_heartbeaten, boot_number),
    FIXED64(message_heartbeaten, incarnation),
    U64(message_heartbeaten, version),
    U64(message_heartbeaten, report),
    U64(message_heartbeaten, wall_us),
    BOOL(message_heartbeaten, is_stalled),
    BOOL(message_heartbeaten, is_no_space),
    BOOL(message_heartbeaten, is_partial),
    PARTS(message_heartbeaten, parts, heartbeaten_part, part_count,
          BOUNDS_PARTITIONS_LISTED_MAX),
    U64(message_heartbeaten, since),
};
PUBLIC_SHAPE(message_heartbeaten, &dalv__heartbeaten__descriptor);

static const struct shape_field message_sealed_fields[] = {
    U32(message_sealed, node),
    SIZED(message_sealed, store, SHAPE_BYTES, 16, 16),
    FIXED64(message_sealed, boot_id),
    PARTS(message_sealed, parts, sealed_part, part_count,
          BOUNDS_PARTITIONS_LISTED_MAX),
};
PUBLIC_SHAPE(message_sealed, &dalv__sealed__descriptor);

static const struct shape_field message_started_fields[] = {
    U32(message_started, node),
    FIXED64(message_started, boot_id),
    PARTS(message_started, parts, started_part, part_count,
          BOUNDS_PARTITIONS_LISTED_MAX),
};
PUBLIC_SHAPE(message_started, &dalv__started__descriptor);

/* Slave to master. */

static const struct shape_field message_join_fields[] = {
    SIZED(message_join, cluster_id, SHAPE_BYTES, 0, BOUNDS_NAME_BYTES_MAX),
    U32(message_join, node),
    U32(message_join, to),
    FIXED64(message_join, boot_id),
    SIZED(message_join, store, SHAPE_BYTES, 16, 16),
};
PUBLIC_SHAPE(message_join, &dalv__join__descriptor);

static const struct shape_field message_stream_fields[] = {
    U32(message_stream, node),
    FIXED64(message_stream, boot_id),
    U64(message_stream, session),
    U64_FROM(message_stream, number, 1),
    U64(message_stream, echo),
    U64(message_stream, stamp),
    U64(message_stream, credit),
    PARTS(message_stream, parts, stream_part, part_count,
          BOUNDS_PARTITIONS_LISTED_MAX),
};
PUBLIC_SHAPE(message_stream, &dalv__stream__descriptor);

static const struct shape_field message_catch_up_fields[] = {
    SIZED(message_catch_up, cluster_id, SHAPE_BYTES, 0, BOUNDS_NAME_BYTES_MAX),
    U32(message_catch_up, node),
    FIXED64(message_catch_up, boot_id),
    U32(message_catch_up, partition),
    U64(message_catch_up, epoch),
    BOOL(message_catch_up, is_snapshot),
    POSITION(message_catch_up, end),
    POSITION(message_catch_up, from),
    SIZED(message_catch_up, resume, SHAPE_BYTES, 0, BOUNDS_RESUME_BYTES_MAX),
    U32(message_catch_up, budget_bytes),
};
PUBLIC_SHAPE(message_catch_up, &dalv__catch_up__descriptor);

/* Master to slave. */

static const struct shape_field message_joined_fields[] = {
    U32(message_joined, node),
    FIXED64(message_joined, boot_id),
    FIXED64(message_joined, slave_boot_id),
    U64(message_joined, session),
};
PUBLIC_SHAPE(message_joined, &dalv__joined__descriptor);

static const struct shape_field message_streamed_fields[] = {
    U32(message_streamed, node),
    FIXED64(message_streamed, boot_id),
    U64(message_streamed, session),
    U64_FROM(message_streamed, number, 1),
    U64(message_streamed, stamp),
    U64(message_streamed, echo),
    PARTS(message_streamed, parts, streamed_part, part_count,
          BOUNDS_PARTITIONS_LISTED_MAX),
    U64(message_streamed, received),
};
PUBLIC_SHAPE(message_streamed, &dalv__streamed__descriptor);

static const struct shape_field message_caught_up_fields[] = {
    U32(message_caught_up, node),
    FIXED64(message_caught_up, boot_id),
    U32(message_caught_up, partition),
    STATUS(message_caught_up),
    U64(message_caught_up, epoch),
    BOOL(message_caught_up, is_snapshot),
    POSITION(message_caught_up, before),
    POSITION(message_caught_up, end),
    U64(message_caught_up, commit_index),
    U64(message_caught_up, master_index),
    SIZED(message_caught_up, resume, SHAPE_BYTES, 0, BOUNDS_RESUME_BYTES_MAX),
    IS_WHOLE(message_caught_up),
};
PUBLIC_SHAPE(message_caught_up, &dalv__caught_up__descriptor);
