/*
 * The embedded default: a folder in which a development server finds all that
 * it needs, made on the first start.
 *
 *     DIR/issuer.key    signs tokens; mode 0600
 *     DIR/issuer.pub    checks them
 *     DIR/profile.yaml  the owner's profile, for `dalv`; mode 0600
 */
#ifndef DALV_DALVD_DEV_H
#define DALV_DALVD_DEV_H

#include "base/status.h"
#include "config/config.h"

#include <stdbool.h>

/*
 * Make what is missing of the folder, and the profile anew if the ports have
 * changed. Failures are explained in `out_error`.
 */
DALV_MUST_CHECK enum dalv_status dev_prepare(const struct config *config,
                                             struct config_error *out_error);

/* The owner's profile in the folder; borrowed until the next call. */
const char *dev_profile_path(const struct config *config);

#endif
