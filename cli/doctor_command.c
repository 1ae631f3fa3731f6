#include "cli/doctor_command.h"

#include "cli/cluster_access.h"
#include "cli/controller_pulse.h"
#include "cli/doctor.h"
#include "cli/process_round.h"
#include "cli/value_json.h"

#include <poll.h>
#include <stdlib.h>

enum {
    /* Processes look for a newer map every second. */
    SECOND_LOOK_MS = 2000,
};

/* All that an examination takes; on the heap. */
struct consultation {
    struct cluster_access access;
    struct controller_pulse pulse;
    struct process_round first;
    struct process_round second;
    struct diagnosis diagnosis;
    struct cluster_version version; /* Of the map that was read first. */
};

static const struct inspection_options questions = {
    .patience_ms = PROCESS_ROUND_PATIENCE_MS,
    .wants_configuration = true,
    .wants_copies = true,
};

static void examine(struct consultation *consultation,
                    const struct process_round *now,
                    const struct process_round *before)
{
    const struct cluster_access *access = &consultation->access;
    const struct doctor_case facts = {
        .store_problem = access->map == NULL ? access->problem : NULL,
        .known = access->map,
        .version = consultation->version,
        .is_controlled = consultation->pulse.is_felt,
        .controller = consultation->pulse.name,
        .inspections = now->items,
        .count = now->count,
        .before = before == NULL ? NULL : before->items,
    };

    consultation->diagnosis.count = 0;
    consultation->diagnosis.left_out = 0;
    doctor_examine(&facts, &consultation->diagnosis);
}

static bool is_to_be_looked_at_again(const struct diagnosis *diagnosis)
{
    for (size_t i = 0; i < diagnosis->count; i++) {
        if (fault_is_fleeting(diagnosis->findings[i].fault))
            return true;
    }
    return false;
}

static int look_again(struct consultation *consultation)
{
    struct process_round *second = &consultation->second;
    int code = EXIT_DONE;

    (void)poll(NULL, 0, SECOND_LOOK_MS);
    if (consultation->access.map != NULL)
        code = cluster_access_read(&consultation->access);
    if (code != EXIT_DONE)
        return code;
    process_round_copy(second, &consultation->first);
    process_round_ask(second, &questions);
    examine(consultation, second, &consultation->first);
    return EXIT_DONE;
}

static int exit_code(const struct diagnosis *diagnosis)
{
    switch (diagnosis_weight(diagnosis)) {
    case FAULT_SERIOUS:
        return EXIT_UNAVAILABLE;
    case FAULT_WRONG:
        return EXIT_CONFLICT;
    case FAULT_MINOR:
        return EXIT_DONE;
    }
    return EXIT_INTERNAL;
}

static size_t answer_count(const struct process_round *round)
{
    size_t count = 0;

    for (size_t i = 0; i < round->count; i++)
        count += round->items[i].outcome == INSPECTION_ANSWERED ? 1 : 0;
    return count;
}

static json_t *processes_json(const struct process_round *round)
{
    json_t *processes = json_array();

    for (size_t i = 0; i < round->count; i++) {
        const struct inspection *item = &round->items[i];
        bool is_there = item->outcome == INSPECTION_ANSWERED;
        char where[ADDRESS_TEXT_MAX + 1];
        struct text text;

        text_init(&text, where, sizeof(where));
        address_format(&item->address, &text);
        (void)json_array_append_new(
            processes,
            json_pack("{s:s, s:s, s:o*}", "address", where, "outcome",
                      inspection_outcome_name(item->outcome), "name",
                      is_there
                          ? json_stringn((const char *)item->said.name.data,
                                         item->said.name.size)
                          : NULL));
    }
    return processes;
}

static int tell(const struct consultation *consultation,
                const struct invocation *invocation)
{
    const struct process_round *round = &consultation->first;
    const struct diagnosis *diagnosis = &consultation->diagnosis;

    if (invocation->is_json) {
        value_json_print(json_pack("{s:b, s:o, s:o}", "well",
                                   diagnosis->count == 0, "findings",
                                   diagnosis_json(diagnosis), "processes",
                                   processes_json(round)),
                         invocation->out);
        return exit_code(diagnosis);
    }
    diagnosis_print(diagnosis, invocation->out);
    (void)fprintf(invocation->out, "%s%zu of %zu processes answered\n",
                  diagnosis->count == 0 ? "Nothing is wrong. " : "",
                  answer_count(round), round->count);
    return exit_code(diagnosis);
}

static int consult(struct consultation *consultation,
                   struct invocation *invocation)
{
    struct cluster_access *access = &consultation->access;
    int code = cluster_access_try(access, invocation);

    if (code == EXIT_DONE && access->map != NULL) {
        consultation->version = access->map->map.head.version;
        if (controller_pulse_feel(access, &consultation->pulse) != DALV_OK)
            consultation->pulse.is_felt = false;
    }
    if (code == EXIT_DONE)
        code =
            process_round_list(&consultation->first, invocation,
                               access->map == NULL ? NULL : &access->map->map);
    if (code != EXIT_DONE)
        return code;
    process_round_ask(&consultation->first, &questions);
    examine(consultation, &consultation->first, NULL);
    if (is_to_be_looked_at_again(&consultation->diagnosis))
        code = look_again(consultation);
    return code == EXIT_DONE ? tell(consultation, invocation) : code;
}

int doctor_command_run(struct invocation *invocation)
{
    struct consultation *consultation = calloc(1, sizeof(*consultation));
    int code;

    if (consultation == NULL)
        return invocation_fail(invocation, DALV_NO_MEMORY, NULL);
    code = consult(consultation, invocation);
    process_round_release(&consultation->first);
    process_round_release(&consultation->second);
    cluster_access_close(&consultation->access);
    free(consultation);
    return code;
}
