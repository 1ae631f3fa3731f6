#include "storage/index_internal.h"

void index_pager_init(struct index_pager *pager, struct index_page *page)
{
    pager->page = page;
    pager->count = 0;
    pager->turn = 0;
    pager->keys[0].size = 0;
    pager->keys[1].size = 0;
    page->is_whole = false;
    page->remaining_count = 0;
    page->remaining_bytes = 0;
    change_writer_init(&pager->changes, &page->writer);
}

static struct bytes keep(struct index_pager *pager, struct bytes key)
{
    struct index_unescaped *kept = &pager->keys[pager->turn % 2];
    struct bytes before = bytes_make(kept->memory, kept->size);

    if (bytes_equal(before, key))
        return before;
    pager->turn++;
    return index_unescaped_keep(&pager->keys[pager->turn % 2], key);
}

enum dalv_status index_pager_put(struct index_pager *pager,
                                 const struct change *change)
{
    struct change kept = *change;
    enum dalv_status status;

    kept.key = keep(pager, change->key);
    status = change_put(&pager->changes, &kept);
    if (status != DALV_OK)
        return status;
    pager->count++;
    pager->page->count++;
    return DALV_OK;
}

enum dalv_status index_pager_cut(const struct index_pager *pager)
{
    return pager->page->count == 0 ? DALV_TOO_BIG : DALV_OK;
}
