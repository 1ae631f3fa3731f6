#include "dalvd/data_folder.h"

#include "base/clock.h"
#include "dalvd/random.h"
#include "node/restore.h"

#include <sys/statvfs.h>

static enum dalv_status explain(struct config_error *error,
                                enum dalv_status status, const char *text)
{
    struct text out = config_error_begin(error, status, 0, 0);

    text_put(&out, "storage: ");
    text_put(&out, text);
    return status;
}

enum dalv_status data_folder_open(const struct config *config,
                                  enum data_folder_use use,
                                  struct node_store **out_store,
                                  struct config_error *out_error)
{
    const struct node_store_options options = {
        .files = files_of_system(),
        .kvs = kv_opener_leveldb(),
        .folder = config->data.folder,
        .partition_count = (uint32_t)config->cluster.partitions,
        .segment_bytes = (uint32_t)config->log.segment_bytes,
        .cache_bytes = config->index.cache_bytes,
        .write_buffer_bytes = config->index.write_buffer_bytes,
        .log_id = random_u64(),
        .boot_id = random_u64(),
        .wall_us = clock_wall_us(),
        .is_member = config->control.store[0] != '\0',
        .is_restoring = use == DATA_FOLDER_RESTORED,
    };
    struct node_store_error store_error = {0};
    enum dalv_status status =
        node_store_open(&options, out_store, &store_error);

    return status == DALV_OK ? DALV_OK
                             : explain(out_error, status, store_error.text);
}

void data_folder_room(const struct config *config, uint64_t *out_free_bytes,
                      uint64_t *out_bytes)
{
    struct statvfs disk;

    *out_free_bytes = 0;
    *out_bytes = 0;
    if (statvfs(config->data.folder, &disk) != 0)
        return;
    *out_free_bytes = (uint64_t)disk.f_bavail * disk.f_frsize;
    *out_bytes = (uint64_t)disk.f_blocks * disk.f_frsize;
}

enum dalv_status data_folder_restore(const struct config *config,
                                     uint64_t *out_count,
                                     struct config_error *out_error)
{
    struct node_store *store = NULL;
    enum dalv_status status =
        data_folder_open(config, DATA_FOLDER_RESTORED, &store, out_error);

    if (status != DALV_OK)
        return status;
    status = node_restore(store, random_u64(), out_count);
    if (status != DALV_OK)
        (void)node_store_close(&store, /* is_clean= */ false);
    else
        status = node_store_close(&store, /* is_clean= */ true);
    return status == DALV_OK
               ? DALV_OK
               : explain(out_error, status,
                         "the folder could not be marked as restored: run it "
                         "again");
}
