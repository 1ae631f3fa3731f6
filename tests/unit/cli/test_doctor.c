/*
 * A cluster of three nodes and a router that is well, and one fault after
 * another put in: the doctor names it, and nothing else.
 */
#include "base/assert.h"
#include "cli/doctor.h"
#include "tests/support/suite.h"

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    NODES = 3,
    PROCESSES = 4,
    PARTITIONS = 6, /* A part of what there is room for. */
    ROOM = 8,
    COMMIT = 100,
    SECOND_US = 1000000,
    NAMED_BYTES = 512,
    PORT = 7476,
};

struct ward {
    struct arena arena;
    struct control_map known;
    struct inspection inspections[PROCESSES];
    struct inspection before[PROCESSES];
    struct heartbeaten_part parts[PROCESSES][PARTITIONS];
    struct heartbeaten_part earlier_parts[PROCESSES][PARTITIONS];
    uint32_t places[PARTITIONS];
    struct doctor_case facts;
    struct diagnosis diagnosis;
};

static struct ward ward;
static const char *const names[PROCESSES] = {"a", "b", "c", "router"};
static const char roles[] = "roles: [storage]\n";

static struct cluster_node node_of(uint32_t id)
{
    struct cluster_node node = {.id = id,
                                .state = CLUSTER_NODE_ACTIVE,
                                .weight = 100,
                                .boot_number = 1};

    (void)snprintf(node.name, sizeof(node.name), "%s", names[id - 1]);
    (void)snprintf(node.address, sizeof(node.address), "10.0.0.%u:7474",
                   (unsigned)id);
    node.store.bytes[0] = (uint8_t)id;
    return node;
}

/* Led by 1, 2, 3, 1, ..., held by all. */
static void make_map(void)
{
    const struct cluster_head head = {.version = {1, 5},
                                      .cluster_id = "shop",
                                      .partition_count = ROOM,
                                      .replica_count = NODES,
                                      .feature_level = 1};
    size_t size = cluster_map_memory(ROOM);
    struct cluster_map *map = &ward.known.map;

    arena_init(&ward.arena, malloc(size), size);
    ASSERT(cluster_map_init(map, &head, &ward.arena) == DALV_OK);
    map->head.partition_count = PARTITIONS;
    for (uint32_t id = 1; id <= NODES; id++) {
        struct cluster_node node = node_of(id);

        ASSERT(cluster_map_put_node(map, &node) == DALV_OK);
    }
    for (uint32_t i = 0; i < PARTITIONS; i++) {
        struct partition_record *record = &map->records[i];

        *record = (struct partition_record){.epoch = 3, .state = PARTITION_LED};
        for (size_t j = 0; j < NODES; j++) {
            struct member member = cluster_node_member(&map->nodes[j]);

            ASSERT(member_set_add(&record->joint.members, &member));
        }
        record->master = record->joint.members.items[i % NODES];
        record->master_boot = record->master.node;
    }
    ward.known.is_founded = true;
}

static struct heartbeaten_part part_of(uint32_t node, uint32_t partition)
{
    return (struct heartbeaten_part){
        .partition = partition,
        .role = partition % NODES == node - 1 ? PARTITION_LEADING
                                              : PARTITION_FOLLOWING,
        .epoch = 3,
        .promised = 3,
        .known_epoch = 3,
        .durable_index = COMMIT,
        .commit_index = COMMIT,
        .applied_index = COMMIT,
        .is_caught_up = true,
    };
}

static void make_inspection(size_t i)
{
    struct inspection *inspection = &ward.inspections[i];
    bool is_node = i < NODES;

    *inspection = (struct inspection){
        .address = {.port = PORT},
        .node = is_node ? (uint32_t)i + 1 : 0,
        .outcome = INSPECTION_ANSWERED,
        .asked_us = SECOND_US,
        .heard_us = SECOND_US,
        .said = {.name = bytes_from_text(names[i]),
                 .software = bytes_from_text("1.0"),
                 .cluster_id = bytes_from_text("shop"),
                 .node = (uint32_t)i + 1,
                 .roles = is_node ? ADMIN_ROLE_STORAGE : ADMIN_ROLE_ROUTER,
                 .boot_id = i + 1,
                 .wall_us = SECOND_US,
                 .incarnation = 1,
                 .version = 5,
                 .configuration = bytes_from_text(roles)},
        .parts = ward.parts[i],
        .part_count = is_node ? PARTITIONS : 0,
        .has_parts = is_node,
        .places = ward.places,
    };
    (void)snprintf(inspection->address.host, sizeof(inspection->address.host),
                   "10.0.0.%zu", i + 1);
}

