/*
 * What holds for all users, as an operator names and sets it:
 *
 *     replicas=3                     copies of each partition
 *     limits.user_bytes=64MiB        and the other limits; 0: none
 *     domain:PREFIX=system           or user; default takes the rule away
 *     merge:PREFIX=mine              or theirs, ask; default the same
 *
 * A prefix may be empty, and hold '=': the last one counts.
 */
#ifndef DALV_CLI_POLICY_TEXT_H
#define DALV_CLI_POLICY_TEXT_H

#include "base/bytes.h"
#include "base/text.h"
#include "cluster/cluster_map.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

struct policy_text {
    struct cluster_policy policy;
    uint32_t replica_count;
};

/* Put what a word says into it. False, and `problem` says why. */
bool policy_text_set(struct policy_text *settings, const char *word,
                     struct text *problem);

/* False, and `problem` says why, if limits do not fit each other. */
bool policy_text_check(const struct policy_text *settings,
                       struct text *problem);

/* A line a setting, as policy_text_set takes it; only that of `key`, unless it
   is NULL. Gives how many there are. */
size_t policy_text_print(const struct policy_text *settings, const char *key,
                         FILE *out);
/* An object; owned by you. */
json_t *policy_text_json(const struct policy_text *settings);

#endif
