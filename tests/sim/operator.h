/*
 * What an operator asks of a cluster while it works: another master for a
 * partition, a better balance, a node that is to hold nothing.
 */
#ifndef DALV_TESTS_SIM_OPERATOR_H
#define DALV_TESTS_SIM_OPERATOR_H

struct world;

/* One of these, by a request in the control store; some are refused. */
void operator_ask_something(struct world *world);

#endif
