/*
 * The journal of a device: a file of records, each durable before whoever
 * wrote it goes on.
 *
 * It holds what can not be rebuilt: work that the cluster has not settled. A
 * record is
 *
 *   0xD7, version 1, type, 0 | size of payload u32 | CRC32C u32 | payload
 *
 * the CRC over the first eight bytes and the payload. Only the last write can
 * be torn by a crash: what is bad with nothing good behind it is cut. Anything
 * bad with good records behind it is damage: the file is kept aside under
 * another name, never removed, and all good records are read.
 *
 * Each opening is followed by a rewrite, so that the file holds what is still
 * of use and no byte whose sync once failed is trusted. After a failed sync,
 * or a write that could not be taken back, the journal is poisoned: everything
 * answers the same until it is opened again.
 *
 *   folder/journal             the records
 *   folder/journal.new         a rewrite that was not finished: ignored
 *   folder/journal.damaged-N   what was found damaged, N = 1, 2, 3, ...
 */
#ifndef DALV_CLIENT_JOURNAL_H
#define DALV_CLIENT_JOURNAL_H

#include "base/bytes.h"
#include "base/status.h"
#include "storage/files.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    JOURNAL_PAYLOAD_MAX = 64 << 20,
    JOURNAL_FRAME_BYTES = 12,
    JOURNAL_TYPE_MAX = 126,
};

struct journal;

/* What was found at opening. */
struct journal_report {
    uint64_t record_count;  /* Good ones. */
    uint64_t cut_bytes;     /* A torn end: never acknowledged. */
    uint64_t damaged_bytes; /* Lost between good records; 0 if none are. */
};

/*
 * Takes one record, in the order of the file; `payload` is borrowed for the
 * call. DALV_DAMAGED if it makes no sense: it counts as damaged and reading
 * goes on. Any other status but DALV_OK ends the reading.
 */
typedef enum dalv_status journal_reader(void *owner, uint8_t type,
                                        struct bytes payload);

/* Appends, by journal_append, every record that is still of use. */
typedef enum dalv_status journal_source(void *owner, struct journal *journal);

/*
 * Read the journal in `folder`, which may have none. `files` is kept. Next
 * comes journal_rewrite; before it nothing may be synced.
 *
 * DALV_UNSUPPORTED if a newer version wrote it (it is left alone);
 * DALV_NO_MEMORY; DALV_TOO_BIG (the path); DALV_IO and what the reader gives.
 */
DALV_MUST_CHECK enum dalv_status
journal_open(struct files *files, const char *folder, journal_reader *reader,
             void *owner, struct journal **out_journal);

/* Borrowed until it is closed. */
const struct journal_report *journal_report(const struct journal *journal);

/*
 * Collect a record of type 1 to JOURNAL_TYPE_MAX. It is written by the next
 * journal_sync, with all that were collected since the last. DALV_NO_MEMORY,
 * DALV_TOO_BIG: then nothing was collected.
 */
DALV_MUST_CHECK enum dalv_status
journal_append(struct journal *journal, uint8_t type, struct bytes payload);

/* Forget what was collected and not synced. */
void journal_drop(struct journal *journal);

/*
 * Write what was collected and make it durable. On DALV_NO_SPACE and the like
 * nothing of it was written, and the journal goes on, unless
 * journal_is_poisoned: then any part may be there. It is collected no more.
 */
DALV_MUST_CHECK enum dalv_status journal_sync(struct journal *journal);

bool journal_is_poisoned(const struct journal *journal);

/*
 * Write what `source` gives into a new file and put that in the place of the
 * old one. A failure leaves the old one. Nothing may be collected (ASSERT).
 */
DALV_MUST_CHECK enum dalv_status
journal_rewrite(struct journal *journal, journal_source *source, void *owner);

/* Bytes in the file. */
uint64_t journal_bytes(const struct journal *journal);

/* Close and release; what was collected and not synced is gone. */
void journal_close(struct journal **journal_p);

#endif
