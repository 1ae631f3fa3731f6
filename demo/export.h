/*
 * A whole replica, or what the cluster has of a user, as text: one line a key,
 * so that two of them can be compared by nobody's library.
 */
#ifndef DALV_DEMO_EXPORT_H
#define DALV_DEMO_EXPORT_H

#include "base/buffer.h"

#include <dalv/dalv.h>
#include <stdint.h>

/* Append everything; the status is the scan's. */
enum dalv_status export_device(struct dalv_device *device, struct buffer *text);
enum dalv_status export_cluster(struct dalv_backend *backend, const char *user,
                                struct buffer *text);

/* The first line in which two exports differ, as it is in `a`; "" if none. */
struct bytes export_difference(struct bytes a, struct bytes b);

#endif
