/*
 * Programmer errors end the process: assertions are always on.
 *
 * Never assert on bytes that came from a wire, a disk or a file; those are
 * rejected with a status.
 */
#ifndef DALV_BASE_ASSERT_H
#define DALV_BASE_ASSERT_H

/*
 * Report and end the process. The pure library only declares it: the host
 * library prints and aborts, a simulator may print its seed first.
 */
_Noreturn void assert_failed(const char *expression, const char *file,
                             int line);

/* Control never comes here, for this reason. */
#define ASSERT_UNREACHABLE(reason) assert_failed(reason, __FILE__, __LINE__)

#define ASSERT(expression)                                                     \
    ((expression) ? (void)0 : assert_failed(#expression, __FILE__, __LINE__))

#endif
