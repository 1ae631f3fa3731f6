/*
 * A conflict as the application sees it, and its resolver as the sync machine
 * calls it.
 */
#ifndef DALV_CLIENT_DEVICE_CONFLICT_H
#define DALV_CLIENT_DEVICE_CONFLICT_H

#include "client/dalv.h"
#include "client/sync_machine.h"

/* Between the two; `answer` is what the machine borrows until the next call. */
struct device_resolver {
    dalv_resolver *resolver;
    void *owner;
    struct dalv_transaction *answer;
};

void device_resolver_init(struct device_resolver *adapter,
                          dalv_resolver *resolver, void *owner);
void device_resolver_deinit(struct device_resolver *adapter);

/* A sync_resolver whose owner is a struct device_resolver. Without memory the
   conflict stays for later. */
void device_resolver_call(void *owner, const struct sync_conflict *conflict,
                          struct sync_answer *out_answer);

#endif
