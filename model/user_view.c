#include "model/user_view.h"

#include "base/sort.h"

#include <string.h>

static int compare_keys(const void *a, const void *b)
{
    const struct view_key *left = a;
    const struct view_key *right = b;

    return bytes_compare(left->key, right->key);
}

static int compare_elements(const void *a, const void *b)
{
    const struct view_element *left = a;
    const struct view_element *right = b;
    int order = bytes_compare(left->key, right->key);

    return order != 0 ? order : dot_compare(left->dot, right->dot);
}

static int compare_requests(const void *a, const void *b)
{
    const struct view_request *left = a;
    const struct view_request *right = b;

    return memcmp(left->id.bytes, right->id.bytes, sizeof(left->id.bytes));
}

static int compare_uploads(const void *a, const void *b)
{
    const struct view_upload *left = a;
    const struct view_upload *right = b;
    int order = bytes_compare(left->key, right->key);

    if (order != 0)
        return order;
    return (left->state.upload > right->state.upload) -
           (left->state.upload < right->state.upload);
}

enum dalv_status user_view_init(struct user_view *view, struct arena *arena,
                                struct bytes user,
                                const struct user_view_bounds *bounds)
{
    struct user_view made = {
        .key_capacity = bounds->keys,
        .element_capacity = bounds->elements,
        .device_capacity = bounds->devices,
        .request_capacity = bounds->requests,
        .upload_capacity = bounds->uploads,
        .arena = arena,
    };

    made.keys = arena_take(arena, bounds->keys, sizeof(*made.keys));
    made.elements = arena_take(arena, bounds->elements, sizeof(*made.elements));
    made.devices = arena_take(arena, bounds->devices, sizeof(*made.devices));
    made.requests = arena_take(arena, bounds->requests, sizeof(*made.requests));
    made.uploads = arena_take(arena, bounds->uploads, sizeof(*made.uploads));
    if (made.keys == NULL || made.elements == NULL || made.devices == NULL ||
        made.requests == NULL || made.uploads == NULL ||
        !arena_copy(arena, user, &made.user))
        return DALV_TOO_BIG;
    *view = made;
    return DALV_OK;
}

enum dalv_status user_view_want_key(struct user_view *view, struct bytes key)
{
    if (view->key_count == view->key_capacity)
        return DALV_TOO_BIG;
    view->keys[view->key_count++] = (struct view_key){.key = key};
    return DALV_OK;
}

enum dalv_status user_view_want_element(struct user_view *view,
                                        struct bytes key, struct dot dot)
{
    if (view->element_count == view->element_capacity)
        return DALV_TOO_BIG;
    view->elements[view->element_count++] =
        (struct view_element){.key = key, .dot = dot};
    return DALV_OK;
}

enum dalv_status user_view_want_upload(struct user_view *view, struct bytes key,
                                       uint64_t upload)
{
    if (view->upload_count == view->upload_capacity)
        return DALV_TOO_BIG;
    view->uploads[view->upload_count++] =
        (struct view_upload){.key = key, .state.upload = upload};
    return DALV_OK;
}

static enum dalv_status want_operation(struct user_view *view,
                                       const struct operation *operation)
{
    enum dalv_status status = DALV_OK;

    if (operation->dot_count > view->element_capacity - view->element_count)
        return DALV_TOO_BIG;
    for (size_t i = 0; i < operation->dot_count; i++)
        view->elements[view->element_count++] = (struct view_element){
            .key = operation->key, .dot = operation->dots[i]};
    if (operation->type == OPERATION_UPLOAD ||
        operation->type == OPERATION_PUT_UPLOADED)
        status = user_view_want_upload(view, operation->key, operation->upload);
    return status == DALV_OK ? user_view_want_key(view, operation->key)
                             : status;
}

enum dalv_status user_view_want_transaction(
    struct user_view *view, const struct transaction *transaction)
{
    enum dalv_status status = DALV_OK;

    for (size_t i = 0; status == DALV_OK && i < transaction->operation_count;
         i++)
        status = want_operation(view, &transaction->operations[i]);
    for (size_t i = 0; status == DALV_OK && i < transaction->precondition_count;
         i++)
        status = user_view_want_key(view, transaction->preconditions[i].key);
    return status;
}

static bool is_same_install(const struct install_id *a,
                            const struct install_id *b)
{
    return memcmp(a->bytes, b->bytes, sizeof(a->bytes)) == 0;
}

/* A device id names a device alone; an install id counts without one. */
static bool is_wanted(const struct view_device *entry, uint64_t device,
                      const struct install_id *install)
{
    if (entry->device != device)
        return false;
    return device != 0 || is_same_install(&entry->install, install);
}

