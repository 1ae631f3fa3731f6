#include "storage/log_report.h"

const char *log_fault_text(enum log_fault fault)
{
    switch (fault) {
    case LOG_FAULT_NONE:
        return "no fault";
    case LOG_FAULT_HEADER:
        return "no batch header where one must be";
    case LOG_FAULT_BODY:
        return "a batch fails its checksum";
    case LOG_FAULT_PADDING:
        return "bytes behind a batch are not zero";
    case LOG_FAULT_RECORD:
        return "a record that cannot be";
    case LOG_FAULT_CHAIN:
        return "a record does not join its partition's log";
    case LOG_FAULT_SEQUENCE:
        return "batches are missing";
    case LOG_FAULT_STATE:
        return "a segment does not begin with its state";
    case LOG_FAULT_SIZE:
        return "a segment's file is not of its size";
    case LOG_FAULT_SEGMENT:
        return "a segment's file is missing";
    case LOG_FAULT_READ:
        return "the file could not be read";
    }
    return "unknown fault";
}
