/*
 * SQLite as a `struct control_store`: the only file that includes sqlite3.h.
 *
 * What this file makes up for (docs/decisions has the reasons):
 *
 * - With a rollback journal and synchronous=FULL, a power cut just after COMMIT
 *   can bring the removed journal back and undo the transaction: EXTRA also
 *   syncs the folder.
 * - A database whose file was removed or replaced goes on as if nothing were;
 *   every transaction looks whether the file is still where it was.
 * - A COMMIT that failed for another reason than a lock may have happened. It
 *   is unknown, and the database is opened anew, which rolls back what a
 *   journal is left of.
 */
#include "control/control_file.h"

#include "base/clock.h"
#include "control/file_system.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statfs.h>
#include <time.h>
#include <unistd.h>

enum {
    APPLICATION_ID = 0x44414c43, /* "DALC", big endian, at offset 68. */
    FORMAT = 1,
    PATIENCE_MS = 2000,
    OPEN_PATIENCE_MS = 15000, /* Others may be writing one by one. */
    PROBLEM_BYTES_MAX = 512,
    POLL_MS = 20,
};

struct file_store {
    struct control_store store;
    sqlite3 *database;
    char path[PATH_MAX];
    char problem[PROBLEM_BYTES_MAX];
};

static struct file_store *of(struct control_store *store)
{
    return (struct file_store *)store;
}

/* The problem is what the parts say together. */
static enum dalv_status fail_with(struct file_store *file,
                                  enum dalv_status status,
                                  const char *const parts[3])
{
    struct text text;

    text_init(&text, file->problem, sizeof(file->problem));
    for (size_t i = 0; i < 3; i++)
        text_put(&text, parts[i]);
    return status;
}

static enum dalv_status fail(struct file_store *file, enum dalv_status status,
                             const char *what)
{
    return fail_with(file, status, (const char *[3]){file->path, ": ", what});
}

static enum dalv_status classify(int code)
{
    switch (code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_PROTOCOL:
        return DALV_BUSY;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return DALV_DAMAGED;
    case SQLITE_FULL:
        return DALV_NO_SPACE;
    case SQLITE_PERM:
    case SQLITE_READONLY:
    case SQLITE_AUTH:
        return DALV_NOT_PERMITTED;
    default:
        return DALV_IO;
    }
}

/* What SQLite says of its last failure. */
static enum dalv_status fail_by(struct file_store *file, int code)
{
    return fail(file, classify(code),
                file->database == NULL ? sqlite3_errstr(code)
                                       : sqlite3_errmsg(file->database));
}

static int run(struct file_store *file, const char *sql)
{
    return sqlite3_exec(file->database, sql, NULL, NULL, NULL);
}

static int prepare(struct file_store *file, const char *sql,
                   sqlite3_stmt **out_statement)
{
    return sqlite3_prepare_v2(file->database, sql, -1, out_statement, NULL);
}

static int bind_bytes(sqlite3_stmt *statement, int place, struct bytes bytes)
{
    /* An empty value is no NULL. */
    const void *data = bytes.size > 0 ? (const void *)bytes.data : "";

    return sqlite3_bind_blob64(statement, place, data, bytes.size,
                               SQLITE_STATIC);
}

static struct bytes column_bytes(sqlite3_stmt *statement, int place)
{
    const void *data = sqlite3_column_blob(statement, place);
    int size = sqlite3_column_bytes(statement, place);

    return bytes_make(data, data == NULL ? 0 : (size_t)size);
}

/* The one number that a statement gives; an error if it gives none. */
static int ask_number(struct file_store *file, const char *sql,
                      uint64_t *out_number)
{
    sqlite3_stmt *statement = NULL;
    int code = prepare(file, sql, &statement);

    if (code == SQLITE_OK)
        code = sqlite3_step(statement);
    if (code == SQLITE_ROW) {
        *out_number = (uint64_t)sqlite3_column_int64(statement, 0);
        code = SQLITE_OK;
    } else if (code == SQLITE_DONE) {
        code = SQLITE_CORRUPT;
    }
    (void)sqlite3_finalize(statement);
    return code;
}

