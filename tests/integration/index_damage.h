/*
 * What may befall the index of a server that does not run: its log is the
 * truth, so nothing of this may cost or change anything.
 */
#ifndef DALV_TESTS_INTEGRATION_INDEX_DAMAGE_H
#define DALV_TESTS_INTEGRATION_INDEX_DAMAGE_H

#include "base/prng.h"

#include <stdbool.h>
#include <stddef.h>

enum index_damage {
    INDEX_LOG_CUT,    /* LevelDB's write-ahead log ends in the middle. */
    INDEX_LOG_HOLED,  /* A page of it is zeros. */
    INDEX_LOG_GONE,   /* It is not there. */
    INDEX_GONE,       /* The whole folder is not there. */
    INDEX_TABLE_FLIP, /* A byte of a table is another. */
    INDEX_TABLE_CUT,  /* A table ends in the middle. */
    INDEX_TABLE_GONE,
    INDEX_MANIFEST_CUT,
    INDEX_MANIFEST_FLIP,
    INDEX_CURRENT_GONE,
    INDEX_DAMAGE_COUNT,
};

const char *index_damage_name(enum index_damage damage);

/* Do it to the index in a folder; where is chance. False if there is no such
   file. */
bool index_damage_do(enum index_damage damage, const char *folder,
                     struct prng *prng);

#endif
