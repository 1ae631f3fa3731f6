/*
 * Another program, started by exec and ended by its process id.
 */
#ifndef DALV_BENCH_PROCESS_H
#define DALV_BENCH_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct process {
    pid_t id; /* 0: not running. */
};

/*
 * Start `arguments[0]`, found by PATH; the last argument is NULL. What it says
 * goes to the file `log`. Ends the harness if it can not be started.
 */
void process_start(struct process *process, char *const *arguments,
                   const char *log);

/* Send the signal and wait for the end; after ten seconds SIGKILL. */
void process_stop(struct process *process, int signal);

/*
 * Run a program to its end and keep what it prints, as a string cut to
 * `capacity`. Ends the harness if it fails or takes longer than `ms_max`.
 */
void process_capture(char *const *arguments, uint32_t ms_max, char *text,
                     size_t capacity);
/* The same, but how it ended is for you to judge: its exit code. */
int process_run(char *const *arguments, uint32_t ms_max, char *text,
                size_t capacity);

/* True once it has ended by itself; it must have ended well. */
bool process_is_over(struct process *process);

#endif