/* Opening. */

static enum dalv_status check_file_system(struct file_store *file)
{
    char folder[PATH_MAX];
    struct statfs facts;
    const char *name;
    char *slash;

    (void)snprintf(folder, sizeof(folder), "%s", file->path);
    slash = strrchr(folder, '/');
    if (slash == NULL)
        (void)snprintf(folder, sizeof(folder), ".");
    else
        slash[slash == folder ? 1 : 0] = '\0';
    if (statfs(folder, &facts) != 0)
        return fail(file, errno == ENOENT ? DALV_NOT_FOUND : DALV_IO,
                    "the folder of the control store can not be looked at");
    name = file_system_remote_name((uint64_t)(unsigned long)facts.f_type);
    if (name == NULL)
        return DALV_OK;
    return fail_with(
        file, DALV_UNSUPPORTED,
        (const char *[3]){"the folder of the control store lies on ", name,
                          ", which does not keep its locks; use a local disk, "
                          "or etcd: for several machines"});
}

/* SQLite would make it readable to all. */
static enum dalv_status make_file(struct file_store *file)
{
    int descriptor = open(file->path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

    if (descriptor >= 0) {
        (void)close(descriptor);
        return DALV_OK;
    }
    if (errno == ENOENT)
        return fail(file, DALV_NOT_FOUND, "there is no such folder");
    if (errno == EACCES || errno == EPERM || errno == EROFS)
        return fail(file, DALV_NOT_PERMITTED, "the file may not be written");
    if (errno == ENOSPC || errno == EDQUOT)
        return fail(file, DALV_NO_SPACE, "there is no space for the file");
    return fail(file, DALV_IO, "the file can not be opened");
}

static const char schema[] =
    "CREATE TABLE entry (key BLOB PRIMARY KEY NOT NULL, value BLOB NOT "
    "NULL, "
    "revision INTEGER NOT NULL);"
    "CREATE TABLE clock (one INTEGER PRIMARY KEY CHECK (one = 1), "
    "revision INTEGER NOT NULL);"
    "INSERT INTO clock VALUES (1, 0);"
    "PRAGMA user_version = 1;"
    "PRAGMA application_id = 1145130051;";

_Static_assert(APPLICATION_ID == 1145130051, "the schema says it in decimal");
_Static_assert(FORMAT == 1, "the schema says it");

/* An empty file becomes a store; anything else must be one. */
static enum dalv_status check_format(struct file_store *file)
{
    uint64_t application = 0;
    uint64_t format = 0;
    uint64_t tables = 0;
    int code = ask_number(file, "PRAGMA application_id", &application);

    if (code == SQLITE_OK)
        code = ask_number(file, "PRAGMA user_version", &format);
    if (code == SQLITE_OK)
        code = ask_number(file, "SELECT count(*) FROM sqlite_master", &tables);
    if (code != SQLITE_OK)
        return fail_by(file, code);
    if (tables == 0 && application == 0 && format == 0) {
        code = run(file, schema);
        return code == SQLITE_OK ? DALV_OK : fail_by(file, code);
    }
    if (application != APPLICATION_ID)
        return fail(file, DALV_DAMAGED, "the file is no control store");
    if (format != FORMAT)
        return fail(file, DALV_UNSUPPORTED,
                    "the control store was written by a later version");
    return DALV_OK;
}

static enum dalv_status check_integrity(struct file_store *file)
{
    sqlite3_stmt *statement = NULL;
    enum dalv_status status = DALV_DAMAGED;
    int code = prepare(file, "PRAGMA integrity_check(1)", &statement);

