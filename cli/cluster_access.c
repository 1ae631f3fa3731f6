#include "cli/cluster_access.h"

#include "cli/access.h"
#include "control/control_place.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    /* The greatest map, two of it, and room. */
    BUDGET_BYTES = 256 << 20,
};

/* A misspelt path must not become an empty store. */
static bool is_there(const struct control_place *place)
{
    static const char form[] = "file:";
    size_t size = strlen(form);

    return strncmp(place->name, form, size) != 0 ||
           access(place->name + size, F_OK) == 0;
}

static enum dalv_status open_place(struct cluster_access *access,
                                   const struct control_place *place)
{
    struct text problem;

    text_init(&problem, access->problem, sizeof(access->problem));
    if (!access->is_making && !is_there(place)) {
        text_put(&problem, "there is no control store ");
        text_put(&problem, place->name);
        return DALV_NOT_FOUND;
    }
    return control_place_open(place, &access->store, &problem);
}

static void keep_problem(struct cluster_access *access, enum dalv_status status,
                         const char *detail)
{
    char said[CLUSTER_ACCESS_PROBLEM_BYTES];
    struct text text;

    text_init(&text, said, sizeof(said));
    text_put(&text, status_text(status));
    if (detail != NULL && detail[0] != '\0') {
        text_put(&text, ": ");
        text_put(&text, detail);
    }
    memcpy(access->problem, said, sizeof(said));
}

static int fail_open(struct cluster_access *access, enum dalv_status status)
{
    if (!access->is_patient)
        return invocation_fail_file(access->invocation, status,
                                    access->problem);
    keep_problem(access, status, access->problem);
    return EXIT_DONE;
}

static int fail_read(struct cluster_access *access, enum dalv_status status,
                     const char *detail)
{
    if (!access->is_patient)
        return invocation_fail(access->invocation, status, detail);
    keep_problem(access, status, detail);
    return EXIT_DONE;
}

/* Where and how the profile says. */
static int open_by_profile(struct cluster_access *access)
{
    struct invocation *invocation = access->invocation;
    struct profile profile;
    enum dalv_status status = DALV_OK;
    int code;

    profile_init(&profile);
    code = access_load(invocation, &profile);
    if (code == EXIT_DONE && profile.control.store[0] == '\0')
        code = invocation_usage(invocation,
                                "no control store: name one with --store, or "
                                "as control.store in the profile");
    if (code == EXIT_DONE) {
        const struct control_place place = {
            .name = profile.control.store,
            .prefix = profile.control.prefix,
            .authority = profile.control.authority_file,
            .certificate = profile.control.certificate_file,
            .key = profile.control.key_file,
        };

        status = open_place(access, &place);
    }
    profile_wipe(&profile);
    return status == DALV_OK ? code : fail_open(access, status);
}

static int open_store(struct cluster_access *access,
                      struct invocation *invocation)
{
    const struct control_place place = {
        .name = invocation_option(invocation, "store")};
    enum dalv_status status;

    access->invocation = invocation;
    budget_init(&access->budget, BUDGET_BYTES);
    access->memory = malloc(CONTROL_ANSWER_BYTES_MAX);
    if (access->memory == NULL)
        return invocation_fail(invocation, DALV_NO_MEMORY, NULL);
    control_answer_init(&access->answer, access->memory);
    if (place.name == NULL)
        return open_by_profile(access);
    status = open_place(access, &place);
    return status == DALV_OK ? EXIT_DONE : fail_open(access, status);
}

int cluster_access_open(struct cluster_access *access,
                        struct invocation *invocation)
{
    *access = (struct cluster_access){.is_making = true};
    return open_store(access, invocation);
}

void cluster_access_close(struct cluster_access *access)
{
    if (access->map != NULL)
        control_map_destroy(&access->map);
    if (access->store != NULL)
        control_store_close(&access->store);
    free(access->memory);
    access->memory = NULL;
}

int cluster_access_begin(struct cluster_access *access,
                         struct invocation *invocation)
{
    int code;

    *access = (struct cluster_access){.is_making = false};
    code = open_store(access, invocation);
    return code == EXIT_DONE ? cluster_access_read(access) : code;
}

int cluster_access_try(struct cluster_access *access,
                       struct invocation *invocation)
{
    int code;

    *access = (struct cluster_access){.is_patient = true};
    code = open_store(access, invocation);
    return code == EXIT_DONE && access->store != NULL
               ? cluster_access_read(access)
               : code;
}

static void answer_question(struct cluster_access *access,
                            const struct control_question *question,
                            struct map_reader *reader)
{
    struct control_reply reply = {.answer = &access->answer};

    if (question->type == CONTROL_GET)
        reply.status =
            control_store_get(access->store, question->key, &access->answer);
    else
        reply.status = control_store_list(access->store, question->key,
                                          question->after, &access->answer);
    map_reader_answer(reader, &reply);
}

int cluster_access_read(struct cluster_access *access)
{
    struct control_question question;
    struct map_reader reader;
    enum dalv_status status;

    map_reader_init(&reader, &access->budget.allocator);
    map_reader_begin(&reader, (struct cluster_version){0});
    while (map_reader_ask(&reader, &question))
        answer_question(access, &question, &reader);
    status = reader.status;
    if (access->map != NULL)
        control_map_destroy(&access->map);
    if (reader.state == MAP_READER_DONE)
        access->map = map_reader_take(&reader);
    map_reader_deinit(&reader);
    if (access->map != NULL)
        return EXIT_DONE;
    if (status == DALV_NOT_FOUND)
        return fail_read(access, status,
                         "the control store holds no cluster: 'dalv cluster "
                         "init' makes one");
    return fail_read(access, status, control_store_problem(access->store));
}

enum dalv_status cluster_access_change(struct cluster_access *access,
                                       cluster_access_fill *fill,
                                       const void *wanted)
{
    struct map_change *change = calloc(1, sizeof(*change));
    struct control_transaction transaction;
    uint64_t revision = 0;
    enum dalv_status status;

    if (change == NULL)
        return DALV_NO_MEMORY;
    status = map_change_init(change, &access->budget.allocator);
    if (status == DALV_OK) {
        fill(change, wanted);
        status = map_change_compose(change, access->map, &transaction);
    }
    if (status == DALV_OK)
        status = control_store_commit(access->store, &transaction, &revision);
    map_change_deinit(change);
    free(change);
    return status;
}

enum dalv_status cluster_access_get(struct cluster_access *access,
                                    const struct control_key *key,
                                    struct bytes *out_bytes)
{
    const struct control_entry *entry = &access->answer.entries[0];
    enum dalv_status status = control_store_get(
        access->store, control_key_bytes(key), &access->answer);

    if (status != DALV_OK)
        return status;
    return control_frame_open(entry->value, entry->key, out_bytes);
}

enum dalv_status cluster_access_controller(struct cluster_access *access,
                                           struct candidacy_record *out_record)
{
    struct control_key key = control_key_candidacy();
    struct bytes bytes;
    enum dalv_status status = cluster_access_get(access, &key, &bytes);

    if (status != DALV_OK)
        return status;
    return candidacy_record_decode(bytes, out_record);
}

static const char *problem_of(const struct cluster_access *access)
{
    return control_store_problem(access->store);
}

int cluster_access_fail(const struct cluster_access *access,
                        enum dalv_status status)
{
    return invocation_fail(access->invocation, status, problem_of(access));
}

int cluster_access_fail_write(const struct cluster_access *access,
                              enum dalv_status status)
{
    return invocation_fail_write(access->invocation, status,
                                 problem_of(access));
}
