#include "storage/log_quarantine.h"

#include "base/assert.h"
#include "base/buffer.h"
#include "base/crc32c.h"
#include "base/text.h"
#include "storage/record.h"

#include <stdlib.h>
#include <string.h>

/* "DalvCut" and a byte that no text has. */
#define MAGIC UINT64_C(0xFD747543766C6144)

#define UNSETTLED_SUFFIX ".cut"
#define NEVER_SUFFIX ".never"
#define NEW_NAME "new"

enum {
    CRC_OFFSET = LOG_CUT_HEADER_BYTES - 4,
    PARTITION_DIGITS = 4,
    NUMBER_DIGITS = 8,
    NAME_BYTES = 32,
    IS_PARTIAL = 1,
};

/* --- Names --- */

static enum dalv_status path_of(const struct log_quarantine *quarantine,
                                const char *name, char out_path[FILES_PATH_MAX])
{
    struct text text;

    text_init(&text, out_path, FILES_PATH_MAX);
    text_put(&text, quarantine->folder);
    text_put(&text, "/quarantine");
    if (name[0] != '\0') {
        text_put_char(&text, '/');
        text_put(&text, name);
    }
    return text.is_cut ? DALV_TOO_BIG : DALV_OK;
}

static void name_of(uint32_t partition, uint32_t number,
                    enum log_cut_state state, char out_name[NAME_BYTES])
{
    struct text text;

    text_init(&text, out_name, NAME_BYTES);
    text_put_hex(&text, partition, PARTITION_DIGITS);
    text_put_char(&text, '-');
    text_put_hex(&text, number, NUMBER_DIGITS);
    text_put(&text,
             state == LOG_CUT_UNSETTLED ? UNSETTLED_SUFFIX : NEVER_SUFFIX);
}

static enum dalv_status path_of_cut(const struct log_quarantine *quarantine,
                                    const struct log_cut *cut,
                                    char out_path[FILES_PATH_MAX])
{
    char name[NAME_BYTES];

    name_of(cut->partition, cut->number, cut->state, name);
    return path_of(quarantine, name, out_path);
}

static bool parse_hex(const char *text, size_t digits, uint32_t *out_value)
{
    static const char all[] = "0123456789abcdef";
    uint32_t value = 0;

    for (size_t i = 0; i < digits; i++) {
        const char *place = text[i] == '\0' ? NULL : strchr(all, text[i]);

        if (place == NULL)
            return false;
        value = value << 4 | (uint32_t)(place - all);
    }
    *out_value = value;
    return true;
}

/* False if it is not the name of a cut. */
static bool parse_name(const char *name, struct log_cut *out_cut)
{
    struct log_cut cut = {0};
    char again[NAME_BYTES];

    if (!parse_hex(name, PARTITION_DIGITS, &cut.partition) ||
        name[PARTITION_DIGITS] != '-' ||
        !parse_hex(name + PARTITION_DIGITS + 1, NUMBER_DIGITS, &cut.number))
        return false;
    for (int state = LOG_CUT_UNSETTLED; state <= LOG_CUT_NEVER_ACKNOWLEDGED;
         state++) {
        cut.state = (enum log_cut_state)state;
        name_of(cut.partition, cut.number, cut.state, again);
        if (strcmp(name, again) == 0) {
            *out_cut = cut;
            return true;
        }
    }
    return false;
}

/* --- The header --- */

static void encode(const struct log_cut *cut,
                   uint8_t out_header[LOG_CUT_HEADER_BYTES])
{
    struct writer writer;

    writer_init(&writer, out_header, LOG_CUT_HEADER_BYTES);
    writer_u64(&writer, MAGIC);
    writer_u16(&writer, LOG_CUT_VERSION);
    writer_u16(&writer, cut->is_partial ? IS_PARTIAL : 0);
    writer_u32(&writer, cut->partition);
    writer_u64(&writer, cut->epoch);
    record_kept_encode(cut->kept, &writer);
    writer_u32(&writer, cut->entry_count);
    writer_u32(&writer, cut->body_size);
    writer_u32(&writer, cut->body_crc);
    writer_u32(&writer, 0);
    writer_u32(&writer, crc32c(bytes_make(out_header, CRC_OFFSET)));
    ASSERT(writer_is_ok(&writer) && writer.size == LOG_CUT_HEADER_BYTES);
}

/* What the name says is known already. */
static enum dalv_status decode(struct bytes header, struct log_cut *cut)
{
    struct reader reader;
    uint64_t magic;
    uint16_t version;
    uint16_t flags;
    uint32_t partition;
    uint32_t reserved;
    enum dalv_status status;

