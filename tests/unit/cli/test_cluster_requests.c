/*
 * What operators ask of a cluster that is served: a store in a file, and a
 * thread in the controller's place, which carries requests out by hand.
 */
#include "base/assert.h"
#include "base/budget.h"
#include "cli/exit_code.h"
#include "cli/program.h"
#include "control/candidacy.h"
#include "control/control_file.h"
#include "control/control_layout.h"
#include "control/map_change.h"
#include "control/map_reader.h"
#include "tests/support/folder.h"
#include "tests/support/suite.h"

#include <CUnit/CUnit.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    NODES = 3,
    PARTITIONS = 8,
    BUDGET_BYTES = 32 << 20,
    WORDS_MAX = 16,
    PATIENCE_MS = 50,
};

static struct folder folder;
static struct budget budget;
static char store_name[PATH_MAX + 8];

/* What a command printed, and said. */
static char *output;
static char *errors;
static size_t output_size;
static size_t errors_size;

static int run(const char *first, const char *second, const char *third,
               const char *fourth)
{
    const char *words[WORDS_MAX] = {first, second, third, fourth};
    struct program_files files = {.in = stdin};
    int count = 0;
    int code;

    free(output);
    free(errors);
    files.out = open_memstream(&output, &output_size);
    files.err = open_memstream(&errors, &errors_size);
    while (count < 4 && words[count] != NULL)
        count++;
    words[count++] = "--store";
    words[count++] = store_name;
    code = program_run(count, words, &files);
    (void)fclose(files.out);
    (void)fclose(files.err);
    return code;
}

static bool printed(const char *words)
{
    return strstr(output, words) != NULL;
}

/* A session of one's own on the store. */
struct session {
    struct control_store *store;
    struct control_answer answer;
    void *memory;
};

static void session_open(struct session *session)
{
    char said[256];
    struct text problem;

    text_init(&problem, said, sizeof(said));
    ASSERT(control_file_open(store_name + strlen("file:"), &session->store,
                             &problem) == DALV_OK);
    session->memory = malloc(CONTROL_ANSWER_BYTES_MAX);
    control_answer_init(&session->answer, session->memory);
}

static void session_close(struct session *session)
{
    control_store_close(&session->store);
    free(session->memory);
}

static struct control_map *read_map(struct session *session)
{
    struct control_question question;
    struct control_map *map;
    struct map_reader reader;

    map_reader_init(&reader, &budget.allocator);
    map_reader_begin(&reader, (struct cluster_version){0});
    while (map_reader_ask(&reader, &question)) {
        struct control_reply reply = {.answer = &session->answer};

        reply.status =
            question.type == CONTROL_GET
                ? control_store_get(session->store, question.key,
                                    &session->answer)
                : control_store_list(session->store, question.key,
                                     question.after, &session->answer);
        map_reader_answer(&reader, &reply);
    }
    ASSERT(reader.state == MAP_READER_DONE);
    map = map_reader_take(&reader);
    map_reader_deinit(&reader);
    return map;
}

/* Every node started once; partition i is led by node i % 3 + 1. */
static void fill(struct map_change *change, const struct cluster_map *map)
{
    struct cluster_node nodes[NODES];

    for (size_t i = 0; i < NODES; i++) {
        nodes[i] = map->nodes[i];
        nodes[i].state = CLUSTER_NODE_ACTIVE;
        nodes[i].boot_number = 1;
        nodes[i].store.bytes[0] = (uint8_t)(i + 1);
        ASSERT(map_change_put_node(change, &nodes[i]));
    }
    for (uint32_t i = 0; i < PARTITIONS; i++) {
        struct partition_record record = {
            .epoch = 1, .state = PARTITION_LED, .master_boot = 1};

        for (size_t j = 0; j < NODES; j++) {
            struct member member = cluster_node_member(&nodes[j]);

            ASSERT(member_set_add(&record.joint.members, &member));
        }
        record.master = record.joint.members.items[i % NODES];
        ASSERT(map_change_put_record(change, i, &record));
    }
}

static void found(void)
{
    struct map_change *change = calloc(1, sizeof(*change));
    struct control_transaction transaction;
    struct control_map *map;
    struct session session;
    uint64_t revision;

    session_open(&session);
    map = read_map(&session);
    ASSERT(map_change_init(change, &budget.allocator) == DALV_OK);
    fill(change, &map->map);
    ASSERT(map_change_compose(change, map, &transaction) == DALV_OK);
    ASSERT(control_store_commit(session.store, &transaction, &revision) ==
           DALV_OK);
    map_change_deinit(change);
    free(change);
    control_map_destroy(&map);
    session_close(&session);
}

