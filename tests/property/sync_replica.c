#include "tests/property/sync_replica.h"

#include "base/assert.h"
#include "model/transaction_format.h"

#include <string.h>

enum {
    ELEMENTS_ENOUGH = 8, /* Lists that long only shrink. */
};

void replica_init(struct replica *replica, uint64_t device)
{
    memset(replica, 0, sizeof(*replica));
    replica->device = device;
    replica->number_next = 1;
    replica->local_id_next = 1;
}

bool replica_is_idle(const struct replica *replica)
{
    return replica->journal_count == 0;
}

/* --- What the application does --- */

static enum operation_type usual_operation(size_t key, struct prng *prng)
{
    static const enum operation_type all[] = {
        OPERATION_PUT,         OPERATION_DEL,       OPERATION_ADD,
        OPERATION_ADD_TO_LIST, OPERATION_INCREMENT, OPERATION_REMOVE_FROM_LIST};

    if (prng_chance(prng, 1, 4))
        return all[prng_below(prng, 6)];
    if (key == 0)
        return OPERATION_INCREMENT;
    if (key == 2)
        return prng_chance(prng, 2, 3) ? OPERATION_ADD_TO_LIST
                                       : OPERATION_REMOVE_FROM_LIST;
    return prng_chance(prng, 3, 4) ? OPERATION_PUT : OPERATION_DEL;
}

static void invent_operation(const struct replica_key *keys, struct prng *prng,
                             struct history_operation *operation)
{
    size_t key = prng_chance(prng, 1, 16) ? 5 : prng_below(prng, 5);
    const struct replica_key *seen = &keys[key];

    *operation = (struct history_operation){.key = key};
    operation->type = usual_operation(key, prng);
    operation->value = (char)('a' + (char)prng_below(prng, 3));
    operation->number = (int64_t)prng_below(prng, 9) - 4;
    if (operation->type == OPERATION_PUT && prng_chance(prng, 1, 8))
        operation->ttl_ms = 1 + prng_below(prng, 8);
    if (operation->type == OPERATION_ADD_TO_LIST &&
        seen->element_count >= ELEMENTS_ENOUGH)
        operation->type = OPERATION_REMOVE_FROM_LIST;
    if (operation->type != OPERATION_REMOVE_FROM_LIST)
        return;
    /* An element that was never there, if there is none. */
    operation->dots[0] = (struct dot){.device = 9, .local_id = 9};
    operation->dot_count = 1;
    for (size_t i = 0; i < HISTORY_DOTS_MAX && seen->element_count > 0; i++) {
        operation->dots[i] =
            seen->elements[prng_below(prng, seen->element_count)].dot;
        operation->dot_count = i + 1;
    }
}

void replica_invent(const struct replica_key *keys, struct prng *prng,
                    struct history_transaction *out_asked)
{
    *out_asked = (struct history_transaction){.local_id = 0};
    out_asked->operation_count = 1;
    if (prng_chance(prng, 1, 3))
        out_asked->operation_count =
            1 + prng_below(prng, HISTORY_OPERATIONS_MAX);
    for (size_t i = 0; i < out_asked->operation_count; i++)
        invent_operation(keys, prng, &out_asked->operations[i]);
}

void replica_commit(struct replica *replica, struct prng *prng,
                    struct replica_ends *ends)
{
    struct replica_push *push = &replica->journal[replica->journal_count];
    struct history_transaction *asked = &push->asked;

    /* Room is left for what comes back to be sent again. */
    if (replica->journal_count > REPLICA_JOURNAL_MAX / 2)
        return;
    *push = (struct replica_push){.serial = ends->serial_next++};
    ASSERT(push->serial < REPLICA_SERIALS_MAX);
    replica_invent(replica->keys, prng, asked);
    asked->local_id = replica->local_id_next++;
    asked->base = replica->cursor.revision;
    if (replica->journal_count > 0 && prng_chance(prng, 1, 4))
        asked->after =
            replica->journal[prng_below(prng, replica->journal_count)]
                .asked.local_id;
    replica->journal_count++;
}

/* --- What goes up --- */

