#include "cli/doctor_internal.h"

#include "base/sort.h"
#include "config/config.h"

#include <stdlib.h>
#include <string.h>

enum {
    US_PER_MS = 1000,
    GIB_BITS = 30,
    CLOCKS_MAX = CLUSTER_NODES_MAX + ADDRESSES_MAX + 1,
    PERCENT = 100,
};

/* One process, in the light of the case. */
struct examination {
    const struct doctor_case *facts;
    const struct inspection *inspection;
    struct diagnosis *diagnosis;
};

/* Somebody has this fault: what is to be written is why. */
static struct text blame(const struct examination *examination,
                         enum fault fault)
{
    struct text subject;
    struct text cause;

    diagnosis_add(examination->diagnosis, fault, &subject, &cause);
    doctor_put_process(examination->facts, examination->inspection, &subject);
    return cause;
}

/* ---- Who does not answer ---- */

static bool has_never_started(const struct examination *examination)
{
    const struct control_map *known = examination->facts->known;
    const struct cluster_node *node =
        known == NULL
            ? NULL
            : cluster_map_node(&known->map, examination->inspection->node);

    return node != NULL && node->state == CLUSTER_NODE_JOINING;
}

static void examine_silence(const struct examination *examination)
{
    static const struct {
        enum fault fault;
        const char *cause;
    } causes[] = {
        [INSPECTION_UNRESOLVED] = {FAULT_UNRESOLVED,
                                   "nobody knows an address for that name"},
        [INSPECTION_DOWN] = {FAULT_DOWN,
                             "its machine is there, but nobody listens: it "
                             "has ended, or listens elsewhere"},
        [INSPECTION_UNREACHABLE] = {FAULT_UNREACHABLE,
                                    "its machine does not answer"},
        [INSPECTION_SILENT] = {FAULT_SILENT,
                               "it is there and takes connections, but says "
                               "nothing"},
        [INSPECTION_NOT_ADMITTED] = {FAULT_NOT_ADMITTED,
                                     "it does not let this operator in"},
    };
    enum inspection_outcome outcome = examination->inspection->outcome;
    struct text cause;

    if (outcome == INSPECTION_ANSWERED)
        return;
    if (outcome != INSPECTION_UNRESOLVED && has_never_started(examination)) {
        cause = blame(examination, FAULT_NOT_STARTED);
        text_put(&cause, "it has never started");
        return;
    }
    cause = blame(examination, causes[outcome].fault);
    text_put(&cause, causes[outcome].cause);
}

/* ---- Who it is ---- */

static void examine_cluster(const struct examination *examination)
{
    struct bytes own = examination->inspection->said.cluster_id;
    struct bytes wanted =
        bytes_from_text(examination->facts->known->map.head.cluster_id);
    struct text cause;

    if (bytes_equal(own, wanted))
        return;
    cause = blame(examination, FAULT_OTHER_CLUSTER);
    text_put(&cause, "it says that it is of the cluster ");
    text_put_bytes(&cause, own);
    text_put(&cause, ", not of ");
    text_put_bytes(&cause, wanted);
}

static void examine_identity(const struct examination *examination)
{
    const struct inspection *inspection = examination->inspection;
    struct text cause;

    if (inspection->node == 0 || inspection->said.node == inspection->node)
        return;
    cause = blame(examination, FAULT_OTHER_NODE);
    text_put(&cause, "there answers ");
    text_put_bytes(&cause, inspection->said.name);
    text_put(&cause, " with node.id ");
    text_put_u64(&cause, inspection->said.node);
    text_put(&cause, ", where the map has ");
    text_put_u64(&cause, inspection->node);
}

static void examine_key(const struct examination *examination)
{
    const struct inspection *inspection = examination->inspection;
    const struct cluster_node *node = cluster_map_node(
        &examination->facts->known->map, inspection->said.node);
    struct bytes own = inspection->said.node_key;
    struct text cause;

    if (node == NULL || (inspection->said.roles & ADMIN_ROLE_STORAGE) == 0 ||
        own.size == 0 || memcmp(node->key, own.data, own.size) == 0)
        return;
    cause = blame(examination, FAULT_NODE_KEY);
    text_put(&cause, "its nodes.key is not the one that the map knows");
}

