/*
 * 100,000 random bits of a log of 64 MiB are flipped, one at a time, and each
 * is noticed. Only the segment with the bit and the one behind it are looked
 * at: what stands before does not change what is found.
 */
#include "base/prng.h"
#include "storage/log_scan.h"
#include "tests/support/suite.h"
#include "tests/unit/storage/log_story.h"

#include <CUnit/CUnit.h>
#include <stdio.h>

enum {
    SEGMENT = 128 * 1024,
    SEGMENTS = 512,
    FLIPS = 100000,
    SEED = 20260131,
};

static void begin_with_64_mib(struct log_story *story)
{
    struct prng prng;

    prng_init(&prng, SEED);
    log_story_begin(story);
    commit_log_close(&story->log);
    story->options.folder = "big";
    story->options.segment_bytes = SEGMENT;
    story->options.is_created = true;
    CU_ASSERT_EQUAL_FATAL(log_story_reopen(story), DALV_OK);
    while (commit_log_bytes(story->log) < (uint64_t)SEGMENTS * SEGMENT)
        CU_ASSERT_EQUAL(log_story_append_synced(
                            story, (uint32_t)prng_below(&prng, 4), 1,
                            log_story_text((size_t)prng_below(&prng, 30000))),
                        DALV_OK);
    commit_log_close(&story->log);
}

static bool is_well_from(struct log_story *story, uint32_t segment)
{
    struct log_scan_options options = {
        .files = memory_files_seam(story->disk),
        .folder = "big",
    };
    uint32_t numbers[2] = {segment, segment + 1};
    struct log_segments segments = {
        .numbers = numbers,
        .count = segment == SEGMENTS ? 1 : 2,
    };
    struct log_state state;
    struct log_scan scan;
    bool is_well;

    log_state_init(&state, LOG_STORY_PARTITIONS);
    log_scan_init(&scan, &options, &state);
    CU_ASSERT_EQUAL(log_scan_run(&scan, &segments), DALV_OK);
    is_well = !scan.report.is_cut && scan.report.damage_count == 0;
    log_scan_deinit(&scan);
    log_state_deinit(&state);
    return is_well;
}

static void notices_random_flipped_bits(void)
{
    struct log_story story;
    struct prng prng;
    unsigned missed = 0;

    begin_with_64_mib(&story);
    prng_init(&prng, SEED);
    for (unsigned i = 0; i < FLIPS; i++) {
        uint32_t segment = 1 + (uint32_t)prng_below(&prng, SEGMENTS);
        uint64_t bit = prng_below(&prng, (uint64_t)SEGMENT * 8);
        uint8_t mask = (uint8_t)(1u << bit % 8);
        char path[64];
        size_t size = 0;
        uint8_t *content;

        (void)snprintf(path, sizeof(path), "big/%08x.log", segment);
        content = memory_files_content(story.disk, path, &size);
        CU_ASSERT_EQUAL_FATAL(size, SEGMENT);
        content[bit / 8] ^= mask;
        if (is_well_from(&story, segment))
            missed++;
        content[bit / 8] ^= mask;
    }
    CU_ASSERT_EQUAL(missed, 0);
    log_story_end(&story);
}

static const struct suite_test tests[] = {
    SUITE_TEST(notices_random_flipped_bits),
};

int main(void)
{
    return SUITE_RUN("storage/log_rot_soak", tests);
}
