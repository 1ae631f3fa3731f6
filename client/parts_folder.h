/*
 * Where a store keeps its large values: one file each, named by what is in it.
 * So what the device put and what the cluster has of it are one file, what is
 * equal is read once, and it does not matter under which upload it travelled.
 *
 *   folder/KEY-HASH-BYTES        a value: all of it, durable
 *   folder/KEY-HASH-BYTES.part   what came of it so far
 *   folder/new-RANDOM            what the application is putting
 *
 * all in hexadecimal, KEY the hash64 of the key, HASH the upload_hash. A name
 * is given once the file is durable. What is named by nothing any more goes by
 * parts_folder_sweep: that, and no order of writes, is why nothing stays for
 * ever.
 */
#ifndef DALV_CLIENT_PARTS_FOLDER_H
#define DALV_CLIENT_PARTS_FOLDER_H

#include "base/bytes.h"
#include "base/status.h"
#include "client/parts_file.h"
#include "storage/files.h"

#include <stdbool.h>
#include <stdint.h>

/* A large value of a key. */
struct parts_id {
    struct bytes key;
    uint64_t bytes;
    uint64_t hash;
};

struct parts_folder {
    struct files *files;
    char path[FILES_PATH_MAX];
    bool is_made; /* It is there, and may hold something. */
};

/* The folder in that of a store; it is made with the first file. */
DALV_MUST_CHECK enum dalv_status parts_folder_init(struct parts_folder *folder,
                                                   struct files *files,
                                                   const char *store_folder);

/* For reading. DALV_NOT_FOUND; DALV_DAMAGED if it can not be the value. */
DALV_MUST_CHECK enum dalv_status
parts_folder_open(struct parts_folder *folder, const struct parts_id *id,
                  struct parts_file **out_file);

/* What came of it so far, to be gone on with; parts_folder_finish ends it. */
DALV_MUST_CHECK enum dalv_status
parts_folder_resume(struct parts_folder *folder, const struct parts_id *id,
                    struct parts_file **out_file);
/*
 * It is all there: make it durable under its name, and close it. DALV_DAMAGED
 * if it is not the value that `id` says: then nothing is left of it.
 */
DALV_MUST_CHECK enum dalv_status
parts_folder_finish(struct parts_folder *folder, const struct parts_id *id,
                    struct parts_file **file_p);

/* A file for what the application puts; `number` is random. */
DALV_MUST_CHECK enum dalv_status
parts_folder_begin(struct parts_folder *folder, struct bytes key,
                   uint64_t number, struct parts_file **out_file);
/* Make it durable under the name that its content gives it, and close it. */
DALV_MUST_CHECK enum dalv_status parts_folder_keep(struct parts_folder *folder,
                                                   struct bytes key,
                                                   uint64_t number,
                                                   struct parts_file **file_p);
/* Close it, and leave nothing. */
void parts_folder_drop(struct parts_folder *folder, uint64_t number,
                       struct parts_file **file_p);

/* Remove a value, or what came of it; one that is not there is fine. */
DALV_MUST_CHECK enum dalv_status
parts_folder_remove(struct parts_folder *folder, const struct parts_id *id);

/* True if the value is still named by something. */
typedef bool parts_folder_judge(void *owner, const struct parts_id *id);

/*
 * Remove every file that `judge` does not know, and, if `is_opening`, what the
 * application of an earlier process was putting.
 */
DALV_MUST_CHECK enum dalv_status parts_folder_sweep(struct parts_folder *folder,
                                                    bool is_opening,
                                                    parts_folder_judge *judge,
                                                    void *owner);

#endif
