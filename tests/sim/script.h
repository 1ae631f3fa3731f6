/*
 * What applications do: deeds made of a few actions, each of which keeps
 * something true that anybody can check at any moment.
 *
 *     log/       every deed adds its tag to one of these lists
 *     pair/      two registers that are always equal
 *     acct/      three counters whose sum is always zero
 *     ask/, mine/, their/   registers under each merge policy
 *     set/0      a list that is added to, removed from, and now and then ended
 *     once/      written only if absent, for ever
 *     ttl/       registers that expire by the master's clock
 *     sys/0      the backends' own
 */
#ifndef DALV_TESTS_SIM_SCRIPT_H
#define DALV_TESTS_SIM_SCRIPT_H

#include "base/prng.h"
#include "sync/policy.h"
#include "tests/sim/deed.h"

#define SCRIPT_SET "set/0"

/* The cluster's policy in every world. */
struct policy script_policy(void);

/* Add actions to a deed; an element that may be removed, or NULL. */
void script_fill(struct prng *prng, struct deed *deed,
                 const struct dot *removable);

/* A key that a reader may ask for. */
const char *script_key(struct prng *prng);

/* What a resolver puts in the place of both sides. */
void script_answer(const struct deed *deed, struct deed_operation *operation);

#endif
