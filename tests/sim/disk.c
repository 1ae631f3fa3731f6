#include "tests/sim/disk.h"

static enum dalv_status on_open(struct kv_opener *opener,
                                const struct kv_options *options,
                                struct kv **out_kv)
{
    struct disk *disk = (struct disk *)opener;
    size_t count = memory_store_unflushed_count(disk->map);

    if (disk->is_damaged)
        return DALV_DAMAGED;
    if (disk->is_unclean && options->is_tables_only)
        memory_store_crash(disk->map,
                           (size_t)prng_below(disk->prng, count + 1));
    else if (disk->is_unclean && count > 0)
        memory_store_lose(disk->map, (size_t)prng_below(disk->prng, count));
    disk->is_unclean = false;
    *out_kv = memory_kv_open(disk->map);
    return DALV_OK;
}

static enum dalv_status on_destroy(struct kv_opener *opener, const char *path)
{
    (void)path;
    disk_lose_map((struct disk *)opener);
    return DALV_OK;
}

void disk_init(struct disk *disk, struct prng *prng, bool is_log_trusted)
{
    *disk = (struct disk){
        .opener = {.open = on_open, .destroy = on_destroy},
        .files = memory_files_create(prng_next(prng)),
        .map = memory_store_create(),
        .prng = prng,
        .is_log_trusted = is_log_trusted,
    };
}

void disk_deinit(struct disk *disk)
{
    memory_files_destroy(&disk->files);
    memory_store_destroy(&disk->map);
}

void disk_stop(struct disk *disk, bool is_power_lost)
{
    if (is_power_lost)
        memory_files_crash(disk->files);
    else
        memory_files_kill(disk->files);
}

void disk_end(struct disk *disk, bool is_power_lost)
{
    size_t synced = memory_store_synced_count(disk->map);
    size_t count = memory_store_unflushed_count(disk->map);

    memory_store_fail(disk->map, 0, DALV_OK);
    disk->is_unclean = !disk->is_log_trusted;
    if (disk->is_log_trusted && is_power_lost)
        memory_store_crash(
            disk->map,
            synced + (size_t)prng_below(disk->prng, count - synced + 1));
}

void disk_close(struct disk *disk)
{
    memory_store_fail(disk->map, 0, DALV_OK);
    disk->is_unclean = false;
}

void disk_lose_map(struct disk *disk)
{
    memory_store_clear(disk->map);
    disk->is_damaged = false;
    disk->is_unclean = false;
}

void disk_copy(struct disk *disk, const struct disk *from)
{
    memory_files_copy(disk->files, from->files);
    memory_store_copy(disk->map, from->map);
    disk->is_unclean = false;
}
