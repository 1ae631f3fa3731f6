#include "model/dot.h"

bool dot_equal(struct dot a, struct dot b)
{
    return a.device == b.device && a.local_id == b.local_id &&
           a.position == b.position;
}

static int compare(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

int dot_compare(struct dot a, struct dot b)
{
    if (a.device != b.device)
        return compare(a.device, b.device);
    if (a.local_id != b.local_id)
        return compare(a.local_id, b.local_id);
    return compare(a.position, b.position);
}
