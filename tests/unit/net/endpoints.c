#include "tests/unit/net/endpoints.h"

#include "base/clock.h"
#include "net/network.h"

#include <CUnit/CUnit.h>

enum {
    PATIENCE_MS = 20000,
};

struct endpoint *endpoints_bind_queue(enum endpoint_role role,
                                      size_t queue_bytes_max)
{
    const struct endpoint_options options = {
        .role = role,
        .address = "tcp://127.0.0.1:*",
        .queue_bytes_max = queue_bytes_max,
    };
    struct endpoint *endpoint = NULL;

    network_start(1);
    CU_ASSERT_EQUAL_FATAL(endpoint_open(&options, &endpoint), DALV_OK);
    return endpoint;
}

struct endpoint *endpoints_bind(enum endpoint_role role)
{
    return endpoints_bind_queue(role, 0);
}

struct endpoint *endpoints_connect(enum endpoint_role role,
                                   const struct endpoint *bound)
{
    const struct endpoint_options options = {
        .role = role,
        .address = endpoint_address(bound),
    };
    struct endpoint *endpoint = NULL;

    CU_ASSERT_EQUAL_FATAL(endpoint_open(&options, &endpoint), DALV_OK);
    (void)endpoints_await(endpoint, ENDPOINT_CONNECTED);
    return endpoint;
}

struct endpoint_event endpoints_await(struct endpoint *endpoint,
                                      enum endpoint_event_type type)
{
    uint64_t deadline_ms = clock_boot_ms() + PATIENCE_MS;
    struct endpoint_event event = {0};

    while (clock_boot_ms() < deadline_ms) {
        if (endpoint_receive(endpoint, &event)) {
            if (event.type == type)
                return event;
            parcel_destroy(&event.parcel);
            continue;
        }
        endpoint_wait(endpoint, 100);
    }
    CU_FAIL_FATAL("waited in vain");
    return event;
}

enum dalv_status endpoints_send(struct endpoint *endpoint, uint64_t peer,
                                const char *first, const char *second)
{
    struct parcel *parcel = parcel_create(peer);
    enum dalv_status status;

    parcel_push_back(parcel, bytes_from_text(first));
    if (second != NULL)
        parcel_push_back(parcel, bytes_from_text(second));
    status = endpoint_send(endpoint, &parcel);
    CU_ASSERT_PTR_NULL(parcel);
    return status;
}

uint64_t endpoints_expect(struct endpoint *endpoint, const char *frame)
{
    struct endpoint_event event = endpoints_await(endpoint, ENDPOINT_RECEIVED);
    uint64_t peer = parcel_peer(event.parcel);

    CU_ASSERT_EQUAL(parcel_frame_count(event.parcel), 1);
    CU_ASSERT(
        bytes_equal(parcel_frame(event.parcel, 0), bytes_from_text(frame)));
    parcel_destroy(&event.parcel);
    return peer;
}