static void begin(void)
{
    memset(&ward, 0, sizeof(ward));
    make_map();
    for (uint32_t i = 0; i < PARTITIONS; i++)
        ward.places[i] = i + 1;
    for (size_t i = 0; i < PROCESSES; i++) {
        make_inspection(i);
        for (uint32_t j = 0; j < PARTITIONS; j++)
            ward.parts[i][j] = part_of((uint32_t)i + 1, j);
    }
    ward.facts = (struct doctor_case){
        .known = &ward.known,
        .version = {1, 5},
        .is_controlled = true,
        .controller = "router",
        .inspections = ward.inspections,
        .count = PROCESSES,
    };
}

/* What it was like before, as it is now. */
static void remember(void)
{
    memcpy(ward.before, ward.inspections, sizeof(ward.before));
    memcpy(ward.earlier_parts, ward.parts, sizeof(ward.earlier_parts));
    for (size_t i = 0; i < PROCESSES; i++)
        ward.before[i].parts = ward.earlier_parts[i];
    ward.facts.before = ward.before;
}

static void end(void)
{
    free(ward.arena.block);
}

/* "fault subject, fault subject" of all that is found. */
static const char *found(void)
{
    static char line[NAMED_BYTES];
    struct text text;

    ward.diagnosis.count = 0;
    doctor_examine(&ward.facts, &ward.diagnosis);
    text_init(&text, line, sizeof(line));
    for (size_t i = 0; i < ward.diagnosis.count; i++) {
        const struct finding *finding = &ward.diagnosis.findings[i];

        text_put(&text, i == 0 ? "" : "; ");
        text_put(&text, fault_name(finding->fault));
        text_put(&text, ": ");
        text_put(&text, finding->subject);
    }
    return text_string(&text);
}

static const char *cause(size_t finding)
{
    return ward.diagnosis.findings[finding].cause;
}

static void says_nothing_of_a_cluster_that_is_well(void)
{
    begin();
    CU_ASSERT_STRING_EQUAL(found(), "");
    CU_ASSERT_EQUAL(diagnosis_weight(&ward.diagnosis), FAULT_MINOR);
    end();
}

static void tells_apart_why_a_process_does_not_answer(void)
{
    static const struct {
        enum inspection_outcome outcome;
        const char *found;
    } silences[] = {
        {INSPECTION_DOWN, "down: node b at 10.0.0.2:7476"},
        {INSPECTION_SILENT, "silent: node b at 10.0.0.2:7476"},
        {INSPECTION_UNREACHABLE, "unreachable: node b at 10.0.0.2:7476"},
        {INSPECTION_UNRESOLVED, "unresolved: node b at 10.0.0.2:7476"},
        {INSPECTION_NOT_ADMITTED, "not_admitted: node b at 10.0.0.2:7476"},
    };

    for (size_t i = 0; i < sizeof(silences) / sizeof(silences[0]); i++) {
        begin();
        ward.inspections[1].outcome = silences[i].outcome;
        ward.inspections[1].has_parts = false;
        /* The others have taken over what it led. */
        for (uint32_t j = 1; j < PARTITIONS; j += NODES) {
            ward.known.map.records[j].master.node = 1;
            ward.known.map.records[j].master_boot = 1;
            ward.parts[0][j].role = PARTITION_LEADING;
        }
        CU_ASSERT_EQUAL(
            strncmp(found(), silences[i].found, strlen(silences[i].found)), 0);
        CU_ASSERT_EQUAL(diagnosis_weight(&ward.diagnosis), FAULT_WRONG);
        end();
    }
}

static void a_process_that_no_map_knows_is_named_by_its_address(void)
{
    begin();
    ward.inspections[3].outcome = INSPECTION_DOWN;
    CU_ASSERT_STRING_EQUAL(found(), "down: a process at 10.0.0.4:7476");
    end();
}

static void a_node_that_never_started_is_no_alarm(void)
{
    struct cluster_node node;

    begin();
    node = ward.known.map.nodes[2];
    node.state = CLUSTER_NODE_JOINING;
    ASSERT(cluster_map_put_node(&ward.known.map, &node) == DALV_OK);
    ward.inspections[2].outcome = INSPECTION_DOWN;
    ward.known.is_founded = false;
    CU_ASSERT_STRING_EQUAL(found(), "not_founded: the cluster; "
                                    "not_started: node c at 10.0.0.3:7476");
    end();
}