    if (code == SQLITE_OK)
        code = sqlite3_step(statement);
    if (code == SQLITE_ROW) {
        const unsigned char *said = sqlite3_column_text(statement, 0);

        if (said != NULL && strcmp((const char *)said, "ok") == 0)
            status = DALV_OK;
        else
            (void)fail(file, DALV_DAMAGED,
                       "its pages are damaged; put a backup in its place, as "
                       "docs/OPERATING.md says");
    } else {
        status = fail_by(file, code);
    }
    (void)sqlite3_finalize(statement);
    return status;
}

static enum dalv_status connect_to(struct file_store *file)
{
    int code = sqlite3_open_v2(file->path, &file->database,
                               SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX |
                                   SQLITE_OPEN_NOFOLLOW,
                               NULL);

    if (code == SQLITE_OK)
        code = sqlite3_busy_timeout(file->database, OPEN_PATIENCE_MS);
    if (code == SQLITE_OK)
        code = run(file, "PRAGMA journal_mode = DELETE;"
                         "PRAGMA synchronous = EXTRA;"
                         "PRAGMA trusted_schema = OFF;"
                         "PRAGMA cell_size_check = ON");
    return code == SQLITE_OK ? DALV_OK : fail_by(file, code);
}

static void disconnect(struct file_store *file)
{
    (void)sqlite3_close(file->database);
    file->database = NULL;
}

/* What was given up for lost is opened again at the next call. */
static enum dalv_status reconnect(struct file_store *file)
{
    int is_moved = 0;
    enum dalv_status status;

    if (file->database != NULL &&
        sqlite3_file_control(file->database, "main", SQLITE_FCNTL_HAS_MOVED,
                             &is_moved) == SQLITE_OK &&
        is_moved != 0)
        return fail(file, DALV_DAMAGED,
                    "the file of the control store was removed or replaced "
                    "while it was in use; restart with the right one");
    if (file->database != NULL)
        return DALV_OK;
    status = connect_to(file);
    if (status != DALV_OK)
        disconnect(file);
    return status;
}

static enum dalv_status prepare_file(struct file_store *file)
{
    enum dalv_status status = check_file_system(file);
    int code;

    if (status == DALV_OK)
        status = make_file(file);
    if (status == DALV_OK)
        status = connect_to(file);
    if (status != DALV_OK)
        return status;
    /* Of two processes that make the file at once, one waits here. */
    code = run(file, "BEGIN IMMEDIATE");
    if (code != SQLITE_OK)
        return fail_by(file, code);
    status = check_format(file);
    code = run(file, status == DALV_OK ? "COMMIT" : "ROLLBACK");
    if (status == DALV_OK && code != SQLITE_OK)
        status = fail_by(file, code);
    if (status == DALV_OK)
        status = check_integrity(file);
    (void)sqlite3_busy_timeout(file->database, PATIENCE_MS);
    return status;
}

/* Reading. */

/* A reader can not be told "not done": nothing was to be done. */
static enum dalv_status fail_read(struct file_store *file, int code)
{
    enum dalv_status status = fail_by(file, code);

    return status == DALV_BUSY || status == DALV_IO ? DALV_UNAVAILABLE : status;
}

/* Up to `count_max` rows of (key, value, revision); takes the statement. */
static enum dalv_status read_rows(struct file_store *file,
                                  sqlite3_stmt **statement_p, size_t count_max,
                                  struct control_answer *answer)
{
    sqlite3_stmt *statement = *statement_p;
    enum dalv_status status = DALV_OK;
    int code = sqlite3_step(statement);

    while (code == SQLITE_ROW && status == DALV_OK &&
           answer->count < count_max) {
        struct control_entry entry = {
            .key = column_bytes(statement, 0),
            .value = column_bytes(statement, 1),
            .revision = (uint64_t)sqlite3_column_int64(statement, 2),
        };

        status = control_answer_add(answer, &entry);
        code = sqlite3_step(statement);
    }
    answer->is_whole = code == SQLITE_DONE;
    if (status != DALV_OK)
        (void)fail(file, status, "an entry is beyond the bounds of one");
    else if (code != SQLITE_DONE && code != SQLITE_ROW)
        status = fail_read(file, code);
    (void)sqlite3_finalize(statement);
    *statement_p = NULL;
    return status;
}

static enum dalv_status on_get(struct control_store *store, struct bytes key,
                               struct control_answer *answer)
{
    struct file_store *file = of(store);
    sqlite3_stmt *statement = NULL;
    enum dalv_status status = reconnect(file);
    int code;

