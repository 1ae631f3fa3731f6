/*
 * Who may connect: answers the questions that ZeroMQ asks before it lets a
 * peer in (ZAP, RFC 27 of ZeroMQ).
 *
 * It fails closed: a socket with keys refuses every peer while no gatekeeper
 * answers (ZMQ_ZAP_ENFORCE_DOMAIN), a gate lets nobody in before it was told
 * whom, and a question that is not understood is answered with a refusal.
 * Sockets without keys, of loopback and of the process, are let in: they name
 * the domain "open" (net/socket.h).
 *
 * A peer is asked about once, when it connects: whom a gate does not admit any
 * more keeps the connection that it has. Who must notice looks at each parcel's
 * sender (parcel_sender).
 *
 * Threads: it has one of its own; all functions may be called by any thread
 * between gatekeeper_start and gatekeeper_stop.
 */
#ifndef DALV_NET_GATEKEEPER_H
#define DALV_NET_GATEKEEPER_H

#include "base/status.h"
#include "net/curve_key.h"

#include <stddef.h>
#include <stdint.h>

/* What a bound socket is for; each has a list of its own. */
enum gate {
    GATE_DEVICES,
    GATE_BACKENDS,
    GATE_NODES,
    GATE_ADMINS,
    GATE_COUNT,
};

enum {
    GATE_KEYS_MAX = 4096, /* Of one gate. */
};

struct gatekeeper_counters {
    uint64_t admitted[GATE_COUNT];
    uint64_t refused[GATE_COUNT];
    uint64_t refused_questions; /* That name no gate, or make no sense. */
};

/*
 * Start it, before the first endpoint with keys is bound. A process has at
 * most one (ASSERT); network_start came before.
 */
void gatekeeper_start(void);
/* After the last endpoint with keys was closed. Does nothing if none runs. */
void gatekeeper_stop(void);

/*
 * From now on the gate lets in these keys and no others; they are copied.
 * DALV_TOO_BIG beyond GATE_KEYS_MAX, and nothing changed.
 */
DALV_MUST_CHECK enum dalv_status gatekeeper_admit(enum gate gate,
                                                  const struct curve_key *keys,
                                                  size_t count);
/* From now on any key: who speaks is known by a token. */
void gatekeeper_admit_all(enum gate gate);

struct gatekeeper_counters gatekeeper_counters(void);

/* The gate's ZAP domain, e.g. "devices". Static. */
const char *gate_name(enum gate gate);

#endif
