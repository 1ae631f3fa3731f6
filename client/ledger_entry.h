/*
 * One local transaction in memory: a block of its own that holds its bytes,
 * and its operations as they were decoded from them.
 */
#ifndef DALV_CLIENT_LEDGER_ENTRY_H
#define DALV_CLIENT_LEDGER_ENTRY_H

#include "base/arena.h"
#include "base/status.h"
#include "client/ledger.h"

/*
 * A copy of `draft`, decoded with the help of `scratch`, which is cleared.
 * DALV_DAMAGED if its transaction makes no sense, DALV_NO_MEMORY.
 */
DALV_MUST_CHECK enum dalv_status
ledger_entry_create(const struct ledger_draft *draft, struct arena *scratch,
                    struct ledger_entry **out_entry);
void ledger_entry_destroy(struct ledger_entry **entry_p);

#endif
