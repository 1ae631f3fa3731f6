#include "proto/codec_shapes_admin.h"

#include "base/bounds.h"
#include "model/admin_message.h"
#include "proto/dalv.pb-c.h"
#include "proto/shape_words.h"

static const struct shape_field message_inspect_fields[] = {
    BOOL(message_inspect, wants_configuration),
    BOOL(message_inspect, wants_metrics),
    BOOL(message_inspect, wants_map),
};
PUBLIC_SHAPE(message_inspect, &dalv__inspect__descriptor);

static const struct shape_field message_inspected_fields[] = {
    NAME(message_inspected, name),
    NAME(message_inspected, software),
    NAME(message_inspected, cluster_id),
    U32(message_inspected, node),
    U32(message_inspected, roles),
    FIXED64(message_inspected, boot_id),
    U64(message_inspected, uptime_ms),
    U64(message_inspected, wall_us),
    FIXED64(message_inspected, incarnation),
    U64(message_inspected, version),
    NUMBER(message_inspected, control_status, control_status, enum dalv_status,
           SHAPE_STATUS, 0, UINT32_MAX),
    BOOL(message_inspected, is_ready),
    BOOL(message_inspected, is_controller),
    SIZED(message_inspected, node_key, SHAPE_BYTES, 0, BOUNDS_CURVE_KEY_BYTES),
    U64(message_inspected, disk_free_bytes),
    U64(message_inspected, disk_bytes),
    SIZED(message_inspected, configuration, SHAPE_TEXT, 0,
          BOUNDS_CONFIGURATION_BYTES_MAX),
    SIZED(message_inspected, metrics, SHAPE_TEXT, 0, BOUNDS_METRICS_BYTES_MAX),
    SIZED(message_inspected, map, SHAPE_BYTES, 0, BOUNDS_MAP_BYTES_MAX),
};
PUBLIC_SHAPE(message_inspected, &dalv__inspected__descriptor);