    if (status != DALV_OK)
        return status;
    code = prepare(file, "SELECT key, value, revision FROM entry WHERE key = ?",
                   &statement);
    if (code == SQLITE_OK)
        code = bind_bytes(statement, 1, key);
    if (code != SQLITE_OK) {
        (void)sqlite3_finalize(statement);
        return fail_read(file, code);
    }
    status = read_rows(file, &statement, 1, answer);
    if (status == DALV_OK && answer->count == 0)
        return DALV_NOT_FOUND;
    return status;
}

/* The first bytes behind all that begin with `prefix`; none if it is all FF. */
static struct bytes prefix_end(struct bytes prefix,
                               uint8_t memory[CONTROL_KEY_BYTES_MAX])
{
    size_t size = prefix.size;

    memcpy(memory, prefix.data, size);
    while (size > 0 && memory[size - 1] == UINT8_MAX)
        size--;
    if (size > 0)
        memory[size - 1]++;
    return bytes_make(memory, size);
}

static enum dalv_status on_list(struct control_store *store,
                                struct bytes prefix, struct bytes after,
                                struct control_answer *answer)
{
    struct file_store *file = of(store);
    uint8_t memory[CONTROL_KEY_BYTES_MAX];
    struct bytes end = prefix_end(prefix, memory);
    sqlite3_stmt *statement = NULL;
    enum dalv_status status = reconnect(file);
    int code;

