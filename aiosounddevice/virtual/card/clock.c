/* Clocks, and the card's thread.
 *
 * Theory of operation: the thread exists from the first start of a stream on a clock that runs by
 * itself until Pa_Terminate, reset or fork. It sleeps on card.wake, runs events as runner when they
 * are due (real time) or when the hook says that nobody else has anything to do (automatic), and
 * leaves when card.generation is no longer the one it was made in. Real time is a line through
 * (base_ns, base_tick) with the slope `speed`: events are due at absolute times, so lateness does
 * not add up; a late thread runs what it missed without loss, and counts it, unless it was told that
 * this is to cost what a slow callback costs: then a stream is as far behind as its next block. */

#define _GNU_SOURCE
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

#include "card.h"

#define NAP_NS 50000

int64_t monotonic_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

static Tick mapped(int64_t ns) {
    return card.base_tick +
           (Tick)((long double)(ns - card.base_ns) * (TICKS / 1e9L) * (long double)card.speed);
}

static int64_t ns_of(Tick tick) {
    return card.base_ns +
           (int64_t)((long double)(tick - card.base_tick) * (1e9L / TICKS) / (long double)card.speed);
}

Tick clock_now(void) {
    if (card.clock != VIRTUALCARD_REALTIME) return card.now;
    Tick tick = mapped(monotonic_ns());
    return tick > card.now ? tick : card.now;
}

void clock_rebase(int clock, double speed) {
    /* With no stream there is nobody to see time stand still since the latest event, and a card that
     * is made manual after a reset begins at 0. */
    Tick tick = card.streams ? clock_now() : card.now;
    Stream *next = next_event(tick);
    if (next) tick = due(next) > card.now ? due(next) : card.now; /* not past what is to be run */
    card.now = card.base_tick = tick;
    card.base_ns = monotonic_ns();
    card.clock = clock;
    card.speed = speed;
}

void clock_from_environment(void) {
    const char *text = getenv("AIOSOUNDDEVICE_VIRTUAL_CLOCK");
    char *end = NULL;
    double speed = 1;
    int clock = VIRTUALCARD_REALTIME;
    if (text && strcmp(text, "manual") == 0) clock = VIRTUALCARD_MANUAL;
    else if (text && strcmp(text, "auto") == 0) clock = VIRTUALCARD_AUTO;
    else if (text && *text && strcmp(text, "realtime") != 0) {
        speed = strtod(text, &end);
        if (strcmp(end, "x") != 0 || !(speed > 0) || isinf(speed)) {
            fprintf(stderr, "virtual sound card: AIOSOUNDDEVICE_VIRTUAL_CLOCK=%s is none of "
                            "realtime, manual, auto, 10x; using realtime\n", text);
            speed = 1;
        }
    }
    card.clock = clock;
    card.speed = speed;
    card.base_tick = card.now;
    card.base_ns = monotonic_ns();
}

/* Lateness that slow callbacks caused is theirs: their debt is taken off. */
static void note_lateness(const Stream *stream, int64_t ns) {
    double late = (double)ns / 1e9;
    for (const Stream *s = card.streams; s; s = s->next) late -= s->debt / card.speed;
    if (late > card.latest) card.latest = late;
    if (late > (double)stream->block / stream->rate / card.speed) card.late++;
}

static void sleep_until(int64_t ns) {
    struct timespec when = {(time_t)(ns / 1000000000), (long)(ns % 1000000000)};
    pthread_cond_timedwait(&card.wake, &card.mutex, &when);
}

static void run_as_thread(Stream *stream) {
    card.running = true;
    run_event(stream);
    card.running = false;
    pthread_cond_broadcast(&card.changed);
}

static void real_turn(Stream *stream) {
    int64_t when = ns_of(due(stream)), now = monotonic_ns();
    if (now < when) {
        sleep_until(when);
        return;
    }
    if (stream->state == ACTIVE) note_lateness(stream, now - when);
    if (card.lateness_loses) stream->debt = (double)(now - when) / 1e9 * card.speed;
    run_as_thread(stream);
}

/* The hook runs without the mutex: what it asks may in turn wait for a call into the card. */
static void auto_turn(uint64_t generation) {
    int (*hook)(void) = card.hook;
    if (!hook) {
        pthread_cond_wait(&card.wake, &card.mutex);
        return;
    }
    card.in_hook = true;
    card_unlock();
    int idle = hook();
    card_lock();
    card.in_hook = false;
    pthread_cond_broadcast(&card.changed);
    if (card.generation != generation || card.clock != VIRTUALCARD_AUTO || card.running) return;
    Stream *stream = idle ? next_event(NEVER) : NULL;
    if (stream) run_as_thread(stream);
    else sleep_until(monotonic_ns() + NAP_NS);
}

static void *thread_main(void *argument) {
    uint64_t generation = (uint64_t)(uintptr_t)argument;
#ifdef __linux__
    prctl(PR_SET_TIMERSLACK, 1UL);
    prctl(PR_SET_NAME, "virtual card");
#endif
    card_lock();
    while (card.generation == generation) {
        Stream *stream = card.running ? NULL : next_event(NEVER);
        if (!stream || card.clock == VIRTUALCARD_MANUAL)
            pthread_cond_wait(&card.wake, &card.mutex);
        else if (card.clock == VIRTUALCARD_AUTO) auto_turn(generation);
        else real_turn(stream);
        card_unlock(); /* let callers in, however far the card is behind */
        card_lock();
    }
    card_unlock();
    return NULL;
}

void clock_thread_start(void) {
    if (!card.has_thread && card.clock != VIRTUALCARD_MANUAL) {
        sigset_t all, before;
        sigfillset(&all);
        pthread_sigmask(SIG_SETMASK, &all, &before); /* signals belong to the program's threads */
        void *generation = (void *)(uintptr_t)card.generation;
        card.called = 0;
        card.has_thread = pthread_create(&card.thread, NULL, thread_main, generation) == 0;
        pthread_sigmask(SIG_SETMASK, &before, NULL);
    }
    pthread_cond_signal(&card.wake);
}

void clock_thread_stop(void) {
    if (!card.has_thread) return;
    pthread_t thread = card.thread;
    bool own = pthread_equal(thread, pthread_self()); /* from the hook */
    card.has_thread = false;
    card.generation++;
    pthread_cond_broadcast(&card.wake);
    if (own) {
        pthread_detach(thread);
        return;
    }
    card_unlock();
    pthread_join(thread, NULL);
    card_lock();
}

API int virtualcard_set_clock(int clock, double speed) {
    if (inside || clock < VIRTUALCARD_REALTIME || clock > VIRTUALCARD_AUTO) return -1;
    if (!(speed > 0) || isinf(speed)) return -1;
    card_lock();
    become_runner();
    clock_rebase(clock, speed);
    leave_runner();
    if (card.streams) clock_thread_start();
    card_unlock();
    return 0;
}

API int virtualcard_clock(double *speed) {
    card_lock();
    int clock = card.clock;
    if (speed) *speed = card.speed;
    card_unlock();
    return clock;
}

API int virtualcard_set_idle_hook(int (*hook)(void)) {
    card_lock();
    card.hook = hook;
    pthread_cond_signal(&card.wake);
    bool own = card.in_hook && card.has_thread && pthread_equal(card.thread, pthread_self());
    while (card.in_hook && !own) pthread_cond_wait(&card.changed, &card.mutex);
    card_unlock();
    return 0;
}
