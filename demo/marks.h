/*
 * Writes that can be counted afterwards, with what became of each kept here,
 * outside of any server: each leaves a mark of its own and counts itself.
 */
#ifndef DALV_DEMO_MARKS_H
#define DALV_DEMO_MARKS_H

#include "demo/stage.h"

#include <dalv/dalv.h>
#include <stdbool.h>
#include <stddef.h>

enum {
    MARKS = 3000,
    MARKS_DISTURBED_AFTER = 1000, /* Answers. */
};

struct marks;

/* False, and told, if the demonstration cannot go on. */
typedef bool marks_disturb(void *owner);

/*
 * For the users that have devices; the backend may be replaced by `disturb`,
 * which is called once, while many writes are under way. NULL without memory.
 */
struct marks *marks_create(struct stage *stage, marks_disturb *disturb,
                           void *owner);
void marks_destroy(struct marks **marks_p);

/* Writes all; false, and told, if that cannot be done. */
bool marks_write(struct marks *marks);

/* How many writes were under way at that time. */
size_t marks_under_way(const struct marks *marks);

/*
 * The seconds from the disturbance until every user had a write acknowledged
 * that was sent behind it.
 */
double marks_recovery_seconds(const struct marks *marks);

/* Ask for every mark, and tell whether one is missing, or is there twice. */
void marks_judge(struct marks *marks);

#endif
