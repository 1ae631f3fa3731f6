#include "cluster/placement_moves.h"

void placement_moves_init(struct placement_moves *moves,
                          const struct place *old_places,
                          const struct place *new_places,
                          uint32_t partition_count)
{
    *moves = (struct placement_moves){.old_places = old_places,
                                      .new_places = new_places,
                                      .partition_count = partition_count,
                                      .type = PLACEMENT_ADD};
}

static bool is_on(const struct place *place, uint32_t node)
{
    for (size_t i = 0; i < place->count; i++) {
        if (place->nodes[i] == node)
            return true;
    }
    return false;
}

/* Nodes of `place` that `other` lacks; gives their number. */
static size_t difference(const struct place *place, const struct place *other,
                         uint32_t *out_nodes)
{
    size_t count = 0;

    for (size_t i = 0; i < place->count; i++) {
        if (!is_on(other, place->nodes[i]))
            out_nodes[count++] = place->nodes[i];
    }
    return count;
}

/* How the copies of one partition change. */
struct change {
    uint32_t added[MEMBER_SET_MAX];
    size_t added_count;
    uint32_t removed[MEMBER_SET_MAX];
    size_t removed_count;
    size_t moved_count; /* The first of both belong together. */
};

static struct change change_of(const struct place *old_place,
                               const struct place *new_place)
{
    struct change change = {.added_count = 0};

    change.added_count = difference(new_place, old_place, change.added);
    change.removed_count = difference(old_place, new_place, change.removed);
    change.moved_count = change.added_count < change.removed_count
                             ? change.added_count
                             : change.removed_count;
    return change;
}

static bool next_copy(const struct change *change, size_t index,
                      struct placement_move *move)
{
    size_t rest = change->moved_count + index;

    if (move->type == PLACEMENT_MOVE) {
        move->from = index < change->moved_count ? change->removed[index] : 0;
        move->to = index < change->moved_count ? change->added[index] : 0;
        return index < change->moved_count;
    }
    if (move->type == PLACEMENT_ADD && rest < change->added_count) {
        move->to = change->added[rest];
        return true;
    }
    if (move->type == PLACEMENT_DROP && rest < change->removed_count) {
        move->from = change->removed[rest];
        return true;
    }
    return false;
}

static bool next_leader(const struct place *old_place,
                        const struct place *new_place, size_t index,
                        struct placement_move *move)
{
    move->from = old_place->is_led ? old_place->nodes[0] : 0;
    move->to = new_place->nodes[0];
    return index == 0 && move->from != move->to;
}

/* The next of the kind and partition where the walk is; false: none is left. */
static bool next_here(const struct placement_moves *moves,
                      struct placement_move *move)
{
    const struct place *old_place = &moves->old_places[moves->partition];
    const struct place *new_place = &moves->new_places[moves->partition];
    struct change change;

    *move = (struct placement_move){.type = moves->type,
                                    .partition = moves->partition};
    if (moves->type == PLACEMENT_LEAD)
        return next_leader(old_place, new_place, moves->index, move);
    change = change_of(old_place, new_place);
    return next_copy(&change, moves->index, move);
}

bool placement_moves_next(struct placement_moves *moves,
                          struct placement_move *out_move)
{
    struct placement_move move;

    while (moves->partition < moves->partition_count) {
        if (next_here(moves, &move)) {
            moves->index++;
            *out_move = move;
            return true;
        }
        moves->index = 0;
        moves->partition++;
        if (moves->partition == moves->partition_count &&
            moves->type != PLACEMENT_LEAD) {
            moves->type++;
            moves->partition = 0;
        }
    }
    return false;
}
