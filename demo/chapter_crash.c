#include "demo/account.h"
#include "demo/chapters.h"
#include "demo/marks.h"

struct crash {
    struct stage *stage;
    struct marks *marks;
};

static bool crash(void *owner)
{
    struct crash *crash = owner;

    account_say("kill -9 after %d answers, %zu writes under way",
                MARKS_DISTURBED_AFTER, marks_under_way(crash->marks));
    stage_kill_server(crash->stage);
    return stage_start_server(crash->stage);
}

bool chapter_crash(struct stage *stage)
{
    struct crash it = {.stage = stage};
    bool is_done = false;

    account_chapter("The server is killed in the middle of writes, and starts "
                    "again");
    it.marks = marks_create(stage, crash, &it);
    if (it.marks != NULL)
        is_done = marks_write(it.marks);
    if (is_done)
        marks_judge(it.marks);
    marks_destroy(&it.marks);
    return is_done;
}
