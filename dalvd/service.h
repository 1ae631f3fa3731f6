/*
 * A server process: the roles that its configuration gives it, on one loop.
 *
 * Router and storage role talk by messages even here, so that a cluster only
 * moves them apart.
 */
#ifndef DALV_DALVD_SERVICE_H
#define DALV_DALVD_SERVICE_H

#include "base/status.h"
#include "config/config.h"

struct service;

/*
 * Open everything and listen. Failures are explained in `out_error`; nothing
 * listens then. The configuration is copied. `config_path` is read again on
 * SIGHUP; NULL if there is no file.
 */
DALV_MUST_CHECK enum dalv_status service_open(const struct config *config,
                                              const char *config_path,
                                              struct service **out_service,
                                              struct config_error *out_error);

/*
 * Serve until SIGTERM or SIGINT, then finish what is under way and make it
 * durable; or until the storage fails.
 */
void service_run(struct service *service);

/* DALV_OK, or why the service had to end. */
enum dalv_status service_close(struct service **service_p);

#endif
