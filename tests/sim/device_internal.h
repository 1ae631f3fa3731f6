/*
 * What the files of a simulated device share: its life and syncing
 * (device_process.c), its application (device_work.c), and what is judged
 * about it (device_judge.c).
 */
#ifndef DALV_TESTS_SIM_DEVICE_INTERNAL_H
#define DALV_TESTS_SIM_DEVICE_INTERNAL_H

#include "tests/sim/device_process.h"

/* What its clock says. */
uint64_t device_wall_us(const struct device_process *device);

/* Its disk failed; it starts again. */
void device_fail(struct device_process *device, enum dalv_status status,
                 const char *what);

/* What another store knows of its deeds. */
void device_copy_work(struct device_process *device,
                      const struct device_process *from);
/* What was done later is not known to this store any more. */
void device_forget_work(struct device_process *device, size_t count);
/* All that is pending here may be pushed by another store as well. */
void device_count_copies(struct device_process *device);

/* The resolver of its application: a sync_resolver. */
void device_resolve(void *owner, const struct sync_conflict *conflict,
                    struct sync_answer *out_answer);

/* The store was opened: what was committed is there. */
void device_judge_start(struct device_process *device);
/* If the replica has moved: all of it is as the cluster was at its position. */
void device_judge_replica(struct device_process *device);
/* What the application sees holds together. */
void device_judge_sight(struct device_process *device);

#endif
