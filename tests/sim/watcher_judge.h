/*
 * Judges what a watch tells of one user: promise 5, and that nothing is left
 * out.
 */
#ifndef DALV_TESTS_SIM_WATCHER_JUDGE_H
#define DALV_TESTS_SIM_WATCHER_JUDGE_H

#include "base/bytes.h"
#include "tests/sim/chronicle.h"

#include <stdint.h>

/*
 * `page` names all that changed behind revision `from` up to `to`, as it is at
 * `to`; from 0 on it names all that there is. NULL, or what is wrong.
 */
const char *watcher_judge(struct chronicle *chronicle, uint64_t from,
                          uint64_t to, struct bytes page);

#endif
