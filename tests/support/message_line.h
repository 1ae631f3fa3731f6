/*
 * A message as one line for people, so that tests can say what they expect:
 *
 *     #7 UPDATED done, at 3
 *     #8 REFUSED too busy, not done: try again; again in 50 ms
 *     #9 GOT at 3: a=one
 *
 * It only says what is there.
 */
#ifndef DALV_TESTS_SUPPORT_MESSAGE_LINE_H
#define DALV_TESTS_SUPPORT_MESSAGE_LINE_H

#include "base/text.h"
#include "model/message.h"

/* Appends the line, without an end of line; no "#n " for number 0. */
void message_line_put(struct text *text, const struct message *message);

#endif
