#include "model/user_state.h"

uint64_t user_state_history(const struct user_state *state)
{
    uint64_t told = state->history_id ^ state->restored;

    /* Of 2^64 restores one would make a 0 of it. */
    return told == 0 ? state->history_id : told;
}

void user_state_restore(struct user_state *state, uint64_t mark)
{
    state->common_history_id = user_state_history(state);
    state->common = state->revision;
    state->restored = mark;
}
