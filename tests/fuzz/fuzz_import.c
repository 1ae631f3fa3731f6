/*
 * A file to import. The first byte chooses what it is: j for JSON Lines, e, g
 * or l for CSV of which each record is a value, a group of them one, or each
 * is an element of a list.
 *
 * Whatever it is, it ends; lines are told in order, a line that can not be
 * used with its reason.
 */
#include "base/assert.h"
#include "cli/import_source.h"

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum {
    INPUT_MAX = 64 << 10,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct import_mapping *mapping_of(uint8_t choice)
{
    static struct import_mapping mapping = {
        .user_column = "u", .key_template = "k/{k}", .separator = ','};

    switch (choice) {
    case 'e':
        mapping.grouping = IMPORT_EACH;
        return &mapping;
    case 'g':
        mapping.grouping = IMPORT_GROUP;
        return &mapping;
    case 'l':
        mapping.grouping = IMPORT_LIST;
        return &mapping;
    default:
        return NULL;
    }
}

static void check(const struct import_item *item, uint64_t line_before)
{
    ASSERT(item->line >= line_before && item->line_last >= item->line);
    ASSERT(item->record_count > 0 && item->user.size > 0);
}

static void read_all(struct import_source *source)
{
    struct import_item item;
    enum dalv_status status = DALV_OK;
    uint64_t line = 0;

    import_item_init(&item);
    while (status == DALV_OK || status == DALV_INVALID) {
        status = import_source_next(source, &item);
        if (status == DALV_INVALID)
            ASSERT(import_source_reason(source)[0] != '\0');
        if (status == DALV_OK) {
            check(&item, line);
            line = item.line;
        }
    }
    ASSERT(status == DALV_NOT_FOUND || status == DALV_UNSUPPORTED);
    import_item_deinit(&item);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t input[INPUT_MAX];
    struct import_source *source = NULL;
    FILE *in;

    if (size < 2 || size > INPUT_MAX)
        return 0;
    memcpy(input, data + 1, size - 1);
    in = fmemopen(input, size - 1, "r");
    ASSERT(in != NULL);
    ASSERT(import_source_open(in, mapping_of(data[0]), NULL, &source) ==
           DALV_OK);
    read_all(source);
    import_source_close(&source);
    (void)fclose(in);
    return 0;
}
