#include "tests/sim/likeness.h"

#include "base/assert.h"
#include "base/crc32c.h"
#include "storage/index.h"
#include "storage/index_snapshot.h"
#include "tests/sim/world.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
    PAGE_BYTES = 256 << 10,
    KEY_BYTES_MAX = 4096, /* Of a place to resume from. */
};

void likeness_init(struct likeness *likeness, struct world *world)
{
    likeness->world = world;
    likeness->page = malloc(PAGE_BYTES);
    ASSERT(likeness->page != NULL);
}

void likeness_deinit(struct likeness *likeness)
{
    free(likeness->page);
}

/* All pages that a snapshot of it would have. False if it cannot be read. */
static bool sum_up(const struct likeness *likeness, struct index *index,
                   uint32_t partition, uint32_t *out_crc)
{
    struct index_snapshot_page page = {.is_whole = false};
    uint8_t resume[KEY_BYTES_MAX];
    struct bytes behind = {0};
    uint32_t crc = 0;

    while (!page.is_whole) {
        writer_init(&page.writer, likeness->page, PAGE_BYTES);
        if (index_snapshot_read(index, partition, behind, &page) != DALV_OK)
            return false;
        crc = crc32c_extend(crc, writer_bytes(&page.writer));
        ASSERT(page.resume.size <= sizeof(resume));
        if (page.resume.size > 0)
            memcpy(resume, page.resume.data, page.resume.size);
        behind = bytes_make(resume, page.resume.size);
    }
    *out_crc = crc;
    return true;
}

static const struct likeness_sum *find(const struct likeness *likeness,
                                       uint32_t partition,
                                       struct log_position position)
{
    size_t count = likeness->counts[partition];

    for (size_t i = 0; i < count && i < LIKENESS_SUMS_MAX; i++) {
        const struct likeness_sum *sum = &likeness->sums[partition][i];

        if (log_position_equal(sum->position, position))
            return sum;
    }
    return NULL;
}

static void compare(struct likeness *likeness, uint32_t partition,
                    const struct likeness_sum *sum)
{
    const struct likeness_sum *known = find(likeness, partition, sum->position);
    size_t place = likeness->counts[partition] % LIKENESS_SUMS_MAX;

    if (known == NULL) {
        likeness->sums[partition][place] = *sum;
        likeness->counts[partition]++;
    } else if (known->crc != sum->crc) {
        world_fail(likeness->world,
                   "partition %u differs at nodes %u and %u, which both "
                   "applied it up to %" PRIu64,
                   partition, known->node, sum->node, sum->position.index);
    }
}

void likeness_judge(struct likeness *likeness, const struct node_process *node,
                    uint32_t partition)
{
    struct index *index = node_process_index(node);
    struct likeness_sum sum = {.node = node->self.node};

    if (index == NULL || index_snapshot_state(index, partition).is_receiving)
        return;
    sum.position = index_applied(index, partition);
    if (sum_up(likeness, index, partition, &sum.crc))
        compare(likeness, partition, &sum);
}
