/*
 * Files in memory that fail like a disk: for tests and the simulator.
 *
 * A written sector is durable after a sync, a name after a sync of the folder.
 * A crash keeps or drops every sector that is not durable, by the seed; names
 * change back to a point between the last sync of the folder and now. A sync
 * that failed leaves its sectors in doubt for ever, though they read as written
 * and later syncs succeed: that is what Linux does.
 */
#ifndef DALV_TESTS_SUPPORT_MEMORY_FILES_H
#define DALV_TESTS_SUPPORT_MEMORY_FILES_H

#include "storage/files.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    MEMORY_FILES_PATH_MAX = 256,
};

struct memory_files;

/* What happens to the call that is to fail. */
enum memory_fault {
    MEMORY_FAULT_IO,         /* Nothing is done; DALV_IO. */
    MEMORY_FAULT_NO_SPACE,   /* Half of a write is done; DALV_NO_SPACE. */
    MEMORY_FAULT_HALF_WRITE, /* Half of a write is done; DALV_IO. */
};

struct memory_files *memory_files_create(uint64_t seed);
void memory_files_destroy(struct memory_files **files_p);

/* Everything that is left to chance depends on the seed from now on. */
void memory_files_set_seed(struct memory_files *files, uint64_t seed);

/* The seam to hand in; borrowed until destroy. */
struct files *memory_files_seam(struct memory_files *files);

/*
 * Power off, and on again. Files that were open stay open for their owner to
 * close, and give DALV_IO to everything else.
 */
void memory_files_crash(struct memory_files *files);

/*
 * The process ends, and the system's cache survives: nothing is lost, locks are
 * free. Files that were open are as after a crash.
 */
void memory_files_kill(struct memory_files *files);

/* Be exactly what `from` reads as, durably. No file may be open. */
void memory_files_copy(struct memory_files *files,
                       const struct memory_files *from);

/*
 * Let the `call`-th changing call from now (1 is the next) fail: open with
 * creation, write, sync, allocate, truncate, rename, remove, sync_folder.
 */
void memory_files_fail(struct memory_files *files, uint64_t call,
                       enum memory_fault fault);
/*
 * Bad sectors: reading any byte of [from, to) of any file gives DALV_IO. An
 * empty range heals them.
 */
void memory_files_fail_reads(struct memory_files *files, uint64_t from,
                             uint64_t to);
/* True if a call was made to fail since memory_files_fail. */
bool memory_files_has_failed(const struct memory_files *files);
uint64_t memory_files_sync_count(const struct memory_files *files);
uint64_t memory_files_write_count(const struct memory_files *files);

/* All files together take at most so many bytes: then DALV_NO_SPACE. */
void memory_files_set_capacity(struct memory_files *files, uint64_t bytes);

/*
 * The bytes that a file has and keeps, to be damaged at will; borrowed until
 * the file changes. NULL if there is none of that name.
 */
uint8_t *memory_files_content(struct memory_files *files, const char *path,
                              size_t *out_size);
/* After memory_files_content was changed: what reads, also is durable. */
void memory_files_settle(struct memory_files *files, const char *path);
/* Let the file end at `size` as if it had never been longer. */
void memory_files_cut(struct memory_files *files, const char *path,
                      size_t size);
/* Let the file be exactly these bytes, durably. */
void memory_files_restore(struct memory_files *files, const char *path,
                          struct bytes content);

#endif
