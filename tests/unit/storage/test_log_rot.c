/*
 * Every flipped bit and every truncation of a log of 64 KiB is noticed.
 *
 * The log has four segments of 16 KiB and was closed; nothing in it may be
 * anything but what was written, the zeros behind the last batch too.
 */
#include "storage/log_scan.h"

#include "tests/support/suite.h"
#include "tests/unit/storage/log_story.h"

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <string.h>

enum {
    SEGMENT = 16 * 1024,
    SEGMENTS = 4,
};

static void begin_with_64_kib(struct log_story *story)
{
    uint32_t i = 0;

    log_story_begin(story);
    commit_log_close(&story->log);
    story->options.folder = "small";
    story->options.segment_bytes = SEGMENT;
    story->options.is_created = true;
    CU_ASSERT_EQUAL_FATAL(log_story_reopen(story), DALV_OK);
    while (commit_log_bytes(story->log) < (uint64_t)SEGMENTS * SEGMENT) {
        CU_ASSERT_EQUAL(
            log_story_append_synced(story, i % 4, 1,
                                    log_story_text(100 + 700 * (i % 8))),
            DALV_OK);
        i++;
    }
    commit_log_close(&story->log);
}

/*
 * True if nothing is bad from this segment to the one behind it: as if the
 * older ones had gone, since what they hold does not change what is found.
 */
static bool is_well_from(struct log_story *story, uint32_t segment)
{
    struct log_scan_options options = {
        .files = memory_files_seam(story->disk),
        .folder = "small",
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

static uint8_t *content_of(struct log_story *story, uint32_t segment)
{
    char path[64];
    size_t size = 0;

    (void)snprintf(path, sizeof(path), "small/%08x.log", segment);
    return memory_files_content(story->disk, path, &size);
}

static void notices_every_flipped_bit(void)
{
    struct log_story story;
    unsigned missed = 0;

    begin_with_64_kib(&story);
    for (uint32_t segment = 1; segment <= SEGMENTS; segment++) {
        uint8_t *content = content_of(&story, segment);

        CU_ASSERT(is_well_from(&story, segment));
        for (size_t bit = 0; bit < SEGMENT * 8; bit++) {
            content[bit / 8] ^= (uint8_t)(1u << bit % 8);
            if (is_well_from(&story, segment))
                missed++;
            content[bit / 8] ^= (uint8_t)(1u << bit % 8);
        }
    }
    CU_ASSERT_EQUAL(missed, 0);
    log_story_end(&story);
}

static void notices_every_truncation(void)
{
    struct log_story story;
    unsigned missed = 0;
    static uint8_t saved[SEGMENT];
    char path[64];

    begin_with_64_kib(&story);
    for (uint32_t segment = 1; segment <= SEGMENTS; segment++) {
        (void)snprintf(path, sizeof(path), "small/%08x.log", segment);
        memcpy(saved, content_of(&story, segment), SEGMENT);
        for (size_t size = SEGMENT; size > 0; size--) {
            memory_files_cut(story.disk, path, size - 1);
            if (is_well_from(&story, segment))
                missed++;
        }
        memory_files_restore(story.disk, path, bytes_make(saved, SEGMENT));
        CU_ASSERT(is_well_from(&story, segment));
    }
    CU_ASSERT_EQUAL(missed, 0);
    log_story_end(&story);
}

static const struct suite_test tests[] = {
    SUITE_TEST(notices_every_flipped_bit),
    SUITE_TEST(notices_every_truncation),
};

int main(void)
{
    return SUITE_RUN("storage/log_rot", tests);
}
