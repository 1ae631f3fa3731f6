#include "model/log_position.h"

bool log_position_equal(struct log_position a, struct log_position b)
{
    return a.epoch == b.epoch && a.index == b.index && a.crc == b.crc;
}

int log_position_compare(struct log_position a, struct log_position b)
{
    if (a.epoch != b.epoch)
        return a.epoch < b.epoch ? -1 : 1;
    if (a.index != b.index)
        return a.index < b.index ? -1 : 1;
    return 0;
}