static void encode(struct replica_push *push)
{
    struct operation operations[HISTORY_OPERATIONS_MAX];
    struct transaction transaction = {
        .operations = operations,
        .operation_count = push->asked.operation_count,
        .local_id = push->asked.local_id,
        .base_revision = push->asked.base,
        .after = push->asked.after,
    };
    struct writer writer;

    for (size_t i = 0; i < transaction.operation_count; i++) {
        const struct history_operation *asked = &push->asked.operations[i];
        bool has_value = asked->type == OPERATION_PUT ||
                         asked->type == OPERATION_ADD ||
                         asked->type == OPERATION_ADD_TO_LIST;

        operations[i] = (struct operation){
            .type = asked->type,
            .key = bytes_from_text(history_keys[asked->key]),
            .value = bytes_make(&asked->value, has_value ? 1 : 0),
            .ttl_ms = asked->ttl_ms,
            .number = asked->type == OPERATION_INCREMENT ? asked->number : 0,
            .dots = asked->dots,
            .dot_count = asked->dot_count,
        };
    }
    writer_init(&writer, push->bytes, sizeof(push->bytes));
    ASSERT(transaction_encode(&transaction, &writer) == DALV_OK);
    push->size = writer.size;
}

void replica_ask(struct replica *replica, struct replica_request *out_request)
{
    struct replica_request *request = out_request;

    *request = (struct replica_request){
        .device = replica->device,
        .cursor = replica->cursor,
        .confirmed = replica->confirmed,
        .first = replica->number_next,
        .chain = replica->chain,
    };
    for (size_t i = 0; i < replica->journal_count && i < REPLICA_PUSHES_MAX;
         i++) {
        struct replica_push *push = &replica->journal[i];

        if (push->number == 0) {
            push->number = replica->number_next++;
            encode(push);
        }
        request->pushes[request->push_count++] = *push;
    }
    if (request->push_count > 0)
        request->first = request->pushes[0].number;
}

/* --- What comes down --- */

static void end_elements(struct replica_key *key, const struct dot *dots,
                         size_t count)
{
    size_t kept = 0;

    for (size_t i = 0; i < key->element_count; i++) {
        bool is_named = false;

        for (size_t j = 0; j < count; j++)
            is_named = is_named || dot_equal(dots[j], key->elements[i].dot);
        if (!is_named)
            key->elements[kept++] = key->elements[i];
    }
    key->element_count = kept;
}

static void put_element(struct replica_key *key, struct history_element element)
{
    end_elements(key, &element.dot, 1);
    ASSERT(key->element_count < HISTORY_ELEMENTS_MAX);
    key->elements[key->element_count++] = element;
}

void replica_take_change(struct replica *replica,
                         const struct replica_change *change)
{
    struct replica_key *key = &replica->keys[change->key];
    const struct key_state *state = &change->change.state;
    const struct element_state *element = &change->change.element;

    if (change->change.type == CHANGE_ELEMENT) {
        if (key->kind != KEY_LIST || key->generation != element->generation)
            return;
        end_elements(key, &element->dot, 1);
        if (!element->is_removed)
            put_element(key,
                        (struct history_element){element->dot, change->value,
                                                 element->added_revision});
        return;
    }
    if (state->kind == KEY_LIST && key->kind == KEY_LIST &&
        key->generation == state->generation)
        return;
    *key = (struct replica_key){
        .kind = state->kind,
        .value = change->value,
        .expiry_us = state->expiry_us,
        .number = state->number,
        .revision = key_state_feed_revision(state),
        .generation = state->generation,
    };
}

/* Own work that was applied as it is, told by its revision alone. */
static void carry_out(struct replica *replica,
                      const struct history_transaction *asked,
                      uint64_t revision)
{
    for (size_t i = 0; i < asked->operation_count; i++) {
        const struct history_operation *operation = &asked->operations[i];
        struct replica_key *key = &replica->keys[operation->key];

        switch (operation->type) {
        case OPERATION_PUT:
        case OPERATION_ADD:
            *key = (struct replica_key){.kind = KEY_REGISTER,
                                        .value = operation->value,
                                        .revision = revision};
            break;
        case OPERATION_DEL:
            *key = (struct replica_key){0};
            break;
        case OPERATION_ADD_TO_LIST:
            if (key->kind != KEY_LIST)
                *key = (struct replica_key){.kind = KEY_LIST,
                                            .revision = revision,
                                            .generation = revision};
            put_element(key,
                        (struct history_element){
                            {replica->device, asked->local_id, (uint32_t)i},
                            operation->value,
                            revision});
            break;
        case OPERATION_UPLOAD:
        case OPERATION_PUT_UPLOADED:
            break;
        case OPERATION_REMOVE_FROM_LIST:
            end_elements(key, operation->dots, operation->dot_count);
            break;
        case OPERATION_INCREMENT:
            key->kind = KEY_COUNTER;
            key->number += operation->number;
            key->revision = revision;
            break;
        }
    }
}

static void end(struct replica_ends *ends, uint64_t serial)
{
    if (ends->count[serial] != 0)
        ends->wrong = "a transaction has two outcomes";
    ends->count[serial]++;
}