enum dalv_status user_view_want_device(struct user_view *view, uint64_t device,
                                       const struct install_id *install)
{
    struct view_device *wanted;

    for (size_t i = 0; i < view->device_count; i++) {
        if (is_wanted(&view->devices[i], device, install))
            return DALV_OK;
    }
    if (view->device_count == view->device_capacity)
        return DALV_TOO_BIG;
    wanted = &view->devices[view->device_count++];
    *wanted = (struct view_device){.device = device};
    if (device == 0)
        wanted->install = *install;
    return DALV_OK;
}

enum dalv_status user_view_want_request(struct user_view *view,
                                        const struct request_id *id)
{
    if (view->request_count == view->request_capacity)
        return DALV_TOO_BIG;
    view->requests[view->request_count++] = (struct view_request){.id = *id};
    return DALV_OK;
}

/* Who asked may be gone before the view is. */
static enum dalv_status own_keys(struct user_view *view)
{
    for (size_t i = 0; i < view->key_count; i++) {
        struct bytes *key = &view->keys[i].key;

        if (!arena_copy(view->arena, *key, key))
            return DALV_NO_MEMORY;
    }
    for (size_t i = 0; i < view->element_count; i++) {
        struct bytes *key = &view->elements[i].key;
        const struct view_key *entry = user_view_key(view, *key);

        if (entry != NULL)
            *key = entry->key;
        else if (!arena_copy(view->arena, *key, key))
            return DALV_NO_MEMORY;
    }
    for (size_t i = 0; i < view->upload_count; i++) {
        struct bytes *key = &view->uploads[i].key;

        if (!arena_copy(view->arena, *key, key))
            return DALV_NO_MEMORY;
    }
    return DALV_OK;
}

enum dalv_status user_view_prepare(struct user_view *view)
{
    sort_items(view->keys, view->key_count, sizeof(*view->keys), compare_keys);
    view->key_count = sort_unique(view->keys, view->key_count,
                                  sizeof(*view->keys), compare_keys);
    sort_items(view->elements, view->element_count, sizeof(*view->elements),
               compare_elements);
    view->element_count =
        sort_unique(view->elements, view->element_count,
                    sizeof(*view->elements), compare_elements);
    sort_items(view->requests, view->request_count, sizeof(*view->requests),
               compare_requests);
    view->request_count =
        sort_unique(view->requests, view->request_count,
                    sizeof(*view->requests), compare_requests);
    sort_items(view->uploads, view->upload_count, sizeof(*view->uploads),
               compare_uploads);
    view->upload_count = sort_unique(view->uploads, view->upload_count,
                                     sizeof(*view->uploads), compare_uploads);
    return own_keys(view);
}

struct view_key *user_view_key(struct user_view *view, struct bytes key)
{
    struct view_key wanted = {.key = key};
    size_t place = sort_place(view->keys, view->key_count, sizeof(*view->keys),
                              &wanted, compare_keys);

    if (place == view->key_count || !bytes_equal(view->keys[place].key, key))
        return NULL;
    return &view->keys[place];
}

struct view_element *user_view_element(struct user_view *view, struct bytes key,
                                       struct dot dot)
{
    struct view_element wanted = {.key = key, .dot = dot};
    size_t place =
        sort_place(view->elements, view->element_count, sizeof(*view->elements),
                   &wanted, compare_elements);

    if (place == view->element_count ||
        compare_elements(&view->elements[place], &wanted) != 0)
        return NULL;
    return &view->elements[place];
}

struct view_device *user_view_device(struct user_view *view, uint64_t device)
{
    for (size_t i = 0; i < view->device_count; i++) {
        struct view_device *entry = &view->devices[i];

        if (device != 0 && (entry->device == device ||
                            (entry->is_found && entry->state.device == device)))
            return entry;
    }
    return NULL;
}

struct view_device *user_view_install(struct user_view *view,
                                      const struct install_id *install)
{
    for (size_t i = 0; i < view->device_count; i++) {
        if (view->devices[i].device == 0 &&
            is_same_install(&view->devices[i].install, install))
            return &view->devices[i];
    }
    return NULL;
}

struct view_request *user_view_request(struct user_view *view,
                                       const struct request_id *id)
{
    struct view_request wanted = {.id = *id};
    size_t place =
        sort_place(view->requests, view->request_count, sizeof(*view->requests),
                   &wanted, compare_requests);

    if (place == view->request_count ||
        compare_requests(&view->requests[place], &wanted) != 0)
        return NULL;
    return &view->requests[place];
}

struct view_upload *user_view_upload(struct user_view *view, struct bytes key,
                                     uint64_t upload)
{
    struct view_upload wanted = {.key = key, .state.upload = upload};
    size_t place = sort_place(view->uploads, view->upload_count,
                              sizeof(*view->uploads), &wanted, compare_uploads);

    if (place == view->upload_count ||
        compare_uploads(&view->uploads[place], &wanted) != 0)
        return NULL;
    return &view->uploads[place];
}
