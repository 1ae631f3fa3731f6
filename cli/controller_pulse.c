#include "cli/controller_pulse.h"

#include "base/clock.h"

#include <string.h>

enum {
    /* A controller counts up every quarter of its term. */
    PATIENCE_MS = 2 * CANDIDACY_TERM_MS,
    WAIT_MS = 250,
};

enum dalv_status controller_pulse_feel(struct cluster_access *access,
                                       struct controller_pulse *out_pulse)
{
    struct control_key key = control_key_candidacy();
    uint64_t end_ms = clock_boot_ms() + PATIENCE_MS;
    struct candidacy_record first;
    struct candidacy_record next;
    enum dalv_status status = cluster_access_controller(access, &first);

    *out_pulse = (struct controller_pulse){.is_felt = false};
    if (status != DALV_OK)
        return status == DALV_NOT_FOUND ? DALV_OK : status;
    next = first;
    while (status == DALV_OK && next.counter == first.counter &&
           clock_boot_ms() < end_ms) {
        control_store_wait(access->store, control_key_bytes(&key),
                           access->answer.entries[0].revision, WAIT_MS);
        status = cluster_access_controller(access, &next);
    }
    out_pulse->is_felt = next.counter != first.counter;
    memcpy(out_pulse->name, next.name, sizeof(next.name));
    return status;
}
