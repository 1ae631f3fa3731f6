/*
 * The ready-made three-way merge: lists by element, JSON objects by member.
 *
 * Of each part (an element, a member) the side that changed it wins; if both
 * changed one member in different ways, nothing is merged and the conflict
 * stays for later. The only file of the folder that knows jansson.
 */
#include "client/dalv.h"

#include <jansson.h>
#include <stdlib.h>

static bool is_list_or_absent(const struct dalv_value *value)
{
    return value == NULL || dalv_value_kind(value) == DALV_KIND_LIST;
}

static bool same_id(struct dalv_element_id a, struct dalv_element_id b)
{
    return a.device == b.device && a.local_id == b.local_id &&
           a.position == b.position;
}

static bool has_element(const struct dalv_value *list,
                        struct dalv_element_id id)
{
    size_t count = list == NULL ? 0 : dalv_value_element_count(list);

    for (size_t i = 0; i < count; i++) {
        if (same_id(dalv_value_element_id(list, i), id))
            return true;
    }
    return false;
}

/* What mine has and neither base nor theirs: it was added here. */
static enum dalv_status add_new(const struct dalv_conflict *conflict,
                                struct dalv_transaction *answer)
{
    const struct dalv_value *mine = dalv_conflict_mine(conflict);
    size_t count = mine == NULL ? 0 : dalv_value_element_count(mine);
    enum dalv_status status = DALV_OK;

    for (size_t i = 0; status == DALV_OK && i < count; i++) {
        struct dalv_element_id id = dalv_value_element_id(mine, i);

        if (!has_element(dalv_conflict_base(conflict), id) &&
            !has_element(dalv_conflict_theirs(conflict), id))
            status =
                dalv_transaction_list_add(answer, dalv_conflict_key(conflict),
                                          dalv_value_element(mine, i));
    }
    return status;
}

/* What theirs still has of the base and mine has not: it was removed here. */
static enum dalv_status remove_gone(const struct dalv_conflict *conflict,
                                    struct dalv_transaction *answer)
{
    const struct dalv_value *theirs = dalv_conflict_theirs(conflict);
    size_t count = theirs == NULL ? 0 : dalv_value_element_count(theirs);
    enum dalv_status status = DALV_OK;

    for (size_t i = 0; status == DALV_OK && i < count; i++) {
        struct dalv_element_id id = dalv_value_element_id(theirs, i);

        if (has_element(dalv_conflict_base(conflict), id) &&
            !has_element(dalv_conflict_mine(conflict), id))
            status = dalv_transaction_list_remove(
                answer, dalv_conflict_key(conflict), &id, 1);
    }
    return status;
}

static enum dalv_resolution merge_lists(const struct dalv_conflict *conflict,
                                        struct dalv_transaction *answer)
{
    enum dalv_status status = remove_gone(conflict, answer);

    if (status == DALV_OK)
        status = add_new(conflict, answer);
    if (status != DALV_OK)
        return DALV_RESOLVE_LATER;
    return dalv_transaction_count(answer) == 0 ? DALV_RESOLVE_THEIRS
                                               : DALV_RESOLVE_ANSWER;
}

/* The object that a register holds; NULL if it holds none. */
static json_t *read_object(const struct dalv_value *value)
{
    struct dalv_bytes bytes;
    json_t *object;

    if (value == NULL || dalv_value_kind(value) != DALV_KIND_REGISTER)
        return NULL;
    bytes = dalv_value_bytes(value);
    object = json_loadb(bytes.data, bytes.size,
                        JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, NULL);
    if (json_is_object(object))
        return object;
    json_decref(object);
    return NULL;
}

/* NULL means that the member is not there, on either side. */
static bool same_member(const json_t *a, const json_t *b)
{
    if (a == NULL || b == NULL)
        return a == b;
    return json_equal(a, b) == 1;
}

/* Three versions of one object; `merged` begins as theirs. */
struct objects {
    json_t *base;
    json_t *mine;
    json_t *merged;
};

static bool merge_member(struct objects *objects, const char *name)
{
    json_t *base = json_object_get(objects->base, name);
    json_t *mine = json_object_get(objects->mine, name);
    json_t *theirs = json_object_get(objects->merged, name);

    if (same_member(mine, base) || same_member(mine, theirs))
        return true;
    if (!same_member(theirs, base))
        return false;
    if (mine == NULL)
        return json_object_del(objects->merged, name) == 0;
    return json_object_set(objects->merged, name, mine) == 0;
}

static bool merge_members(struct objects *objects)
{
    const char *name;
    json_t *member;

    json_object_foreach(objects->mine, name, member)
    {
        if (!merge_member(objects, name))
            return false;
    }
    /* Those that are gone in mine. */
    json_object_foreach(objects->base, name, member)
    {
        if (!merge_member(objects, name))
            return false;
    }
    return true;
}

static enum dalv_resolution put_merged(const struct dalv_conflict *conflict,
                                       const struct objects *objects,
                                       struct dalv_transaction *answer)
{
    const struct dalv_put_options options = {
        .flags = dalv_value_flags(dalv_conflict_mine(conflict))};
    char *text = json_dumps(objects->merged, JSON_COMPACT);
    enum dalv_status status = DALV_NO_MEMORY;

    if (text != NULL)
        status = dalv_transaction_put(answer, dalv_conflict_key(conflict),
                                      dalv_text(text), &options);
    free(text);
    return status == DALV_OK ? DALV_RESOLVE_ANSWER : DALV_RESOLVE_LATER;
}

static enum dalv_resolution merge_objects(const struct dalv_conflict *conflict,
                                          struct dalv_transaction *answer)
{
    struct objects objects = {
        .base = read_object(dalv_conflict_base(conflict)),
        .mine = read_object(dalv_conflict_mine(conflict)),
        .merged = read_object(dalv_conflict_theirs(conflict)),
    };
    bool has_base =
        objects.base != NULL || dalv_conflict_base(conflict) == NULL;
    enum dalv_resolution resolution = DALV_RESOLVE_LATER;

    /* A life that ends would not be told: it is the application's to decide. */
    if (has_base && objects.mine != NULL && objects.merged != NULL &&
        dalv_value_expiry_us(dalv_conflict_theirs(conflict)) == 0 &&
        merge_members(&objects))
        resolution = put_merged(conflict, &objects, answer);
    json_decref(objects.base);
    json_decref(objects.mine);
    json_decref(objects.merged);
    return resolution;
}

enum dalv_resolution dalv_resolve_merge(void *owner,
                                        const struct dalv_conflict *conflict,
                                        struct dalv_transaction *answer)
{
    const struct dalv_value *mine = dalv_conflict_mine(conflict);
    const struct dalv_value *theirs = dalv_conflict_theirs(conflict);

    (void)owner;
    if (is_list_or_absent(mine) && is_list_or_absent(theirs) &&
        is_list_or_absent(dalv_conflict_base(conflict)) &&
        (mine != NULL || theirs != NULL))
        return merge_lists(conflict, answer);
    return merge_objects(conflict, answer);
}
