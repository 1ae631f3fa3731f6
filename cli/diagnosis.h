/*
 * What a doctor found: which fault, with whom, by what one knows it, and what
 * to do about it. Worst first.
 */
#ifndef DALV_CLI_DIAGNOSIS_H
#define DALV_CLI_DIAGNOSIS_H

#include "base/text.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum fault {
    /* Somebody is not served. */
    FAULT_NOT_FOUNDED,
    FAULT_STORE_PUT_BACK,
    FAULT_NO_MAJORITY,
    FAULT_LEADERLESS,
    FAULT_STOOD_DOWN,
    /* All are served, but one more fault may end that. */
    FAULT_STORE_UNREADABLE,
    FAULT_NO_CONTROLLER,
    FAULT_DOWN,
    FAULT_UNREACHABLE,
    FAULT_SILENT,
    FAULT_UNRESOLVED,
    FAULT_NOT_ADMITTED,
    FAULT_OTHER_CLUSTER,
    FAULT_OTHER_NODE,
    FAULT_NODE_KEY,
    FAULT_CLOCK,
    FAULT_NO_STORE,
    FAULT_OLD_MAP,
    FAULT_DISK,
    FAULT_DAMAGED,
    FAULT_STUCK,
    FAULT_LAGGING,
    FAULT_THIN,
    FAULT_CONFIGURATION,
    /* Nothing is in danger. */
    FAULT_NOT_STARTED,
    FAULT_VERSIONS,
    FAULT_UNBALANCED,
    FAULT_COUNT,
};

enum fault_weight {
    FAULT_SERIOUS, /* Somebody is not served. */
    FAULT_WRONG,
    FAULT_MINOR,
};

enum {
    DIAGNOSIS_FINDINGS_MAX = 128,
    FINDING_SUBJECT_BYTES = 160,
    FINDING_CAUSE_BYTES = 640,
};

struct finding {
    enum fault fault;
    char subject[FINDING_SUBJECT_BYTES]; /* "node b", "12 partitions: 3-14". */
    char cause[FINDING_CAUSE_BYTES];
};

/* Large: on the heap. Zeroed, it holds none. */
struct diagnosis {
    struct finding findings[DIAGNOSIS_FINDINGS_MAX];
    size_t count;
    size_t left_out; /* Beyond the most that it holds. */
};

/* Put one behind the others; two texts to be written into: who, and why. */
void diagnosis_add(struct diagnosis *diagnosis, enum fault fault,
                   struct text *out_subject, struct text *out_cause);

/* Worst first; of equal ones as they were found. */
void diagnosis_sort(struct diagnosis *diagnosis);

bool diagnosis_has(const struct diagnosis *diagnosis, enum fault fault);
/* The worst there is; FAULT_MINOR if there is nothing. */
enum fault_weight diagnosis_weight(const struct diagnosis *diagnosis);

const char *fault_name(enum fault fault);   /* "no_majority". */
const char *fault_remedy(enum fault fault); /* What to do. */
enum fault_weight fault_weight(enum fault fault);
/* True if it may come and go by itself: look again before you believe it. */
bool fault_is_fleeting(enum fault fault);

void diagnosis_print(const struct diagnosis *diagnosis, FILE *out);
/* An array; owned by you. */
json_t *diagnosis_json(const struct diagnosis *diagnosis);

#endif
