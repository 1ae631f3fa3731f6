#include "storage/log_scan.h"

#include "base/assert.h"

#include <stdlib.h>

struct listing {
    struct log_segments *segments;
    enum dalv_status status;
};

void log_segments_init(struct log_segments *segments)
{
    *segments = (struct log_segments){0};
}

void log_segments_deinit(struct log_segments *segments)
{
    free(segments->numbers);
    *segments = (struct log_segments){0};
}

static void grow(struct log_segments *segments)
{
    size_t capacity = segments->capacity == 0 ? 64 : segments->capacity * 2;

    segments->numbers =
        realloc(segments->numbers, capacity * sizeof(*segments->numbers));
    ASSERT(segments->numbers != NULL);
    segments->capacity = capacity;
}

static void take_name(void *owner, const char *name)
{
    struct listing *listing = owner;
    struct log_segments *segments = listing->segments;
    uint32_t number;
    bool is_new;

    if (!segment_parse_name(name, &number, &is_new))
        return;
    if (is_new) {
        segments->has_new = true;
        return;
    }
    if (segments->count == LOG_SEGMENTS_MAX) {
        listing->status = DALV_TOO_BIG;
        return;
    }
    if (segments->count == segments->capacity)
        grow(segments);
    segments->numbers[segments->count++] = number;
}

static int compare_numbers(const void *left, const void *right)
{
    uint32_t a = *(const uint32_t *)left;
    uint32_t b = *(const uint32_t *)right;

    return a < b ? -1 : a > b;
}

enum dalv_status log_segments_list(struct log_segments *segments,
                                   struct files *files, const char *folder)
{
    struct listing listing = {.segments = segments, .status = DALV_OK};
    enum dalv_status status;

    segments->count = 0;
    segments->has_new = false;
    status = files_list(files, folder, take_name, &listing);
    if (status == DALV_OK)
        status = listing.status;
    if (status == DALV_OK && segments->count > 1)
        qsort(segments->numbers, segments->count, sizeof(*segments->numbers),
              compare_numbers);
    return status;
}
