/*
 * A look into the shell of a node, which keeps to itself what a killed process
 * needs to be taken apart, and what is compared between nodes.
 */
#ifndef DALV_TESTS_SIM_NODE_INSIDE_H
#define DALV_TESTS_SIM_NODE_INSIDE_H

#include "node/shell.h"

#include <stdbool.h>

struct index;

/* From now on it closes nothing in order. */
void node_inside_break(struct node_shell *shell);
/* DALV_OK, or why it stopped its loop. */
enum dalv_status node_inside_failure(const struct node_shell *shell);
/* It would close in order. */
bool node_inside_is_at_rest(const struct node_shell *shell);
struct index *node_inside_index(const struct node_shell *shell);

/* What a job of a thread has beside the process's own memory goes. */
void node_inside_lose(const char *worker, void *job);

#endif
