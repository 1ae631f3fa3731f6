#include "cli/cluster_status.h"

#include "cli/cluster_json.h"
#include "cli/value_json.h"

#include <inttypes.h>

enum {
    LINE_BYTES = CLUSTER_STATUS_COLUMNS, /* With the zero. */
    NAMES_MAX = 3,
    CELL_BYTES = 4 * CLUSTER_ADDRESS_BYTES_MAX + 1,
    ROWS_MIN = 4,
    REQUEST_LINES_MAX = 4,
};

/* A page: counts the lines, and cuts each that is too long. */
struct page {
    FILE *out;
    size_t lines;
    char line[LINE_BYTES];
    struct text text; /* Of the line. */
};

static void begin_line(struct page *page)
{
    text_init(&page->text, page->line, sizeof(page->line));
}

static void end_line(struct page *page)
{
    if (page->text.is_cut)
        for (size_t i = 1; i <= 3; i++)
            page->line[LINE_BYTES - 1 - i] = '.';
    (void)fprintf(page->out, "%s\n", page->line);
    page->lines++;
}

static void put_plural(struct text *text, uint64_t count, const char *noun)
{
    text_put_u64(text, count);
    text_put_char(text, ' ');
    text_put(text, noun);
    if (count != 1)
        text_put_char(text, 's');
}

/* Partitions in this trouble: "3-14, 17". */
static void put_partitions(struct text *text, const struct cluster_map *map,
                           enum partition_trouble trouble)
{
    uint32_t count = map->head.partition_count;
    const char *between = ": ";

    for (uint32_t i = 0; i < count && !text->is_cut; i++) {
        uint32_t first = i;

        if (cluster_health_of(map, i) != trouble)
            continue;
        while (i + 1 < count && cluster_health_of(map, i + 1) == trouble)
            i++;
        text_put(text, between);
        text_put_u64(text, first);
        if (i > first) {
            text_put_char(text, '-');
            text_put_u64(text, i);
        }
        between = ", ";
    }
}

static void print_troubles(struct page *page,
                           const struct cluster_health *health)
{
    static const struct {
        const char *one;
        const char *several;
    } words[PARTITION_WELL] = {
        [PARTITION_LEADERLESS] = {" has no leader, its users wait",
                                  " have no leader, their users wait"},
        [PARTITION_THIN] = {" has too few copies", " have too few copies"},
        [PARTITION_MOVING] = {" is moving", " are moving"},
    };

    for (int i = 0; i < PARTITION_WELL; i++) {
        uint32_t count = health->troubled[i];

        if (count == 0)
            continue;
        begin_line(page);
        text_put(&page->text, i == PARTITION_MOVING ? "- " : "! ");
        put_plural(&page->text, count, "partition");
        text_put(&page->text, count == 1 ? words[i].one : words[i].several);
        put_partitions(&page->text, health->map, (enum partition_trouble)i);
        end_line(page);
    }
}

typedef bool node_question(const struct cluster_health *health, size_t node);

static bool is_joining(const struct cluster_health *health, size_t node)
{
    return health->map->nodes[node].state == CLUSTER_NODE_JOINING;
}

static bool is_draining(const struct cluster_health *health, size_t node)
{
    return health->map->nodes[node].state == CLUSTER_NODE_DRAINING;
}

/* Nodes of which something is to be said: "! d, e, f and 2 more: ...". */
static void print_nodes_that(struct page *page,
                             const struct cluster_health *health,
                             node_question *question, const char *mark,
                             const char *what)
{
    size_t count = 0;

    begin_line(page);
    text_put(&page->text, mark);
    for (size_t i = 0; i < health->map->node_count; i++) {
        if (!question(health, i))
            continue;
        if (count < NAMES_MAX) {
            text_put(&page->text, count == 0 ? "" : ", ");
            text_put_bytes(&page->text,
                           bytes_from_text(health->map->nodes[i].name));
        }
        count++;
    }
    if (count > NAMES_MAX) {
        text_put(&page->text, " and ");
        text_put_u64(&page->text, count - NAMES_MAX);
        text_put(&page->text, " more");
    }
    text_put(&page->text, what);
    if (count > 0)
        end_line(page);
}