static const struct outcome *find_outcome(const struct replica_reply *reply,
                                          uint64_t number)
{
    for (size_t i = 0; i < reply->outcome_count; i++) {
        if (reply->outcomes[i].push_number == number)
            return &reply->outcomes[i];
    }
    return NULL;
}

/* What the device concludes must be what happened. */
static void compare(const struct history_outcome *truth,
                    const struct outcome *outcome, struct replica_ends *ends)
{
    enum outcome_result result =
        outcome == NULL ? OUTCOME_APPLIED : outcome->result;
    enum dalv_status status = outcome == NULL ? DALV_OK : outcome->status;

    if (!truth->is_settled)
        ends->wrong = "an outcome of what was never judged";
    else if (truth->result != result || truth->status != status)
        ends->wrong = "the device concludes another outcome";
    else if (outcome != NULL && truth->waits_for != outcome->waits_for)
        ends->wrong = "the device waits for another push";
}

/*
 * A push is settled. True if it goes back into the journal: it waits for
 * another, or the application answers a conflict by asking anew.
 */
static bool settle(struct replica *replica, struct replica_push *push,
                   const struct replica_reply *reply, struct prng *prng,
                   struct replica_ends *ends)
{
    const struct outcome *outcome = find_outcome(reply, push->number);
    uint64_t place = push->number - reply->applied_first;

    if (outcome == NULL && push->number >= reply->applied_first &&
        place < reply->applied_count && reply->applied[place] != 0)
        carry_out(replica, &push->asked, reply->applied[place]);
    if (outcome != NULL && outcome->status == DALV_WAITS)
        return true;
    end(ends, push->serial);
    if (outcome == NULL || outcome->status != DALV_CONFLICT ||
        prng_chance(prng, 1, 2))
        return false;
    ASSERT(ends->serial_next < REPLICA_SERIALS_MAX);
    push->serial = ends->serial_next++;
    push->asked.local_id = replica->local_id_next++;
    return true;
}

static void settle_all(struct replica *replica,
                       const struct replica_reply *reply,
                       const struct history *truth, struct prng *prng,
                       struct replica_ends *ends)
{
    struct replica_push *journal = replica->journal;
    size_t kept = 0;

    for (size_t i = 0; i < replica->journal_count; i++) {
        struct replica_push *push = &journal[i];

        if (push->number != 0 && push->number <= reply->settled) {
            compare(&truth->outcomes[replica->device][push->number],
                    find_outcome(reply, push->number), ends);
            replica->chain = chain_extend(replica->chain,
                                          bytes_make(push->bytes, push->size));
            if (!settle(replica, push, reply, prng, ends))
                continue;
            push->number = 0;
            push->is_returned = true;
        }
        journal[kept++] = *push;
    }
    replica->journal_count = kept;
    if (reply->settled > replica->confirmed)
        replica->confirmed = reply->settled;
}

/* Work that comes back must not stand before what was sent. */
static void order_journal(struct replica *replica)
{
    struct replica_push sorted[REPLICA_JOURNAL_MAX];
    size_t count = 0;

    for (size_t i = 0; i < replica->journal_count; i++) {
        if (replica->journal[i].number != 0)
            sorted[count++] = replica->journal[i];
    }
    for (size_t i = 0; i < replica->journal_count; i++) {
        if (replica->journal[i].number == 0)
            sorted[count++] = replica->journal[i];
    }
    memcpy(replica->journal, sorted, count * sizeof(*sorted));
}

/*
 * After a page of everything each base is compared with what is there; here
 * the application always answers "mine", on the new base.
 */
static void rebase(struct replica *replica, bool is_all)
{
    for (size_t i = 0; i < replica->journal_count; i++) {
        struct replica_push *push = &replica->journal[i];

        if (!is_all && !push->is_returned)
            continue;
        push->is_returned = false;
        push->asked.base = replica->cursor.revision;
        if (push->number != 0)
            encode(push);
    }
}

void replica_hear(struct replica *replica, const struct replica_reply *reply,
                  const struct history *truth, struct prng *prng,
                  struct replica_ends *ends)
{
    bool is_all = reply->mode != SYNC_TAIL;

    if (reply->status != DALV_OK) {
        ends->wrong = "a device that did nothing wrong is turned away";
        return;
    }
    settle_all(replica, reply, truth, prng, ends);
    if (is_all)
        memset(replica->keys, 0, sizeof(replica->keys));
    for (size_t i = 0; i < reply->change_count; i++)
        replica_take_change(replica, &reply->changes[i]);
    replica->cursor = reply->head;
    order_journal(replica);
    rebase(replica, is_all);
}