static int make(void)
{
    static const char *const words[] = {
        "cluster", "init",     "--id",      "shop",      "--partitions", "8",
        "--store", store_name, "a=[::1]:1", "b=[::1]:2", "c=[::1]:3"};
    const struct program_files files = {
        .in = stdin, .out = fopen("/dev/null", "w"), .err = stderr};
    int code = program_run(sizeof(words) / sizeof(words[0]), words, &files);

    (void)fclose(files.out);
    return code;
}

static void begin(void)
{
    char path[PATH_MAX];

    folder_open(&folder);
    budget_init(&budget, BUDGET_BYTES);
    folder_path(&folder, "control", path);
    (void)snprintf(store_name, sizeof(store_name), "file:%s", path);
    CU_ASSERT_EQUAL_FATAL(make(), EXIT_DONE);
    found();
}

static void end(void)
{
    folder_close(&folder);
}

/* In the controller's place. */
struct deputy {
    pthread_t thread;
    struct session session;
    enum operator_state ending;
    const char *text;
    _Atomic bool is_over;
    uint64_t counter;
    uint64_t counter_revision;
};

static void put(struct deputy *deputy, const struct control_key *key,
                struct writer *writer, uint64_t *inout_revision)
{
    struct control_change change = {.verb = CONTROL_PUT,
                                    .key = control_key_bytes(key),
                                    .revision = *inout_revision};
    const struct control_transaction transaction = {&change, 1};

    control_frame_end(writer, control_key_bytes(key));
    change.value = writer_bytes(writer);
    ASSERT(control_store_commit(deputy->session.store, &transaction,
                                inout_revision) == DALV_OK);
}

static void count_up(struct deputy *deputy)
{
    const struct candidacy_record record = {
        .holder = 7, .counter = ++deputy->counter, .name = "r1"};
    struct control_key key = control_key_candidacy();
    uint8_t memory[CANDIDACY_BYTES_MAX + CONTROL_FRAME_BYTES];
    struct writer writer;

    writer_init(&writer, memory, sizeof(memory));
    control_frame_begin(&writer);
    ASSERT(candidacy_record_encode(&record, &writer) == DALV_OK);
    put(deputy, &key, &writer, &deputy->counter_revision);
}

static void write_request(struct deputy *deputy,
                          const struct operator_request *request,
                          uint64_t *inout_revision)
{
    struct control_key key = control_key_request(request->id);
    uint8_t memory[OPERATOR_REQUEST_BYTES_MAX + CONTROL_FRAME_BYTES];
    struct writer writer;

    writer_init(&writer, memory, sizeof(memory));
    control_frame_begin(&writer);
    ASSERT(operator_request_encode(request, &writer) == DALV_OK);
    put(deputy, &key, &writer, inout_revision);
}

/* The first request that has not ended; false if there is none. */
static bool find_open(struct deputy *deputy, struct operator_request *request,
                      uint64_t *out_revision)
{
    const struct control_answer *answer = &deputy->session.answer;

    ASSERT(control_store_list(deputy->session.store, control_prefix_requests(),
                              (struct bytes){0},
                              &deputy->session.answer) == DALV_OK);
    for (size_t i = 0; i < answer->count; i++) {
        const struct control_entry *entry = &answer->entries[i];
        struct bytes bytes;

        ASSERT(control_frame_open(entry->value, entry->key, &bytes) == DALV_OK);
        ASSERT(operator_request_decode(bytes, request) == DALV_OK);
        *out_revision = entry->revision;
        if (!operator_request_is_ended(request))
            return true;
    }
    return false;
}

/* One step on: waiting, running, ended. */
static void carry_on(struct deputy *deputy)
{
    struct operator_request request;
    uint64_t revision;

    if (!find_open(deputy, &request, &revision))
        return;
    if (request.state == OPERATOR_WAITING) {
        request.state = OPERATOR_RUNNING;
        request.left = request.total = PARTITIONS;
    } else {
        request.state = deputy->ending;
        request.left = 0;
        (void)snprintf(request.text, sizeof(request.text), "%s", deputy->text);
    }
    write_request(deputy, &request, &revision);
}

static void *serve(void *owner)
{
    struct deputy *deputy = owner;
    struct control_key key = control_key_candidacy();

    while (!atomic_load(&deputy->is_over)) {
        count_up(deputy);
        carry_on(deputy);
        control_store_wait(deputy->session.store, control_key_bytes(&key),
                           deputy->counter_revision, PATIENCE_MS);
    }
    return NULL;
}

