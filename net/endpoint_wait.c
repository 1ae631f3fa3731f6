#include "net/endpoint.h"

#include "base/assert.h"

#include <czmq.h>

void endpoint_wait(const struct endpoint *endpoint, int timeout_ms)
{
    zmq_pollitem_t items[2] = {{.events = ZMQ_POLLIN}, {.events = ZMQ_POLLIN}};
    int count = 0;

    if (endpoint != NULL) {
        ASSERT(endpoint_socket(endpoint) != NULL);
        items[count++].socket = endpoint_socket(endpoint);
        if (endpoint_monitor(endpoint) != NULL)
            items[count++].socket = endpoint_monitor(endpoint);
    }
    /* Interrupted or not, the caller looks for itself. */
    (void)zmq_poll(items, count, timeout_ms);
}
