/*
 * A device's store for one command.
 */
#ifndef DALV_CLI_STORE_ACCESS_H
#define DALV_CLI_STORE_ACCESS_H

#include "cli/invocation.h"

#include <dalv/dalv.h>

/* Open the store of a folder that has one. EXIT_DONE or the exit code of what
   was said. */
int store_access_open(const struct invocation *invocation, const char *folder,
                      struct dalv_device **out_device);

/* As invocation_fail, with what the device says. */
int store_access_fail(const struct invocation *invocation,
                      const struct dalv_device *device,
                      enum dalv_status status);

#endif
