#include "replication/entry_run.h"

bool entry_run_is_sound(const struct entry_run *run)
{
    return run->end.index > run->before.index &&
           run->end.epoch >= run->before.epoch && run->end.epoch > 0 &&
           run->bytes.size > 0;
}
