/*
 * A folder with all that is in it.
 */
#ifndef DALV_BASE_FOLDER_TREE_H
#define DALV_BASE_FOLDER_TREE_H

#include "base/status.h"

/*
 * Remove it; fine if there is none. Symbolic links are removed, not followed.
 * DALV_IO if something of it stays. Nobody else may change it meanwhile.
 */
enum dalv_status folder_tree_remove(const char *path);

#endif
