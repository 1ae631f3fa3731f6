/*
 * What every control store must do, told once and run against each of them.
 *
 * A test binary says where stores come from, then runs these stories beside its
 * own. Sessions are opened on one and the same store; each story uses keys of
 * its own, so that nothing has to be wiped.
 */
#ifndef DALV_TESTS_SUPPORT_CONTROL_CONFORMANCE_H
#define DALV_TESTS_SUPPORT_CONTROL_CONFORMANCE_H

#include "control/control_store.h"
#include "tests/support/suite.h"

/* A new session; it must not fail (ASSERT). */
typedef struct control_store *control_conformance_opener(void);

void control_conformance_use(control_conformance_opener *opener);

void reads_back_what_was_put(void);
void says_that_a_key_is_not_there(void);
void keeps_any_bytes_of_any_allowed_size(void);
void puts_only_on_the_revision_that_was_named(void);
void makes_a_key_only_where_there_is_none(void);
void changes_all_keys_or_none(void);
void looks_at_a_key_without_changing_it(void);
void gives_a_key_that_comes_again_a_higher_revision(void);
void lists_a_prefix_in_order_and_in_pages(void);
void lists_nothing_beside_the_prefix(void);
void takes_as_many_changes_as_the_bound_says(void);
void refuses_what_is_beyond_the_bounds(void);
void shows_every_session_what_was_acknowledged(void);
void stops_waiting_for_what_is_there_already(void);

#define CONTROL_CONFORMANCE_TESTS                                              \
    SUITE_TEST(reads_back_what_was_put),                                       \
        SUITE_TEST(says_that_a_key_is_not_there),                              \
        SUITE_TEST(keeps_any_bytes_of_any_allowed_size),                       \
        SUITE_TEST(puts_only_on_the_revision_that_was_named),                  \
        SUITE_TEST(makes_a_key_only_where_there_is_none),                      \
        SUITE_TEST(changes_all_keys_or_none),                                  \
        SUITE_TEST(looks_at_a_key_without_changing_it),                        \
        SUITE_TEST(gives_a_key_that_comes_again_a_higher_revision),            \
        SUITE_TEST(lists_a_prefix_in_order_and_in_pages),                      \
        SUITE_TEST(lists_nothing_beside_the_prefix),                           \
        SUITE_TEST(takes_as_many_changes_as_the_bound_says),                   \
        SUITE_TEST(refuses_what_is_beyond_the_bounds),                         \
        SUITE_TEST(shows_every_session_what_was_acknowledged),                 \
        SUITE_TEST(stops_waiting_for_what_is_there_already)

/*
 * Several processes count one key up, `rounds` times each, with a session of
 * their own; what they were told is held against what the key says in the end.
 */
void control_conformance_count(unsigned process_count, unsigned rounds);

#endif