    reader_init(&reader, header);
    magic = reader_u64(&reader);
    version = reader_u16(&reader);
    flags = reader_u16(&reader);
    partition = reader_u32(&reader);
    cut->epoch = reader_u64(&reader);
    status = record_kept_decode(reader_bytes(&reader, RECORD_KEPT_BYTES),
                                &cut->kept);
    cut->entry_count = reader_u32(&reader);
    cut->body_size = reader_u32(&reader);
    cut->body_crc = reader_u32(&reader);
    reserved = reader_u32(&reader);
    if (!reader_is_ok(&reader) || status != DALV_OK || magic != MAGIC ||
        reader_u32(&reader) != crc32c(bytes_make(header.data, CRC_OFFSET)))
        return DALV_DAMAGED;
    if (version != LOG_CUT_VERSION)
        return DALV_UNSUPPORTED;
    if (reserved != 0 || partition != cut->partition ||
        (flags & ~(unsigned)IS_PARTIAL) != 0 ||
        cut->body_size > LOG_CUT_BYTES_MAX)
        return DALV_DAMAGED;
    cut->is_partial = (flags & IS_PARTIAL) != 0;
    return DALV_OK;
}

/* The entries must be those of one chain from the kept one on. */
static enum dalv_status check_entries(struct log_cut *cut, struct bytes body)
{
    struct log_position last = cut->kept;
    struct reader reader;
    uint32_t count = 0;

    if (body.size != cut->body_size || crc32c(body) != cut->body_crc)
        return DALV_DAMAGED;
    reader_init(&reader, body);
    for (; reader.rest.size > 0; count++) {
        struct record record;

        if (record_decode(&reader, &record) != DALV_OK ||
            record.partition != cut->partition ||
            record.position.index != last.index + 1 ||
            record.previous_crc != last.crc)
            return DALV_DAMAGED;
        last = record.position;
    }
    cut->last = last;
    return count == cut->entry_count ? DALV_OK : DALV_DAMAGED;
}

static enum dalv_status read_body(struct file *file, const struct log_cut *cut,
                                  struct buffer *out_entries)
{
    enum dalv_status status;
    size_t size = 0;

    buffer_clear(out_entries);
    status = buffer_reserve(out_entries, cut->body_size);
    if (status == DALV_OK)
        status = file_read(file, LOG_CUT_HEADER_BYTES, out_entries->data,
                           cut->body_size, &size);
    if (status == DALV_OK)
        out_entries->size = size;
    return status;
}

/* Everything of a cut of which the name is known. */
static enum dalv_status read_cut(const struct log_quarantine *quarantine,
                                 struct log_cut *cut,
                                 struct buffer *out_entries)
{
    uint8_t header[LOG_CUT_HEADER_BYTES];
    char path[FILES_PATH_MAX];
    struct file *file = NULL;
    size_t size = 0;
    enum dalv_status status = path_of_cut(quarantine, cut, path);

    if (status == DALV_OK)
        status = files_open(quarantine->files, path, false, &file);
    if (status == DALV_OK)
        status = file_read(file, 0, header, sizeof(header), &size);
    if (status == DALV_OK)
        status = decode(bytes_make(header, size), cut);
    if (status == DALV_OK)
        status = read_body(file, cut, out_entries);
    if (status == DALV_OK)
        status = check_entries(cut, buffer_bytes(out_entries));
    file_close(&file);
    return status;
}

/* --- What is there --- */

void log_quarantine_init(struct log_quarantine *quarantine, struct files *files,
                         const char *log_folder)
{
    *quarantine = (struct log_quarantine){
        .files = files,
        .folder = log_folder,
    };
}

void log_quarantine_deinit(struct log_quarantine *quarantine)
{
    free(quarantine->cuts);
    *quarantine = (struct log_quarantine){0};
}

static void add(struct log_quarantine *quarantine, const struct log_cut *cut)
{
    if (quarantine->count == quarantine->capacity) {
        quarantine->capacity =
            quarantine->capacity == 0 ? 8 : quarantine->capacity * 2;
        quarantine->cuts = realloc(
            quarantine->cuts, quarantine->capacity * sizeof(*quarantine->cuts));
        ASSERT(quarantine->cuts != NULL);
    }
    quarantine->cuts[quarantine->count++] = *cut;
    quarantine->bytes += cut->body_size;
    if (quarantine->number_last < cut->number)
        quarantine->number_last = cut->number;
}

static void add_name(void *owner, const char *name)
{
    struct log_cut cut;

    if (parse_name(name, &cut))
        add(owner, &cut);
}

static int compare_cuts(const void *left, const void *right)
{
    const struct log_cut *a = left;
    const struct log_cut *b = right;

    return a->number < b->number ? -1 : a->number > b->number;
}

