#include "net/network.h"

#include "base/assert.h"

#include <czmq.h>
#include <pthread.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static bool is_started;

void network_start(unsigned io_threads)
{
    ASSERT(io_threads > 0);
    ASSERT(pthread_mutex_lock(&mutex) == 0);
    if (!is_started) {
        is_started = true;
        zsys_handler_set(NULL);
        ASSERT(zsys_init() != NULL);
        zsys_set_io_threads(io_threads);
    }
    ASSERT(pthread_mutex_unlock(&mutex) == 0);
}

void network_stop(void)
{
    ASSERT(pthread_mutex_lock(&mutex) == 0);
    if (is_started) {
        is_started = false;
        zsys_shutdown();
    }
    ASSERT(pthread_mutex_unlock(&mutex) == 0);
}