static void print_requests(struct page *page,
                           const struct cluster_status *status)
{
    size_t shown = 0;

    for (size_t i = 0; i < status->requests.count; i++) {
        const struct operator_request *request =
            &status->requests.items[i].request;

        if (operator_request_is_ended(request) || shown == REQUEST_LINES_MAX)
            continue;
        shown++;
        begin_line(page);
        text_put(&page->text, "- asked: ");
        operator_list_describe(status->health.map, request, &page->text);
        text_put(&page->text, ", ");
        text_put(&page->text, operator_list_state(request->state));
        if (request->total > 0) {
            text_put(&page->text, ", ");
            text_put_u64(&page->text, request->left);
            text_put(&page->text, " of ");
            text_put_u64(&page->text, request->total);
            text_put(&page->text, " left");
        }
        end_line(page);
    }
}

static void print_controller(struct page *page,
                             const struct cluster_status *status)
{
    if (status->pulse.is_felt)
        return;
    begin_line(page);
    text_put(&page->text, "! nobody controls the cluster: ");
    if (status->pulse.name[0] == '\0') {
        text_put(&page->text, "start a router");
    } else {
        text_put_bytes(&page->text, bytes_from_text(status->pulse.name));
        text_put(&page->text, " did last; is a router running?");
    }
    end_line(page);
}

static void print_founding(struct page *page,
                           const struct cluster_health *health)
{
    if (health->is_founded)
        return;
    begin_line(page);
    text_put(&page->text, "! it serves nobody yet: ");
    put_plural(&page->text, health->map->head.replica_count, "node");
    text_put(&page->text, " must have started, and a router");
    end_line(page);
}

static void print_problems(struct page *page,
                           const struct cluster_status *status)
{
    const struct cluster_health *health = &status->health;

    print_founding(page, health);
    print_troubles(page, health);
    print_controller(page, status);
    print_nodes_that(page, health, cluster_health_is_idle, "! ",
                     ": away, or not back in its share ('dalv rebalance')");
    print_nodes_that(page, health, is_joining, "- ", ": not started yet");
    print_nodes_that(page, health, is_draining, "- ", ": draining");
    print_requests(page, status);
}

static void print_summary(struct page *page,
                          const struct cluster_status *status)
{
    const struct cluster_head *head = &status->health.map->head;

    if (page->lines == 0) {
        begin_line(page);
        text_put(&page->text, "All partitions are led and have their copies.");
        end_line(page);
    }
    begin_line(page);
    text_put_bytes(&page->text, bytes_from_text(head->cluster_id));
    text_put(&page->text, ": ");
    put_plural(&page->text, head->partition_count, "partition");
    text_put(&page->text, ", ");
    text_put_u64(&page->text, head->replica_count);
    text_put(&page->text, " of each; map ");
    text_put_u64(&page->text, head->version.incarnation);
    text_put_char(&page->text, '.');
    text_put_u64(&page->text, head->version.version);
    if (status->pulse.is_felt) {
        text_put(&page->text, "; controlled by ");
        text_put_bytes(&page->text, bytes_from_text(status->pulse.name));
    }
    end_line(page);
}

/* A cell: harmless on a terminal, and not wider than its column. */
static void put_cell(const char *value, size_t columns, FILE *out)
{
    char storage[CELL_BYTES];
    struct text text;

    text_init(&text, storage, sizeof(storage));
    text_put_bytes(&text, bytes_from_text(value));
    if (text.size > columns) {
        storage[columns - 1] = '~';
        storage[columns] = '\0';
    }
    (void)fprintf(out, "%-*s ", (int)columns, storage);
}

