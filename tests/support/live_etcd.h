/*
 * Real etcd members on free ports of loopback, or in a place of a network of
 * the test's own (tests/support/live_network.h), in a folder of their own.
 *
 * They never outlive the test and neither does the folder, however the test
 * ends; see tests/support/live_server.h.
 */
#ifndef DALV_TESTS_SUPPORT_LIVE_ETCD_H
#define DALV_TESTS_SUPPORT_LIVE_ETCD_H

#include "control/control_store.h"
#include "tests/support/folder.h"
#include "tests/support/live_network.h"

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum {
    LIVE_ETCD_MEMBERS_MAX = 3,
    LIVE_ETCD_ENDPOINTS_BYTES = 256,
};

struct live_etcd {
    struct folder folder;
    size_t member_count;
    uint16_t client_ports[LIVE_ETCD_MEMBERS_MAX];
    uint16_t peer_ports[LIVE_ETCD_MEMBERS_MAX];
    pid_t processes[LIVE_ETCD_MEMBERS_MAX]; /* 0: it does not run. */
    int guardian;
    char host[LIVE_NETWORK_HOST_BYTES];  /* "127.0.0.1", or of the place. */
    char place[LIVE_NETWORK_PATH_BYTES]; /* Of the network; empty: here. */
    bool is_secure; /* Clients come by TLS and show a certificate. */
};

/* True if the program is installed. */
bool live_etcd_is_there(void);

/* Make the folder, start the members and wait until they have a leader. */
void live_etcd_open(struct live_etcd *etcd, size_t member_count);
/*
 * The same with one member that asks for certificates. FOLDER/ca.crt signs
 * FOLDER/client.crt with FOLDER/client.key; FOLDER/other.crt signs nothing.
 */
void live_etcd_open_secure(struct live_etcd *etcd);
/* The same with several, all of them in one place of the network. */
void live_etcd_open_at(struct live_etcd *etcd, size_t member_count,
                       size_t place);
void live_etcd_close(struct live_etcd *etcd);

/* Start a member that does not run; it is not ready at once. */
void live_etcd_start(struct live_etcd *etcd, size_t member);
/* kill -9, and wait for its end. */
void live_etcd_kill(struct live_etcd *etcd, size_t member);
void live_etcd_pause(const struct live_etcd *etcd, size_t member);
/* Fine also if it was not paused, or does not run. */
void live_etcd_resume(const struct live_etcd *etcd, size_t member);

/* Wait until a transaction goes through. */
void live_etcd_wait(const struct live_etcd *etcd);
/* The member that leads the others; there must be one. */
size_t live_etcd_leader(const struct live_etcd *etcd);

/* "http://127.0.0.1:PORT,..." from one member on. */
void live_etcd_endpoints(const struct live_etcd *etcd, size_t first,
                         char endpoints[LIVE_ETCD_ENDPOINTS_BYTES]);
/* Of one that is secure: whose certificates to believe, the own one, its key.
 */
void live_etcd_files(const struct live_etcd *etcd, char files[3][PATH_MAX]);
/* A session that asks that member first, and gives up after `answer_ms`. */
struct control_store *live_etcd_session(const struct live_etcd *etcd,
                                        size_t first, uint32_t answer_ms);

#endif
