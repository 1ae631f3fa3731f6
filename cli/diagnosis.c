#include "cli/diagnosis.h"

static const struct {
    const char *name;
    enum fault_weight weight;
    bool is_fleeting;
    const char *remedy;
} faults[FAULT_COUNT] = {
    [FAULT_NOT_FOUNDED] = {"not_founded", FAULT_SERIOUS, false,
                           "Start as many nodes as copies are wanted, and a "
                           "router: it makes the partitions by itself."},
    [FAULT_STORE_PUT_BACK] =
        {"store_put_back", FAULT_SERIOUS, true,
         "The control store was put back to an older state. Its data is safe "
         "with the nodes: stop the routers and run 'dalv cluster recover'."},
    [FAULT_NO_MAJORITY] =
        {"no_majority", FAULT_SERIOUS, true,
         "Bring those nodes back, with their disks: nobody else may decide. "
         "What is wrong with each is said by itself."},
    [FAULT_LEADERLESS] =
        {"leaderless", FAULT_SERIOUS, true,
         "Enough copies are there, so a controller elects a leader by itself: "
         "see to it that a router runs and reads the control store."},
    [FAULT_STOOD_DOWN] =
        {"stood_down", FAULT_SERIOUS, true,
         "It hears no majority of its copies, or its disk completes no sync: "
         "look at its network and its disk."},
    [FAULT_STORE_UNREADABLE] =
        {"store_unreadable", FAULT_WRONG, false,
         "What is led goes on being served, but nothing can fail over. Bring "
         "the control store back: of etcd a majority of its members, of a file "
         "its disk; if it is lost, run 'dalv cluster recover'."},
    [FAULT_NO_CONTROLLER] = {"no_controller", FAULT_WRONG, false,
                             "Start a router, and see to it that it can write "
                             "the control store: else nothing fails over."},
    [FAULT_DOWN] = {"down", FAULT_WRONG, false,
                    "Its log says why it ended. Start it again; a node whose "
                    "machine is gone for good: 'dalv node remove'."},
    [FAULT_UNREACHABLE] =
        {"unreachable", FAULT_WRONG, false,
         "Look at that machine, at the network between, and at firewalls."},
    [FAULT_SILENT] =
        {"silent", FAULT_WRONG, false,
         "It is stopped (SIGSTOP, a debugger, a frozen machine), hangs on its "
         "disk, or has another key than keys.admin of the profile: look at its "
         "state there ('ps', 'dmesg', its log), and end it if it does not come "
         "to itself."},
    [FAULT_UNRESOLVED] =
        {"unresolved", FAULT_WRONG, false,
         "Mend the name service, or /etc/hosts, here and on all machines of "
         "the cluster; better let the map name addresses."},
    [FAULT_NOT_ADMITTED] =
        {"not_admitted", FAULT_WRONG, false,
         "Put what 'dalv keys show' prints for keys.admin_file into its "
         "admin.allowed and send it SIGHUP; a profile without keys.admin gets "
         "in on loopback only."},
    [FAULT_OTHER_CLUSTER] =
        {"other_cluster", FAULT_WRONG, false,
         "Set cluster.id and control.store in its configuration to this "
         "cluster's, or take the address out of the map or the profile."},
    [FAULT_OTHER_NODE] = {"other_node", FAULT_WRONG, false,
                          "Each node's configuration must have its own node.id "
                          "and listen where the map says: correct one of the "
                          "two."},
    [FAULT_NODE_KEY] =
        {"node_key", FAULT_WRONG, false,
         "Put back the nodes.key that the map knows, or let the node join "
         "under a new name with its new key: no other process can talk to it."},
    [FAULT_CLOCK] = {"clock", FAULT_WRONG, false,
                     "Let NTP or chrony set that machine's clock: expiry goes "
                     "by the leader's."},
    [FAULT_NO_STORE] =
        {"no_store", FAULT_WRONG, true,
         "It goes on by the map that it has. Look at the way from there to the "
         "control store: address, TLS files, rights, disk."},
    [FAULT_OLD_MAP] = {"old_map", FAULT_WRONG, true,
                       "It reads another control store, or none: compare its "
                       "control.store with this one."},
    [FAULT_DISK] = {"disk", FAULT_WRONG, false,
                    "Make room, or give it a larger disk: without space it "
                    "ends. A smaller log.retention_bytes helps at once."},
    [FAULT_DAMAGED] =
        {"damaged", FAULT_WRONG, false,
         "It is repaired from the other copies by itself while they are there. "
         "If it stays: 'dalv log verify' there, and look at the disk."},
    [FAULT_STUCK] = {"stuck", FAULT_WRONG, false,
                     "Look at the network between it and the leader "
                     "(nodes.allowed, keys, firewalls), and at its log."},
    [FAULT_LAGGING] = {"lagging", FAULT_WRONG, true,
                       "It catches up by itself; if it never does, its disk or "
                       "network is too slow for the load."},
    [FAULT_THIN] = {"thin", FAULT_WRONG, false,
                    "Bring nodes back, or add one: copies are made anew after "
                    "ten minutes wherever there is a node for them."},
    [FAULT_CONFIGURATION] =
        {"configuration", FAULT_WRONG, false,
         "These must be alike everywhere: correct the file and send SIGHUP, or "
         "start the process anew where its log says so."},
    [FAULT_NOT_STARTED] = {"not_started", FAULT_MINOR, false,
                           "Start it, or 'dalv node remove' it."},
    [FAULT_VERSIONS] = {"versions", FAULT_MINOR, false,
                        "Finish the upgrade: neighbouring versions work "
                        "together, for a while."},
    [FAULT_UNBALANCED] = {"unbalanced", FAULT_MINOR, false,
                          "'dalv rebalance' gives every node its share."},
};

