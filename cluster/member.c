#include "cluster/member.h"

#include "base/assert.h"
#include "cluster/part.h"

#include <string.h>

bool store_id_equal(const struct store_id *a, const struct store_id *b)
{
    return memcmp(a->bytes, b->bytes, STORE_ID_BYTES) == 0;
}

bool store_id_is_set(const struct store_id *id)
{
    static const struct store_id none = {{0}};

    return !store_id_equal(id, &none);
}

bool member_is_set(const struct member *member)
{
    return member->node != 0 && store_id_is_set(&member->store);
}

bool member_equal(const struct member *a, const struct member *b)
{
    return member_compare(a, b) == 0;
}

int member_compare(const struct member *a, const struct member *b)
{
    if (a->node != b->node)
        return a->node < b->node ? -1 : 1;
    return memcmp(a->store.bytes, b->store.bytes, STORE_ID_BYTES);
}

/* Of the first one that is not before it; `count` if all are. */
static size_t place_of(const struct member_set *set,
                       const struct member *member)
{
    size_t place = 0;

    while (place < set->count && member_compare(&set->items[place], member) < 0)
        place++;
    return place;
}

static bool is_at(const struct member_set *set, size_t place,
                  const struct member *member)
{
    return place < set->count && member_equal(&set->items[place], member);
}

bool member_set_has(const struct member_set *set, const struct member *member)
{
    return is_at(set, place_of(set, member), member);
}

const struct member *member_set_on_node(const struct member_set *set,
                                        uint32_t node)
{
    for (size_t i = 0; i < set->count; i++) {
        if (set->items[i].node == node)
            return &set->items[i];
    }
    return NULL;
}

bool member_set_add(struct member_set *set, const struct member *member)
{
    size_t place = place_of(set, member);

    ASSERT(member_is_set(member));
    if (is_at(set, place, member))
        return true;
    if (set->count == MEMBER_SET_MAX)
        return false;
    memmove(&set->items[place + 1], &set->items[place],
            (set->count - place) * sizeof(set->items[0]));
    set->items[place] = *member;
    set->count++;
    return true;
}

void member_set_remove(struct member_set *set, const struct member *member)
{
    size_t place = place_of(set, member);

    if (!is_at(set, place, member))
        return;
    set->count--;
    memmove(&set->items[place], &set->items[place + 1],
            (set->count - place) * sizeof(set->items[0]));
}

bool member_set_equal(const struct member_set *a, const struct member_set *b)
{
    if (a->count != b->count)
        return false;
    for (size_t i = 0; i < a->count; i++) {
        if (!member_equal(&a->items[i], &b->items[i]))
            return false;
    }
    return true;
}

size_t member_set_majority(const struct member_set *set)
{
    ASSERT(set->count > 0);
    return set->count / 2 + 1;
}

void member_put(struct writer *writer, const struct member *member)
{
    writer_varint(writer, member->node);
    writer_bytes_put(writer, bytes_make(member->store.bytes, STORE_ID_BYTES));
}

struct member member_read(struct reader *reader)
{
    struct member member = {0};
    uint32_t node = part_u32(reader);
    struct bytes store = reader_bytes(reader, STORE_ID_BYTES);

    if (!reader_is_ok(reader))
        return member;
    member.node = node;
    memcpy(member.store.bytes, store.data, STORE_ID_BYTES);
    return member;
}

void member_set_put(struct writer *writer, const struct member_set *set)
{
    writer_u8(writer, (uint8_t)set->count);
    for (size_t i = 0; i < set->count; i++)
        member_put(writer, &set->items[i]);
}

void member_set_read(struct reader *reader, struct member_set *out_set)
{
    size_t count = reader_u8(reader);

    *out_set = (struct member_set){.count = 0};
    if (count > MEMBER_SET_MAX)
        reader_fail(reader);
    for (size_t i = 0; i < count && reader_is_ok(reader); i++) {
        struct member member = member_read(reader);
        bool is_next =
            i == 0 || member_compare(&out_set->items[i - 1], &member) < 0;

        if (!member_is_set(&member) || !is_next) {
            reader_fail(reader);
            return;
        }
        out_set->items[out_set->count++] = member;
    }
}

bool joint_set_is_settled(const struct joint_set *joint)
{
    return joint->old_members.count == 0;
}

bool joint_set_has(const struct joint_set *joint, const struct member *member)
{
    return member_set_has(&joint->members, member) ||
           member_set_has(&joint->old_members, member);
}

static uint32_t bit_of(const struct member_set *set,
                       const struct member *member)
{
    size_t place = place_of(set, member);

    return is_at(set, place, member) ? UINT32_C(1) << place : 0;
}

void joint_set_vote(const struct joint_set *joint, const struct member *member,
                    struct joint_votes *votes)
{
    votes->members |= bit_of(&joint->members, member);
    votes->old_members |= bit_of(&joint->old_members, member);
}

static size_t count_bits(uint32_t bits)
{
    size_t count = 0;

    for (; bits != 0; bits &= bits - 1)
        count++;
    return count;
}

bool joint_set_is_majority(const struct joint_set *joint,
                           const struct joint_votes *votes)
{
    if (count_bits(votes->members) < member_set_majority(&joint->members))
        return false;
    return joint_set_is_settled(joint) ||
           count_bits(votes->old_members) >=
               member_set_majority(&joint->old_members);
}

bool joint_set_is_all(const struct joint_set *joint,
                      const struct joint_votes *votes)
{
    return count_bits(votes->members) == joint->members.count &&
           count_bits(votes->old_members) == joint->old_members.count;
}
