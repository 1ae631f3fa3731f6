#include "control/cluster_init.h"

#include "control/control_layout.h"

#include <string.h>

/* The first transaction, and the memory that it points at. */
struct draft {
    struct control_change changes[CONTROL_CHANGES_MAX];
    struct control_key keys[CONTROL_CHANGES_MAX];
    size_t count;
    struct writer writer; /* Of the value that is being written. */
    size_t used;
    uint8_t values[CLUSTER_HEAD_BYTES_MAX + CLUSTER_POLICY_BYTES_MAX +
                   CLUSTER_INIT_NODES_MAX * CLUSTER_NODE_BYTES_MAX +
                   CONTROL_CHANGES_MAX * CONTROL_FRAME_BYTES];
};

static struct writer *begin(struct draft *draft, struct control_key key)
{
    draft->keys[draft->count] = key;
    writer_init(&draft->writer, draft->values + draft->used,
                sizeof(draft->values) - draft->used);
    control_frame_begin(&draft->writer);
    return &draft->writer;
}

static enum dalv_status end(struct draft *draft, enum dalv_status status)
{
    struct bytes key = control_key_bytes(&draft->keys[draft->count]);

    if (status != DALV_OK)
        return status;
    control_frame_end(&draft->writer, key);
    if (!writer_is_ok(&draft->writer))
        return DALV_TOO_BIG;
    draft->changes[draft->count++] = (struct control_change){
        .verb = CONTROL_PUT,
        .key = key,
        .value = writer_bytes(&draft->writer),
    };
    draft->used += draft->writer.size;
    return DALV_OK;
}

static enum dalv_status write_draft(struct draft *draft,
                                    const struct cluster_init *init)
{
    struct cluster_head head = init->head;
    struct writer *writer = begin(draft, control_key_head());
    enum dalv_status status;

    head.version.version = 1;
    if (head.version.incarnation == 0)
        head.version.incarnation = 1;
    status = end(draft, cluster_head_encode(&head, writer));
    if (status != DALV_OK)
        return status;
    writer = begin(draft, control_key_policy());
    status = end(draft, cluster_policy_encode(&init->policy, writer));
    for (size_t i = 0; i < init->node_count && status == DALV_OK; i++) {
        writer = begin(draft, control_key_node(init->nodes[i].id));
        status = end(draft, cluster_node_encode(&init->nodes[i], writer));
    }
    return status;
}

/* There is a cluster: is it the one that an earlier call made? */
static enum dalv_status compare(struct control_store *store,
                                const struct cluster_init *init,
                                struct control_answer *answer)
{
    struct control_key key = control_key_head();
    struct cluster_head head;
    struct bytes bytes = {0};
    enum dalv_status status =
        control_store_get(store, control_key_bytes(&key), answer);

    if (status == DALV_OK)
        status = control_frame_open(answer->entries[0].value,
                                    answer->entries[0].key, &bytes);
    if (status == DALV_OK)
        status = cluster_head_decode(bytes, &head);
    if (status != DALV_OK)
        return status;
    return strcmp(head.cluster_id, init->head.cluster_id) == 0 ? DALV_OK
                                                               : DALV_OCCUPIED;
}

static enum dalv_status carry_out(struct control_store *store,
                                  const struct cluster_init *init,
                                  struct draft *draft, void *answer_memory)
{
    struct control_transaction transaction;
    struct control_answer answer;
    enum dalv_status status = write_draft(draft, init);
    uint64_t revision = 0;

    if (status != DALV_OK)
        return status;
    transaction = (struct control_transaction){draft->changes, draft->count};
    status = control_store_commit(store, &transaction, &revision);
    if (status != DALV_PRECONDITION)
        return status;
    control_answer_init(&answer, answer_memory);
    return compare(store, init, &answer);
}

enum dalv_status cluster_init(struct control_store *store,
                              const struct cluster_init *init,
                              struct allocator *allocator)
{
    struct draft *draft;
    void *memory;
    enum dalv_status status = DALV_NO_MEMORY;

    if (init->node_count > CLUSTER_INIT_NODES_MAX)
        return DALV_TOO_BIG;
    draft = allocator_take_zeroed(allocator, sizeof(*draft));
    memory = allocator_take(allocator, CONTROL_ANSWER_BYTES_MAX);
    if (draft != NULL && memory != NULL)
        status = carry_out(store, init, draft, memory);
    allocator_give(allocator, draft, sizeof(*draft));
    allocator_give(allocator, memory, CONTROL_ANSWER_BYTES_MAX);
    return status;
}