const char *fault_name(enum fault fault)
{
    return faults[fault].name;
}

const char *fault_remedy(enum fault fault)
{
    return faults[fault].remedy;
}

enum fault_weight fault_weight(enum fault fault)
{
    return faults[fault].weight;
}

bool fault_is_fleeting(enum fault fault)
{
    return faults[fault].is_fleeting;
}

void diagnosis_add(struct diagnosis *diagnosis, enum fault fault,
                   struct text *out_subject, struct text *out_cause)
{
    /* One too many is written over the last, and counted. */
    bool is_full = diagnosis->count == DIAGNOSIS_FINDINGS_MAX;
    struct finding *finding =
        &diagnosis
             ->findings[is_full ? diagnosis->count - 1 : diagnosis->count++];

    diagnosis->left_out += is_full ? 1 : 0;
    finding->fault = fault;
    text_init(out_subject, finding->subject, sizeof(finding->subject));
    text_init(out_cause, finding->cause, sizeof(finding->cause));
}

/* Faults stand by their weight already. Insertion keeps equal ones in order. */
void diagnosis_sort(struct diagnosis *diagnosis)
{
    for (size_t i = 1; i < diagnosis->count; i++) {
        struct finding finding = diagnosis->findings[i];
        size_t place = i;

        while (place > 0 &&
               diagnosis->findings[place - 1].fault > finding.fault) {
            diagnosis->findings[place] = diagnosis->findings[place - 1];
            place--;
        }
        diagnosis->findings[place] = finding;
    }
}

bool diagnosis_has(const struct diagnosis *diagnosis, enum fault fault)
{
    for (size_t i = 0; i < diagnosis->count; i++) {
        if (diagnosis->findings[i].fault == fault)
            return true;
    }
    return false;
}

enum fault_weight diagnosis_weight(const struct diagnosis *diagnosis)
{
    enum fault_weight worst = FAULT_MINOR;

    for (size_t i = 0; i < diagnosis->count; i++) {
        if (fault_weight(diagnosis->findings[i].fault) < worst)
            worst = fault_weight(diagnosis->findings[i].fault);
    }
    return worst;
}

void diagnosis_print(const struct diagnosis *diagnosis, FILE *out)
{
    for (size_t i = 0; i < diagnosis->count; i++) {
        const struct finding *finding = &diagnosis->findings[i];
        bool is_minor = fault_weight(finding->fault) == FAULT_MINOR;

        (void)fprintf(out, "%c %s: %s\n    %s\n", is_minor ? '-' : '!',
                      finding->subject, finding->cause,
                      fault_remedy(finding->fault));
    }
    if (diagnosis->left_out > 0)
        (void)fprintf(out, "... and %zu more\n", diagnosis->left_out);
}

static const char *weight_name(enum fault_weight weight)
{
    switch (weight) {
    case FAULT_SERIOUS:
        return "serious";
    case FAULT_WRONG:
        return "wrong";
    case FAULT_MINOR:
        return "minor";
    }
    return "?";
}

json_t *diagnosis_json(const struct diagnosis *diagnosis)
{
    json_t *findings = json_array();

    for (size_t i = 0; i < diagnosis->count; i++) {
        const struct finding *finding = &diagnosis->findings[i];

        (void)json_array_append_new(
            findings,
            json_pack("{s:s, s:s, s:s, s:s, s:s}", "fault",
                      fault_name(finding->fault), "weight",
                      weight_name(fault_weight(finding->fault)), "subject",
                      finding->subject, "cause", finding->cause, "remedy",
                      fault_remedy(finding->fault)));
    }
    return findings;
}
