/*
 * What a look over a whole log found: for the node's start, the command line
 * and tests.
 */
#ifndef DALV_STORAGE_LOG_REPORT_H
#define DALV_STORAGE_LOG_REPORT_H

#include <stdbool.h>
#include <stdint.h>

/* The numbers are for code; log_fault_text has the words for people. */
enum log_fault {
    LOG_FAULT_NONE,
    LOG_FAULT_HEADER,   /* No batch header where one must be. */
    LOG_FAULT_BODY,     /* A batch's records fail its CRC. */
    LOG_FAULT_PADDING,  /* Bytes behind a batch that are not zero. */
    LOG_FAULT_RECORD,   /* A record that cannot be. */
    LOG_FAULT_CHAIN,    /* A record that does not join its partition's log. */
    LOG_FAULT_SEQUENCE, /* Batches are missing. */
    LOG_FAULT_STATE,    /* A segment that does not begin with its STATE. */
    LOG_FAULT_SIZE,     /* A segment's file is not of its size. */
    LOG_FAULT_SEGMENT,  /* A segment's file is missing. */
    LOG_FAULT_READ,     /* The system could not read. */
};

/* A place where the log is bad, and where it is good again. */
struct log_damage {
    enum log_fault fault;
    uint32_t segment; /* The file's number: see segment_name. */
    uint64_t offset;
    uint32_t resumed_segment; /* The next good batch; 0 if there is none. */
    uint64_t resumed_offset;
};

struct log_report {
    bool is_new; /* The log was made by this opening. */
    uint32_t first_segment;
    uint32_t last_segment;
    uint64_t batch_count;
    uint64_t record_count;
    uint64_t last_sequence;

    /*
     * The last batch was torn, by a crash or by rot: it is cut. What it held
     * was acknowledged only if it was rot, which nobody can tell: the node
     * promises as uncertain.
     */
    bool is_cut;
    struct log_damage cut;

    /* Bad places before good later batches: only the first is described. */
    uint32_t damage_count;
    struct log_damage damage;
    /* Partitions that are not LOG_WHOLE: how many, and their range. */
    uint32_t partition_count;
    uint32_t partition_first;
    uint32_t partition_last;

    /* A tail was lost, in this opening or an earlier one, and the owner has
     * not said since that the log is whole again. */
    bool is_uncertain;
};

/* Words for people. Static, never NULL. */
const char *log_fault_text(enum log_fault fault);

#endif