/* ---- How it is ---- */

static void examine_store_access(const struct examination *examination)
{
    enum dalv_status status = examination->inspection->said.control_status;
    struct text cause;

    if (status == DALV_OK || examination->facts->store_problem != NULL)
        return;
    cause = blame(examination, FAULT_NO_STORE);
    text_put(&cause, "it could not read the control store: ");
    text_put(&cause, status_text(status));
}

static void put_version(struct cluster_version version, struct text *text)
{
    text_put_u64(text, version.incarnation);
    text_put_char(text, '.');
    text_put_u64(text, version.version);
}

static void examine_map(const struct examination *examination)
{
    const struct message_inspected *said = &examination->inspection->said;
    struct cluster_version newest = examination->facts->version;
    struct cluster_version own = {said->incarnation, said->version};
    struct text cause;

    if (cluster_version_compare(own, newest) >= 0)
        return;
    cause = blame(examination, FAULT_OLD_MAP);
    if (own.incarnation == 0)
        text_put(&cause, "it has no map");
    else
        text_put(&cause, "it goes by map ");
    if (own.incarnation != 0)
        put_version(own, &cause);
    text_put(&cause, ", while the control store has ");
    put_version(newest, &cause);
}

static void examine_disk(const struct examination *examination)
{
    const struct message_inspected *said = &examination->inspection->said;
    uint64_t free_bytes = said->disk_free_bytes;
    struct text cause;

    if (said->disk_bytes == 0 ||
        free_bytes >= said->disk_bytes / DOCTOR_DISK_FREE_PART ||
        free_bytes >> GIB_BITS >= DOCTOR_DISK_FREE_GIB)
        return;
    cause = blame(examination, FAULT_DISK);
    text_put(&cause, "of its disk only ");
    text_put_u64(&cause, free_bytes / (said->disk_bytes / PERCENT + 1));
    text_put(&cause, " % are free, ");
    text_put_u64(&cause, free_bytes >> 20);
    text_put(&cause, " MiB");
}

static void examine_answer(const struct examination *examination)
{
    if (examination->inspection->outcome != INSPECTION_ANSWERED)
        return;
    examine_disk(examination);
    examine_store_access(examination);
    if (examination->facts->known == NULL)
        return;
    examine_cluster(examination);
    examine_identity(examination);
    examine_key(examination);
    examine_map(examination);
}

/* ---- Compared with each other ---- */

/* How far its clock is ahead of ours; half of the way there is on average. */
static int64_t clock_offset_us(const struct inspection *inspection)
{
    uint64_t ours_us = inspection->asked_us +
                       (inspection->heard_us - inspection->asked_us) / 2;

    return (int64_t)(inspection->said.wall_us - ours_us);
}

static int compare_offsets(const void *a, const void *b)
{
    const int64_t *left = a;
    const int64_t *right = b;

    return (*left > *right) - (*left < *right);
}

/* Of all clocks, and ours. */
static int64_t median_offset_us(const struct doctor_case *facts)
{
    int64_t offsets[CLOCKS_MAX] = {0};
    size_t count = 1;

    for (size_t i = 0; i < facts->count && count < CLOCKS_MAX; i++) {
        if (facts->inspections[i].outcome == INSPECTION_ANSWERED)
            offsets[count++] = clock_offset_us(&facts->inspections[i]);
    }
    sort_items(offsets, count, sizeof(offsets[0]), compare_offsets);
    return offsets[count / 2];
}

static void examine_clock(const struct examination *examination,
                          int64_t median_us)
{
    int64_t ahead_ms;
    struct text cause;

    if (examination->inspection->outcome != INSPECTION_ANSWERED)
        return;
    ahead_ms =
        (clock_offset_us(examination->inspection) - median_us) / US_PER_MS;
    if (llabs(ahead_ms) <= DOCTOR_CLOCK_MS_MAX)
        return;
    cause = blame(examination, FAULT_CLOCK);
    text_put(&cause, "its clock is ");
    text_put_u64(&cause, (uint64_t)llabs(ahead_ms) / 1000);
    text_put(&cause, ahead_ms > 0 ? " s ahead of" : " s behind");
    text_put(&cause, " the others");
}

