#include "client/ledger.h"

#include "base/assert.h"
#include "base/buffer.h"
#include "client/ledger_table.h"
#include "model/transaction_format.h"

#include <stdlib.h>

enum {
    /* After damage: how many local ids might have been on lost records. */
    LOCAL_IDS_SKIPPED = 1 << 20,
    COMPACT_BYTES_MIN = 1 << 20,
    COMPACT_RATIO = 4, /* Of the file to what of it is of use. */
};

struct ledger {
    struct ledger_table table;
    struct journal *journal;
    struct buffer parts; /* Put and not yet committed. */
    enum dalv_status poison;
};

static enum dalv_status take_all(struct ledger *ledger, struct bytes parts)
{
    struct reader reader;
    enum dalv_status status;

    reader_init(&reader, parts);
    for (;;) {
        struct ledger_part part;

        status = ledger_part_read(&reader, &part);
        if (status != DALV_OK)
            break;
        status = ledger_table_take(&ledger->table, &part);
        if (status != DALV_OK)
            return status;
    }
    return status == DALV_NOT_FOUND ? DALV_OK : status;
}

static enum dalv_status read_record(void *owner, uint8_t type,
                                    struct bytes payload)
{
    struct ledger *ledger = owner;

    return type == LEDGER_RECORD ? take_all(ledger, payload) : DALV_UNSUPPORTED;
}

enum dalv_status ledger_put(struct ledger *ledger,
                            const struct ledger_part *part)
{
    size_t bytes_max = ledger_part_bytes_max(part);
    struct writer writer;
    enum dalv_status status = buffer_reserve(&ledger->parts, bytes_max);

    if (status != DALV_OK)
        return status;
    writer_init(&writer, ledger->parts.data + ledger->parts.size, bytes_max);
    ledger_part_write(part, &writer);
    ledger->parts.size += writer.size;
    return DALV_OK;
}

struct bytes ledger_parts(const struct ledger *ledger)
{
    return buffer_bytes(&ledger->parts);
}

void ledger_cancel(struct ledger *ledger)
{
    buffer_clear(&ledger->parts);
}

/* The parts put so far as one record. */
static enum dalv_status append_record(struct ledger *ledger)
{
    enum dalv_status status = journal_append(ledger->journal, LEDGER_RECORD,
                                             buffer_bytes(&ledger->parts));

    buffer_clear(&ledger->parts);
    return status;
}

static enum dalv_status rewrite_part(struct ledger *ledger,
                                     const struct ledger_part *part)
{
    enum dalv_status status = ledger_put(ledger, part);

    return status == DALV_OK ? append_record(ledger) : status;
}

static enum dalv_status rewrite_entries(struct ledger *ledger,
                                        const struct ledger_entries *entries)
{
    enum dalv_status status = DALV_OK;
    const struct ledger_entry *entry = entries->first;

    for (; status == DALV_OK && entry != NULL; entry = entry->next) {
        struct ledger_part part = {.type = LEDGER_PART_ENTRY,
                                   .entry = entry->draft};

        status = rewrite_part(ledger, &part);
    }
    return status;
}

/* All that are remembered in one record, oldest first. */
static enum dalv_status rewrite_receipts(struct ledger *ledger)
{
    const struct ledger_table *table = &ledger->table;
    uint64_t count = table->receipt_count;
    uint64_t from =
        count > LEDGER_RECEIPTS_MAX ? count - LEDGER_RECEIPTS_MAX : 0;
    enum dalv_status status = DALV_OK;

    if (count == 0)
        return DALV_OK;
    for (uint64_t i = from; status == DALV_OK && i < count; i++) {
        struct ledger_part part = {
            .type = LEDGER_PART_RECEIPT,
            .receipt = table->receipts[i % LEDGER_RECEIPTS_MAX]};

        status = ledger_put(ledger, &part);
    }
    return status == DALV_OK ? append_record(ledger) : status;
}

/* In this order: an identity takes numbers back, and entries have numbers
   behind the position. */
static enum dalv_status rewrite(void *owner, struct journal *journal)
{
    struct ledger *ledger = owner;
    struct ledger_part part = {.type = LEDGER_PART_IDENTITY,
                               .identity = ledger->table.identity};
    enum dalv_status status = rewrite_part(ledger, &part);

    (void)journal;
    part = (struct ledger_part){.type = LEDGER_PART_POSITION,
                                .position = ledger->table.position};
    if (status == DALV_OK)
        status = rewrite_part(ledger, &part);
    if (status == DALV_OK)
        status = rewrite_receipts(ledger);
    if (status == DALV_OK)
        status = rewrite_entries(ledger, &ledger->table.losses);
    if (status == DALV_OK)
        status = rewrite_entries(ledger, &ledger->table.pending);
    return status;
}

static enum dalv_status read_back(struct ledger *ledger, struct files *files,
                                  const char *folder)
{
    enum dalv_status status = ledger_table_init(&ledger->table);

    if (status == DALV_OK)
        status =
            journal_open(files, folder, read_record, ledger, &ledger->journal);
    if (status != DALV_OK)
        return status;
    if (journal_report(ledger->journal)->damaged_bytes > 0)
        ledger->table.position.local_id_next += LOCAL_IDS_SKIPPED;
    return journal_rewrite(ledger->journal, rewrite, ledger);
}