static void names_the_nodes_that_are_missing_for_a_majority(void)
{
    begin();
    for (size_t i = 1; i < NODES; i++) {
        ward.inspections[i].outcome = INSPECTION_DOWN;
        ward.inspections[i].has_parts = false;
    }
    for (uint32_t i = 0; i < PARTITIONS; i++)
        ward.parts[0][i].role = PARTITION_STALLED;
    CU_ASSERT_STRING_EQUAL(found(), "no_majority: partitions 0-5; "
                                    "down: node b at 10.0.0.2:7476; "
                                    "down: node c at 10.0.0.3:7476");
    CU_ASSERT_STRING_EQUAL(cause(0), "their users wait: no majority of their "
                                     "copies is there. Missing: b, c");
    CU_ASSERT_EQUAL(diagnosis_weight(&ward.diagnosis), FAULT_SERIOUS);
    end();
}

static void a_majority_without_a_leader_is_another_fault(void)
{
    begin();
    ward.known.map.records[2].state = PARTITION_OPENING;
    ward.known.map.records[4].state = PARTITION_OPENING;
    CU_ASSERT_STRING_EQUAL(found(), "leaderless: partitions 2, 4");
    end();
}

static void a_leader_of_an_earlier_start_leads_nothing(void)
{
    begin();
    ward.inspections[1].said.boot_id = 77;
    CU_ASSERT_STRING_EQUAL(found(), "leaderless: partitions 1, 4");
    end();
}

static void tells_that_a_leader_stood_down(void)
{
    begin();
    ward.parts[1][1].role = PARTITION_STALLED;
    CU_ASSERT_STRING_EQUAL(found(), "stood_down: partitions 1");
    end();
}

static void notices_a_control_store_that_was_put_back(void)
{
    begin();
    ward.parts[2][0].promised = 4;
    CU_ASSERT_STRING_EQUAL(found(), "store_put_back: partitions 0");
    CU_ASSERT_PTR_NOT_NULL(
        strstr(fault_remedy(FAULT_STORE_PUT_BACK), "cluster recover"));
    end();
}

static void compares_clocks_with_the_median(void)
{
    begin();
    ward.inspections[1].said.wall_us = 11 * SECOND_US;
    CU_ASSERT_STRING_EQUAL(found(), "clock: node b at 10.0.0.2:7476");
    CU_ASSERT_STRING_EQUAL(cause(0), "its clock is 10 s ahead of the others");
    ward.inspections[1].said.wall_us = 5 * SECOND_US;
    CU_ASSERT_STRING_EQUAL(found(), "");
    end();
}

/* Four of five clocks agree: ours is the one that is wrong. */
static void an_operators_wrong_clock_blames_nobody(void)
{
    begin();
    for (size_t i = 0; i < PROCESSES; i++)
        ward.inspections[i].said.wall_us = 3600 * (uint64_t)SECOND_US;
    CU_ASSERT_STRING_EQUAL(found(), "");
    end();
}

static void tells_who_knows_an_older_map(void)
{
    begin();
    ward.inspections[3].said.version = 4;
    CU_ASSERT_STRING_EQUAL(found(), "old_map: router at 10.0.0.4:7476");
    CU_ASSERT_STRING_EQUAL(cause(0),
                           "it goes by map 1.4, while the control store has "
                           "1.5");
    CU_ASSERT_TRUE(fault_is_fleeting(FAULT_OLD_MAP));
    end();
}

static void tells_who_cannot_read_the_store(void)
{
    begin();
    ward.inspections[0].said.control_status = DALV_UNAVAILABLE;
    CU_ASSERT_STRING_EQUAL(found(), "no_store: node a at 10.0.0.1:7476");
    end();
}

static void tells_that_the_store_is_gone_for_all(void)
{
    begin();
    ward.facts.known = NULL;
    ward.facts.store_problem = "not available: no member of etcd answers";
    ward.inspections[0].said.control_status = DALV_UNAVAILABLE;
    CU_ASSERT_STRING_EQUAL(found(), "store_unreadable: the control store");
    CU_ASSERT_STRING_EQUAL(cause(0), ward.facts.store_problem);
    end();
}

static void tells_that_nobody_controls_the_cluster(void)
{
    begin();
    ward.facts.is_controlled = false;
    CU_ASSERT_STRING_EQUAL(found(), "no_controller: the controller");
    CU_ASSERT_STRING_EQUAL(cause(0), "nobody is it; router was it last");
    end();
}

