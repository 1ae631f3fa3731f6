#include "tests/support/operations.h"

struct operation put(const char *key, const char *value)
{
    return (struct operation){.type = OPERATION_PUT,
                              .key = bytes_from_text(key),
                              .value = bytes_from_text(value)};
}

struct operation put_for(const char *key, const char *value, uint64_t ttl_ms)
{
    struct operation operation = put(key, value);

    operation.ttl_ms = ttl_ms;
    return operation;
}

struct operation add(const char *key, const char *value)
{
    return (struct operation){.type = OPERATION_ADD,
                              .key = bytes_from_text(key),
                              .value = bytes_from_text(value)};
}

struct operation del(const char *key)
{
    return (struct operation){.type = OPERATION_DEL,
                              .key = bytes_from_text(key)};
}

struct operation increment(const char *key, int64_t number)
{
    return (struct operation){.type = OPERATION_INCREMENT,
                              .key = bytes_from_text(key),
                              .number = number};
}

struct operation add_to_list(const char *key, const char *value)
{
    return (struct operation){.type = OPERATION_ADD_TO_LIST,
                              .key = bytes_from_text(key),
                              .value = bytes_from_text(value)};
}

struct operation remove_from_list(const char *key, const struct dot *dots,
                                  size_t count)
{
    return (struct operation){.type = OPERATION_REMOVE_FROM_LIST,
                              .key = bytes_from_text(key),
                              .dots = dots,
                              .dot_count = count};
}
