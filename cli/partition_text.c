#include "cli/partition_text.h"

#include "cli/cluster_json.h"

#include <inttypes.h>

static void print_members(const struct cluster_map *map,
                          const struct member_set *set, const char *before,
                          FILE *out)
{
    for (size_t i = 0; i < set->count; i++)
        (void)fprintf(out, "%s%s", i == 0 ? before : ",",
                      cluster_json_name(map, set->items[i].node));
}

void partition_text_print(const struct cluster_map *map, uint32_t partition,
                          FILE *out)
{
    const struct partition_record *record = &map->records[partition];

    (void)fprintf(out, "partition %" PRIu32 " epoch %" PRIu64 ".%" PRIu64 " %s",
                  partition, record->epoch, record->change,
                  record->state == PARTITION_LED ? "led by " : "opening");
    if (record->state == PARTITION_LED)
        (void)fprintf(out, "%s", cluster_json_name(map, record->master.node));
    print_members(map, &record->joint.members, " members ", out);
    print_members(map, &record->joint.old_members, " leaving ", out);
    print_members(map, &record->learners, " learners ", out);
    (void)fputc('\n', out);
}
