#include "node/proposal.h"

#include <string.h>

struct proposal *proposal_create(struct allocator *allocator,
                                 struct bytes records)
{
    struct proposal *proposal =
        allocator_take(allocator, sizeof(*proposal) + records.size);

    if (proposal == NULL)
        return NULL;
    memset(proposal, 0, sizeof(*proposal));
    proposal->bytes_size = records.size;
    memcpy(proposal->bytes, records.data, records.size);
    return proposal;
}

void proposal_destroy(struct proposal **proposal_p, struct allocator *allocator)
{
    struct proposal *proposal = *proposal_p;

    *proposal_p = NULL;
    if (proposal != NULL)
        allocator_give(allocator, proposal,
                       sizeof(*proposal) + proposal->bytes_size);
}

struct bytes proposal_bytes(const struct proposal *proposal)
{
    return bytes_make(proposal->bytes, proposal->bytes_size);
}
