#include "net/parcel.h"

#include "base/assert.h"
#include "net/parcel_internal.h"

#include <stdlib.h>
#include <string.h>

enum {
    /* Below, a copy costs less than the free at the other end. */
    MOVED_BYTES_MIN = 4096,
};

struct parcel *parcel_create(uint64_t peer)
{
    struct parcel *parcel = malloc(sizeof(*parcel));

    ASSERT(parcel != NULL);
    parcel->next = NULL;
    parcel->peer = peer;
    parcel->charged_bytes = 0;
    parcel->count = 0;
    return parcel;
}

void parcel_destroy(struct parcel **parcel_p)
{
    struct parcel *parcel = *parcel_p;

    if (parcel == NULL)
        return;
    for (size_t i = 0; i < parcel->count; i++)
        ASSERT(zmq_msg_close(&parcel->frames[i]) == 0);
    free(parcel);
    *parcel_p = NULL;
}

uint64_t parcel_peer(const struct parcel *parcel)
{
    return parcel->peer;
}

void parcel_set_peer(struct parcel *parcel, uint64_t peer)
{
    parcel->peer = peer;
}

/* Of the last frame: the library puts it with each but the peer's id. */
bool parcel_sender(const struct parcel *parcel, struct curve_key *out_key)
{
    const char *user;

    if (parcel->count == 0)
        return false;
    user = zmq_msg_gets(&parcel->frames[parcel->count - 1], "User-Id");
    return user != NULL &&
           curve_key_parse(bytes_from_text(user), out_key) == DALV_OK;
}

size_t parcel_frame_count(const struct parcel *parcel)
{
    return parcel->count;
}

/* The library's functions for reading take what they could change. */
static struct bytes view(const struct parcel *parcel, size_t index)
{
    zmq_msg_t *frame = NULL;
    const zmq_msg_t *borrowed = &parcel->frames[index];

    memcpy(&frame, &borrowed, sizeof(frame));
    return bytes_make(zmq_msg_data(frame), zmq_msg_size(borrowed));
}

struct bytes parcel_frame(const struct parcel *parcel, size_t index)
{
    ASSERT(index < parcel->count);
    return view(parcel, index);
}

size_t parcel_bytes(const struct parcel *parcel)
{
    size_t bytes = 0;

    for (size_t i = 0; i < parcel->count; i++)
        bytes += zmq_msg_size(&parcel->frames[i]);
    return bytes;
}

static void fill(zmq_msg_t *slot, struct bytes frame)
{
    ASSERT(zmq_msg_init_size(slot, frame.size) == 0);
    if (frame.size > 0)
        memcpy(zmq_msg_data(slot), frame.data, frame.size);
}

void parcel_push_back(struct parcel *parcel, struct bytes frame)
{
    ASSERT(parcel->count < PARCEL_FRAMES_MAX);
    fill(&parcel->frames[parcel->count], frame);
    parcel->count++;
}

void parcel_push_front(struct parcel *parcel, struct bytes frame)
{
    ASSERT(parcel->count < PARCEL_FRAMES_MAX);
    for (size_t i = parcel->count; i > 0; i--) {
        ASSERT(zmq_msg_init(&parcel->frames[i]) == 0);
        ASSERT(zmq_msg_move(&parcel->frames[i], &parcel->frames[i - 1]) == 0);
    }
    fill(&parcel->frames[0], frame);
    parcel->count++;
}

static void release(void *memory, void *nothing)
{
    (void)nothing;
    free(memory);
}

void parcel_push_buffer(struct parcel *parcel, struct buffer *buffer)
{
    if (buffer->size < MOVED_BYTES_MIN) {
        parcel_push_back(parcel, buffer_bytes(buffer));
        buffer_clear(buffer);
        return;
    }
    ASSERT(parcel->count < PARCEL_FRAMES_MAX);
    ASSERT(zmq_msg_init_data(&parcel->frames[parcel->count], buffer->data,
                             buffer->size, release, NULL) == 0);
    parcel->count++;
    buffer_init(buffer);
}

/* A frame that is charged: the library holds this in its place. */
struct charged {
    zmq_msg_t frame;
    struct account *account;
    size_t bytes;
};

static void settle(void *memory, void *hint)
{
    struct charged *charged = hint;

    (void)memory;
    ASSERT(zmq_msg_close(&charged->frame) == 0);
    account_settle(charged->account, charged->bytes);
    account_release(&charged->account);
    free(charged);
}

/* A large frame's bytes lie outside of it: they stay where they are. */
static void charge(zmq_msg_t *frame, struct account *account)
{
    struct charged *charged = malloc(sizeof(*charged));

    ASSERT(charged != NULL);
    charged->bytes = zmq_msg_size(frame);
    charged->account = account_hold(account);
    ASSERT(zmq_msg_init(&charged->frame) == 0);
    ASSERT(zmq_msg_move(&charged->frame, frame) == 0);
    account_charge(account, charged->bytes);
    ASSERT(zmq_msg_init_data(frame, zmq_msg_data(&charged->frame),
                             charged->bytes, settle, charged) == 0);
}

size_t parcel_chargeable_bytes(const struct parcel *parcel)
{
    size_t bytes = 0;

    for (size_t i = 0; i < parcel->count; i++) {
        size_t size = zmq_msg_size(&parcel->frames[i]);

        bytes += size >= PARCEL_CHARGED_BYTES_MIN ? size : 0;
    }
    return bytes;
}

void parcel_charge(struct parcel *parcel, struct account *account)
{
    parcel->charged_bytes = parcel_chargeable_bytes(parcel);
    for (size_t i = 0; i < parcel->count; i++) {
        if (zmq_msg_size(&parcel->frames[i]) >= PARCEL_CHARGED_BYTES_MIN)
            charge(&parcel->frames[i], account);
    }
}

void parcel_pop_front(struct parcel *parcel)
{
    ASSERT(parcel->count > 0);
    ASSERT(zmq_msg_close(&parcel->frames[0]) == 0);
    for (size_t i = 1; i < parcel->count; i++) {
        ASSERT(zmq_msg_init(&parcel->frames[i - 1]) == 0);
        ASSERT(zmq_msg_move(&parcel->frames[i - 1], &parcel->frames[i]) == 0);
        ASSERT(zmq_msg_close(&parcel->frames[i]) == 0);
    }
    parcel->count--;
}
