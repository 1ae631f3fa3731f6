#include "dalvd/refusal_log.h"

#include "base/log.h"

void refusal_log_tell(struct refusal_log *log, const struct token_gate *gate,
                      uint64_t now_ms)
{
    if (now_ms < log->next_ms)
        return;
    for (unsigned i = TOKEN_ACCEPTED + 1; i < TOKEN_REASON_COUNT; i++) {
        if (gate->counts[i] == log->told[i])
            continue;
        LOG(LOG_WARNING, "token_refused",
            log_text("why", token_reason_text((enum token_reason)i)),
            log_u64("count", gate->counts[i] - log->told[i]));
        log->told[i] = gate->counts[i];
        log->next_ms = now_ms + REFUSAL_LOG_EVERY_MS;
    }
}
