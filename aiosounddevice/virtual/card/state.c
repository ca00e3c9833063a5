/* The card itself: its lock, who runs events, and what happens in a forked child.
 *
 * Theory of operation: card.h. Every field of `card` is read and written with card.mutex held. A
 * forked child starts with a fresh card that has the same devices: its parent's streams are no
 * business of its own, and the card's thread does not exist there. fork() waits for the mutex so that the child's copy of the
 * lists is whole. */

#define _GNU_SOURCE
#include <string.h>
#include <time.h>

#include "card.h"

struct Card card;
_Thread_local Stream *inside;

void card_lock(void) {
    pthread_mutex_lock(&card.door);
    pthread_mutex_lock(&card.mutex);
    pthread_mutex_unlock(&card.door);
}

void card_unlock(void) { pthread_mutex_unlock(&card.mutex); }

void become_runner(void) {
    while (card.running) pthread_cond_wait(&card.changed, &card.mutex);
    card.running = true;
}

void leave_runner(void) {
    card.running = false;
    pthread_cond_broadcast(&card.changed);
    pthread_cond_signal(&card.wake);
}

static void make_locks(void) {
    pthread_condattr_t monotonic;
    pthread_mutex_init(&card.mutex, NULL);
    pthread_mutex_init(&card.door, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&card.changed, &monotonic);
    pthread_cond_init(&card.wake, &monotonic);
    pthread_condattr_destroy(&monotonic);
}

static void before_fork(void) { card_lock(); }

static void after_fork_in_parent(void) { card_unlock(); }

static void after_fork_in_child(void) {
    entries_reset();
    Device *devices[MAX_DEVICES];
    int count = card.device_count;
    memcpy(devices, card.devices, sizeof devices);
    memset(&card, 0, sizeof card);
    memcpy(card.devices, devices, sizeof devices);
    card.device_count = count;
    inside = NULL;
    make_locks();
    calls_forked();
    clock_from_environment();
    for (int i = 0; i < count; i++) devices[i]->users = 0; /* no stream came along */
    table_reset();
}

__attribute__((constructor)) static void power_on(void) {
    make_locks();
    clock_from_environment();
    table_default();
    table_reset();
    pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child);
}

API int virtualcard_reset(void) {
    if (inside) return -1;
    card_lock();
    become_runner();
    streams_forget();
    card.hook = NULL;
    clock_thread_stop();
    entries_reset();
    card.late = card.lost = card.inserted = 0;
    card.latest = 0;
    card.now = 0;
    card.lateness_loses = false;
    clock_from_environment();
    table_reset();
    leave_runner();
    card_unlock();
    virtualcard_set_idle_hook(NULL);
    calls_reset();
    return 0;
}
