#include "config/address.h"

#include "base/decimal.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

enum {
    LABEL_BYTES_MAX = 63,      /* Of a name, between its dots. */
    LOOPBACK_FIRST_BYTE = 127, /* 127.0.0.0/8. */
};

bool address_host_parse(struct bytes text, char out_host[ADDRESS_HOST_MAX + 1])
{
    char host[ADDRESS_HOST_MAX + 1] = {0};
    struct in6_addr address;

    if (text.size == 0 || text.size > ADDRESS_HOST_MAX)
        return false;
    memcpy(host, text.data, text.size);
    /* A zero within would hide what stands behind it. */
    if (strlen(host) != text.size)
        return false;
    if (inet_pton(AF_INET, host, &address) != 1 &&
        inet_pton(AF_INET6, host, &address) != 1)
        return false;
    memcpy(out_host, host, sizeof(host));
    return true;
}

/* 1 to 65535 in decimal without leading zeros; else 0. */
static uint16_t parse_port(struct bytes text)
{
    uint64_t port;

    if (!decimal_read(text, UINT16_MAX, &port) || text.data[0] == '0')
        return 0;
    return (uint16_t)port;
}

/* IPv6 stands in brackets, IPv4 does not: else the last colon is unclear. */
static bool parse_host(struct bytes text, char host[ADDRESS_HOST_MAX + 1])
{
    bool is_bracketed = text.size >= 2 && text.data[0] == '[' &&
                        text.data[text.size - 1] == ']';

    if (is_bracketed)
        text = bytes_make(text.data + 1, text.size - 2);
    return address_host_parse(text, host) &&
           is_bracketed == (strchr(host, ':') != NULL);
}

static bool is_letter(uint8_t character)
{
    return (character >= 'a' && character <= 'z') ||
           (character >= 'A' && character <= 'Z');
}

static bool is_digit(uint8_t character)
{
    return character >= '0' && character <= '9';
}

static bool is_label(struct bytes label)
{
    if (label.size == 0 || label.size > LABEL_BYTES_MAX ||
        label.data[0] == '-' || label.data[label.size - 1] == '-')
        return false;
    for (size_t i = 0; i < label.size; i++) {
        if (!is_letter(label.data[i]) && !is_digit(label.data[i]) &&
            label.data[i] != '-')
            return false;
    }
    return true;
}

/* The last label has a letter first: else it is an address gone wrong. */
static bool parse_name(struct bytes text, char host[ADDRESS_HOST_MAX + 1])
{
    size_t begin = 0;

    if (text.size == 0 || text.size > ADDRESS_HOST_MAX)
        return false;
    for (size_t i = 0; i <= text.size; i++) {
        if (i < text.size && text.data[i] != '.')
            continue;
        if (!is_label(bytes_make(text.data + begin, i - begin)))
            return false;
        if (i == text.size && !is_letter(text.data[begin]))
            return false;
        begin = i + 1;
    }
    memcpy(host, text.data, text.size);
    host[text.size] = '\0';
    return true;
}

static bool parse(struct bytes text, bool takes_names,
                  struct address *out_address)
{
    struct address address = {0};
    const uint8_t *colon =
        text.size == 0 ? NULL : memrchr(text.data, ':', text.size);
    struct bytes host;

    if (colon == NULL)
        return false;
    host = bytes_make(text.data, (size_t)(colon - text.data));
    address.port = parse_port(bytes_make(colon + 1, text.size - host.size - 1));
    if (address.port == 0)
        return false;
    if (!parse_host(host, address.host) &&
        (!takes_names || !parse_name(host, address.host)))
        return false;
    *out_address = address;
    return true;
}

bool address_parse(struct bytes text, struct address *out_address)
{
    return parse(text, false, out_address);
}

bool address_parse_named(struct bytes text, struct address *out_address)
{
    return parse(text, true, out_address);
}

bool address_is_name(const struct address *address)
{
    char host[ADDRESS_HOST_MAX + 1];

    return address_is_set(address) &&
           !address_host_parse(bytes_from_text(address->host), host);
}

bool address_is_set(const struct address *address)
{
    return address->port != 0;
}

void address_format(const struct address *address, struct text *text)
{
    bool is_bracketed = strchr(address->host, ':') != NULL;

    text_put(text, is_bracketed ? "[" : "");
    text_put(text, address->host);
    text_put(text, is_bracketed ? "]:" : ":");
    text_put_u64(text, address->port);
}

bool address_is_loopback(const struct address *address)
{
    struct in_addr v4;
    struct in6_addr v6;

    if (inet_pton(AF_INET, address->host, &v4) == 1)
        return ntohl(v4.s_addr) >> 24 == LOOPBACK_FIRST_BYTE;
    return inet_pton(AF_INET6, address->host, &v6) == 1 &&
           IN6_IS_ADDR_LOOPBACK(&v6);
}
