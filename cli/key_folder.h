/*
 * A folder of keys, as `keys.folder` of a server names it: secrets in files of
 * their own, and lists of those who may connect.
 */
#ifndef DALV_CLI_KEY_FOLDER_H
#define DALV_CLI_KEY_FOLDER_H

#include "cli/invocation.h"

#include <dalv/dalv.h>
#include <stddef.h>

/* A list, while it is made: what it is for, and the keys in it. */
struct key_list {
    const char *remark;                /* One line. */
    char (*keys)[DALV_KEY_TEXT_BYTES]; /* Only read. */
    size_t count;
};

/* All give EXIT_DONE, or the exit code of what was said. */

/* Make the folder, closed to others, unless it is there. */
int key_folder_make(const struct invocation *invocation, const char *folder);

/* Make a secret in it; one that is there already is refused. */
int key_folder_make_key(const struct invocation *invocation, const char *folder,
                        const char *name, char out_public[DALV_KEY_TEXT_BYTES]);

/* The same, but one that is there already is taken. */
int key_folder_have_key(const struct invocation *invocation, const char *folder,
                        const char *name, char out_public[DALV_KEY_TEXT_BYTES]);

/* Have the same secret in another folder, unless there is one already. */
int key_folder_share_key(const struct invocation *invocation, const char *from,
                         const char *to, const char *name);

/* Write a list of public keys, over one that was there. */
int key_folder_put_list(const struct invocation *invocation, const char *folder,
                        const char *name, const struct key_list *list);

#endif
