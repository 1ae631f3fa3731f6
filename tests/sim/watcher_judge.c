#include "tests/sim/watcher_judge.h"

#include "model/change_format.h"

/* What a page says of a key, or of an element, last. */
struct saying {
    bool is_named;
    struct change change;
};

static struct saying last_said(struct bytes page, struct bytes key,
                               const struct dot *dot)
{
    struct saying saying = {.is_named = false};
    struct change_reader reader;
    struct change change;

    change_reader_init(&reader, page);
    while (change_next(&reader, &change) == DALV_OK) {
        if (!bytes_equal(change.key, key))
            continue;
        if (dot == NULL ? change.type != CHANGE_KEY
                        : change.type != CHANGE_ELEMENT ||
                              !dot_equal(change.element.dot, *dot))
            continue;
        saying.is_named = true;
        saying.change = change;
    }
    return saying;
}

/* ---- Lists ---- */

/* The list began anew since: what it was is not told any more. */
static bool was_ended(const struct chronicle_key *key, uint64_t from,
                      uint64_t to)
{
    for (size_t i = 0; i < key->version_count; i++) {
        const struct chronicle_version *version = &key->versions[i];

        if (version->revision > from && version->revision <= to &&
            version->kind != KEY_LIST)
            return true;
    }
    return false;
}

static const char *judge_element(const struct chronicle_key *key,
                                 const struct chronicle_element *element,
                                 const uint64_t span[2], struct bytes page)
{
    bool is_there = chronicle_has(element, span[1]);
    bool is_new = is_there && element->added > span[0];
    bool is_gone = !is_there && span[0] > 0 &&
                   chronicle_has(element, span[0]) &&
                   !was_ended(key, span[0], span[1]);
    struct saying saying =
        last_said(page, chronicle_key_bytes(key), &element->dot);

    if (!saying.is_named)
        return is_new    ? "an element was added and not told"
               : is_gone ? "an element was removed and not told"
                         : NULL;
    if (saying.change.element.is_removed == is_there)
        return is_there ? "an element that is there was told as removed"
                        : "an element that is gone was told as there";
    if (is_there &&
        !bytes_equal(bytes_make(element->value, element->value_size),
                     saying.change.element.value))
        return "an element was told with another value";
    return NULL;
}

static const char *judge_elements(const struct chronicle_key *key,
                                  const uint64_t span[2], struct bytes page)
{
    const char *wrong = NULL;

    for (size_t i = 0; wrong == NULL && i < key->element_count; i++)
        wrong = judge_element(key, &key->elements[i], span, page);
    return wrong;
}

/* ---- Keys ---- */

static bool is_same(const struct chronicle_version *version,
                    const struct key_state *state)
{
    if (version->kind != state->kind)
        return false;
    if (version->kind == KEY_COUNTER)
        return version->number == state->number;
    return version->kind != KEY_REGISTER ||
           bytes_equal(chronicle_value(version), state->value);
}

/* Must it be named? A list is named where it begins, then its elements are. */
static bool is_due(const struct chronicle_key *key, const uint64_t span[2])
{
    const struct chronicle_version *version = chronicle_at(key, span[1]);

    if (version->revision <= span[0])
        return false;
    if (version->kind == KEY_LIST)
        return chronicle_at(key, span[0])->kind != KEY_LIST ||
               was_ended(key, span[0], span[1]);
    return span[0] > 0 || version->kind != KEY_NONE;
}

static const char *judge_key(const struct chronicle_key *key,
                             const uint64_t span[2], struct bytes page)
{
    const struct chronicle_version *version = chronicle_at(key, span[1]);
    struct saying saying = last_said(page, chronicle_key_bytes(key), NULL);

    if (is_due(key, span) && !saying.is_named)
        return "a key changed and was not told";
    if (saying.is_named && !is_same(version, &saying.change.state))
        return "a key was told as what it is not";
    return version->kind == KEY_LIST ? judge_elements(key, span, page) : NULL;
}

static bool is_known(struct chronicle *chronicle, struct bytes page)
{
    struct change_reader reader;
    struct change change;
    enum dalv_status status;

    change_reader_init(&reader, page);
    while ((status = change_next(&reader, &change)) == DALV_OK) {
        if (chronicle_key(chronicle, change.key) == NULL)
            return false;
    }
    return status == DALV_NOT_FOUND;
}

const char *watcher_judge(struct chronicle *chronicle, uint64_t from,
                          uint64_t to, struct bytes page)
{
    const uint64_t span[2] = {from, to};
    const char *wrong = NULL;

    if (!is_known(chronicle, page))
        return "a key was told that never was";
    for (size_t i = 0; wrong == NULL && i < chronicle->key_count; i++)
        wrong = judge_key(&chronicle->keys[i], span, page);
    return wrong;
}
