#include "proto/codec_shape.h"

#include "base/bounds.h"
#include "model/message.h"
#include "proto/codec_shapes_admin.h"
#include "proto/codec_shapes_peers.h"
#include "proto/dalv.pb-c.h"
#include "proto/shape_words.h"

/* Parts of messages. */

static const struct shape_field outcome_fields[] = {
    U64_FROM(outcome, push_number, 1),
    NUMBER(outcome, result, result, enum outcome_result, SHAPE_U32,
           OUTCOME_APPLIED, OUTCOME_REFUSED),
    STATUS(outcome),
    U64(outcome, revision),
    U64(outcome, waits_for),
    U32(outcome, operation),
};
SHAPE(outcome, &dalv__outcome__descriptor);

static const struct shape_field message_digest_range_fields[] = {
    KEY(message_digest_range, last_key, 1),
    FIXED64(message_digest_range, hash),
    U64(message_digest_range, count),
};
SHAPE(message_digest_range, &dalv__digest_range__descriptor);

static const struct shape_field conflict_state_fields[] = {
    U64(conflict_state, revision),
    U32(conflict_state, position),
    U64(conflict_state, time_us),
    U64(conflict_state, loser),
    U64(conflict_state, winner),
    NUMBER(conflict_state, operation_type, operation_type, uint8_t, SHAPE_U8,
           OPERATION_PUT, OPERATION_ADD),
    KEY(conflict_state, key, 1),
    SIZED(conflict_state, value, SHAPE_BYTES, 0, BOUNDS_VALUE_MAX),
};
SHAPE(conflict_state, &dalv__conflict__descriptor);

static const struct shape_field device_state_fields[] = {
    U64_FROM(device_state, device, 1), ID(device_state, install, install_id, 0),
    BOOL(device_state, is_retired),    U64(device_state, push_settled),
    U64(device_state, revision_last),  FIXED64(device_state, chain),
    U64(device_state, confirmed),      U64(device_state, seen_us),
};
SHAPE(device_state, &dalv__device__descriptor);

/* Client to router. */

static const struct shape_field message_hello_fields[] = {
    NUMBER(message_hello, protocol, protocol, uint32_t, SHAPE_U32, 1,
           UINT32_MAX),
    TOKEN(message_hello),
    BOOL(message_hello, is_device),
    ID(message_hello, install, install_id, 0),
    SIZED(message_hello, client, SHAPE_TEXT, 0, BOUNDS_NAME_BYTES_MAX),
};
SHAPE(message_hello, &dalv__hello__descriptor);

static const struct shape_field message_sync_fields[] = {
    CURSOR(message_sync, cursor),
    U64(message_sync, confirmed),
    U64(message_sync, push_first),
    FIXED64(message_sync, chain),
    {MANY(message_sync, pushes, struct bytes, push_count, SHAPE_BYTES_LIST,
          BOUNDS_SYNC_PUSHES_MAX),
     .min = 1, .max = BOUNDS_MESSAGE_BYTES_MAX},
    U32(message_sync, budget_bytes),
    RESUME(message_sync),
    BOOL(message_sync, is_live),
    U64(message_sync, device),
};
SHAPE(message_sync, &dalv__sync__descriptor);

static const struct shape_field message_digest_fields[] = {
    USER(message_digest, 0),
    KEY(message_digest, from_key, 0),
    U32(message_digest, keys_per_range),
};
SHAPE(message_digest, &dalv__digest__descriptor);

static const struct shape_field message_range_fields[] = {
    USER(message_range, 0),         KEY(message_range, prefix, 0),
    RESUME(message_range),          KEY(message_range, from_key, 0),
    KEY(message_range, to_key, 0),  U32(message_range, budget_bytes),
    U32(message_range, count_max),  BOOL(message_range, is_without_elements),
    U64(message_range, at_least),   CURSOR(message_range, since),
    BOOL(message_range, has_parts), U32(message_range, max_staleness_ms),
    U32(message_range, part_first),
};
SHAPE(message_range, &dalv__range__descriptor);

static const struct shape_field message_get_fields[] = {
    USER(message_get, 0),
    KEY(message_get, key, 1),
    U64(message_get, at_least),
    U32(message_get, max_staleness_ms),
};
SHAPE(message_get, &dalv__get__descriptor);