static enum dalv_status list(struct log_quarantine *quarantine)
{
    char path[FILES_PATH_MAX];
    enum dalv_status status = path_of(quarantine, "", path);

    if (status == DALV_OK)
        status = files_list(quarantine->files, path, add_name, quarantine);
    if (quarantine->count > 1)
        qsort(quarantine->cuts, quarantine->count, sizeof(*quarantine->cuts),
              compare_cuts);
    return status == DALV_NOT_FOUND ? DALV_OK : status;
}

enum dalv_status log_quarantine_load(struct log_quarantine *quarantine)
{
    struct buffer entries;
    enum dalv_status status = list(quarantine);
    size_t count = 0;

    buffer_init(&entries);
    for (size_t i = 0; status == DALV_OK && i < quarantine->count; i++) {
        struct log_cut cut = quarantine->cuts[i];

        /* A damaged one is for people: `dalv log quarantine` tells. */
        if (read_cut(quarantine, &cut, &entries) != DALV_OK)
            continue;
        quarantine->bytes += cut.body_size;
        quarantine->cuts[count++] = cut;
    }
    quarantine->count = count;
    buffer_deinit(&entries);
    return status;
}

/* `count` if it is not there: a new one may have taken its room. */
static size_t find(const struct log_quarantine *quarantine, uint32_t number)
{
    size_t place = 0;

    while (place < quarantine->count &&
           quarantine->cuts[place].number != number)
        place++;
    return place;
}

static enum dalv_status sync_folder(const struct log_quarantine *quarantine)
{
    char path[FILES_PATH_MAX];
    enum dalv_status status = path_of(quarantine, "", path);

    return status == DALV_OK ? files_sync_folder(quarantine->files, path)
                             : status;
}

enum dalv_status log_quarantine_drop(struct log_quarantine *quarantine,
                                     uint32_t number)
{
    size_t place = find(quarantine, number);
    char path[FILES_PATH_MAX];
    enum dalv_status status;

    if (place == quarantine->count)
        return DALV_OK;
    status = path_of_cut(quarantine, &quarantine->cuts[place], path);
    if (status == DALV_OK)
        status = files_remove(quarantine->files, path);
    if (status == DALV_OK)
        status = sync_folder(quarantine);
    if (status != DALV_OK)
        return status;
    quarantine->bytes -= quarantine->cuts[place].body_size;
    quarantine->count--;
    memmove(&quarantine->cuts[place], &quarantine->cuts[place + 1],
            (quarantine->count - place) * sizeof(*quarantine->cuts));
    return DALV_OK;
}

enum dalv_status log_quarantine_settle(struct log_quarantine *quarantine,
                                       uint32_t number)
{
    size_t place = find(quarantine, number);
    struct log_cut *cut = &quarantine->cuts[place];
    char from[FILES_PATH_MAX];
    char to[FILES_PATH_MAX];
    enum dalv_status status;

    if (place == quarantine->count)
        return DALV_OK;
    status = path_of_cut(quarantine, cut, from);
    cut->state = LOG_CUT_NEVER_ACKNOWLEDGED;
    if (status == DALV_OK)
        status = path_of_cut(quarantine, cut, to);
    if (status == DALV_OK)
        status = files_rename(quarantine->files, from, to);
    return status == DALV_OK ? sync_folder(quarantine) : status;
}

/* --- Another one --- */

/* The one that goes first: never acknowledged before unsettled, old before
 * new. */
static const struct log_cut *least(const struct log_quarantine *quarantine)
{
    const struct log_cut *found = &quarantine->cuts[0];

    for (size_t i = 1; i < quarantine->count; i++) {
        if (found->state == LOG_CUT_UNSETTLED &&
            quarantine->cuts[i].state == LOG_CUT_NEVER_ACKNOWLEDGED)
            found = &quarantine->cuts[i];
    }
    return found;
}

static enum dalv_status make_room(struct log_quarantine *quarantine,
                                  size_t size)
{
    enum dalv_status status = DALV_OK;

    while (status == DALV_OK && quarantine->count > 0 &&
           (quarantine->bytes + size > LOG_QUARANTINE_BYTES_MAX ||
            quarantine->count >= LOG_QUARANTINE_CUTS_MAX))
        status = log_quarantine_drop(quarantine, least(quarantine)->number);
    return status;
}

/* Under a name of no cut, until it is whole. */
static enum dalv_status write_new(const struct log_quarantine *quarantine,
                                  const struct log_cut *cut,
                                  struct bytes entries)
{
    uint8_t header[LOG_CUT_HEADER_BYTES];
    char path[FILES_PATH_MAX];
    struct file *file = NULL;
    enum dalv_status status = path_of(quarantine, NEW_NAME, path);

