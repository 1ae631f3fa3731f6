#include "model/key_state.h"

uint64_t key_state_feed_revision(const struct key_state *state)
{
    return state->kind == KEY_LIST ? state->generation : state->revision;
}

uint64_t key_state_parts_hash(const struct key_state *state)
{
    struct reader reader;

    reader_init(&reader, state->value);
    return reader_u64(&reader);
}

bool key_state_is_in_parts(const struct key_state *state)
{
    return state->kind == KEY_REGISTER && state->generation != 0;
}
