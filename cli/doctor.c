#include "cli/doctor_internal.h"

#include "base/bytes.h"

const struct inspection *doctor_find(const struct inspection *inspections,
                                     size_t count, uint32_t node)
{
    for (size_t i = 0; inspections != NULL && i < count; i++) {
        const struct inspection *inspection = &inspections[i];

        if (inspection->outcome == INSPECTION_ANSWERED &&
            (inspection->said.roles & ADMIN_ROLE_STORAGE) != 0 &&
            inspection->said.node == node)
            return inspection;
    }
    return NULL;
}

void doctor_put_process(const struct doctor_case *facts,
                        const struct inspection *inspection, struct text *text)
{
    const struct cluster_node *node =
        facts->known == NULL || inspection->node == 0
            ? NULL
            : cluster_map_node(&facts->known->map, inspection->node);

    if (node != NULL) {
        text_put(text, "node ");
        text_put_bytes(text, bytes_from_text(node->name));
    } else if (inspection->outcome == INSPECTION_ANSWERED) {
        text_put_bytes(text, inspection->said.name);
    } else {
        text_put(text, "a process");
    }
    text_put(text, " at ");
    address_format(&inspection->address, text);
}

static void examine_store(const struct doctor_case *facts,
                          struct diagnosis *diagnosis)
{
    struct text subject;
    struct text cause;

    if (facts->store_problem == NULL)
        return;
    diagnosis_add(diagnosis, FAULT_STORE_UNREADABLE, &subject, &cause);
    text_put(&subject, "the control store");
    text_put_bytes(&cause, bytes_from_text(facts->store_problem));
}

static void examine_control(const struct doctor_case *facts,
                            struct diagnosis *diagnosis)
{
    struct text subject;
    struct text cause;

    if (facts->known == NULL || facts->is_controlled)
        return;
    diagnosis_add(diagnosis, FAULT_NO_CONTROLLER, &subject, &cause);
    text_put(&subject, "the controller");
    if (facts->controller[0] == '\0') {
        text_put(&cause, "no router ever was it");
        return;
    }
    text_put(&cause, "nobody is it; ");
    text_put_bytes(&cause, bytes_from_text(facts->controller));
    text_put(&cause, " was it last");
}

static void examine_founding(const struct doctor_case *facts,
                             struct diagnosis *diagnosis)
{
    struct text subject;
    struct text cause;

    if (facts->known == NULL || facts->known->is_founded)
        return;
    diagnosis_add(diagnosis, FAULT_NOT_FOUNDED, &subject, &cause);
    text_put(&subject, "the cluster");
    text_put(&cause, "it has no partitions yet: ");
    text_put_u64(&cause, facts->known->map.head.replica_count);
    text_put(&cause, " nodes must have started, and a router");
}

void doctor_examine(const struct doctor_case *facts,
                    struct diagnosis *diagnosis)
{
    examine_store(facts, diagnosis);
    examine_control(facts, diagnosis);
    examine_founding(facts, diagnosis);
    doctor_examine_processes(facts, diagnosis);
    if (facts->known != NULL && facts->known->is_founded)
        doctor_examine_partitions(facts, diagnosis);
    diagnosis_sort(diagnosis);
}
