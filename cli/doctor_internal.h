/*
 * The doctor's rules, for the files that they stand in:
 *
 *     doctor.c             the cluster as a whole
 *     doctor_processes.c   each process for itself, and compared with others
 *     doctor_partitions.c  partitions and their copies
 */
#ifndef DALV_CLI_DOCTOR_INTERNAL_H
#define DALV_CLI_DOCTOR_INTERNAL_H

#include "cli/doctor.h"

/* The node that answered, by its number; NULL: none did. */
const struct inspection *doctor_find(const struct inspection *inspections,
                                     size_t count, uint32_t node);

/* "node b at 10.0.0.2:7476", or what else is known of it. */
void doctor_put_process(const struct doctor_case *facts,
                        const struct inspection *inspection, struct text *text);

void doctor_examine_processes(const struct doctor_case *facts,
                              struct diagnosis *diagnosis);
void doctor_examine_partitions(const struct doctor_case *facts,
                               struct diagnosis *diagnosis);

#endif
