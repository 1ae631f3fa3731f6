/*
 * The one ZeroMQ context of the process, made through CZMQ.
 *
 * CZMQ would catch SIGINT and SIGTERM and stop its loops in no order: that is
 * switched off before anything else. Two contexts with CURVE in one process can
 * crash at their end, so there is never a second one.
 */
#ifndef DALV_NET_NETWORK_H
#define DALV_NET_NETWORK_H

/*
 * Make the context; before any endpoint, and before any fork that is not
 * followed by exec. Further calls do nothing. `io_threads` is at least 1.
 */
void network_start(unsigned io_threads);

/*
 * Give the context back, with its threads. All endpoints are closed, and none
 * is opened any more.
 */
void network_stop(void);

#endif
