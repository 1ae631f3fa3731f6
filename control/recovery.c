#include "control/recovery.h"

#include <string.h>

static const struct recovery_word *newest(const struct recovery_word *words,
                                          size_t count)
{
    const struct recovery_word *best = NULL;

    for (size_t i = 0; i < count; i++) {
        const struct recovery_word *word = &words[i];

        if (word->known_epoch == 0)
            continue;
        if (best == NULL || word->known_epoch > best->known_epoch ||
            (word->known_epoch == best->known_epoch &&
             word->known_change > best->known_change))
            best = word;
    }
    return best;
}

enum recovery_verdict recovery_decide(const struct recovery_word *words,
                                      size_t count,
                                      struct partition_record *out_record)
{
    const struct recovery_word *best = newest(words, count);
    struct joint_votes votes = {0};
    uint64_t heard_epoch = 0;

    memset(out_record, 0, sizeof(*out_record));
    if (best == NULL)
        return RECOVERY_UNKNOWN;
    out_record->joint = best->known;
    for (size_t i = 0; i < count; i++) {
        joint_set_vote(&best->known, &words[i].member, &votes);
        if (words[i].heard_epoch > heard_epoch)
            heard_epoch = words[i].heard_epoch;
    }
    if (best->known_epoch > heard_epoch)
        heard_epoch = best->known_epoch;
    out_record->epoch = heard_epoch + RECOVERY_EPOCHS_SKIPPED;
    out_record->state = PARTITION_OPENING;
    return joint_set_is_majority(&best->known, &votes) ? RECOVERY_DONE
                                                       : RECOVERY_NO_MAJORITY;
}