    encode(cut, header);
    if (status == DALV_OK)
        status = files_open(quarantine->files, path, true, &file);
    if (status == DALV_OK)
        status = file_truncate(file, 0);
    if (status == DALV_OK)
        status = file_write(file, 0, bytes_make(header, sizeof(header)));
    if (status == DALV_OK && entries.size > 0)
        status = file_write(file, sizeof(header), entries);
    if (status == DALV_OK)
        status = file_sync(file);
    file_close(&file);
    return status;
}

static enum dalv_status make_folder(const struct log_quarantine *quarantine)
{
    char path[FILES_PATH_MAX];
    enum dalv_status status = path_of(quarantine, "", path);

    if (status == DALV_OK)
        status = files_make_folder(quarantine->files, path);
    if (status == DALV_OK)
        status = files_sync_folder(quarantine->files, quarantine->folder);
    return status;
}

enum dalv_status log_quarantine_put(struct log_quarantine *quarantine,
                                    const struct log_cut *cut,
                                    struct bytes entries)
{
    struct log_cut kept = *cut;
    char from[FILES_PATH_MAX];
    char to[FILES_PATH_MAX];
    enum dalv_status status;

    ASSERT(entries.size <= LOG_CUT_BYTES_MAX);
    kept.number = quarantine->number_last + 1;
    kept.body_size = (uint32_t)entries.size;
    kept.body_crc = crc32c(entries);
    status = make_folder(quarantine);
    if (status == DALV_OK)
        status = make_room(quarantine, entries.size);
    if (status == DALV_OK)
        status = write_new(quarantine, &kept, entries);
    if (status == DALV_OK)
        status = path_of(quarantine, NEW_NAME, from);
    if (status == DALV_OK)
        status = path_of_cut(quarantine, &kept, to);
    if (status == DALV_OK)
        status = files_rename(quarantine->files, from, to);
    if (status == DALV_OK)
        status = sync_folder(quarantine);
    if (status == DALV_OK)
        add(quarantine, &kept);
    return status;
}

/* --- Asking it --- */

const struct log_cut *log_quarantine_due(
    const struct log_quarantine *quarantine, uint32_t partition,
    struct log_position position)
{
    for (size_t i = 0; i < quarantine->count; i++) {
        const struct log_cut *cut = &quarantine->cuts[i];

        if (cut->partition == partition && cut->state == LOG_CUT_UNSETTLED &&
            cut->last.index <= position.index &&
            cut->last.epoch < position.epoch)
            return cut;
    }
    return NULL;
}

enum dalv_status log_quarantine_read(const struct log_quarantine *quarantine,
                                     const struct log_cut *cut,
                                     struct buffer *out_entries)
{
    struct log_cut read = *cut;

    return read_cut(quarantine, &read, out_entries);
}

static enum dalv_status visit_entries(const struct log_quarantine_visit *visit,
                                      struct bytes entries)
{
    enum dalv_status status = DALV_OK;
    struct reader reader;
    struct record record;

    reader_init(&reader, entries);
    while (status == DALV_OK && reader.rest.size > 0) {
        status = record_decode(&reader, &record);
        if (status == DALV_OK)
            status = visit->on_entry(visit->owner, &record);
    }
    return status;
}

static enum dalv_status visit_cut(const struct log_quarantine *quarantine,
                                  const struct log_quarantine_visit *visit,
                                  struct log_cut cut, bool *is_damaged)
{
    struct buffer entries;
    enum dalv_status read_status;
    enum dalv_status status = DALV_OK;

    buffer_init(&entries);
    read_status = read_cut(quarantine, &cut, &entries);
    if (visit->on_cut != NULL)
        status = visit->on_cut(visit->owner, &cut, read_status);
    if (read_status != DALV_OK)
        *is_damaged = true;
    else if (status == DALV_OK && visit->on_entry != NULL)
        status = visit_entries(visit, buffer_bytes(&entries));
    buffer_deinit(&entries);
    return status;
}

static void pass_over(void *owner, const char *name)
{
    (void)owner;
    (void)name;
}

enum dalv_status log_quarantine_look(const struct log_quarantine_visit *visit)
{
    struct log_quarantine quarantine;
    enum dalv_status status;
    bool is_damaged = false;

    log_quarantine_init(&quarantine, visit->files, visit->folder);
    status = files_list(visit->files, visit->folder, pass_over, NULL);
    if (status == DALV_OK)
        status = list(&quarantine);
    for (size_t i = 0; status == DALV_OK && i < quarantine.count; i++)
        status = visit_cut(&quarantine, visit, quarantine.cuts[i], &is_damaged);
    log_quarantine_deinit(&quarantine);
    return status == DALV_OK && is_damaged ? DALV_DAMAGED : status;
}
