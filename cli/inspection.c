#include "cli/inspection.h"

#include "base/assert.h"
#include "base/clock.h"
#include "cli/host_probe.h"
#include "cluster/ring.h"
#include "proto/codec.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>

enum {
    PAUSE_MS = 5,
    PARTS_MIN = 512,
    ENDPOINT_TEXT_BYTES = ADDRESS_TEXT_MAX + 8,
};

struct inspection_block {
    struct inspection_block *next;
    _Alignas(max_align_t) uint8_t bytes[];
};

const char *inspection_outcome_name(enum inspection_outcome outcome)
{
    switch (outcome) {
    case INSPECTION_ANSWERED:
        return "answered";
    case INSPECTION_UNRESOLVED:
        return "unresolved";
    case INSPECTION_DOWN:
        return "down";
    case INSPECTION_UNREACHABLE:
        return "unreachable";
    case INSPECTION_SILENT:
        return "silent";
    case INSPECTION_NOT_ADMITTED:
        return "not_admitted";
    }
    return "?";
}

static void end(struct inspection *inspection, enum inspection_outcome outcome)
{
    inspection->outcome = outcome;
    inspection->is_over = true;
    endpoint_close(&inspection->endpoint);
}

/* ---- Asking ---- */

static void ask(struct inspection *inspection, const struct message *question)
{
    struct parcel *parcel = parcel_create(PARCEL_ONLY_PEER);
    struct buffer frame;

    buffer_init(&frame);
    /* A few numbers and a name that came by the same codec. */
    ASSERT(codec_encode(question, &frame) == DALV_OK);
    parcel_push_buffer(parcel, &frame);
    buffer_deinit(&frame);
    if (endpoint_send(inspection->endpoint, &parcel) != DALV_OK)
        end(inspection, INSPECTION_SILENT);
}

static void ask_of_process(struct inspection *inspection,
                           const struct inspection_options *options)
{
    const struct message question = {
        .type = MESSAGE_INSPECT,
        .request = 1,
        .inspect = {.wants_configuration = options->wants_configuration,
                    .wants_metrics = options->wants_metrics,
                    .wants_map = options->wants_map},
    };

    inspection->asked_us = clock_wall_us();
    ask(inspection, &question);
}

static void ask_of_copies(struct inspection *inspection)
{
    const struct message question = {
        .type = MESSAGE_HEARTBEAT,
        .request = 2,
        .heartbeat = {.cluster_id = inspection->said.cluster_id,
                      .controller = bytes_from_text("operator"),
                      .report = inspection->report},
    };

    ask(inspection, &question);
}

/* ---- Hearing ---- */

/* What the frame says lives as long as the inspection. */
static bool decode(struct inspection *inspection, const struct parcel *parcel,
                   struct message *out_message)
{
    struct bytes frame = parcel_frame(parcel, 0);
    size_t size = codec_arena_bytes(frame.size);
    struct inspection_block *block = malloc(sizeof(*block) + size);
    struct arena arena;

    ASSERT(block != NULL);
    block->next = inspection->blocks;
    inspection->blocks = block;
    arena_init(&arena, block->bytes, size);
    return codec_decode(frame, &arena, out_message) == DALV_OK;
}

static void make_room(struct inspection *inspection, size_t count)
{
    size_t wanted = inspection->part_count + count;
    struct heartbeaten_part *parts;

    if (inspection->places == NULL)
        inspection->places =
            calloc(RING_PARTITIONS_MAX, sizeof(*inspection->places));
    ASSERT(inspection->places != NULL);
    if (wanted <= inspection->part_capacity)
        return;
    wanted = wanted < PARTS_MIN ? PARTS_MIN : 2 * wanted;
    parts = realloc(inspection->parts, wanted * sizeof(*parts));
    ASSERT(parts != NULL);
    inspection->parts = parts;
    inspection->part_capacity = wanted;
}

/* One that changed while we asked comes again: the newer word counts. */
static void take_part(struct inspection *inspection,
                      const struct heartbeaten_part *part)
{
    uint32_t *place;

    if (part->partition >= RING_PARTITIONS_MAX)
        return;
    place = &inspection->places[part->partition];
    if (*place == 0)
        *place = (uint32_t)++inspection->part_count;
    inspection->parts[*place - 1] = *part;
}

const struct heartbeaten_part *inspection_part(
    const struct inspection *inspection, uint32_t partition)
{
    if (!inspection->has_parts || inspection->places[partition] == 0)
        return NULL;
    return &inspection->parts[inspection->places[partition] - 1];
}

