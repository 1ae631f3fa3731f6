#include "control/control_etcd.h"

#include "base/buffer.h"
#include "control/etcd_json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    PROBLEM_BYTES_MAX = 640,
    /* gRPC's numbers for a refusal. */
    CODE_INVALID = 3,
    CODE_NOT_PERMITTED = 7,
    CODE_EXHAUSTED = 8,
    CODE_NOT_AUTHENTICATED = 16,
};

struct etcd_store {
    struct control_store store;
    struct etcd_http *http;
    char prefix[ETCD_PREFIX_BYTES_MAX + 1];
    uint64_t cluster; /* etcd's number for itself; 0: not asked yet. */
    struct buffer question;
    struct buffer body;
    char problem[PROBLEM_BYTES_MAX];
};

static struct etcd_store *of(struct control_store *store)
{
    return (struct etcd_store *)store;
}

static enum dalv_status fail(struct etcd_store *etcd, enum dalv_status status,
                             const char *what)
{
    (void)snprintf(etcd->problem, sizeof(etcd->problem), "%s", what);
    return status;
}

static struct bytes prefix_of(const struct etcd_store *etcd)
{
    return bytes_from_text(etcd->prefix);
}

/*
 * What a refusal means for a question that, if carried out, would have changed
 * something. Most are unsure: etcd also refuses what it gave up waiting for.
 */
static enum dalv_status classify(struct etcd_store *etcd)
{
    struct etcd_refusal refusal;

    if (!etcd_json_read_refusal(buffer_bytes(&etcd->body), &refusal))
        return fail(etcd, DALV_UNKNOWN, "this is not the answer of an etcd");
    (void)snprintf(etcd->problem, sizeof(etcd->problem), "etcd says: %s",
                   refusal.text);
    if (refusal.code == CODE_INVALID)
        return DALV_TOO_BIG;
    if (refusal.code == CODE_NOT_PERMITTED ||
        refusal.code == CODE_NOT_AUTHENTICATED)
        return DALV_NOT_PERMITTED;
    if (refusal.code == CODE_EXHAUSTED)
        return strstr(refusal.text, "space") != NULL ? DALV_NO_SPACE
                                                     : DALV_BUSY;
    return DALV_UNKNOWN;
}

static enum dalv_status ask(struct etcd_store *etcd, const char *path)
{
    struct bytes question = buffer_bytes(&etcd->question);

    switch (etcd_http_ask(etcd->http, path, question, &etcd->body)) {
    case ETCD_HTTP_ANSWERED:
        return DALV_OK;
    case ETCD_HTTP_REFUSED:
        return classify(etcd);
    case ETCD_HTTP_UNSENT:
        return fail(etcd, DALV_UNAVAILABLE, etcd_http_problem(etcd->http));
    case ETCD_HTTP_LOST:
        return fail(etcd, DALV_UNKNOWN, etcd_http_problem(etcd->http));
    }
    return DALV_UNKNOWN;
}

/* Revisions of another etcd than the one asked before would mean nothing. */
static bool is_same_etcd(struct etcd_store *etcd, uint64_t cluster)
{
    if (etcd->cluster == 0)
        etcd->cluster = cluster;
    return etcd->cluster == cluster;
}

static enum dalv_status read_range(struct etcd_store *etcd,
                                   struct control_answer *answer)
{
    enum dalv_status status = ask(etcd, "/v3/kv/range");
    uint64_t cluster = 0;

    /* A question that changes nothing can be asked again. */
    if (status != DALV_OK)
        return status == DALV_NOT_PERMITTED ? status : DALV_UNAVAILABLE;
    status = etcd_json_read_range(buffer_bytes(&etcd->body), prefix_of(etcd),
                                  answer, &cluster);
    if (status != DALV_OK)
        return fail(etcd, status, "this is not the answer of an etcd");
    if (!is_same_etcd(etcd, cluster))
        return fail(etcd, DALV_DAMAGED, "another etcd answers than before");
    return DALV_OK;
}

static enum dalv_status on_get(struct control_store *store, struct bytes key,
                               struct control_answer *answer)
{
    struct etcd_store *etcd = of(store);
    enum dalv_status status;

    buffer_clear(&etcd->question);
    etcd_json_ask_key(prefix_of(etcd), key, &etcd->question);
    status = read_range(etcd, answer);
    if (status == DALV_OK && answer->count == 0)
        return DALV_NOT_FOUND;
    return status;
}

static enum dalv_status on_list(struct control_store *store,
                                struct bytes prefix, struct bytes after,
                                struct control_answer *answer)
{
    struct etcd_store *etcd = of(store);

    buffer_clear(&etcd->question);
    etcd_json_ask_list(prefix_of(etcd), prefix, after, &etcd->question);
    return read_range(etcd, answer);
}

static enum dalv_status on_commit(struct control_store *store,
                                  const struct control_transaction *transaction,
                                  uint64_t *out_revision)
{
    struct etcd_store *etcd = of(store);
    uint64_t revision = 0;
    uint64_t cluster = 0;
    enum dalv_status status;

    buffer_clear(&etcd->question);
    etcd_json_ask_commit(prefix_of(etcd), transaction, &etcd->question);
    status = ask(etcd, "/v3/kv/txn");
    if (status != DALV_OK)
        return status;
    status =
        etcd_json_read_commit(buffer_bytes(&etcd->body), &revision, &cluster);
    if (status == DALV_DAMAGED || !is_same_etcd(etcd, cluster))
        return fail(etcd, DALV_UNKNOWN, "another etcd answers, or none");
    if (status == DALV_OK)
        *out_revision = revision;
    return status;
}

static void on_wait(struct control_store *store, struct bytes key,
                    uint64_t revision, uint32_t patience_ms)
{
    struct etcd_store *etcd = of(store);

    buffer_clear(&etcd->question);
    etcd_json_ask_watch(prefix_of(etcd), key, revision + 1, &etcd->question);
    etcd_http_listen(etcd->http, "/v3/watch", buffer_bytes(&etcd->question),
                     "\"events\"", patience_ms);
}

static const char *on_problem(const struct control_store *store)
{
    return ((const struct etcd_store *)store)->problem;
}

static void on_close(struct control_store *store)
{
    struct etcd_store *etcd = of(store);

    etcd_http_close(&etcd->http);
    buffer_deinit(&etcd->question);
    buffer_deinit(&etcd->body);
    free(etcd);
}

static const struct control_store_table etcd_table = {
    .get = on_get,
    .list = on_list,
    .commit = on_commit,
    .wait = on_wait,
    .problem = on_problem,
    .close = on_close,
};

enum dalv_status control_etcd_open(const struct control_etcd_options *options,
                                   struct control_store **out_store,
                                   struct text *problem)
{
    size_t prefix_size = strlen(options->prefix);
    struct etcd_store *etcd;
    enum dalv_status status;

    if (prefix_size == 0 || prefix_size > ETCD_PREFIX_BYTES_MAX) {
        text_put(problem, "etcd: the prefix of the keys has 1 to 256 bytes");
        return DALV_INVALID;
    }
    etcd = calloc(1, sizeof(*etcd));
    if (etcd == NULL)
        return DALV_NO_MEMORY;
    etcd->store.table = &etcd_table;
    (void)snprintf(etcd->prefix, sizeof(etcd->prefix), "%s", options->prefix);
    buffer_init(&etcd->question);
    buffer_init(&etcd->body);
    status = etcd_http_open(&options->http, &etcd->http, problem);
    if (status == DALV_OK)
        *out_store = &etcd->store;
    else
        on_close(&etcd->store);
    return status;
}