static const struct shape_field message_update_fields[] = {
    USER(message_update, 1),
    ID(message_update, id, request_id, REQUEST_ID_BYTES),
    U32(message_update, deadline_ms),
    SIZED(message_update, transaction, SHAPE_BYTES, 1,
          BOUNDS_MESSAGE_BYTES_MAX),
};
SHAPE(message_update, &dalv__update__descriptor);

static const struct shape_field message_watch_fields[] = {
    BOOL(message_watch, is_all),
    USER(message_watch, 0),
    KEY(message_watch, prefix, 0),
    CURSOR(message_watch, cursor),
    RESUME(message_watch),
    BOOL(message_watch, is_from_now),
    U64(message_watch, watch),
    SIZED(message_watch, partitions, SHAPE_BYTES, 0,
          BOUNDS_PARTITION_SET_BYTES_MAX),
};
SHAPE(message_watch, &dalv__watch__descriptor);

static const struct shape_field message_unwatch_fields[] = {
    U64(message_unwatch, watch),
};
SHAPE(message_unwatch, &dalv__unwatch__descriptor);

static const struct shape_field message_erase_fields[] = {
    USER(message_erase, 1),
    ID(message_erase, id, request_id, REQUEST_ID_BYTES),
};
SHAPE(message_erase, &dalv__erase__descriptor);

static const struct shape_field message_list_conflicts_fields[] = {
    USER(message_list_conflicts, 0),
    RESUME(message_list_conflicts),
};
SHAPE(message_list_conflicts, &dalv__list_conflicts__descriptor);

static const struct shape_field message_list_devices_fields[] = {
    USER(message_list_devices, 0),
    RESUME(message_list_devices),
};
SHAPE(message_list_devices, &dalv__list_devices__descriptor);

static const struct shape_field message_retire_device_fields[] = {
    USER(message_retire_device, 0),
    U64_FROM(message_retire_device, device, 1),
    ID(message_retire_device, id, request_id, REQUEST_ID_BYTES),
};
SHAPE(message_retire_device, &dalv__retire_device__descriptor);

static const struct shape_field message_ping_fields[] = {
    U64(message_ping, payload),
};
SHAPE(message_ping, &dalv__ping__descriptor);

/* Router to client. */

static const struct shape_field message_welcomed_fields[] = {
    NUMBER(message_welcomed, protocol, protocol, uint32_t, SHAPE_U32, 1,
           UINT32_MAX),
    U64(message_welcomed, session),
    U64(message_welcomed, device),
    USER(message_welcomed, 0),
    SIZED(message_welcomed, cluster_id, SHAPE_BYTES, 0, BOUNDS_NAME_BYTES_MAX),
    U64(message_welcomed, token_expiry_us),
};
SHAPE(message_welcomed, &dalv__welcomed__descriptor);

static const struct shape_field message_synced_fields[] = {
    NUMBER(message_synced, mode, mode, enum sync_mode, SHAPE_U32, SYNC_TAIL,
           SYNC_SNAPSHOT),
    U64(message_synced, settled),
    PARTS(message_synced, outcomes, outcome, outcome_count,
          BOUNDS_REFUSALS_UNCONFIRMED_MAX + BOUNDS_SYNC_PUSHES_MAX),
    U64(message_synced, applied_first),
    NUMBERS(message_synced, applied, uint64_t, applied_count, SHAPE_U64_LIST,
            BOUNDS_SYNC_PUSHES_MAX),
    PAGE(message_synced),
    IS_WHOLE(message_synced),
    RESUME(message_synced),
    CURSOR(message_synced, cursor),
    U64(message_synced, remaining_count),
    U64(message_synced, remaining_bytes),
    U64(message_synced, common),
    BOOL(message_synced, is_erased),
    BOOL(message_synced, is_restored),
};
SHAPE(message_synced, &dalv__synced__descriptor);

static const struct shape_field message_digested_fields[] = {
    CURSOR(message_digested, head),
    PARTS(message_digested, ranges, message_digest_range, range_count,
          BOUNDS_DIGEST_RANGES_MAX),
    IS_WHOLE(message_digested),
};
SHAPE(message_digested, &dalv__digested__descriptor);

