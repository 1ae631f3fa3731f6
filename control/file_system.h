/*
 * Which file systems keep the locks and syncs that a store in a file needs.
 */
#ifndef DALV_CONTROL_FILE_SYSTEM_H
#define DALV_CONTROL_FILE_SYSTEM_H

#include <stdint.h>

/*
 * The name of a file system that lies on another machine, or passes through a
 * program that may do so, by the type that statfs tells; NULL for all others.
 */
const char *file_system_remote_name(uint64_t type);

#endif
