#include "client/moment.h"

#include "base/assert.h"
#include "client/public_bytes.h"
#include "client/value.h"
#include "model/change_format.h"

#include <stdlib.h>
#include <string.h>

enum {
    ENTRIES_MIN = 64
};

void moment_init(struct moment *moment)
{
    *moment = (struct moment){0};
}

void moment_clear(struct moment *moment)
{
    while (moment->pages != NULL) {
        struct moment_page *page = moment->pages;

        moment->pages = page->next;
        free(page);
    }
    moment->count = 0;
}

void moment_deinit(struct moment *moment)
{
    moment_clear(moment);
    free(moment->entries);
    *moment = (struct moment){0};
}

/* ---- Taking pages in ---- */

static enum dalv_status reserve_entry(struct moment *moment)
{
    size_t capacity =
        moment->capacity == 0 ? ENTRIES_MIN : moment->capacity * 2;
    struct moment_entry *grown;

    if (moment->count < moment->capacity)
        return DALV_OK;
    grown = realloc(moment->entries, capacity * sizeof(*grown));
    if (grown == NULL)
        return DALV_NO_MEMORY;
    moment->entries = grown;
    moment->capacity = capacity;
    return DALV_OK;
}

static enum dalv_status add_changes(struct moment *moment, struct bytes page)
{
    struct change_reader reader;
    enum dalv_status status = DALV_OK;

    change_reader_init(&reader, page);
    while (status == DALV_OK) {
        struct bytes rest = reader.reader.rest;
        struct change change;

        status = change_next(&reader, &change);
        if (status == DALV_OK)
            status = reserve_entry(moment);
        if (status != DALV_OK)
            break;
        moment->entries[moment->count] = (struct moment_entry){
            .key = change.key,
            .change = rest,
            .is_element = change.type == CHANGE_ELEMENT,
            .order = moment->count,
        };
        if (change.type == CHANGE_ELEMENT)
            moment->entries[moment->count].dot = change.element.dot;
        moment->count++;
    }
    return status == DALV_NOT_FOUND ? DALV_OK : status;
}

enum dalv_status moment_add(struct moment *moment, struct bytes page)
{
    struct moment_page *kept;

    if (page.size == 0)
        return DALV_OK;
    kept = malloc(sizeof(*kept) + page.size);
    if (kept == NULL)
        return DALV_NO_MEMORY;
    memcpy(kept->bytes, page.data, page.size);
    kept->next = moment->pages;
    moment->pages = kept;
    return add_changes(moment, bytes_make(kept->bytes, page.size));
}

/* ---- Telling it ---- */

/* By what it is about: a key stands before the elements of its list. */
static int compare_names(const struct moment_entry *a,
                         const struct moment_entry *b)
{
    int order = bytes_compare(a->key, b->key);

    if (order != 0)
        return order;
    if (a->is_element != b->is_element)
        return a->is_element ? 1 : -1;
    return a->is_element ? dot_compare(a->dot, b->dot) : 0;
}

static int compare(const void *left, const void *right)
{
    const struct moment_entry *a = left;
    const struct moment_entry *b = right;
    int order = compare_names(a, b);

    if (order != 0)
        return order;
    return a->order < b->order ? -1 : 1;
}

/* Of each key and element only what was told last stays. */
static void keep_last(struct moment *moment)
{
    size_t kept = 0;

    if (moment->count == 0)
        return;
    qsort(moment->entries, moment->count, sizeof(*moment->entries), compare);
    for (size_t i = 0; i < moment->count; i++) {
        bool is_last =
            i + 1 == moment->count ||
            compare_names(&moment->entries[i], &moment->entries[i + 1]) != 0;

        if (is_last)
            moment->entries[kept++] = moment->entries[i];
    }
    moment->count = kept;
}

/* It was read before, when its page was taken in. */
static struct change read_again(const struct moment_entry *entry)
{
    struct change_reader reader;
    struct change change = {.type = CHANGE_KEY};

    change_reader_init(&reader, entry->change);
    reader.key_before = entry->key;
    ASSERT(change_next(&reader, &change) == DALV_OK);
    return change;
}

/* An element that is there, of the list that is there now. */
static bool is_live(const struct dalv_value *value, const struct change *change)
{
    return change->type == CHANGE_ELEMENT && !change->element.is_removed &&
           value->kind == DALV_KIND_LIST &&
           change->element.generation == value->generation;
}

/* The value that the entries first .. end - 1, all of one key, make; NULL if
   the key is gone. */
static enum dalv_status make_value(const struct moment *moment, size_t first,
                                   size_t end, struct dalv_value **out_value)
{
    struct change change = read_again(&moment->entries[first]);
    enum dalv_status status;

    if (change.type != CHANGE_KEY || change.state.kind == KEY_NONE)
        return DALV_OK;
    status = value_create(&change.state, out_value);
    for (size_t i = first + 1; status == DALV_OK && i < end; i++) {
        change = read_again(&moment->entries[i]);
        if (is_live(*out_value, &change))
            status = value_put_element(*out_value, &change.element);
    }
    if (status == DALV_OK)
        value_sort(*out_value);
    return status;
}

static size_t find_end(const struct moment *moment, size_t first)
{
    size_t end = first + 1;

    while (end < moment->count &&
           bytes_equal(moment->entries[end].key, moment->entries[first].key))
        end++;
    return end;
}

enum dalv_status moment_tell(struct moment *moment,
                             dalv_scan_callback *callback, void *owner)
{
    enum dalv_status status = DALV_OK;
    bool is_stopped = false;
    size_t end;

    keep_last(moment);
    for (size_t i = 0; status == DALV_OK && !is_stopped && i < moment->count;
         i = end) {
        struct dalv_value *value = NULL;

        end = find_end(moment, i);
        status = make_value(moment, i, end, &value);
        if (status == DALV_OK && value != NULL)
            is_stopped = !callback(
                owner, public_bytes_out(moment->entries[i].key), value);
        dalv_value_destroy(&value);
    }
    return status;
}