static void examine_versions(const struct doctor_case *facts,
                             const struct inspection *first,
                             struct diagnosis *diagnosis)
{
    for (size_t i = 0; i < facts->count; i++) {
        const struct inspection *other = &facts->inspections[i];
        const struct examination examination = {facts, other, diagnosis};
        struct text cause;

        if (other->outcome != INSPECTION_ANSWERED ||
            bytes_equal(other->said.software, first->said.software))
            continue;
        cause = blame(&examination, FAULT_VERSIONS);
        text_put(&cause, "it runs version ");
        text_put_bytes(&cause, other->said.software);
        text_put(&cause, ", while ");
        text_put_bytes(&cause, first->said.name);
        text_put(&cause, " runs ");
        text_put_bytes(&cause, first->said.software);
    }
}

/* What must be the same for all users, whoever serves them, and does not stand
   in the map. */
static bool is_shared(const char *key)
{
    static const char *const keys[] = {
        "cluster.",      "limits.requests_per_s",     "limits.bytes_per_s",
        "limits.burst",  "limits.watches_per_device", "requests.",
        "tokens.issuer", "tokens.device_life_max",    "tokens.service_life_max",
    };

    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        if (strncmp(key, keys[i], strlen(keys[i])) == 0)
            return true;
    }
    return false;
}

static bool read_configuration(const struct inspection *inspection,
                               struct config *out_config)
{
    struct config_error error = {0};

    return inspection->said.configuration.size > 0 &&
           config_parse(inspection->said.configuration, out_config, &error) ==
               DALV_OK;
}

static void compare_configuration(const struct examination *examination,
                                  const struct inspection *first,
                                  const struct config_changes *changes)
{
    struct text cause = {0};
    size_t count = 0;

    for (size_t i = 0; i < changes->count; i++) {
        if (!is_shared(changes->items[i].path))
            continue;
        if (count++ == 0)
            cause = blame(examination, FAULT_CONFIGURATION);
        else
            text_put(&cause, ", ");
        text_put(&cause, changes->items[i].path);
    }
    if (count == 0)
        return;
    text_put(&cause, count == 1 ? " is not as " : " are not as ");
    text_put_bytes(&cause, first->said.name);
    text_put(&cause, " has it");
}

static void examine_configurations(const struct doctor_case *facts,
                                   const struct inspection *first,
                                   struct diagnosis *diagnosis)
{
    static struct config one;
    static struct config other;
    static struct config_changes changes;

    if (!read_configuration(first, &one))
        return;
    for (size_t i = 0; i < facts->count; i++) {
        const struct examination examination = {facts, &facts->inspections[i],
                                                diagnosis};

        if (examination.inspection->outcome != INSPECTION_ANSWERED ||
            !read_configuration(examination.inspection, &other))
            continue;
        config_diff(&one, &other, &changes);
        compare_configuration(&examination, first, &changes);
    }
}

static const struct inspection *first_that_answered(
    const struct doctor_case *facts)
{
    for (size_t i = 0; i < facts->count; i++) {
        if (facts->inspections[i].outcome == INSPECTION_ANSWERED)
            return &facts->inspections[i];
    }
    return NULL;
}

void doctor_examine_processes(const struct doctor_case *facts,
                              struct diagnosis *diagnosis)
{
    const struct inspection *first = first_that_answered(facts);
    int64_t median_us = median_offset_us(facts);

    for (size_t i = 0; i < facts->count; i++) {
        const struct examination examination = {facts, &facts->inspections[i],
                                                diagnosis};

        examine_silence(&examination);
        examine_answer(&examination);
        examine_clock(&examination, median_us);
    }
    if (first == NULL)
        return;
    examine_versions(facts, first, diagnosis);
    examine_configurations(facts, first, diagnosis);
}
