#include "demo/account.h"
#include "demo/chapters.h"
#include "demo/marks.h"
#include "demo/troupe.h"

struct failover {
    struct troupe troupe;
    struct marks *marks;
    size_t master; /* Of the first user. */
};

static bool kill_a_node(void *owner)
{
    struct failover *failover = owner;

    account_say("kill -9 of node-%zu, which leads data of these users, after "
                "%d answers, %zu writes under way",
                failover->master + 1, MARKS_DISTURBED_AFTER,
                marks_under_way(failover->marks));
    troupe_kill(&failover->troupe, failover->master);
    return true;
}

static bool write_through(struct failover *failover)
{
    const struct stage *stage = failover->troupe.stage;

    failover->master =
        troupe_master_of(&failover->troupe, stage->orders.customers[0]);
    if (failover->master == TROUPE_NODES)
        return false;
    if (!marks_write(failover->marks))
        return false;
    account_say("%.0f ms after the kill every user could write again",
                marks_recovery_seconds(failover->marks) * 1000);
    marks_judge(failover->marks);
    return true;
}

bool chapter_cluster(struct stage *stage)
{
    struct failover failover = {.marks = NULL};
    bool is_done;

    account_chapter("A cluster of three nodes and two routers loses a node");
    dalv_backend_close(&stage->backend);
    is_done = troupe_start(&failover.troupe, stage) &&
              stage_connect_to(stage, failover.troupe.ports + TROUPE_NODES,
                               TROUPE_ROUTERS);
    if (is_done)
        account_say("64 partitions, three copies of each, in processes of "
                    "this machine");
    failover.marks = marks_create(stage, kill_a_node, &failover);
    is_done = is_done && failover.marks != NULL && write_through(&failover);
    marks_destroy(&failover.marks);
    dalv_backend_close(&stage->backend);
    troupe_stop(&failover.troupe);
    return is_done;
}
