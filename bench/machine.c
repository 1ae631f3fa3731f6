#include "bench/machine.h"

#include "base/clock.h"
#include "bench/floor.h"

#include <string.h>
#include <sys/statfs.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <time.h>

enum {
    LINE_BYTES = 512,
    DATE_BYTES = 64,
    GIB = 1 << 30,
    US_PER_S = 1000000,
    TMPFS = 0x01021994,
};

static const char method[] =
    "One server, one replica: router and storage in one process, configured\n"
    "as `dalvd dev` is but for the limits of one device, which are raised, "
    "and\n"
    "the deadline of requests, 30 s. It is reached by TCP on loopback. The "
    "load generator is one thread that speaks\n"
    "ZMTP on plain sockets, as redis-benchmark speaks its protocol; both "
    "share\n"
    "the two cores with the server that they measure. Rounds are interleaved\n"
    "with the peer's; a number is the median of its rounds (smallest to\n"
    "largest), a ratio the median of the ratios within each round.\n"
    "\n"
    "**What is durable.** Each PUT and each push of DalvDB was answered after\n"
    "the fdatasync of the log that holds it. Redis ran with `appendonly yes`,\n"
    "`appendfsync always`, no snapshots, no rewriting of its log: it too\n"
    "answers after the fdatasync. The floor of PUT is one fdatasync for as\n"
    "many records as there are requests under way, and nothing else; the\n"
    "puts of raw LevelDB are not synced, as those of the index are not.\n"
    "\n"
    "**A cluster** is three storage nodes and one router, each a process with\n"
    "a folder of its own on this one disk, all on these two cores, with a\n"
    "control store in a file; a PUT is answered when the master and one more\n"
    "node have synced it. etcd 3.4 has three members on the same disk, and\n"
    "h2load asks its leader by gRPC, over connections that stay open. Redis\n"
    "has two replicas, all three with `appendfsync always`, and each SET is\n"
    "followed by `WAIT 1 0`.\n";

/* The value behind "name : value" in a file of /proc. */
static void read_value(const char *path, const char *name,
                       char value[LINE_BYTES])
{
    char line[LINE_BYTES];
    FILE *file = fopen(path, "re");

    (void)snprintf(value, LINE_BYTES, "unknown");
    while (file != NULL && fgets(line, sizeof(line), file) != NULL) {
        const char *colon = strchr(line, ':');

        if (colon == NULL || strncmp(line, name, strlen(name)) != 0)
            continue;
        (void)snprintf(value, LINE_BYTES, "%s", colon + 2);
        value[strcspn(value, "\n")] = '\0';
        break;
    }
    if (file != NULL)
        (void)fclose(file);
}

static void write_machine(const struct bench *bench, FILE *file)
{
    char processor[LINE_BYTES];
    struct utsname system;
    struct sysinfo memory;
    struct statfs disk;

    read_value("/proc/cpuinfo", "model name", processor);
    (void)uname(&system);
    (void)sysinfo(&memory);
    (void)statfs(bench->plan.scratch, &disk);
    (void)fprintf(file, "* Machine: %d x %s, %.0f GiB, Linux %s\n",
                  get_nprocs(), processor,
                  (double)memory.totalram * memory.mem_unit / GIB,
                  system.release);
    (void)fprintf(file,
                  "* Load of the machine at the end, others' included: %.1f\n",
                  (double)memory.loads[0] / (1 << SI_LOAD_SHIFT));
    (void)fprintf(file, "* Files on a file system of type %#lx%s\n",
                  (unsigned long)disk.f_type,
                  disk.f_type == TMPFS ? ", IN MEMORY: nothing is durable"
                                       : "");
}

static void write_versions(FILE *file)
{
    char zmq[FLOOR_VERSION_BYTES];
    char leveldb[FLOOR_VERSION_BYTES];

    floor_echo_version(zmq);
    floor_leveldb_version(leveldb);
    (void)fprintf(file, "* DalvDB %s, libzmq %s, LevelDB %s\n", DALV_VERSION,
                  zmq, leveldb);
}

static void write_plan(const struct bench *bench, FILE *file)
{
    const struct bench_plan *plan = &bench->plan;

    (void)fprintf(
        file,
        "* %u rounds of %.1f s each; values of %zu random bytes, keys "
        "of 14; %u keys unless said otherwise\n\n",
        plan->rounds, plan->measure_ms / 1e3, plan->value_bytes, plan->keys);
}

void machine_write(const struct bench *bench, FILE *file)
{
    time_t now = (time_t)(clock_wall_us() / US_PER_S);
    struct tm date;
    char text[DATE_BYTES];

    (void)gmtime_r(&now, &date);
    (void)strftime(text, sizeof(text), "%Y-%m-%d %H:%M UTC", &date);
    (void)fprintf(file,
                  "# Results of `make bench`\n\n"
                  "Written by dalv-bench; see bench/README.md.\n\n"
                  "* Measured %s\n",
                  text);
    write_machine(bench, file);
    write_versions(file);
    write_plan(bench, file);
    (void)fputs(method, file);
}

void machine_append_reasons(FILE *file)
{
    FILE *reasons = fopen("bench/reasons.md", "re");
    char line[LINE_BYTES];

    if (reasons == NULL)
        return;
    while (fgets(line, sizeof(line), reasons) != NULL) {
        /* Its title is not one of the results. */
        if (strncmp(line, "# ", 2) != 0)
            (void)fputs(line, file);
    }
    (void)fclose(reasons);
}