static const struct shape_field message_ranged_fields[] = {
    CURSOR(message_ranged, head),
    PAGE(message_ranged),
    IS_WHOLE(message_ranged),
    RESUME(message_ranged),
    KEY(message_ranged, reached_key, 0),
    BOOL(message_ranged, is_inside_list),
    NUMBER(message_ranged, reached_dot.device, reached_device, uint64_t,
           SHAPE_U64, 0, UINT64_MAX),
    NUMBER(message_ranged, reached_dot.local_id, reached_local_id, uint64_t,
           SHAPE_U64, 0, UINT64_MAX),
    NUMBER(message_ranged, reached_dot.position, reached_position, uint32_t,
           SHAPE_U32, 0, UINT32_MAX),
};
SHAPE(message_ranged, &dalv__ranged__descriptor);

static const struct shape_field message_got_fields[] = {
    CURSOR(message_got, head),
    PAGE(message_got),
    IS_WHOLE(message_got),
};
SHAPE(message_got, &dalv__got__descriptor);

static const struct shape_field message_updated_fields[] = {
    STATUS(message_updated),
    U32(message_updated, operation),
    CURSOR(message_updated, head),
    U64(message_updated, epoch),
    NUMBERS(message_updated, numbers, int64_t, number_count, SHAPE_I64_LIST,
            BOUNDS_TRANSACTION_OPERATIONS_MAX),
};
SHAPE(message_updated, &dalv__updated__descriptor);

static const struct shape_field message_watched_fields[] = {
    U64(message_watched, watch),
    CURSOR(message_watched, head),
};
SHAPE(message_watched, &dalv__watched__descriptor);

static const struct shape_field message_changed_fields[] = {
    U64(message_changed, watch),          USER(message_changed, 0),
    FIXED64(message_changed, history_id), U64(message_changed, revision_before),
    U64(message_changed, revision),       PAGE(message_changed),
    BOOL(message_changed, is_gap),        RESUME(message_changed),
};
SHAPE(message_changed, &dalv__changed__descriptor);

static const struct shape_field message_listed_fields[] = {
    PARTS(message_listed, conflicts, conflict_state, conflict_count,
          BOUNDS_LISTED_MAX),
    PARTS(message_listed, devices, device_state, device_count,
          BOUNDS_LISTED_MAX),
    RESUME(message_listed),
};
SHAPE(message_listed, &dalv__listed__descriptor);

/* PONGED repeats PING's struct, but is a message of its own on the wire. */
static const struct shape message_ponged_shape = {
    .wire = &dalv__ponged__descriptor,
    .plain_bytes = sizeof(struct message_ping),
    .fields = message_ping_fields,
    .field_count = 1,
};

static const struct shape_field message_refused_fields[] = {
    STATUS(message_refused),
    SIZED(message_refused, text, SHAPE_TEXT, 0, BOUNDS_REFUSED_TEXT_BYTES_MAX),
    U32(message_refused, retry_after_ms),
};
SHAPE(message_refused, &dalv__refused__descriptor);

/* Router to node. */

static const struct shape_field message_attach_fields[] = {
    SIZED(message_attach, cluster_id, SHAPE_BYTES, 0, BOUNDS_NAME_BYTES_MAX),
    NAME(message_attach, router),
    U64(message_attach, session),
};
SHAPE(message_attach, &dalv__attach__descriptor);

static const struct shape_field message_vouch_fields[] = {
    U64(message_vouch, number),
    TOKEN(message_vouch),
};
SHAPE(message_vouch, &dalv__vouch__descriptor);

static const struct shape_field message_forward_fields[] = {
    U64(message_forward, session), U64(message_forward, token),
    USER(message_forward, 0),      U64(message_forward, device),
    U64(message_forward, client),  U32(message_forward, deadline_ms),
};
SHAPE(message_forward, &dalv__forward__descriptor);

static const struct shape_field message_open_device_fields[] = {
    ID(message_open_device, install, install_id, INSTALL_ID_BYTES),
    U64(message_open_device, session),
    U64(message_open_device, token),
    USER(message_open_device, 0),
    U32(message_open_device, deadline_ms),
};
SHAPE(message_open_device, &dalv__open_device__descriptor);

static const struct shape_field message_dismiss_fields[] = {
    U64(message_dismiss, client),
};
SHAPE(message_dismiss, &dalv__dismiss__descriptor);

/* Node to router. */

static const struct shape_field message_attached_fields[] = {
    NAME(message_attached, node),
    U64(message_attached, boot_id),
};
SHAPE(message_attached, &dalv__attached__descriptor);

