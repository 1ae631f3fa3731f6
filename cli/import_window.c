#include "cli/import_window.h"

#include <string.h>

enum {
    POLL_MS = 100
};

void import_window_init(struct import_window *window,
                        struct dalv_backend *backend,
                        struct import_report *report, uint64_t id)
{
    *window =
        (struct import_window){.backend = backend, .report = report, .id = id};
}

/* Statuses that speak of the item; all others speak of the way. */
static bool is_about_item(enum dalv_status status)
{
    switch ((int)status) {
    case DALV_WRONG_KIND:
    case DALV_OCCUPIED:
    case DALV_PRECONDITION:
    case DALV_OVERFLOW:
    case DALV_INVALID:
    case DALV_TOO_BIG:
    case DALV_QUOTA:
    case DALV_NOT_FOUND:
        return true;
    default:
        return false;
    }
}

/* Past what is settled at the front. Once there is trouble, nothing behind it
   counts: the next run sends it again. */
static void move_mark(struct import_window *window)
{
    while (window->count > 0 && window->slots[window->first].is_settled) {
        struct import_slot *slot = &window->slots[window->first];

        if (window->trouble == DALV_OK || slot->line < window->trouble_line)
            window->mark = slot->line_last;
        window->first = (window->first + 1) % IMPORT_WINDOW_ITEMS;
        window->count--;
    }
}

static void on_answer(void *owner, enum dalv_status status,
                      const struct dalv_update_result *result,
                      const struct dalv_value *value)
{
    struct import_slot *slot = owner;
    struct import_window *window = slot->window;

    (void)result;
    (void)value;
    slot->is_settled = true;
    if (status == DALV_OK) {
        window->report->applied += slot->record_count;
        window->report->transactions++;
    } else if (is_about_item(status)) {
        import_report_reject(window->report, slot->line,
                             dalv_status_text(status));
    } else if (window->trouble == DALV_OK ||
               slot->line < window->trouble_line) {
        window->trouble = status;
        window->trouble_line = slot->line;
    }
    move_mark(window);
}

static bool has_same_key(const struct import_window *window, uint64_t key_hash)
{
    for (size_t i = 0; i < window->count; i++) {
        const struct import_slot *slot =
            &window->slots[(window->first + i) % IMPORT_WINDOW_ITEMS];

        if (!slot->is_settled && slot->key_hash == key_hash)
            return true;
    }
    return false;
}

static void poll(struct import_window *window)
{
    (void)dalv_backend_poll(window->backend, POLL_MS);
    import_report_progress(window->report);
}

static struct import_slot *add_slot(struct import_window *window,
                                    const struct import_item *item)
{
    size_t place = (window->first + window->count++) % IMPORT_WINDOW_ITEMS;

    window->slots[place] = (struct import_slot){
        .window = window,
        .key_hash = item->key_hash,
        .line = item->line,
        .line_last = item->line_last,
        .record_count = item->record_count,
    };
    return &window->slots[place];
}

/* Import, line and part: what is sent again by a later run has the same id. */
static void name_request(const struct import_window *window,
                         struct import_item *item)
{
    uint64_t place = item->line << 20 | item->part;
    uint8_t id[16];

    memcpy(id, &window->id, 8);
    memcpy(id + 8, &place, 8);
    dalv_transaction_set_request_id(item->transaction, id);
}

/*
 * Under a number that a later run gives it again: what went up by then is taken
 * for what it is, and the transaction stays byte for byte the same.
 */
static enum dalv_status put_large(const struct import_window *window,
                                  struct import_item *item)
{
    const struct dalv_bytes key =
        dalv_bytes(item->large_key.data, item->large_key.size);
    struct dalv_upload upload = {.number = window->id ^
                                           (item->line << 20 | item->part)};
    enum dalv_status status;

    if (item->large.size == 0)
        return DALV_OK;
    status = dalv_backend_upload_bytes(
        window->backend, dalv_bytes(item->user.data, item->user.size), key,
        dalv_bytes(item->large.data, item->large.size), &upload);
    return status == DALV_OK
               ? dalv_transaction_put_upload(item->transaction, key, &upload,
                                             &item->large_options)
               : status;
}

bool import_window_send(struct import_window *window, struct import_item *item)
{
    struct import_slot *slot;
    enum dalv_status status;

    while (window->count == IMPORT_WINDOW_ITEMS ||
           has_same_key(window, item->key_hash))
        poll(window);
    if (window->trouble != DALV_OK)
        return false;
    name_request(window, item);
    slot = add_slot(window, item);
    status = put_large(window, item);
    while (status == DALV_OK) {
        status = dalv_backend_send_update(
            window->backend, dalv_bytes(item->user.data, item->user.size),
            &item->transaction, on_answer, slot);
        if (status != DALV_BUSY)
            break;
        poll(window);
        status = DALV_OK;
    }
    if (status != DALV_OK)
        on_answer(slot, status, NULL, NULL);
    return window->trouble == DALV_OK;
}

void import_window_pass(struct import_window *window, uint64_t line)
{
    if (window->count == 0 && window->trouble == DALV_OK)
        window->mark = line;
}

void import_window_drain(struct import_window *window)
{
    while (window->count > 0)
        poll(window);
}