static void tells_that_a_disk_is_nearly_full(void)
{
    begin();
    ward.inspections[2].said.disk_bytes = UINT64_C(100) << 30;
    ward.inspections[2].said.disk_free_bytes = UINT64_C(9) << 30;
    CU_ASSERT_STRING_EQUAL(found(), "disk: node c at 10.0.0.3:7476");
    CU_ASSERT_STRING_EQUAL(cause(0), "of its disk only 8 % are free, 9216 MiB");
    /* A large disk with as little a part free has room enough. */
    ward.inspections[2].said.disk_bytes = UINT64_C(10000) << 30;
    ward.inspections[2].said.disk_free_bytes = UINT64_C(900) << 30;
    CU_ASSERT_STRING_EQUAL(found(), "");
    end();
}

static void tells_whose_copies_are_damaged(void)
{
    begin();
    ward.parts[2][0].is_not_whole = true;
    ward.parts[2][1].is_not_whole = true;
    CU_ASSERT_STRING_EQUAL(found(), "damaged: node c");
    CU_ASSERT_STRING_EQUAL(cause(0), "its copies are damaged, or being made "
                                     "anew, of partitions 0-1");
    end();
}

static void tells_who_is_far_behind(void)
{
    begin();
    remember();
    ward.parts[0][3].commit_index = 20100;
    CU_ASSERT_STRING_EQUAL(found(), "lagging: node b; lagging: node c");
    CU_ASSERT_STRING_EQUAL(cause(0), "it is up to 20000 records behind, of "
                                     "partitions 3");
    end();
}

/* Behind at both looks, and no further: it gets nothing. */
static void tells_who_is_stuck(void)
{
    begin();
    ward.parts[0][3].commit_index = COMMIT + 1;
    ward.parts[1][3].durable_index = COMMIT + 1;
    CU_ASSERT_STRING_EQUAL(found(), "lagging: node c");
    remember();
    CU_ASSERT_STRING_EQUAL(found(), "stuck: node c");
    ward.parts[2][3].durable_index = COMMIT + 1;
    ward.parts[0][3].commit_index = COMMIT + 2;
    ward.parts[1][3].durable_index = COMMIT + 2;
    CU_ASSERT_STRING_EQUAL(found(), "");
    end();
}

static void tells_that_copies_are_missing(void)
{
    struct cluster_node node;

    begin();
    node = ward.known.map.nodes[2];
    node.store.bytes[0] = 99; /* Another disk. */
    ASSERT(cluster_map_put_node(&ward.known.map, &node) == DALV_OK);
    CU_ASSERT_STRING_EQUAL(found(), "thin: partitions 0-5");
    end();
}

static void tells_who_is_somebody_else(void)
{
    begin();
    ward.inspections[3].said.cluster_id = bytes_from_text("other");
    CU_ASSERT_STRING_EQUAL(found(), "other_cluster: router at 10.0.0.4:7476");
    end();
    begin();
    ward.inspections[3].node = 2;
    CU_ASSERT_STRING_EQUAL(found(), "other_node: node b at 10.0.0.4:7476");
    end();
}

static void tells_whose_key_the_map_does_not_know(void)
{
    static const uint8_t key[CLUSTER_KEY_BYTES] = {7};

    begin();
    ward.inspections[1].said.node_key = bytes_make(key, sizeof(key));
    CU_ASSERT_STRING_EQUAL(found(), "node_key: node b at 10.0.0.2:7476");
    end();
}

static void tells_which_settings_differ(void)
{
    begin();
    ward.inspections[2].said.configuration =
        bytes_from_text("roles: [storage]\n"
                        "limits: {requests_per_s: 40, user_bytes: 32MiB}\n"
                        "requests: {deadline: 3s}\n"
                        "logging: {level: debug}\n");
    CU_ASSERT_STRING_EQUAL(found(), "configuration: node c at 10.0.0.3:7476");
    CU_ASSERT_STRING_EQUAL(
        cause(0),
        "limits.requests_per_s, requests.deadline are not as a has it");
    end();
}

static void tells_of_versions_that_are_mixed(void)
{
    begin();
    ward.inspections[3].said.software = bytes_from_text("1.1");
    CU_ASSERT_STRING_EQUAL(found(), "versions: router at 10.0.0.4:7476");
    CU_ASSERT_STRING_EQUAL(cause(0), "it runs version 1.1, while a runs 1.0");
    CU_ASSERT_EQUAL(diagnosis_weight(&ward.diagnosis), FAULT_MINOR);
    end();
}