static const struct shape_field message_vouched_fields[] = {
    U64(message_vouched, number),
    STATUS(message_vouched),
};
SHAPE(message_vouched, &dalv__vouched__descriptor);

static const struct shape_field message_answered_fields[] = {
    U64(message_answered, client),
    BOOL(message_answered, is_push),
};
SHAPE(message_answered, &dalv__answered__descriptor);

static const struct shape_field message_device_opened_fields[] = {
    STATUS(message_device_opened),
    U64(message_device_opened, device),
};
SHAPE(message_device_opened, &dalv__device_opened__descriptor);

static const struct shape_field message_not_master_fields[] = {
    U32(message_not_master, partition),
    U64(message_not_master, epoch),
    U32(message_not_master, node),
    BOOL(message_not_master, may_be_done),
};
SHAPE(message_not_master, &dalv__not_master__descriptor);

static const struct shape *const shapes[UINT8_MAX + 1] = {
    [MESSAGE_HELLO] = &message_hello_shape,
    [MESSAGE_SYNC] = &message_sync_shape,
    [MESSAGE_DIGEST] = &message_digest_shape,
    [MESSAGE_RANGE] = &message_range_shape,
    [MESSAGE_GET] = &message_get_shape,
    [MESSAGE_UPDATE] = &message_update_shape,
    [MESSAGE_WATCH] = &message_watch_shape,
    [MESSAGE_UNWATCH] = &message_unwatch_shape,
    [MESSAGE_ERASE] = &message_erase_shape,
    [MESSAGE_LIST_CONFLICTS] = &message_list_conflicts_shape,
    [MESSAGE_LIST_DEVICES] = &message_list_devices_shape,
    [MESSAGE_RETIRE_DEVICE] = &message_retire_device_shape,
    [MESSAGE_PING] = &message_ping_shape,
    [MESSAGE_WELCOMED] = &message_welcomed_shape,
    [MESSAGE_SYNCED] = &message_synced_shape,
    [MESSAGE_DIGESTED] = &message_digested_shape,
    [MESSAGE_RANGED] = &message_ranged_shape,
    [MESSAGE_GOT] = &message_got_shape,
    [MESSAGE_UPDATED] = &message_updated_shape,
    [MESSAGE_WATCHED] = &message_watched_shape,
    [MESSAGE_CHANGED] = &message_changed_shape,
    [MESSAGE_LISTED] = &message_listed_shape,
    [MESSAGE_PONGED] = &message_ponged_shape,
    [MESSAGE_REFUSED] = &message_refused_shape,
    [MESSAGE_ATTACH] = &message_attach_shape,
    [MESSAGE_VOUCH] = &message_vouch_shape,
    [MESSAGE_FORWARD] = &message_forward_shape,
    [MESSAGE_OPEN_DEVICE] = &message_open_device_shape,
    [MESSAGE_DISMISS] = &message_dismiss_shape,
    [MESSAGE_ATTACHED] = &message_attached_shape,
    [MESSAGE_VOUCHED] = &message_vouched_shape,
    [MESSAGE_ANSWERED] = &message_answered_shape,
    [MESSAGE_DEVICE_OPENED] = &message_device_opened_shape,
    [MESSAGE_NOT_MASTER] = &message_not_master_shape,
    [MESSAGE_HEARTBEAT] = &message_heartbeat_shape,
    [MESSAGE_SEAL] = &message_seal_shape,
    [MESSAGE_START] = &message_start_shape,
    [MESSAGE_HEARTBEATEN] = &message_heartbeaten_shape,
    [MESSAGE_SEALED] = &message_sealed_shape,
    [MESSAGE_STARTED] = &message_started_shape,
    [MESSAGE_JOIN] = &message_join_shape,
    [MESSAGE_STREAM] = &message_stream_shape,
    [MESSAGE_CATCH_UP] = &message_catch_up_shape,
    [MESSAGE_JOINED] = &message_joined_shape,
    [MESSAGE_STREAMED] = &message_streamed_shape,
    [MESSAGE_CAUGHT_UP] = &message_caught_up_shape,
    [MESSAGE_INSPECT] = &message_inspect_shape,
    [MESSAGE_INSPECTED] = &message_inspected_shape,
};

const struct shape *shape_of(uint8_t message_type)
{
    return shapes[message_type];
}
