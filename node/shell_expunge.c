#include "base/clock.h"
#include "base/log.h"
#include "node/shell_internal.h"

/* No other checkpoint begins until this is over. */
void shell_look_for_erased(struct node_shell *shell, uint64_t now_ms)
{
    if (shell->is_checkpoint_ordered ||
        !expunger_begins_to_look(&shell->expunger, now_ms))
        return;
    shell->is_checkpoint_ordered = true;
    shell_order_index(shell, (struct index_order){
                                 .type = INDEX_SUM_ERASED,
                                 .erased = {.starts = shell->starts},
                             });
}

void shell_on_erased_summed(struct node_shell *shell,
                            const struct index_erased *erased)
{
    if (expunger_is_due(&shell->expunger, erased->count, erased->oldest_us,
                        loop_now_ms(shell->loop), clock_wall_us()))
        shell_order_log(shell, (struct log_order){.type = LOG_TURN});
    else
        shell->is_checkpoint_ordered = false;
}

void shell_on_log_turned(struct node_shell *shell)
{
    (void)expunger_go_on(&shell->expunger, loop_now_ms(shell->loop));
    shell_order_index(shell, (struct index_order){
                                 .type = INDEX_EXPUNGE,
                                 .erased = {.starts = shell->starts},
                                 .flushed = shell->flushed,
                             });
}

/* All that is durable in the index goes, whoever would like to keep it. */
void shell_on_index_expunged(struct node_shell *shell)
{
    (void)expunger_go_on(&shell->expunger, loop_now_ms(shell->loop));
    shell_order_log(
        shell, (struct log_order){
                   .type = LOG_RELEASE,
                   .release = {.flushed = shell->flushed,
                               .wanted = shell->wanted,
                               .bytes_max = 0,
                               .partition_count = shell->store->partition_count,
                               .starts = shell->starts},
               });
}

void shell_on_released(struct node_shell *shell)
{
    if (shell->expunger.state != EXPUNGER_RELEASING)
        return;
    (void)expunger_go_on(&shell->expunger, loop_now_ms(shell->loop));
    LOG(LOG_INFO, "erased_from_log", log_u64("records", shell->expunger.count),
        log_u64("log_bytes", shell->log_bytes));
}
