#include "client/call_copy.h"

#include <stdlib.h>
#include <string.h>

enum {
    VIEWS_MAX = 6
};

/* The views of a question that borrow from its maker. */
struct views {
    struct bytes *items[VIEWS_MAX];
    size_t count;
};

static void add(struct views *views, struct bytes *view)
{
    views->items[views->count++] = view;
}

static void collect_range(struct message_range *range, struct views *views)
{
    add(views, &range->user);
    add(views, &range->prefix);
    add(views, &range->resume);
    add(views, &range->from_key);
    add(views, &range->to_key);
}

static void collect_watch(struct message_watch *watch, struct views *views)
{
    add(views, &watch->user);
    add(views, &watch->prefix);
    add(views, &watch->resume);
}

/* Those that a backend asks; others hold nothing that could be copied. */
static void collect(struct message *question, struct views *views)
{
    views->count = 0;
    if (question->type == MESSAGE_GET) {
        add(views, &question->get.user);
        add(views, &question->get.key);
    } else if (question->type == MESSAGE_UPDATE) {
        add(views, &question->update.user);
        add(views, &question->update.transaction);
    } else if (question->type == MESSAGE_RANGE) {
        collect_range(&question->range, views);
    } else if (question->type == MESSAGE_WATCH) {
        collect_watch(&question->watch, views);
    } else if (question->type == MESSAGE_ERASE) {
        add(views, &question->erase.user);
    } else if (question->type == MESSAGE_LIST_CONFLICTS) {
        add(views, &question->list_conflicts.user);
        add(views, &question->list_conflicts.resume);
    }
}

struct call *call_copy_make(const struct message *question)
{
    struct message copy = *question;
    struct views views;
    size_t bytes = 0;
    struct call *call;
    uint8_t *place;

    collect(&copy, &views);
    for (size_t i = 0; i < views.count; i++)
        bytes += views.items[i]->size;
    call = malloc(sizeof(*call) + bytes);
    if (call == NULL)
        return NULL;
    *call = (struct call){.question = copy, .bytes = sizeof(*call) + bytes};
    place = (uint8_t *)(call + 1);
    collect(&call->question, &views);
    for (size_t i = 0; i < views.count; i++) {
        struct bytes *view = views.items[i];

        if (view->size > 0)
            memcpy(place, view->data, view->size);
        view->data = place;
        place += view->size;
    }
    call->is_write = call_copy_is_write(question);
    return call;
}

bool call_copy_is_write(const struct message *question)
{
    return question->type == MESSAGE_UPDATE || question->type == MESSAGE_ERASE;
}
