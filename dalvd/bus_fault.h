/*
 * SIGBUS: a table of the index that is mapped into memory was cut short, or
 * cannot be read from the disk any more.
 *
 * Nobody can go on from there. The handler says so in one line, leaves a mark
 * for the next start to make the index anew from the log, and ends the process.
 */
#ifndef DALV_DALVD_BUS_FAULT_H
#define DALV_DALVD_BUS_FAULT_H

/*
 * Catch it from now on. The mark is an empty file at `mark_path`; the process
 * ends with `exit_code`.
 */
void bus_fault_catch(const char *mark_path, int exit_code);

#endif