static void deputy_start(struct deputy *deputy)
{
    session_open(&deputy->session);
    count_up(deputy);
    ASSERT(pthread_create(&deputy->thread, NULL, serve, deputy) == 0);
}

static void deputy_end(struct deputy *deputy)
{
    atomic_store(&deputy->is_over, true);
    ASSERT(pthread_join(deputy->thread, NULL) == 0);
    session_close(&deputy->session);
}

static void shows_a_cluster_that_is_well(void)
{
    struct deputy deputy = {.ending = OPERATOR_DONE, .text = ""};

    begin();
    deputy_start(&deputy);
    CU_ASSERT_EQUAL(run("cluster", "status", NULL, NULL), EXIT_DONE);
    CU_ASSERT_EQUAL(strncmp(output, "All partitions are led", 22), 0);
    CU_ASSERT_TRUE(printed("map 1.2; controlled by r1"));
    CU_ASSERT_TRUE(printed("  1 a                active        8      3 "));
    deputy_end(&deputy);
    end();
}

static void shows_partitions(void)
{
    begin();
    CU_ASSERT_EQUAL(run("partition", "show", "4", NULL), EXIT_DONE);
    CU_ASSERT_TRUE(printed("partition 4 epoch 1.0 led by b members a,b,c\n"));
    CU_ASSERT_TRUE(printed("  b                leader       [::1]:2\n"));
    CU_ASSERT_TRUE(printed("  c                member       [::1]:3\n"));
    CU_ASSERT_EQUAL(run("partition", "show", "8", NULL), EXIT_NOT_FOUND);
    CU_ASSERT_EQUAL(run("partition", "list", "--troubled", NULL), EXIT_DONE);
    CU_ASSERT_STRING_EQUAL(output, "");
    CU_ASSERT_EQUAL(run("rebalance", "--dry-run", NULL, NULL), EXIT_DONE);
    CU_ASSERT_TRUE(printed("0 copies would change"));
    end();
}

static void waits_until_a_node_is_empty(void)
{
    struct deputy deputy = {.ending = OPERATOR_DONE, .text = ""};

    begin();
    deputy_start(&deputy);
    CU_ASSERT_EQUAL(run("node", "drain", "c", NULL), EXIT_DONE);
    CU_ASSERT_STRING_EQUAL(output, "Done: drain c\n");
    CU_ASSERT_EQUAL(run("node", "remove", "3", "--json"), EXIT_DONE);
    CU_ASSERT_TRUE(printed("\"verb\":\"remove\",\"state\":\"done\""));
    CU_ASSERT_TRUE(printed("\"left\":0,\"total\":8"));
    deputy_end(&deputy);
    /* What was told is forgotten. */
    CU_ASSERT_EQUAL(run("cluster", "status", "--json", NULL), EXIT_DONE);
    CU_ASSERT_TRUE(printed("\"requests\":[]"));
    end();
}

static void tells_why_it_was_refused(void)
{
    struct deputy deputy = {.ending = OPERATOR_REFUSED,
                            .text = "add a node first"};

    begin();
    deputy_start(&deputy);
    CU_ASSERT_EQUAL(run("node", "drain", "c", NULL), EXIT_CONFLICT);
    CU_ASSERT_PTR_NOT_NULL(strstr(errors, "add a node first"));
    CU_ASSERT_STRING_EQUAL(output, "");
    deputy_end(&deputy);
    end();
}

/* Without being waited for: the oldest of those that ended make room. */
static void asks_as_often_as_is_wanted(void)
{
    struct deputy deputy = {.ending = OPERATOR_DONE, .text = ""};
    struct operator_request request;
    uint64_t revision;

    begin();
    session_open(&deputy.session);
    for (int i = 0; i < 2 * OPERATOR_REQUESTS_MAX; i++) {
        CU_ASSERT_EQUAL(run("rebalance", "--no-wait", NULL, NULL), EXIT_DONE);
        while (find_open(&deputy, &request, &revision))
            carry_on(&deputy);
    }
    CU_ASSERT_EQUAL(deputy.session.answer.count, OPERATOR_REQUESTS_MAX / 2);
    session_close(&deputy.session);
    end();
}

static const struct suite_test tests[] = {
    SUITE_TEST(shows_a_cluster_that_is_well),
    SUITE_TEST(shows_partitions),
    SUITE_TEST(waits_until_a_node_is_empty),
    SUITE_TEST(tells_why_it_was_refused),
    SUITE_TEST(asks_as_often_as_is_wanted),
};

int main(void)
{
    int code = SUITE_RUN("cli/cluster_requests", tests);

    free(output);
    free(errors);
    return code;
}
