/*
 * The checks between the fields of a server's configuration.
 *
 * Each field by itself was checked when it was read; here it is about what
 * cannot be at once.
 */
#ifndef DALV_CONFIG_CHECK_H
#define DALV_CONFIG_CHECK_H

#include "base/status.h"
#include "config/config.h"
#include "config/error.h"
#include "config/yaml.h"

/*
 * DALV_OK, or DALV_INVALID and the first combination that cannot be, with the
 * place of one of its keys. Every address must be set.
 */
DALV_MUST_CHECK enum dalv_status config_check(const struct config *config,
                                              const struct yaml_places *places,
                                              struct config_error *out_error);

#endif
