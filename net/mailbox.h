/*
 * A bounded queue of pointers from one thread to another.
 *
 * With a pointer goes the ownership of what it points at. The reader takes all
 * that waits at once. It is woken only if it sleeps: one that waits for other
 * things too arms the mailbox before, and the first put afterwards makes the
 * descriptor readable; one that waits for nothing else calls mailbox_wait,
 * which costs two system calls less. So a batch costs one wake-up, and a busy
 * reader none.
 */
#ifndef DALV_NET_MAILBOX_H
#define DALV_NET_MAILBOX_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct mailbox {
    pthread_mutex_t mutex;
    pthread_cond_t filled; /* For mailbox_wait. */
    void **items;          /* A ring. */
    size_t capacity;
    size_t first;
    size_t count;
    bool is_waiting; /* In mailbox_wait. */
    bool is_woken;   /* By mailbox_wake, and has not noticed. */
    bool is_armed;
    int descriptor;        /* Readable once an armed mailbox got something. */
    uint64_t signal_count; /* Written to it, or about to be, and not read. */
};

/* Ends the process if there is no memory or no descriptor. */
void mailbox_init(struct mailbox *mailbox, size_t capacity);
/* It is empty. */
void mailbox_deinit(struct mailbox *mailbox);

/* The writer. All of `items` are taken, or none: false if there is no room. */
bool mailbox_put(struct mailbox *mailbox, void *const *items, size_t count);
/* Wakes the reader without giving it anything. */
void mailbox_wake(struct mailbox *mailbox);

/* The reader. Up to `max` items, in the order in which they were put. */
size_t mailbox_take(struct mailbox *mailbox, void **out_items, size_t max);
/*
 * False if something waits: take it. True if the mailbox is empty and armed:
 * wait for the descriptor, then call mailbox_disarm.
 */
bool mailbox_arm(struct mailbox *mailbox);
void mailbox_disarm(struct mailbox *mailbox);
/* Return once something waits, or after a mailbox_wake. */
void mailbox_wait(struct mailbox *mailbox);

#endif
