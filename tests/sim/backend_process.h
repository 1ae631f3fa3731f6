/*
 * A backend in the simulator: a script that writes and reads, asks again under
 * the same request id, and keeps account of what it was told.
 */
#ifndef DALV_TESTS_SIM_BACKEND_PROCESS_H
#define DALV_TESTS_SIM_BACKEND_PROCESS_H

#include "base/buffer.h"
#include "model/cursor.h"
#include "model/transaction.h"
#include "tests/sim/line.h"

#include <stdbool.h>
#include <stdint.h>

struct world;
struct chronicle;
struct deed;
struct deed_operation;

struct backend_process {
    struct world *world;
    unsigned number;
    struct line line;
    bool is_greeted;
    uint64_t thought; /* Counts; only the last one leads to anything. */
    /* The question under way; MESSAGE_PING if there is none. */
    enum message_type question;
    unsigned user;
    uint64_t asked_us;
    struct cursor known; /* What was told to anybody before it was asked. */
    struct deed *deed;   /* UPDATE, ERASE. */
    uint64_t device;     /* RETIRE_DEVICE. */
    struct request_id retirement;
    struct chronicle *history; /* The newest one when it was first asked. */
    bool is_repeated;          /* An earlier copy of it may have been done. */
    char key[16];              /* GET. */
    struct buffer body;
    uint64_t answer_count;
};

void backend_process_init(struct backend_process *backend, struct world *world,
                          unsigned number);
void backend_process_deinit(struct backend_process *backend);
void backend_process_start(struct backend_process *backend);
/* Asked by a directed schedule, of the first user. */
struct deed *backend_process_write(struct backend_process *backend,
                                   const struct deed_operation *operation);
void backend_process_erase(struct backend_process *backend);
void backend_process_retire(struct backend_process *backend, uint64_t device);
/* True if nothing that it asked is open. */
bool backend_process_is_idle(const struct backend_process *backend);

#endif