    if (status != DALV_OK)
        return status;
    code = prepare(file,
                   "SELECT key, value, revision FROM entry WHERE key >= ?1 AND "
                   "key > ?2 AND (?3 = x'' OR key < ?3) ORDER BY key LIMIT 33",
                   &statement);
    if (code == SQLITE_OK)
        code = bind_bytes(statement, 1, prefix);
    if (code == SQLITE_OK)
        code = bind_bytes(statement, 2, after);
    if (code == SQLITE_OK)
        code = bind_bytes(statement, 3, end);
    if (code != SQLITE_OK) {
        (void)sqlite3_finalize(statement);
        return fail_read(file, code);
    }
    return read_rows(file, &statement, CONTROL_ENTRIES_MAX, answer);
}

_Static_assert(CONTROL_ENTRIES_MAX == 32, "the list asks for one more");

/* Writing. */

/* The revision of a key, 0 if there is no such key. */
static int find_revision(struct file_store *file, struct bytes key,
                         uint64_t *out_revision)
{
    sqlite3_stmt *statement = NULL;
    int code =
        prepare(file, "SELECT revision FROM entry WHERE key = ?", &statement);

    if (code == SQLITE_OK)
        code = bind_bytes(statement, 1, key);
    if (code == SQLITE_OK)
        code = sqlite3_step(statement);
    *out_revision = 0;
    if (code == SQLITE_ROW)
        *out_revision = (uint64_t)sqlite3_column_int64(statement, 0);
    if (code == SQLITE_ROW || code == SQLITE_DONE)
        code = SQLITE_OK;
    (void)sqlite3_finalize(statement);
    return code;
}

static int change_entry(struct file_store *file,
                        const struct control_change *change, uint64_t revision)
{
    bool is_put = change->verb == CONTROL_PUT;
    sqlite3_stmt *statement = NULL;
    int code = prepare(file,
                       is_put ? "INSERT OR REPLACE INTO entry VALUES (?, ?, ?)"
                              : "DELETE FROM entry WHERE key = ?",
                       &statement);

    if (code == SQLITE_OK)
        code = bind_bytes(statement, 1, change->key);
    if (code == SQLITE_OK && is_put)
        code = bind_bytes(statement, 2, change->value);
    if (code == SQLITE_OK && is_put)
        code = sqlite3_bind_int64(statement, 3, (sqlite3_int64)revision);
    if (code == SQLITE_OK)
        code = sqlite3_step(statement);
    (void)sqlite3_finalize(statement);
    return code == SQLITE_DONE ? SQLITE_OK : code;
}

/* Inside a transaction; what goes wrong here is rolled back. */
static enum dalv_status change_all(
    struct file_store *file, const struct control_transaction *transaction,
    uint64_t *out_revision)
{
    uint64_t revision = 0;
    int code = SQLITE_OK;

    for (size_t i = 0; i < transaction->count && code == SQLITE_OK; i++) {
        uint64_t found = 0;

        code = find_revision(file, transaction->changes[i].key, &found);
        if (code == SQLITE_OK && found != transaction->changes[i].revision)
            return fail(file, DALV_PRECONDITION, "a key was changed meanwhile");
    }
    if (code == SQLITE_OK)
        code = run(file, "UPDATE clock SET revision = revision + 1");
    if (code == SQLITE_OK)
        code = ask_number(file, "SELECT revision FROM clock", &revision);
    for (size_t i = 0; i < transaction->count && code == SQLITE_OK; i++) {
        if (transaction->changes[i].verb != CONTROL_EXPECT)
            code = change_entry(file, &transaction->changes[i], revision);
    }
    if (code != SQLITE_OK)
        return fail_by(file, code);
    *out_revision = revision;
    return DALV_OK;
}

static enum dalv_status on_commit(struct control_store *store,
                                  const struct control_transaction *transaction,
                                  uint64_t *out_revision)
{
    struct file_store *file = of(store);
    uint64_t revision = 0;
    enum dalv_status status = reconnect(file);
    int code;

    if (status != DALV_OK)
        return status;
    code = run(file, "BEGIN IMMEDIATE");
    if (code != SQLITE_OK)
        return fail_by(file, code);
    status = change_all(file, transaction, &revision);
    if (status != DALV_OK) {
        (void)run(file, "ROLLBACK");
        return status;
    }
    code = run(file, "COMMIT");
    if (code == SQLITE_OK) {
        *out_revision = revision;
        return DALV_OK;
    }
    /* Only a lock that was not given leaves everything as it was. */
    status = fail_by(file, code);
    (void)run(file, "ROLLBACK");
    if (status == DALV_BUSY)
        return status;
    disconnect(file);
    return DALV_UNKNOWN;
}

static void on_wait(struct control_store *store, struct bytes key,
                    uint64_t revision, uint32_t patience_ms)
{
    static const struct timespec pause = {.tv_nsec = POLL_MS * 1000000L};
    struct file_store *file = of(store);
    uint64_t end_ms = clock_boot_ms() + patience_ms;
    uint64_t found = 0;

    while (clock_boot_ms() < end_ms) {
        if (reconnect(file) == DALV_OK &&
            find_revision(file, key, &found) == SQLITE_OK && found > revision)
            return;
        (void)nanosleep(&pause, NULL);
    }
}

static const char *on_problem(const struct control_store *store)
{
    return ((const struct file_store *)store)->problem;
}

static void on_close(struct control_store *store)
{
    disconnect(of(store));
    free(store);
}

static const struct control_store_table file_table = {
    .get = on_get,
    .list = on_list,
    .commit = on_commit,
    .wait = on_wait,
    .problem = on_problem,
    .close = on_close,
};

enum dalv_status control_file_open(const char *path,
                                   struct control_store **out_store,
                                   struct text *problem)
{
    struct file_store *file;
    enum dalv_status status;

    if (strlen(path) >= sizeof(file->path))
        return DALV_TOO_BIG;
    file = calloc(1, sizeof(*file));
    if (file == NULL)
        return DALV_NO_MEMORY;
    file->store.table = &file_table;
    (void)snprintf(file->path, sizeof(file->path), "%s", path);
    status = prepare_file(file);
    if (status == DALV_OK) {
        *out_store = &file->store;
        return DALV_OK;
    }
    text_put(problem, file->problem);
    on_close(&file->store);
    return status;
}
