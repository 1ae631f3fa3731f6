#include "base/clock.h"
#include "bench/floor.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    FILE_BYTES = 64 << 20,
    ZERO_BYTES = 1 << 20,
    FILE_MODE = 0600,
    /* What a log adds to a value: a key, headers, checksums. */
    RECORD_BYTES_MORE = 150,
    US_PER_MS = 1000,
};

/*
 * Written once beforehand: a sync then has no change of size, and no new
 * blocks, to make durable.
 */
static int make_file(const struct bench *bench)
{
    static const uint8_t zeros[ZERO_BYTES];
    char path[BENCH_PATH_BYTES];
    int file;

    bench_path(bench, "floor.disk", path);
    file = open(path, O_CREAT | O_RDWR | O_CLOEXEC, FILE_MODE);
    for (off_t at = 0; file >= 0 && at < FILE_BYTES; at += ZERO_BYTES)
        if (pwrite(file, zeros, ZERO_BYTES, at) != ZERO_BYTES)
            bench_give_up(path, strerror(errno));
    if (file < 0 || fdatasync(file) != 0)
        bench_give_up(path, strerror(errno));
    return file;
}

double floor_disk_rate(const struct bench *bench, unsigned batch,
                       uint32_t ms_max)
{
    size_t size = (bench->plan.value_bytes + RECORD_BYTES_MORE) * batch;
    uint8_t *records = calloc(1, size);
    int file = make_file(bench);
    uint64_t began_us = clock_boot_us();
    uint64_t elapsed_us = 0;
    uint64_t count = 0;
    off_t at = 0;

    if (records == NULL)
        bench_give_up("floor", "no memory");
    while (elapsed_us < (uint64_t)ms_max * US_PER_MS) {
        if (at + (off_t)size > FILE_BYTES)
            at = 0;
        if (pwrite(file, records, size, at) != (ssize_t)size ||
            fdatasync(file) != 0)
            bench_give_up("fdatasync", strerror(errno));
        at += (off_t)size;
        count += batch;
        elapsed_us = clock_boot_us() - began_us;
    }
    (void)close(file);
    free(records);
    return (double)count * 1e6 / (double)elapsed_us;
}
