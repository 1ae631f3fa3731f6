#include "cli/operator_list.h"

#include "cli/cluster_json.h"

static bool read_entry(const struct control_entry *entry,
                       struct operator_entry *out_entry)
{
    struct bytes bytes;
    uint64_t number = 0;

    if (control_frame_open(entry->value, entry->key, &bytes) != DALV_OK ||
        !control_key_number(entry->key, control_prefix_requests(), &number) ||
        operator_request_decode(bytes, &out_entry->request) != DALV_OK)
        return false;
    out_entry->revision = entry->revision;
    return out_entry->request.id == number;
}

enum dalv_status operator_list_read(struct cluster_access *access,
                                    struct operator_list *out_list)
{
    enum dalv_status status =
        control_store_list(access->store, control_prefix_requests(),
                           (struct bytes){0}, &access->answer);

    _Static_assert((int)OPERATOR_REQUESTS_MAX >= (int)CONTROL_ENTRIES_MAX,
                   "what one answer holds has room");
    if (status != DALV_OK)
        return status;
    out_list->count = 0;
    for (size_t i = 0; i < access->answer.count; i++) {
        if (read_entry(&access->answer.entries[i],
                       &out_list->items[out_list->count]))
            out_list->count++;
    }
    return DALV_OK;
}

const struct operator_entry *operator_list_find(
    const struct operator_list *list, uint64_t id)
{
    for (size_t i = 0; i < list->count; i++) {
        if (list->items[i].request.id == id)
            return &list->items[i];
    }
    return NULL;
}

const char *operator_list_state(enum operator_state state)
{
    switch (state) {
    case OPERATOR_WAITING:
        return "waiting";
    case OPERATOR_RUNNING:
        return "running";
    case OPERATOR_DONE:
        return "done";
    case OPERATOR_REFUSED:
        return "refused";
    }
    return "?";
}

static void put_name(struct text *text, const struct cluster_map *map,
                     uint32_t node)
{
    text_put_bytes(text, bytes_from_text(cluster_json_name(map, node)));
}

void operator_list_describe(const struct cluster_map *map,
                            const struct operator_request *request,
                            struct text *text)
{
    switch (request->verb) {
    case OPERATOR_SWITCH:
        text_put(text, "let ");
        put_name(text, map, request->node);
        text_put(text, " lead partition ");
        text_put_u64(text, request->partition);
        break;
    case OPERATOR_EMPTY:
        text_put(text, "drain ");
        put_name(text, map, request->node);
        break;
    case OPERATOR_REMOVE:
        text_put(text, "remove ");
        put_name(text, map, request->node);
        break;
    case OPERATOR_REBALANCE:
        text_put(text, "rebalance");
        break;
    }
}

static const char *verb_name(enum operator_verb verb)
{
    switch (verb) {
    case OPERATOR_SWITCH:
        return "switchover";
    case OPERATOR_EMPTY:
        return "drain";
    case OPERATOR_REMOVE:
        return "remove";
    case OPERATOR_REBALANCE:
        return "rebalance";
    }
    return "?";
}

json_t *operator_list_json(const struct cluster_map *map,
                           const struct operator_request *request)
{
    bool has_node = request->verb != OPERATOR_REBALANCE;
    json_t *object = json_pack(
        "{s:I, s:s, s:s, s:s*, s:I, s:I}", "request", (json_int_t)request->id,
        "verb", verb_name(request->verb), "state",
        operator_list_state(request->state), "node",
        has_node ? cluster_json_name(map, request->node) : NULL, "left",
        (json_int_t)request->left, "total", (json_int_t)request->total);

    if (object != NULL && request->verb == OPERATOR_SWITCH)
        (void)json_object_set_new(object, "partition",
                                  json_integer(request->partition));
    if (object != NULL && request->text[0] != '\0')
        (void)json_object_set_new(object, "text", json_string(request->text));
    return object;
}
