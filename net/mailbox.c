#include "net/mailbox.h"

#include "base/assert.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

void mailbox_init(struct mailbox *mailbox, size_t capacity)
{
    ASSERT(capacity > 0);
    *mailbox = (struct mailbox){
        .items = calloc(capacity, sizeof(void *)),
        .capacity = capacity,
        .descriptor = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK),
    };
    ASSERT(mailbox->items != NULL);
    ASSERT(mailbox->descriptor >= 0);
    ASSERT(pthread_mutex_init(&mailbox->mutex, NULL) == 0);
    ASSERT(pthread_cond_init(&mailbox->filled, NULL) == 0);
}

void mailbox_deinit(struct mailbox *mailbox)
{
    ASSERT(mailbox->count == 0);
    ASSERT(pthread_cond_destroy(&mailbox->filled) == 0);
    ASSERT(pthread_mutex_destroy(&mailbox->mutex) == 0);
    (void)close(mailbox->descriptor);
    free(mailbox->items);
    mailbox->items = NULL;
}

static void lock(struct mailbox *mailbox)
{
    ASSERT(pthread_mutex_lock(&mailbox->mutex) == 0);
}

static void unlock(struct mailbox *mailbox)
{
    ASSERT(pthread_mutex_unlock(&mailbox->mutex) == 0);
}

static void signal_reader(struct mailbox *mailbox)
{
    uint64_t one = 1;
    ssize_t written;

    do {
        written = write(mailbox->descriptor, &one, sizeof(one));
    } while (written < 0 && errno == EINTR);
    ASSERT(written == (ssize_t)sizeof(one));
}

/* The mailbox is locked; what is said here is done once it is not any more. */
static void expect_signal(struct mailbox *mailbox)
{
    mailbox->is_armed = false;
    mailbox->signal_count++;
}

bool mailbox_put(struct mailbox *mailbox, void *const *items, size_t count)
{
    bool has_room;
    bool must_wake;
    bool is_waiting;

    lock(mailbox);
    has_room = count <= mailbox->capacity - mailbox->count;
    for (size_t i = 0; has_room && i < count; i++) {
        size_t slot = (mailbox->first + mailbox->count) % mailbox->capacity;

        mailbox->items[slot] = items[i];
        mailbox->count++;
    }
    must_wake = mailbox->is_armed && mailbox->count > 0;
    if (must_wake)
        expect_signal(mailbox);
    is_waiting = mailbox->is_waiting;
    unlock(mailbox);
    if (must_wake)
        signal_reader(mailbox);
    if (is_waiting)
        ASSERT(pthread_cond_signal(&mailbox->filled) == 0);
    return has_room;
}

void mailbox_wake(struct mailbox *mailbox)
{
    bool must_signal;

    lock(mailbox);
    mailbox->is_woken = true;
    must_signal = mailbox->is_armed;
    if (must_signal)
        expect_signal(mailbox);
    unlock(mailbox);
    if (must_signal)
        signal_reader(mailbox);
    ASSERT(pthread_cond_signal(&mailbox->filled) == 0);
}

size_t mailbox_take(struct mailbox *mailbox, void **out_items, size_t max)
{
    size_t count;

    lock(mailbox);
    count = mailbox->count < max ? mailbox->count : max;
    for (size_t i = 0; i < count; i++) {
        out_items[i] = mailbox->items[mailbox->first];
        mailbox->first = (mailbox->first + 1) % mailbox->capacity;
    }
    mailbox->count -= count;
    unlock(mailbox);
    return count;
}

bool mailbox_arm(struct mailbox *mailbox)
{
    bool is_empty;

    lock(mailbox);
    is_empty = mailbox->count == 0;
    mailbox->is_armed = is_empty;
    unlock(mailbox);
    return is_empty;
}

/* A signal that is still about to be written is read another time. */
void mailbox_disarm(struct mailbox *mailbox)
{
    uint64_t count = 0;
    bool is_signalled;

    lock(mailbox);
    mailbox->is_armed = false;
    is_signalled = mailbox->signal_count > 0;
    unlock(mailbox);
    if (!is_signalled)
        return;
    if (read(mailbox->descriptor, &count, sizeof(count)) < 0)
        ASSERT(errno == EAGAIN || errno == EINTR);
    lock(mailbox);
    mailbox->signal_count -= count;
    unlock(mailbox);
}

void mailbox_wait(struct mailbox *mailbox)
{
    lock(mailbox);
    mailbox->is_waiting = true;
    while (mailbox->count == 0 && !mailbox->is_woken)
        ASSERT(pthread_cond_wait(&mailbox->filled, &mailbox->mutex) == 0);
    mailbox->is_waiting = false;
    mailbox->is_woken = false;
    unlock(mailbox);
}
