#include "tests/support/message_line.h"

#include "model/change_format.h"

static void put_number(struct text *text, const char *before, uint64_t number)
{
    text_put(text, before);
    text_put_u64(text, number);
}

static void put_change(struct text *text, const struct change *change)
{
    text_put_char(text, ' ');
    text_put_bytes(text, change->key);
    if (change->type == CHANGE_ELEMENT) {
        text_put(text, change->element.is_removed ? "-" : "+");
        text_put_bytes(text, change->element.value);
        return;
    }
    text_put_char(text, '=');
    if (change->state.kind == KEY_REGISTER)
        text_put_bytes(text, change->state.value);
    else if (change->state.kind == KEY_COUNTER)
        text_put_i64(text, change->state.number);
    else
        text_put(text, change->state.kind == KEY_LIST ? "list" : "nothing");
}

static void put_page(struct text *text, struct bytes page)
{
    struct change_reader reader;
    struct change change;

    text_put_char(text, ':');
    change_reader_init(&reader, page);
    while (change_next(&reader, &change) == DALV_OK)
        put_change(text, &change);
}

static void put_head(struct text *text, const struct cursor *head)
{
    put_number(text, " at ", head->revision);
}

static void put_user(struct text *text, struct bytes user)
{
    if (user.size == 0)
        return;
    text_put(text, " of ");
    text_put_bytes(text, user);
}

static void put_refused(struct text *text,
                        const struct message_refused *refused)
{
    text_put_char(text, ' ');
    text_put(text, status_text(refused->status));
    if (refused->retry_after_ms > 0) {
        put_number(text, "; again in ", refused->retry_after_ms);
        text_put(text, " ms");
    }
}

static void put_updated(struct text *text,
                        const struct message_updated *updated)
{
    text_put_char(text, ' ');
    text_put(text, status_text(updated->status));
    if (updated->status != DALV_OK)
        put_number(text, ", operation ", updated->operation);
    text_put_char(text, ',');
    put_head(text, &updated->head);
    for (size_t i = 0; i < updated->number_count; i++) {
        text_put_char(text, ' ');
        text_put_i64(text, updated->numbers[i]);
    }
}

static void put_synced(struct text *text, const struct message_synced *synced)
{
    static const char *const modes[] = {" TAIL", " DIGEST", " SNAPSHOT"};

    text_put(text, modes[synced->mode]);
    put_number(text, " settled ", synced->settled);
    for (size_t i = 0; i < synced->outcome_count; i++) {
        put_number(text, ", ", synced->outcomes[i].push_number);
        text_put_char(text, ' ');
        text_put(text, synced->outcomes[i].result == OUTCOME_MERGED
                           ? "merged"
                           : status_text(synced->outcomes[i].status));
    }
    put_head(text, &synced->cursor);
    put_page(text, synced->page);
    if (!synced->is_whole)
        text_put(text, " ...");
}

static void put_changed(struct text *text,
                        const struct message_changed *changed)
{
    put_number(text, " watch ", changed->watch);
    put_user(text, changed->user);
    put_number(text, ", ", changed->revision_before);
    put_number(text, "..", changed->revision);
    if (changed->is_gap)
        text_put(text, " gap");
    else
        put_page(text, changed->page);
}

static void put_forward(struct text *text,
                        const struct message_forward *forward)
{
    put_number(text, " token ", forward->token);
    put_user(text, forward->user);
    if (forward->device != 0)
        put_number(text, " device ", forward->device);
    put_number(text, " within ", forward->deadline_ms);
    text_put(text, " ms");
}

static void put_attach(struct text *text, const struct message_attach *attach)
{
    text_put_char(text, ' ');
    text_put_bytes(text, attach->router);
    put_number(text, " session ", attach->session);
}

static void put_opened(struct text *text,
                       const struct message_device_opened *opened)
{
    if (opened->status == DALV_OK) {
        put_number(text, " ", opened->device);
        return;
    }
    text_put_char(text, ' ');
    text_put(text, status_text(opened->status));
}

static void put_welcomed(struct text *text,
                         const struct message_welcomed *welcomed)
{
    put_number(text, " session ", welcomed->session);
    if (welcomed->device != 0)
        put_number(text, " device ", welcomed->device);
}

static void put_ranged(struct text *text, const struct cursor *head,
                       struct bytes page, bool is_whole)
{
    put_head(text, head);
    put_page(text, page);
    if (!is_whole)
        text_put(text, " ...");
}

static void put_listed(struct text *text, const struct message_listed *listed)
{
    put_number(text, " devices ", listed->device_count);
    put_number(text, " conflicts ", listed->conflict_count);
}

static void put_peer_body(struct text *text, const struct message *message)
{
    switch ((int)message->type) {
    case MESSAGE_ATTACH:
        put_attach(text, &message->attach);
        break;
    case MESSAGE_VOUCH:
        put_number(text, " ", message->vouch.number);
        break;
    case MESSAGE_NOT_MASTER:
        if (message->not_master.may_be_done)
            text_put(text, ", maybe done");
        break;
    case MESSAGE_VOUCHED:
        put_number(text, " ", message->vouched.number);
        text_put_char(text, ' ');
        text_put(text, status_text(message->vouched.status));
        break;
    case MESSAGE_FORWARD:
        put_forward(text, &message->forward);
        break;
    case MESSAGE_OPEN_DEVICE:
        put_number(text, " token ", message->open_device.token);
        put_user(text, message->open_device.user);
        break;
    case MESSAGE_DEVICE_OPENED:
        put_opened(text, &message->device_opened);
        break;
    case MESSAGE_DISMISS:
        put_number(text, " ", message->dismiss.client);
        break;
    default: /* The name says all of it. */
        break;
    }
}

static void put_body(struct text *text, const struct message *message)
{
    switch ((int)message->type) {
    case MESSAGE_WELCOMED:
        put_welcomed(text, &message->welcomed);
        break;
    case MESSAGE_REFUSED:
        put_refused(text, &message->refused);
        break;
    case MESSAGE_UPDATED:
        put_updated(text, &message->updated);
        break;
    case MESSAGE_GOT:
        put_ranged(text, &message->got.head, message->got.page,
                   message->got.is_whole);
        break;
    case MESSAGE_RANGED:
        put_ranged(text, &message->ranged.head, message->ranged.page,
                   message->ranged.is_whole);
        break;
    case MESSAGE_SYNCED:
        put_synced(text, &message->synced);
        break;
    case MESSAGE_WATCHED:
        put_number(text, " ", message->watched.watch);
        break;
    case MESSAGE_CHANGED:
        put_changed(text, &message->changed);
        break;
    case MESSAGE_LISTED:
        put_listed(text, &message->listed);
        break;
    case MESSAGE_PONGED:
        put_number(text, " ", message->ponged.payload);
        break;
    default:
        put_peer_body(text, message);
        break;
    }
}

void message_line_put(struct text *text, const struct message *message)
{
    if (message->request != 0) {
        put_number(text, "#", message->request);
        text_put_char(text, ' ');
    }
    text_put(text, message_type_name(message->type));
    put_body(text, message);
}
