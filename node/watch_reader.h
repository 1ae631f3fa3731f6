/*
 * Reads from the index what a watch that is behind was not told yet.
 *
 * It runs on the thread that owns the index; the watch is its own until it
 * goes back to the core.
 */
#ifndef DALV_NODE_WATCH_READER_H
#define DALV_NODE_WATCH_READER_H

#include "base/allocator.h"
#include "base/status.h"
#include "node/responder.h"
#include "node/watch.h"

/*
 * Put what comes next into the watch's pushes: of one user a page, of all
 * users some users' changes in one partition. DALV_OK also if there was no
 * memory for a push, which is told as a gap; every other status is the index's
 * poison.
 */
DALV_MUST_CHECK enum dalv_status watch_reader_read(struct responder *responder,
                                                   struct allocator *allocator,
                                                   struct watch *watch);

#endif
