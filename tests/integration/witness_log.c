#include "tests/integration/witness_log.h"

#include "base/assert.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct log_reader {
    struct witness *witness;
    size_t user; /* Of the record that is read; SIZE_MAX: none of ours. */
    uint64_t revision;
    uint64_t revisions[WITNESS_USERS_MAX]; /* The last of each. */
    size_t number; /* Of the record's mark; SIZE_MAX: none yet. */
};

/* The text behind `name=` up to the next space; false if it is not there. */
static bool find_field(const char *line, const char *name, char *text,
                       size_t capacity)
{
    const char *at = strstr(line, name);
    size_t size;

    if (at == NULL)
        return false;
    at += strlen(name);
    size = strcspn(at, " \n");
    if (size >= capacity)
        return false;
    memcpy(text, at, size);
    text[size] = '\0';
    return true;
}

static void read_head(struct log_reader *reader, const char *line)
{
    struct witness *witness = reader->witness;
    char text[64];

    reader->user = SIZE_MAX;
    reader->number = SIZE_MAX;
    if (strncmp(line, "data ", 5) != 0 ||
        !find_field(line, " user=", text, sizeof(text)))
        return;
    for (size_t i = 0; i < witness->user_count; i++) {
        if (strcmp(witness->users[i].name, text) == 0)
            reader->user = i;
    }
    if (reader->user == SIZE_MAX)
        return;
    ASSERT(find_field(line, " revision=", text, sizeof(text)));
    reader->revision = strtoull(text, NULL, 10);
    if (reader->revision != reader->revisions[reader->user] + 1)
        witness_object(witness, &witness->wrong, reader->user, SIZE_MAX,
                       "a gap between the revisions in the log");
    reader->revisions[reader->user] = reader->revision;
}

static void read_mark(struct log_reader *reader, const char *line)
{
    struct witness *witness = reader->witness;
    struct witnessed_user *user = &witness->users[reader->user];
    struct witnessed_write *write;
    char text[64];

    if (!find_field(line, "put key=", text, sizeof(text)))
        return;
    reader->number = witness_number_of(dalv_text(text));
    if (reader->number >= user->count) {
        witness_object(witness, &witness->wrong, reader->user, reader->number,
                       "in the log, and was never written");
        reader->number = SIZE_MAX;
        return;
    }
    write = &user->writes[reader->number];
    if (write->is_seen)
        witness_object(witness, &witness->doubled, reader->user, reader->number,
                       "in the log twice");
    write->is_seen = true;
    if (write->testimony == TESTIMONY_REFUSED)
        witness_object(witness, &witness->undead, reader->user, reader->number,
                       "refused, and in the log");
    if (write->testimony == TESTIMONY_DONE &&
        write->revision != reader->revision)
        witness_object(witness, &witness->wrong, reader->user, reader->number,
                       "in the log at another revision than was told");
}

static void read_request(struct log_reader *reader, const char *line)
{
    char expected[33];
    char text[64];

    if (!find_field(line, " request=", text, sizeof(text)))
        return;
    ASSERT(reader->number != SIZE_MAX);
    witness_request_text(reader->witness, reader->user, reader->number,
                         expected);
    if (strcmp(text, expected) != 0)
        witness_object(reader->witness, &reader->witness->wrong, reader->user,
                       reader->number, "in the log under another request id");
}

static void read_line(struct log_reader *reader, const char *line)
{
    if (line[0] != ' ')
        read_head(reader, line);
    else if (reader->user == SIZE_MAX)
        return;
    else if (strncmp(line, "    put ", 8) == 0)
        read_mark(reader, line);
    else if (strncmp(line, "    request ", 12) == 0 &&
             reader->number != SIZE_MAX)
        read_request(reader, line);
}

static void forget(struct witness *witness)
{
    for (size_t i = 0; i < witness->user_count; i++) {
        for (size_t j = 0; j < witness->users[i].count; j++)
            witness->users[i].writes[j].is_seen = false;
    }
}

static void object_to_missing(struct witness *witness)
{
    for (size_t i = 0; i < witness->user_count; i++) {
        for (size_t j = 0; j < witness->users[i].count; j++) {
            const struct witnessed_write *write = &witness->users[i].writes[j];

            if (write->testimony == TESTIMONY_DONE && !write->is_seen)
                witness_object(witness, &witness->lost, i, j,
                               "acknowledged, and not in the log");
        }
    }
}

void witness_read_log(struct witness *witness, const char *folder)
{
    struct log_reader reader = {.witness = witness, .user = SIZE_MAX};
    char command[4096];
    char *line = NULL;
    size_t capacity = 0;
    FILE *dump;

    forget(witness);
    (void)snprintf(command, sizeof(command), "'%s' log dump '%s'", DALV_PROGRAM,
                   folder);
    dump = popen(command, "re");
    ASSERT(dump != NULL);
    while (getline(&line, &capacity, dump) > 0)
        read_line(&reader, line);
    free(line);
    if (pclose(dump) != 0)
        witness_object(witness, &witness->wrong, 0, SIZE_MAX,
                       "the log cannot be read to its end");
    object_to_missing(witness);
}