static void print_node(const struct cluster_health *health, size_t index,
                       FILE *out)
{
    const struct cluster_node *node = &health->map->nodes[index];
    const struct node_share *share = &health->shares[index];

    (void)fprintf(out, "%3" PRIu32 " ", node->id);
    put_cell(node->name, 16, out);
    (void)fprintf(out, "%-8s %6" PRIu32 " %6" PRIu32 "  ",
                  cluster_json_state(node->state), share->copies, share->leads);
    put_cell(node->zone, 9, out);
    (void)fprintf(out, "%.22s\n", node->address);
}

size_t cluster_status_print_nodes(const struct cluster_health *health,
                                  size_t lines_max, FILE *out)
{
    size_t left_out = 0;
    size_t lines = 1;

    (void)fprintf(out, " ID %-16s %-8s %6s %6s  %-9s ADDRESS\n", "NAME",
                  "STATE", "COPIES", "LEADS", "ZONE");
    for (size_t i = 0; i < health->map->node_count; i++) {
        if (health->map->nodes[i].state == CLUSTER_NODE_REMOVED)
            continue;
        if (lines == lines_max) {
            left_out++;
            continue;
        }
        print_node(health, i, out);
        lines++;
    }
    return left_out;
}

void cluster_status_print(const struct cluster_status *status, FILE *out)
{
    struct page page = {.out = out};
    size_t left_out;
    size_t room;

    print_problems(&page, status);
    print_summary(&page, status);
    (void)fputc('\n', out);
    room = CLUSTER_STATUS_LINES - page.lines - 2;
    left_out = cluster_status_print_nodes(
        &status->health, room < ROWS_MIN ? ROWS_MIN : room, out);
    if (left_out > 0)
        (void)fprintf(out, "... and %zu more: 'dalv node list'\n", left_out);
}

json_t *cluster_status_node_json(const struct cluster_health *health,
                                 size_t index)
{
    const struct node_share *share = &health->shares[index];
    json_t *node = cluster_json_node(&health->map->nodes[index]);

    if (node == NULL)
        return NULL;
    (void)json_object_set_new(node, "copies", json_integer(share->copies));
    (void)json_object_set_new(node, "leads", json_integer(share->leads));
    (void)json_object_set_new(
        node, "idle", json_boolean(cluster_health_is_idle(health, index)));
    return node;
}

static json_t *nodes_json(const struct cluster_health *health)
{
    json_t *nodes = json_array();

    for (size_t i = 0; i < health->map->node_count; i++)
        (void)json_array_append_new(nodes, cluster_status_node_json(health, i));
    return nodes;
}

static json_t *requests_json(const struct cluster_status *status)
{
    json_t *requests = json_array();

    for (size_t i = 0; i < status->requests.count; i++)
        (void)json_array_append_new(
            requests, operator_list_json(status->health.map,
                                         &status->requests.items[i].request));
    return requests;
}

void cluster_status_print_json(const struct cluster_status *status, FILE *out)
{
    const struct cluster_health *health = &status->health;
    const struct cluster_head *head = &health->map->head;

    value_json_print(
        json_pack(
            "{s:s, s:b, s:b, s:[I,I], s:I, s:I, s:I, s:I, s:I, s:s*, s:b, "
            "s:o, s:o}",
            "cluster", head->cluster_id, "founded", health->is_founded,
            "serving", cluster_health_is_serving(health), "version",
            (json_int_t)head->version.incarnation,
            (json_int_t)head->version.version, "partitions",
            (json_int_t)head->partition_count, "replicas",
            (json_int_t)head->replica_count, "leaderless",
            (json_int_t)health->troubled[PARTITION_LEADERLESS], "thin",
            (json_int_t)health->troubled[PARTITION_THIN], "moving",
            (json_int_t)health->troubled[PARTITION_MOVING], "controller",
            status->pulse.name[0] == '\0' ? NULL : status->pulse.name,
            "controlled", status->pulse.is_felt, "nodes", nodes_json(health),
            "requests", requests_json(status)),
        out);
}
