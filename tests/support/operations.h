/*
 * Operations, as stories tell them: under the key given, with C strings as
 * values. All that is pointed at is borrowed.
 */
#ifndef DALV_TESTS_SUPPORT_OPERATIONS_H
#define DALV_TESTS_SUPPORT_OPERATIONS_H

#include "model/operation.h"

#include <stddef.h>
#include <stdint.h>

struct operation put(const char *key, const char *value);
struct operation put_for(const char *key, const char *value, uint64_t ttl_ms);
struct operation add(const char *key, const char *value);
struct operation del(const char *key);
struct operation increment(const char *key, int64_t number);
struct operation add_to_list(const char *key, const char *value);
struct operation remove_from_list(const char *key, const struct dot *dots,
                                  size_t count);

#endif
