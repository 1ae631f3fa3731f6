/*
 * The chapters of the demonstration, in their order. Each tells its story and
 * what went wrong; false if the next ones cannot be told.
 */
#ifndef DALV_DEMO_CHAPTERS_H
#define DALV_DEMO_CHAPTERS_H

#include "demo/stage.h"

#include <stdbool.h>

enum {
    CHAPTER_USERS_MAX = 40, /* Whose devices take part. */
};

/* How many users have devices. */
size_t chapter_user_count(const struct stage *stage);

/* A backend imports the orders, one transaction each. */
bool chapter_import(struct stage *stage);
/* Devices work offline, at the same time as each other and the backend. */
bool chapter_devices(struct stage *stage);
/* The server is killed in the middle of writes. */
bool chapter_crash(struct stage *stage);
/* A device comes back that slept through all of it and through compaction. */
bool chapter_sleeper(struct stage *stage);
/* Every replica is compared with the cluster. */
bool chapter_compare(struct stage *stage);
/* Three nodes and two routers; one node is killed in the middle of writes. */
bool chapter_cluster(struct stage *stage);

#endif
