#include "model/message.h"

#include <string.h>

enum {
    FOR_DEVICES = 1,
    FOR_BACKENDS = 2,
    IS_WRITE = 4
};

/* What there is to know about a type of message beside its fields. */
struct traits {
    const char *name;
    unsigned roles;     /* Of who may send it as a request; 0: no client. */
    size_t user_offset; /* Of the user's field; 0 if it has none. */
};

/* NOLINTNEXTLINE(bugprone-macro-parentheses): a member can not have them. */
#define USER_OF(member) offsetof(struct message, member.user)

static const struct traits traits_by_type[] = {
    [MESSAGE_HELLO] = {.name = "HELLO"},
    [MESSAGE_SYNC] = {.name = "SYNC", .roles = FOR_DEVICES | IS_WRITE},
    [MESSAGE_DIGEST] = {.name = "DIGEST",
                        .roles = FOR_DEVICES | FOR_BACKENDS,
                        .user_offset = USER_OF(digest)},
    [MESSAGE_RANGE] = {.name = "RANGE",
                       .roles = FOR_DEVICES | FOR_BACKENDS,
                       .user_offset = USER_OF(range)},
    [MESSAGE_GET] = {.name = "GET",
                     .roles = FOR_DEVICES | FOR_BACKENDS,
                     .user_offset = USER_OF(get)},
    [MESSAGE_UPDATE] = {.name = "UPDATE",
                        .roles = FOR_DEVICES | FOR_BACKENDS | IS_WRITE,
                        .user_offset = USER_OF(update)},
    [MESSAGE_WATCH] = {.name = "WATCH",
                       .roles = FOR_BACKENDS,
                       .user_offset = USER_OF(watch)},
    [MESSAGE_UNWATCH] = {.name = "UNWATCH", .roles = FOR_BACKENDS},
    [MESSAGE_ERASE] = {.name = "ERASE",
                       .roles = FOR_BACKENDS | IS_WRITE,
                       .user_offset = USER_OF(erase)},
    [MESSAGE_LIST_CONFLICTS] = {.name = "LIST_CONFLICTS",
                                .roles = FOR_BACKENDS,
                                .user_offset = USER_OF(list_conflicts)},
    [MESSAGE_LIST_DEVICES] = {.name = "LIST_DEVICES",
                              .roles = FOR_BACKENDS,
                              .user_offset = USER_OF(list_devices)},
    [MESSAGE_RETIRE_DEVICE] = {.name = "RETIRE_DEVICE",
                               .roles = FOR_BACKENDS | IS_WRITE,
                               .user_offset = USER_OF(retire_device)},
    [MESSAGE_PING] = {.name = "PING"},
    [MESSAGE_WELCOMED] = {.name = "WELCOMED"},
    [MESSAGE_SYNCED] = {.name = "SYNCED"},
    [MESSAGE_DIGESTED] = {.name = "DIGESTED"},
    [MESSAGE_RANGED] = {.name = "RANGED"},
    [MESSAGE_GOT] = {.name = "GOT"},
    [MESSAGE_UPDATED] = {.name = "UPDATED"},
    [MESSAGE_WATCHED] = {.name = "WATCHED"},
    [MESSAGE_CHANGED] = {.name = "CHANGED"},
    [MESSAGE_LISTED] = {.name = "LISTED"},
    [MESSAGE_PONGED] = {.name = "PONGED"},
    [MESSAGE_REFUSED] = {.name = "REFUSED"},
    [MESSAGE_ATTACH] = {.name = "ATTACH"},
    [MESSAGE_VOUCH] = {.name = "VOUCH"},
    [MESSAGE_FORWARD] = {.name = "FORWARD"},
    [MESSAGE_OPEN_DEVICE] = {.name = "OPEN_DEVICE"},
    [MESSAGE_DISMISS] = {.name = "DISMISS"},
    [MESSAGE_ATTACHED] = {.name = "ATTACHED"},
    [MESSAGE_VOUCHED] = {.name = "VOUCHED"},
    [MESSAGE_ANSWERED] = {.name = "ANSWERED"},
    [MESSAGE_DEVICE_OPENED] = {.name = "DEVICE_OPENED"},
    [MESSAGE_HEARTBEAT] = {.name = "HEARTBEAT"},
    [MESSAGE_SEAL] = {.name = "SEAL"},
    [MESSAGE_START] = {.name = "START"},
    [MESSAGE_HEARTBEATEN] = {.name = "HEARTBEATEN"},
    [MESSAGE_SEALED] = {.name = "SEALED"},
    [MESSAGE_STARTED] = {.name = "STARTED"},
    [MESSAGE_NOT_MASTER] = {.name = "NOT_MASTER"},
    [MESSAGE_JOIN] = {.name = "JOIN"},
    [MESSAGE_STREAM] = {.name = "STREAM"},
    [MESSAGE_CATCH_UP] = {.name = "CATCH_UP"},
    [MESSAGE_JOINED] = {.name = "JOINED"},
    [MESSAGE_STREAMED] = {.name = "STREAMED"},
    [MESSAGE_CAUGHT_UP] = {.name = "CAUGHT_UP"},
    [MESSAGE_INSPECT] = {.name = "INSPECT"},
    [MESSAGE_INSPECTED] = {.name = "INSPECTED"},
};

static const struct traits *traits_of(enum message_type type)
{
    static const struct traits unknown = {.name = "UNKNOWN"};
    size_t index = (size_t)type;

    if (index >= sizeof(traits_by_type) / sizeof(traits_by_type[0]) ||
        traits_by_type[index].name == NULL)
        return &unknown;
    return &traits_by_type[index];
}

struct bytes message_user(const struct message *message)
{
    size_t offset = traits_of(message->type)->user_offset;
    struct bytes user = {0};

    if (offset != 0)
        memcpy(&user, (const char *)message + offset, sizeof(user));
    return user;
}

uint32_t message_max_staleness_ms(const struct message *message)
{
    if (message->type == MESSAGE_GET)
        return message->get.max_staleness_ms;
    /* Changes go on from where a master said that they stood. */
    return message->type == MESSAGE_RANGE &&
                   message->range.since.history_id == 0
               ? message->range.max_staleness_ms
               : 0;
}

bool message_is_write(enum message_type type)
{
    return (traits_of(type)->roles & IS_WRITE) != 0;
}

bool message_is_for_devices(enum message_type type)
{
    return (traits_of(type)->roles & FOR_DEVICES) != 0;
}

bool message_is_for_backends(enum message_type type)
{
    return (traits_of(type)->roles & FOR_BACKENDS) != 0;
}

const char *message_type_name(enum message_type type)
{
    return traits_of(type)->name;
}
