#include "storage/log_tail.h"

#include "base/assert.h"

#include <stdlib.h>
#include <string.h>

enum {
    /* The smallest batch is a page: no more of them can be kept. */
    BLOCK_BYTES_MIN = BATCH_ALIGNMENT,
};

int log_place_compare(struct log_place a, struct log_place b)
{
    if (a.segment != b.segment)
        return a.segment < b.segment ? -1 : 1;
    return a.offset < b.offset ? -1 : a.offset > b.offset;
}

void log_tail_init(struct log_tail *tail, size_t bytes_max)
{
    *tail = (struct log_tail){
        .bytes_max = bytes_max,
        .capacity = bytes_max / BLOCK_BYTES_MIN,
    };
    if (tail->capacity == 0)
        return;
    tail->blocks = calloc(tail->capacity, sizeof(*tail->blocks));
    ASSERT(tail->blocks != NULL);
}

static struct log_block **block_at(const struct log_tail *tail, size_t number)
{
    return &tail->blocks[(tail->first + number) % tail->capacity];
}

/* What a block counts for: as much as its batch takes on disk. */
static size_t weight(const struct log_block *block)
{
    return (size_t)batch_bytes((uint32_t)block->size);
}

void log_block_drop(struct log_block **block_p)
{
    struct log_block *block = *block_p;

    *block_p = NULL;
    if (block != NULL && --block->holder_count == 0)
        free(block);
}

static void drop_first(struct log_tail *tail)
{
    struct log_block **block_p = block_at(tail, 0);

    tail->bytes -= weight(*block_p);
    log_block_drop(block_p);
    tail->first = (tail->first + 1) % tail->capacity;
    tail->count--;
}

void log_tail_deinit(struct log_tail *tail)
{
    while (tail->count > 0)
        drop_first(tail);
    free(tail->blocks);
    *tail = (struct log_tail){0};
}

void log_tail_put(struct log_tail *tail, struct log_place place,
                  struct bytes body)
{
    struct log_block *block;

    if (batch_bytes((uint32_t)body.size) > tail->bytes_max) {
        /* What is kept has no holes. */
        while (tail->count > 0)
            drop_first(tail);
        return;
    }
    block = malloc(sizeof(*block) + body.size);
    ASSERT(block != NULL);
    *block = (struct log_block){
        .place = place, .holder_count = 1, .size = body.size};
    memcpy(block->body, body.data, body.size);
    while (tail->bytes + weight(block) > tail->bytes_max)
        drop_first(tail);
    ASSERT(tail->count < tail->capacity);
    *block_at(tail, tail->count++) = block;
    tail->bytes += weight(block);
}

struct log_block *log_tail_hold(struct log_tail *tail, struct log_place place)
{
    size_t low = 0;
    size_t high = tail->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        struct log_block *block = *block_at(tail, middle);
        int order = log_place_compare(block->place, place);

        if (order == 0) {
            block->holder_count++;
            return block;
        }
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}