static void tells_who_leads_too_much_and_too_little(void)
{
    begin();
    for (uint32_t i = 0; i < PARTITIONS; i++) {
        ward.known.map.records[i].master.node = 1;
        ward.known.map.records[i].master.store.bytes[0] = 1;
        ward.known.map.records[i].master_boot = 1;
        ward.parts[0][i].role = PARTITION_LEADING;
    }
    CU_ASSERT_STRING_EQUAL(found(), "unbalanced: node a");
    CU_ASSERT_STRING_EQUAL(cause(0), "it leads 6 partitions; its share are 2");
    end();
}

/* Worst first, and never more than there is room for. */
static void keeps_the_worst_first_and_counts_the_rest(void)
{
    struct diagnosis *diagnosis = calloc(1, sizeof(*diagnosis));
    struct text subject;
    struct text why;

    CU_ASSERT_PTR_NOT_NULL_FATAL(diagnosis);
    diagnosis_add(diagnosis, FAULT_VERSIONS, &subject, &why);
    diagnosis_add(diagnosis, FAULT_DOWN, &subject, &why);
    text_put(&subject, "first");
    diagnosis_add(diagnosis, FAULT_DOWN, &subject, &why);
    diagnosis_add(diagnosis, FAULT_NO_MAJORITY, &subject, &why);
    diagnosis_sort(diagnosis);
    CU_ASSERT_EQUAL(diagnosis->findings[0].fault, FAULT_NO_MAJORITY);
    CU_ASSERT_STRING_EQUAL(diagnosis->findings[1].subject, "first");
    CU_ASSERT_EQUAL(diagnosis->findings[3].fault, FAULT_VERSIONS);
    for (size_t i = 0; i < DIAGNOSIS_FINDINGS_MAX; i++)
        diagnosis_add(diagnosis, FAULT_DOWN, &subject, &why);
    CU_ASSERT_EQUAL(diagnosis->count, DIAGNOSIS_FINDINGS_MAX);
    CU_ASSERT_EQUAL(diagnosis->left_out, 4);
    free(diagnosis);
}

static void every_fault_has_a_name_and_a_remedy(void)
{
    for (int i = 0; i < FAULT_COUNT; i++) {
        CU_ASSERT_PTR_NOT_NULL(fault_name((enum fault)i));
        CU_ASSERT_PTR_NOT_NULL(fault_remedy((enum fault)i));
        /* They stand in the order of their weight. */
        CU_ASSERT_TRUE(i == 0 || fault_weight((enum fault)(i - 1)) <=
                                     fault_weight((enum fault)i));
    }
}

static const struct suite_test tests[] = {
    SUITE_TEST(says_nothing_of_a_cluster_that_is_well),
    SUITE_TEST(tells_apart_why_a_process_does_not_answer),
    SUITE_TEST(a_process_that_no_map_knows_is_named_by_its_address),
    SUITE_TEST(a_node_that_never_started_is_no_alarm),
    SUITE_TEST(names_the_nodes_that_are_missing_for_a_majority),
    SUITE_TEST(a_majority_without_a_leader_is_another_fault),
    SUITE_TEST(a_leader_of_an_earlier_start_leads_nothing),
    SUITE_TEST(tells_that_a_leader_stood_down),
    SUITE_TEST(notices_a_control_store_that_was_put_back),
    SUITE_TEST(compares_clocks_with_the_median),
    SUITE_TEST(an_operators_wrong_clock_blames_nobody),
    SUITE_TEST(tells_who_knows_an_older_map),
    SUITE_TEST(tells_who_cannot_read_the_store),
    SUITE_TEST(tells_that_the_store_is_gone_for_all),
    SUITE_TEST(tells_that_nobody_controls_the_cluster),
    SUITE_TEST(tells_that_a_disk_is_nearly_full),
    SUITE_TEST(tells_whose_copies_are_damaged),
    SUITE_TEST(tells_who_is_far_behind),
    SUITE_TEST(tells_who_is_stuck),
    SUITE_TEST(tells_that_copies_are_missing),
    SUITE_TEST(tells_who_is_somebody_else),
    SUITE_TEST(tells_whose_key_the_map_does_not_know),
    SUITE_TEST(tells_which_settings_differ),
    SUITE_TEST(tells_of_versions_that_are_mixed),
    SUITE_TEST(tells_who_leads_too_much_and_too_little),
    SUITE_TEST(keeps_the_worst_first_and_counts_the_rest),
    SUITE_TEST(every_fault_has_a_name_and_a_remedy),
};

int main(void)
{
    return SUITE_RUN("cli/doctor", tests);
}