enum dalv_status ledger_open(struct files *files, const char *folder,
                             struct ledger **out_ledger)
{
    struct ledger *ledger = calloc(1, sizeof(*ledger));
    enum dalv_status status;

    if (ledger == NULL)
        return DALV_NO_MEMORY;
    buffer_init(&ledger->parts);
    status = read_back(ledger, files, folder);
    if (status != DALV_OK) {
        ledger_close(&ledger);
        return status;
    }
    *out_ledger = ledger;
    return DALV_OK;
}

void ledger_close(struct ledger **ledger_p)
{
    struct ledger *ledger = *ledger_p;

    if (ledger == NULL)
        return;
    *ledger_p = NULL;
    journal_close(&ledger->journal);
    ledger_table_deinit(&ledger->table);
    buffer_deinit(&ledger->parts);
    free(ledger);
}

const struct journal_report *ledger_report(const struct ledger *ledger)
{
    return journal_report(ledger->journal);
}

const struct ledger_identity *ledger_identity(const struct ledger *ledger)
{
    return &ledger->table.identity;
}

const struct ledger_position *ledger_position(const struct ledger *ledger)
{
    return &ledger->table.position;
}

const struct ledger_entries *ledger_pending(const struct ledger *ledger)
{
    return &ledger->table.pending;
}

const struct ledger_entries *ledger_losses(const struct ledger *ledger)
{
    return &ledger->table.losses;
}

const struct ledger_entry *ledger_find(const struct ledger *ledger,
                                       uint64_t local_id)
{
    return map_get(&ledger->table.by_id, local_id);
}

const struct ledger_entry *ledger_pushed(const struct ledger *ledger,
                                         uint64_t push_number)
{
    uint64_t settled = ledger->table.position.settled;

    if (push_number <= settled ||
        push_number - settled > ledger->table.pushed_count)
        return NULL;
    return ledger->table.pushed[push_number - settled - 1];
}

uint64_t ledger_push_last(const struct ledger *ledger)
{
    return ledger->table.position.settled + ledger->table.pushed_count;
}

struct bytes ledger_entry_sent(const struct ledger_entry *entry)
{
    return entry->draft.sent.size > 0 ? entry->draft.sent
                                      : entry->draft.transaction;
}

uint64_t ledger_chain(const struct ledger *ledger, uint64_t push_number)
{
    uint64_t chain = ledger->table.position.chain;
    uint64_t number = ledger->table.position.settled + 1;

    for (; number <= push_number; number++) {
        const struct ledger_entry *entry = ledger_pushed(ledger, number);

        ASSERT(entry != NULL);
        chain = chain_extend(chain, ledger_entry_sent(entry));
    }
    return chain;
}

bool ledger_receipt(const struct ledger *ledger, uint64_t local_id,
                    struct ledger_receipt *out_receipt)
{
    uint64_t count = ledger->table.receipt_count;
    size_t kept =
        count < LEDGER_RECEIPTS_MAX ? (size_t)count : LEDGER_RECEIPTS_MAX;

    for (size_t i = 0; i < kept; i++) {
        if (ledger->table.receipts[i].local_id == local_id) {
            *out_receipt = ledger->table.receipts[i];
            return true;
        }
    }
    return false;
}

enum dalv_status ledger_commit(struct ledger *ledger)
{
    struct bytes parts = buffer_bytes(&ledger->parts);
    enum dalv_status status = ledger->poison;

    if (parts.size == 0)
        return status;
    if (status == DALV_OK)
        status = journal_append(ledger->journal, LEDGER_RECORD, parts);
    if (status == DALV_OK)
        status = journal_sync(ledger->journal);
    if (status == DALV_OK) {
        status = take_all(ledger, parts);
        /* It stands in the file: memory must not go on without it. */
        ledger->poison = status;
    }
    buffer_clear(&ledger->parts);
    return status;
}

bool ledger_is_poisoned(const struct ledger *ledger)
{
    return ledger->poison != DALV_OK || journal_is_poisoned(ledger->journal);
}

static uint64_t useful_bytes(const struct ledger_entries *entries)
{
    uint64_t bytes = 0;
    const struct ledger_entry *entry = entries->first;

    for (; entry != NULL; entry = entry->next)
        bytes += entry->draft.transaction.size + entry->draft.base.size +
                 entry->draft.sent.size;
    return bytes;
}

enum dalv_status ledger_compact(struct ledger *ledger)
{
    uint64_t bytes = journal_bytes(ledger->journal);

    ASSERT(ledger->parts.size == 0);
    if (bytes < COMPACT_BYTES_MIN ||
        bytes / COMPACT_RATIO < useful_bytes(&ledger->table.pending) +
                                    useful_bytes(&ledger->table.losses))
        return DALV_OK;
    return journal_rewrite(ledger->journal, rewrite, ledger);
}
