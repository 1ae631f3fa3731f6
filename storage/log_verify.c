#include "storage/log_verify.h"

#include "storage/segment.h"

static enum dalv_status scan(const struct log_verify_options *options,
                             const struct log_segments *segments,
                             struct log_report *out_report)
{
    struct log_scan_options scan_options = {
        .files = options->files,
        .folder = options->folder,
        .visitor = options->visitor,
        .owner = options->owner,
    };
    struct log_state state;
    struct log_scan scan;
    enum dalv_status status;

    log_state_init(&state, options->partition_count);
    log_scan_init(&scan, &scan_options, &state);
    status = log_scan_run(&scan, segments);
    *out_report = scan.report;
    log_scan_deinit(&scan);
    log_state_deinit(&state);
    return status;
}

enum dalv_status log_verify(const struct log_verify_options *options,
                            struct log_report *out_report)
{
    struct log_segments segments;
    enum dalv_status status;

    *out_report = (struct log_report){0};
    log_segments_init(&segments);
    status = log_segments_list(&segments, options->files, options->folder);
    if (status == DALV_OK && segments.count == 0)
        status = DALV_NOT_FOUND;
    if (status == DALV_OK)
        status = scan(options, &segments, out_report);
    if (status == DALV_OK && (out_report->is_cut || out_report->damage_count))
        status = DALV_DAMAGED;
    log_segments_deinit(&segments);
    return status;
}

static void put_place(struct text *text, uint32_t segment, uint64_t offset)
{
    char name[SEGMENT_NAME_BYTES];

    segment_name(segment, false, name);
    text_put(text, name);
    text_put(text, " at ");
    text_put_u64(text, offset);
}

static void put_damage(struct text *text, const struct log_damage *damage)
{
    put_place(text, damage->segment, damage->offset);
    text_put(text, ": ");
    text_put(text, log_fault_text(damage->fault));
    if (damage->resumed_segment == 0) {
        text_put(text, "; nothing good follows\n");
        return;
    }
    text_put(text, "; good again in ");
    put_place(text, damage->resumed_segment, damage->resumed_offset);
    text_put(text, "\n");
}

/*
 * Of many the first and the last; those between may be whole. Without a number
 * of partitions to go by, all that a record may name count.
 */
static void put_partitions(struct text *text, const struct log_report *report)
{
    text_put(text, "not whole: ");
    if (report->partition_count == RECORD_PARTITIONS_MAX) {
        text_put(text, "all partitions\n");
        return;
    }
    if (report->partition_count == 1) {
        text_put(text, "partition ");
        text_put_u64(text, report->partition_first);
    } else {
        text_put_u64(text, report->partition_count);
        text_put(text, " partitions, the first of them ");
        text_put_u64(text, report->partition_first);
        text_put(text, ", the last ");
        text_put_u64(text, report->partition_last);
    }
    text_put(text, "\n");
}

void log_report_describe(const struct log_report *report, struct text *text)
{
    text_put_u64(text, report->batch_count);
    text_put(text, " batches, ");
    text_put_u64(text, report->record_count);
    text_put(text, " records, segments ");
    text_put_u64(text, report->first_segment);
    text_put(text, " to ");
    text_put_u64(text, report->last_segment);
    text_put(text, "\n");
    if (report->damage_count > 0) {
        text_put(text, "damaged: ");
        text_put_u64(text, report->damage_count);
        text_put(text, " places, the first in ");
        put_damage(text, &report->damage);
    }
    if (report->is_cut) {
        text_put(text, "torn: ");
        put_damage(text, &report->cut);
    }
    if (report->partition_count > 0)
        put_partitions(text, report);
    if (report->is_uncertain)
        text_put(text, "uncertain: a tail was lost\n");
}
