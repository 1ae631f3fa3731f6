/*
 * A wall clock that is wrong: LD_PRELOAD it into a server.
 *
 *     CLOCK_AHEAD_S  by how many seconds it is ahead; may be negative
 */
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* NOLINTBEGIN(readability-inconsistent-declaration-parameter-name): libc's own
   names are not for us. */
int clock_gettime(clockid_t clock, struct timespec *out_time)
{
    const char *ahead = getenv("CLOCK_AHEAD_S");
    long result = syscall(SYS_clock_gettime, clock, out_time);

    if (result == 0 && clock == CLOCK_REALTIME && ahead != NULL)
        out_time->tv_sec += strtol(ahead, NULL, 10);
    return (int)result;
}
/* NOLINTEND(readability-inconsistent-declaration-parameter-name) */
