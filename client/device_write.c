/*
 * One operation as a transaction of its own.
 */
#include "base/bounds.h"
#include "client/device_internal.h"
#include "client/equal_elements.h"

#include <stdlib.h>

static enum dalv_status commit(struct dalv_device *device,
                               struct dalv_transaction **transaction_p,
                               enum dalv_status built)
{
    if (built == DALV_OK)
        return dalv_device_commit(device, transaction_p, NULL);
    dalv_transaction_destroy(transaction_p);
    return device_fail(device, built, dalv_status_text(built));
}

enum dalv_status dalv_device_put(struct dalv_device *device,
                                 struct dalv_bytes key, struct dalv_bytes value)
{
    struct dalv_transaction *transaction = NULL;
    enum dalv_status status = dalv_transaction_create(&transaction);

    if (status == DALV_OK && value.size > BOUNDS_VALUE_MAX)
        status = device_put_large(device, key, value, transaction);
    else if (status == DALV_OK)
        status = dalv_transaction_put(transaction, key, value, NULL);
    return commit(device, &transaction, status);
}

enum dalv_status dalv_device_add(struct dalv_device *device,
                                 struct dalv_bytes key, struct dalv_bytes value)
{
    struct dalv_transaction *transaction = NULL;
    enum dalv_status status = dalv_transaction_create(&transaction);

    if (status == DALV_OK)
        status = dalv_transaction_add(transaction, key, value, NULL);
    return commit(device, &transaction, status);
}

enum dalv_status dalv_device_del(struct dalv_device *device,
                                 struct dalv_bytes key)
{
    struct dalv_transaction *transaction = NULL;
    enum dalv_status status = dalv_transaction_create(&transaction);

    if (status == DALV_OK)
        status = dalv_transaction_del(transaction, key);
    return commit(device, &transaction, status);
}

enum dalv_status dalv_device_increment(struct dalv_device *device,
                                       struct dalv_bytes key, int64_t number)
{
    struct dalv_transaction *transaction = NULL;
    enum dalv_status status = dalv_transaction_create(&transaction);

    if (status == DALV_OK)
        status = dalv_transaction_increment(transaction, key, number);
    return commit(device, &transaction, status);
}

enum dalv_status dalv_device_list_add(struct dalv_device *device,
                                      struct dalv_bytes key,
                                      struct dalv_bytes element)
{
    struct dalv_transaction *transaction = NULL;
    enum dalv_status status = dalv_transaction_create(&transaction);

    if (status == DALV_OK)
        status = dalv_transaction_list_add(transaction, key, element);
    return commit(device, &transaction, status);
}

enum dalv_status dalv_device_list_remove(struct dalv_device *device,
                                         struct dalv_bytes key,
                                         struct dalv_bytes element)
{
    struct dalv_transaction *transaction = NULL;
    struct dalv_value *value = NULL;
    enum dalv_status status = dalv_device_get(device, key, &value);

    if (status != DALV_OK)
        return status;
    status = dalv_transaction_create(&transaction);
    if (status == DALV_OK)
        status = equal_elements_remove(transaction, key, value, element);
    dalv_value_destroy(&value);
    return commit(device, &transaction, status);
}
