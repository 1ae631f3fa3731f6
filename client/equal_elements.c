#include "client/equal_elements.h"

#include "base/bounds.h"
#include "base/bytes.h"
#include "client/public_bytes.h"

#include <stdlib.h>

/* Remove what was seen, in as many operations as that takes. */
static enum dalv_status add_removals(struct dalv_transaction *transaction,
                                     struct dalv_bytes key,
                                     const struct dalv_element_id *ids,
                                     size_t count)
{
    enum dalv_status status = DALV_OK;

    while (status == DALV_OK && count > 0) {
        size_t step = count < BOUNDS_OPERATION_DOTS_MAX
                          ? count
                          : BOUNDS_OPERATION_DOTS_MAX;

        status = dalv_transaction_list_remove(transaction, key, ids, step);
        ids += step;
        count -= step;
    }
    return status;
}

/* The ids of all elements equal to `element`; owned by the caller. */
static enum dalv_status find_equal(const struct dalv_value *value,
                                   struct dalv_bytes element,
                                   struct dalv_element_id **out_ids,
                                   size_t *out_count)
{
    size_t count = dalv_value_element_count(value);
    struct dalv_element_id *ids = malloc(count * sizeof(*ids) + 1);
    size_t found = 0;

    if (ids == NULL)
        return DALV_NO_MEMORY;
    for (size_t i = 0; i < count; i++) {
        if (bytes_equal(public_bytes_in(dalv_value_element(value, i)),
                        public_bytes_in(element)))
            ids[found++] = dalv_value_element_id(value, i);
    }
    *out_ids = ids;
    *out_count = found;
    return DALV_OK;
}

enum dalv_status equal_elements_remove(struct dalv_transaction *transaction,
                                       struct dalv_bytes key,
                                       const struct dalv_value *value,
                                       struct dalv_bytes element)
{
    struct dalv_element_id *ids = NULL;
    size_t count = 0;
    enum dalv_status status = DALV_WRONG_KIND;

    if (dalv_value_kind(value) == DALV_KIND_LIST)
        status = find_equal(value, element, &ids, &count);
    if (status == DALV_OK && count == 0)
        status = DALV_NOT_FOUND;
    if (status == DALV_OK)
        status = add_removals(transaction, key, ids, count);
    free(ids);
    return status;
}
