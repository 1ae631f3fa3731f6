#include "model/digest.h"

#include "base/hash.h"

enum {
    HEAD_BYTES = 64,
};

void digest_init(struct digest *digest)
{
    *digest = (struct digest){0};
}

static void put(struct digest *digest, const struct writer *head,
                struct bytes value)
{
    digest->hash = hash64_seeded(writer_bytes(head), digest->hash);
    digest->hash = hash64_seeded(value, digest->hash);
    digest->count++;
}

/* Sizes go in with the numbers: else "ab" with "c" would be "a" with "bc". */
void digest_put_key(struct digest *digest, struct bytes key,
                    const struct key_state *state)
{
    uint8_t memory[HEAD_BYTES];
    struct writer head;

    if (state->kind == KEY_NONE)
        return;
    writer_init(&head, memory, sizeof(memory));
    writer_u8(&head, (uint8_t)state->kind);
    writer_u64(&head, key_state_feed_revision(state));
    writer_u32(&head, state->flags);
    writer_u64(&head, state->expiry_us);
    writer_i64(&head, state->number);
    writer_u32(&head, (uint32_t)key.size);
    writer_u32(&head, (uint32_t)state->value.size);
    digest->hash = hash64_seeded(key, digest->hash);
    put(digest, &head, state->value);
}

void digest_put_element(struct digest *digest,
                        const struct element_state *element)
{
    uint8_t memory[HEAD_BYTES];
    struct writer head;

    if (element->is_removed)
        return;
    writer_init(&head, memory, sizeof(memory));
    writer_u64(&head, element->dot.device);
    writer_u64(&head, element->dot.local_id);
    writer_u32(&head, element->dot.position);
    writer_u64(&head, element->added_revision);
    writer_u32(&head, (uint32_t)element->value.size);
    put(digest, &head, element->value);
}
