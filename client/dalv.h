/*
 * libdalv: the SDK of DalvDB.
 *
 * Two ways in. A *device* is a replica of one user's data in a folder: it
 * reads and writes locally at once, online or not, and syncs when it can. A
 * *backend* is a connection of the service's own servers to the cluster, for
 * any user.
 *
 * Threads: an object is used by one thread at a time; different objects are
 * independent. Nothing here starts a thread that calls you back: callbacks run
 * inside the call that you made, on your thread, and must not use the object
 * that calls them unless a comment allows it.
 *
 * Ownership: `out_` pointers are written only on DALV_OK. Each pointer that
 * you get says "borrowed until ..." or "owned by you; release with ...". What
 * you hand in is copied before the call returns. A `_p` parameter takes your
 * object and sets your pointer to NULL, whatever the status.
 *
 * Errors: a status says what may be concluded (dalv_status_outcome); the text
 * of the last failure, for people, is that of dalv_device_error() or
 * dalv_backend_error().
 */
#ifndef DALV_DALV_H
#define DALV_DALV_H

#include <dalv/backend.h> /* IWYU pragma: export */
#include <dalv/data.h>    /* IWYU pragma: export */
#include <dalv/device.h>  /* IWYU pragma: export */
#include <dalv/export.h>
#include <dalv/key.h>    /* IWYU pragma: export */
#include <dalv/status.h> /* IWYU pragma: export */

#ifdef __cplusplus
extern "C" {
#endif

#define DALV_VERSION_MAJOR 0
#define DALV_VERSION_MINOR 1
#define DALV_VERSION_PATCH 0

/* The library's version at run time, "0.1.0". Static. */
DALV_EXPORT const char *dalv_version(void);

/* The text of a status for people, its constant's name. Static. */
DALV_EXPORT const char *dalv_status_text(enum dalv_status status);
DALV_EXPORT const char *dalv_status_name(enum dalv_status status);

/* A write's status: 0 it took effect, 1 it never will, 2 unknown: retry. */
DALV_EXPORT int dalv_status_outcome(enum dalv_status status);

#ifdef __cplusplus
}
#endif

#endif
