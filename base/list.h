/*
 * A first-in, first-out list of items that carry their own link.
 *
 * It owns nothing and cannot be full. An item is in at most one list by the
 * same link.
 */
#ifndef DALV_BASE_LIST_H
#define DALV_BASE_LIST_H

#include <stdbool.h>
#include <stddef.h>

struct list_link {
    struct list_link *next;
};

struct list {
    struct list_link *first;
    struct list_link *last;
    size_t count;
};

void list_init(struct list *list);
bool list_is_empty(const struct list *list);
void list_append(struct list *list, struct list_link *link);
void list_prepend(struct list *list, struct list_link *link);
/* Takes the first; NULL if there is none. */
struct list_link *list_take(struct list *list);
/* Moves everything of `from` behind what `list` holds. */
void list_append_all(struct list *list, struct list *from);

/* The item that holds `link` as its member `member`; NULL for NULL. */
#define LIST_ITEM(link, type, member)                                          \
    ((type *)list_item((link), offsetof(type, member)))
void *list_item(struct list_link *link, size_t offset);

#endif
