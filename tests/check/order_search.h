/*
 * Is there an order of one user's deeds in which each takes effect at one
 * moment between its call and its answer, and was answered as it must be?
 *
 * The search is Wing and Gong's, in the form of Lowe: the calls and ends stand
 * in a list by their time; a deed may be the next one if its call stands before
 * the first end in the list; taking it removes both; who comes to an end that
 * nothing in front of it can remove takes back what he did last. What was met
 * once, the same deeds done and the same data left, is not tried again.
 *
 * Three things make it short. A get that fits is taken at once: it changes
 * nothing, so no order is lost. An update whose revision was told can only be
 * taken at its turn, and then nothing else can. So the search chooses only
 * where a revision was told to nobody, and only among the requests whose
 * outcome is unknown; and it fills no such gap before it must.
 *
 * The user is the object, not each key: a transaction changes several keys at
 * once, and revisions are the user's.
 */
#ifndef DALV_TESTS_CHECK_ORDER_SEARCH_H
#define DALV_TESTS_CHECK_ORDER_SEARCH_H

#include "tests/check/deeds.h"

enum order_verdict {
    ORDER_FOUND,
    ORDER_IMPOSSIBLE,
    ORDER_UNDECIDED, /* After ORDER_CHOICES_MAX choices. */
};

enum {
    ORDER_CHOICES_MAX = 1 << 17,
};

/* The deeds keep all the rules of deeds.h. What cannot be is objected to, by
   the deed that the search came to at the furthest. */
enum order_verdict order_search(const struct deeds *deeds,
                                struct objections *objections);

#endif
