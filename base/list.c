#include "base/list.h"

void list_init(struct list *list)
{
    *list = (struct list){0};
}

bool list_is_empty(const struct list *list)
{
    return list->first == NULL;
}

void list_append(struct list *list, struct list_link *link)
{
    link->next = NULL;
    if (list->last == NULL)
        list->first = link;
    else
        list->last->next = link;
    list->last = link;
    list->count++;
}

void list_prepend(struct list *list, struct list_link *link)
{
    link->next = list->first;
    list->first = link;
    if (list->last == NULL)
        list->last = link;
    list->count++;
}

struct list_link *list_take(struct list *list)
{
    struct list_link *link = list->first;

    if (link == NULL)
        return NULL;
    list->first = link->next;
    if (list->first == NULL)
        list->last = NULL;
    list->count--;
    link->next = NULL;
    return link;
}

void list_append_all(struct list *list, struct list *from)
{
    if (list_is_empty(from))
        return;
    if (list->last == NULL)
        list->first = from->first;
    else
        list->last->next = from->first;
    list->last = from->last;
    list->count += from->count;
    list_init(from);
}

void *list_item(struct list_link *link, size_t offset)
{
    return link == NULL ? NULL : (char *)link - offset;
}
