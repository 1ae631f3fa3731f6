#include "node/log_group.h"

#include <string.h>

struct log_group *log_group_create(struct allocator *allocator,
                                   struct bytes records, size_t record_count)
{
    struct log_group *group =
        allocator_take(allocator, sizeof(*group) + records.size);

    if (group == NULL)
        return NULL;
    memset(group, 0, sizeof(*group));
    list_init(&group->turns);
    group->record_count = record_count;
    group->bytes_size = records.size;
    memcpy(group->bytes, records.data, records.size);
    return group;
}

void log_group_destroy(struct log_group **group_p, struct allocator *allocator)
{
    struct log_group *group = *group_p;

    *group_p = NULL;
    if (group != NULL)
        allocator_give(allocator, group, sizeof(*group) + group->bytes_size);
}

struct bytes log_group_bytes(const struct log_group *group)
{
    return bytes_make(group->bytes, group->bytes_size);
}
