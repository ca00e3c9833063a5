#include "taps.h"

#include <stdlib.h>
#include <string.h>

#include "stream.h"

enum { LIVE = 0, BUSY = 1, CLOSED = 2, RELEASED = 4, TAKEN = 8 };

void asd_taps_init(asd_stream *s)
{
    asd_wake_init(&s->tap.wake);
    atomic_init(&s->tap.state, LIVE);
    atomic_init(&s->taps, &s->tap);
}

/* acquire: pairs with the push of the newest node, behind which `next` never changes */
static asd_tap *newest(asd_stream *s)
{
    return atomic_load_explicit(&s->taps, memory_order_acquire);
}

/* ---- audio thread ---- */

/* acquire: what the owner has set up. Not claimed: closed, or not open yet. */
static int claim(asd_tap *t)
{
    int live = LIVE;
    return atomic_load_explicit(&t->state, memory_order_relaxed) == LIVE &&
           atomic_compare_exchange_strong_explicit(&t->state, &live, BUSY, memory_order_acquire,
                                                   memory_order_relaxed);
}

/* release: what we did in there, to whoever frees it */
static void let_go(asd_tap *t)
{
    atomic_fetch_and_explicit(&t->state, ~BUSY, memory_order_release);
}

static void push(asd_tap *t, const asd_capture *b)
{
    asd_tap_push(t, b->input, b->frames, b->frame, b->time, b->flags);
}

void asd_taps_push(asd_stream *s, const asd_capture *block)
{
    asd_tap *t = newest(s);
    int served = 0;
    for (; t != &s->tap; t = t->next)
        if (claim(t)) {
            push(t, block);
            let_go(t);
            served = 1;
        }
    /* The stream's own lives as long as the stream: it needs no claim. */
    if (served)
        asd_tap_make_spare(t);
    push(t, block);
}

uint64_t asd_taps_offer_wakes(asd_stream *s)
{
    uint64_t signalled = 0;
    for (asd_tap *t = newest(s); t; t = t->next)
        signalled += (uint64_t)asd_wake_offer(&t->wake, asd_tap_fill(t));
    return signalled;
}

/* ---- the stream's life ---- */

void asd_taps_wake(asd_stream *s)
{
    for (asd_tap *t = newest(s); t; t = t->next)
        asd_wake_now(&t->wake);
}

/* While no callback can run. Owners may come and go, so with the callback's claim. */
int asd_taps_rewind(asd_stream *s)
{
    asd_tap *t = newest(s);
    for (; t != &s->tap; t = t->next)
        if (claim(t)) {
            int done = asd_tap_rewind(t);
            let_go(t);
            if (!done)
                return 0;
        }
    return asd_tap_rewind(t);
}

static void forget_waiter(asd_tap *t)
{
    if (asd_wake_disarm_slot(&t->wake))
        asd_handshake_ack(); /* a signal that nobody will acknowledge */
}

void asd_taps_free(asd_stream *s)
{
    asd_tap *t = newest(s);
    while (t) {
        asd_tap *next = t->next;
        forget_waiter(t);
        asd_tap_drop(t);
        if (t != &s->tap)
            free(t);
        t = next;
    }
}

/* ---- owners ---- */

static int take_over(asd_tap *t)
{
    int released = CLOSED | RELEASED;
    return atomic_compare_exchange_strong_explicit(&t->state, &released, TAKEN,
                                                   memory_order_acquire, memory_order_relaxed);
}

/* release: to the next who takes it over */
static void give_back(asd_tap *t)
{
    asd_tap_drop(t);
    atomic_store_explicit(&t->state, CLOSED | RELEASED, memory_order_release);
}

static asd_tap *used_before(asd_stream *s)
{
    for (asd_tap *t = newest(s); t; t = t->next)
        if (take_over(t))
            return t;
    return NULL;
}

static asd_tap *add(asd_stream *s)
{
    asd_tap *t = aligned_alloc(alignof(asd_tap), sizeof *t);
    if (!t)
        return NULL;
    memset(t, 0, sizeof *t);
    asd_wake_init(&t->wake);
    atomic_init(&t->state, TAKEN);
    t->next = newest(s);
    /* release: the node; acquire on the way: that of whoever came in between */
    while (!atomic_compare_exchange_weak_explicit(&s->taps, &t->next, t, memory_order_acq_rel,
                                                  memory_order_acquire))
        ;
    return t;
}

asd_tap *asd_tap_open(asd_stream *s, uint64_t capacity, uint32_t policy)
{
    asd_tap *t = used_before(s);
    if (!t)
        t = add(s);
    if (!t)
        return NULL;
    asd_tap_drop(t); /* what a release had to leave */
    if (!asd_tap_init(t, &s->config, capacity, policy)) {
        give_back(t);
        return NULL;
    }
    atomic_store_explicit(&t->state, LIVE, memory_order_release);
    return t;
}

void asd_tap_close(asd_tap *t)
{
    atomic_fetch_or(&t->state, CLOSED); /* seq_cst: a publication, before the wake */
    asd_wake_now(&t->wake);
}

void asd_tap_release(asd_tap *t)
{
    forget_waiter(t);
    atomic_fetch_or_explicit(&t->state, CLOSED | RELEASED, memory_order_release);
    if (take_over(t))
        give_back(t);
}

int asd_tap_closed(asd_tap *t)
{
    return (atomic_load(&t->state) & CLOSED) != 0; /* seq_cst: looked at after arming, wake.h */
}

uint64_t asd_tap_lost(asd_tap *t)
{
    return atomic_load_explicit(&t->lost, memory_order_relaxed); /* a statistic */
}

/* ---- readers ---- */

static asd_tap *tap_of(asd_stream *s, asd_tap *t)
{
    return t ? t : &s->tap;
}

static int over(asd_stream *s, asd_tap *t)
{
    return atomic_load(&s->ended) || asd_tap_closed(t);
}

int64_t asd_read(asd_stream *s, asd_tap *t, void *dst, uint64_t frames, int stop_at_gap,
                 asd_block *block)
{
    *block = (asd_block){0, 0, 0, 0};
    return asd_tap_read(tap_of(s, t), dst, frames, stop_at_gap, block);
}

uint64_t asd_input_fill(asd_stream *s, asd_tap *t)
{
    return asd_tap_fill(tap_of(s, t));
}

int64_t asd_take(asd_stream *s, asd_tap *t, void *dst, uint64_t frames, asd_block *block,
                 int *signalled)
{
    t = tap_of(s, t);
    *signalled = asd_wake_disarm_slot(&t->wake);
    /* the end first: what was stored before it is then seen to be there */
    if (!over(s, t) && asd_tap_fill(t) < frames)
        return -2;
    int64_t taken = asd_read(s, t, dst, frames, 0, block);
    return taken < 0 ? -2 : taken; /* being rewound: not yet */
}

void asd_tap_attach(asd_tap *t, intptr_t descriptor)
{
    atomic_store_explicit(&t->wake.descriptor, descriptor, memory_order_relaxed);
}

/* As asd_wake_arm. */
int asd_tap_arm(asd_stream *s, asd_tap *t, uint64_t threshold)
{
    asd_wake_arm_slot(&t->wake, threshold);
    if (!over(s, t) && asd_tap_fill(t) < threshold)
        return 1;
    forget_waiter(t); /* signalled just now: whoever asks has its turn already */
    return 0;
}

int asd_tap_disarm(asd_tap *t)
{
    return asd_wake_disarm_slot(&t->wake);
}
