/*
 * A control store in one file of a local disk: SQLite, without a server.
 *
 * For a machine of its own. Several processes on it share the file; SQLite's
 * locks keep their transactions apart, which file systems of other machines do
 * not do reliably. So those are refused.
 */
#ifndef DALV_CONTROL_CONTROL_FILE_H
#define DALV_CONTROL_CONTROL_FILE_H

#include "base/status.h"
#include "base/text.h"
#include "control/control_store.h"

/*
 * Open the file, or make it, readable to its owner only; its folder must be
 * there. DALV_NOT_FOUND (no folder), DALV_UNSUPPORTED (the file system of
 * another machine, or a store of a later format), DALV_DAMAGED (it is no
 * control store, or not whole), DALV_NOT_PERMITTED, DALV_NO_SPACE, DALV_BUSY,
 * DALV_IO; `problem` then says it for people.
 */
DALV_MUST_CHECK enum dalv_status control_file_open(
    const char *path, struct control_store **out_store, struct text *problem);

#endif
