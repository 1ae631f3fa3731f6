/*
 * The items of an import that are on their way, in the order of the file.
 *
 * Items of one key keep their order: a second one waits for the first. The
 * mark, up to which all lines are settled, never passes an item that is not.
 */
#ifndef DALV_CLI_IMPORT_WINDOW_H
#define DALV_CLI_IMPORT_WINDOW_H

#include "cli/import_item.h"
#include "cli/import_report.h"

#include <dalv/dalv.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    IMPORT_WINDOW_ITEMS = 256
};

struct import_window;

struct import_slot {
    struct import_window *window;
    uint64_t key_hash;
    uint64_t line;
    uint64_t line_last;
    uint64_t record_count;
    bool is_settled;
};

struct import_window {
    struct dalv_backend *backend;
    struct import_report *report;
    struct import_slot slots[IMPORT_WINDOW_ITEMS]; /* A ring. */
    size_t first;
    size_t count;
    uint64_t id;              /* Of the import. */
    uint64_t mark;            /* All lines up to it are settled. */
    enum dalv_status trouble; /* Why it cannot go on; DALV_OK if it can. */
    uint64_t trouble_line;
};

void import_window_init(struct import_window *window,
                        struct dalv_backend *backend,
                        struct import_report *report, uint64_t id);

/*
 * Send an item, its transaction taken; waits for room, and for the item of the
 * same key before it. False if the import cannot go on: see `trouble`.
 */
bool import_window_send(struct import_window *window, struct import_item *item);

/* A line with nothing to send: the mark may pass it. */
void import_window_pass(struct import_window *window, uint64_t line);

/* Wait for all. */
void import_window_drain(struct import_window *window);

#endif
