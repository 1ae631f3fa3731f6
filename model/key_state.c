#include "model/key_state.h"

uint64_t key_state_feed_revision(const struct key_state *state)
{
    return state->kind == KEY_LIST ? state->generation : state->revision;
}