static void on_heartbeaten(struct inspection *inspection,
                           const struct message_heartbeaten *heard)
{
    make_room(inspection, heard->part_count);
    for (size_t i = 0; i < heard->part_count; i++)
        take_part(inspection, &heard->parts[i]);
    inspection->report = heard->report;
    inspection->boot_number = heard->boot_number;
    inspection->member.node = heard->node;
    if (heard->store.size == STORE_ID_BYTES)
        memcpy(inspection->member.store.bytes, heard->store.data,
               STORE_ID_BYTES);
    if (heard->is_partial) {
        ask_of_copies(inspection);
        return;
    }
    inspection->has_parts = true;
    end(inspection, INSPECTION_ANSWERED);
}

static void on_inspected(struct inspection *inspection,
                         const struct inspection_options *options,
                         const struct message_inspected *said)
{
    bool has_copies = (said->roles & ADMIN_ROLE_STORAGE) != 0 &&
                      said->incarnation != 0 && options->wants_copies;

    inspection->said = *said;
    inspection->heard_us = clock_wall_us();
    if (has_copies)
        ask_of_copies(inspection);
    else
        end(inspection, INSPECTION_ANSWERED);
}

static void on_parcel(struct inspection *inspection,
                      const struct inspection_options *options,
                      const struct parcel *parcel)
{
    struct message message;

    if (!decode(inspection, parcel, &message))
        end(inspection, INSPECTION_SILENT);
    else if (message.type == MESSAGE_INSPECTED && inspection->heard_us == 0)
        on_inspected(inspection, options, &message.inspected);
    else if (message.type == MESSAGE_HEARTBEATEN && inspection->heard_us != 0)
        on_heartbeaten(inspection, &message.heartbeaten);
}

static void on_event(struct inspection *inspection,
                     const struct inspection_options *options,
                     struct endpoint_event *event)
{
    switch (event->type) {
    case ENDPOINT_CONNECTED:
        if (inspection->heard_us == 0)
            ask_of_process(inspection, options);
        else
            ask_of_copies(inspection);
        break;
    case ENDPOINT_RECEIVED:
        on_parcel(inspection, options, event->parcel);
        parcel_destroy(&event->parcel);
        break;
    case ENDPOINT_REFUSED:
        end(inspection, INSPECTION_NOT_ADMITTED);
        break;
    case ENDPOINT_DISCONNECTED:
        break;
    }
}

/* ---- All of them ---- */

static void begin(struct inspection *inspection,
                  const struct inspection_options *options)
{
    char address[ENDPOINT_TEXT_BYTES];
    const struct endpoint_options endpoint = {
        .role = ENDPOINT_TO_NODE, .address = address, .keys = options->keys};
    struct text text;

    inspection->outcome = host_probe(&inspection->address);
    inspection->is_over = inspection->outcome != INSPECTION_ANSWERED;
    if (inspection->is_over)
        return;
    text_init(&text, address, sizeof(address));
    text_put(&text, "tcp://");
    address_format(&inspection->address, &text);
    if (endpoint_open(&endpoint, &inspection->endpoint) != DALV_OK)
        end(inspection, INSPECTION_NOT_ADMITTED);
}

/* True if anything happened. */
static bool go_on(struct inspection *inspection,
                  const struct inspection_options *options)
{
    struct endpoint_event event;
    bool is_moved = false;

    while (!inspection->is_over &&
           endpoint_receive(inspection->endpoint, &event)) {
        on_event(inspection, options, &event);
        is_moved = true;
    }
    return is_moved;
}

void inspection_run(struct inspection *inspections, size_t count,
                    const struct inspection_options *options)
{
    uint64_t end_ms;
    size_t open_count = count;

    for (size_t i = 0; i < count; i++)
        begin(&inspections[i], options);
    end_ms = clock_boot_ms() + options->patience_ms;
    while (open_count > 0 && clock_boot_ms() < end_ms) {
        bool is_moved = false;

        open_count = 0;
        for (size_t i = 0; i < count; i++) {
            is_moved = go_on(&inspections[i], options) || is_moved;
            open_count += inspections[i].is_over ? 0 : 1;
        }
        if (!is_moved && open_count > 0)
            (void)poll(NULL, 0, PAUSE_MS);
    }
    for (size_t i = 0; i < count; i++) {
        if (!inspections[i].is_over)
            end(&inspections[i], INSPECTION_SILENT);
    }
}

void inspection_release(struct inspection *inspection)
{
    while (inspection->blocks != NULL) {
        struct inspection_block *block = inspection->blocks;

        inspection->blocks = block->next;
        free(block);
    }
    free(inspection->parts);
    free(inspection->places);
    inspection->parts = NULL;
    inspection->places = NULL;
    inspection->part_count = 0;
}
