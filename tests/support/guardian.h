/*
 * Removes a folder once this process has ended, however it ends.
 */
#ifndef DALV_TESTS_SUPPORT_GUARDIAN_H
#define DALV_TESTS_SUPPORT_GUARDIAN_H

/* Watch over a folder; what is given back is handed to guardian_dismiss. */
int guardian_post(const char *path);
/* The folder is removed, unless it was already. */
void guardian_dismiss(int *post_p);

#endif
