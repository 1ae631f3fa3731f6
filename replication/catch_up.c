#include "replication/catch_up.h"

bool catch_up_is_far(uint64_t end_index, uint64_t master_index)
{
    return master_index > end_index + CATCH_UP_FAR_ENTRIES;
}

bool catch_up_is_near(uint64_t end_index, uint64_t master_index)
{
    return master_index <= end_index + CATCH_UP_NEAR_ENTRIES;
}

void catch_up_begin(struct catch_up *catch_up, uint64_t epoch, bool is_snapshot)
{
    *catch_up = (struct catch_up){
        .state = is_snapshot ? CATCH_UP_PAGE_ASKING : CATCH_UP_LOG_ASKING,
        .epoch = epoch,
        .request = catch_up->request,
        .resume = catch_up->resume,
    };
}

bool catch_up_is_due(const struct catch_up *catch_up, uint64_t now_us)
{
    if (catch_up->state != CATCH_UP_LOG_ASKING &&
        catch_up->state != CATCH_UP_PAGE_ASKING)
        return false;
    return catch_up->asked_us == 0 ||
           now_us >= catch_up->asked_us + CATCH_UP_RETRY_US;
}

bool catch_up_take_page(struct catch_up *catch_up, struct log_position read_at)
{
    if (!catch_up->has_begun) {
        catch_up->has_begun = true;
        catch_up->from = read_at;
        catch_up->reached_index = read_at.index;
        return true;
    }
    if (read_at.index < catch_up->from.index)
        return false;
    if (read_at.index > catch_up->reached_index)
        catch_up->reached_index = read_at.index;
    return true;
}
