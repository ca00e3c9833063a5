#include "wake.h"

#include "platform.h"

/* COUNTED: SIGNALLED, and `pending` knows. */
enum { IDLE, ARMED, SIGNALLED, COUNTED };

static _Atomic int enabled;
static _Atomic int waiting;
static _Atomic int pending;

void asd_wake_init(asd_wake *w)
{
    atomic_init(&w->state, IDLE);
    atomic_init(&w->threshold, 0);
    atomic_init(&w->descriptor, -1);
    w->background = 0;
}

static void count_waiting(const asd_wake *w, int change)
{
    if (!w->background)
        atomic_fetch_add(&waiting, change);
}

int asd_wake_arm_slot(asd_wake *w, uint64_t threshold)
{
    /* relaxed: ordered before the seq_cst exchange, and a stale value only costs a spurious
     * wake-up. */
    atomic_store_explicit(&w->threshold, threshold, memory_order_relaxed);
    int before = atomic_exchange(&w->state, ARMED); /* seq_cst: see "the lost wake-up" */
    if (before != ARMED)
        count_waiting(w, 1);
    if (before == COUNTED)
        atomic_fetch_sub(&pending, 1);
    return before == IDLE;
}

/* 1: there was a signal that the caller must acknowledge once its task has run. */
int asd_wake_disarm_slot(asd_wake *w)
{
    int before = atomic_exchange(&w->state, IDLE); /* acq: what was published before the signal */
    if (before == ARMED)
        count_waiting(w, -1);
    return before == COUNTED;
}

int asd_wake_now(asd_wake *w)
{
    int armed = ARMED;
    int counted = atomic_load_explicit(&enabled, memory_order_relaxed);
    /* pending goes up before waiting goes down: in between the card must not look idle */
    if (counted)
        atomic_fetch_add(&pending, 1);
    if (!atomic_compare_exchange_strong(&w->state, &armed, counted ? COUNTED : SIGNALLED)) {
        if (counted)
            atomic_fetch_sub(&pending, 1);
        return 0;
    }
    count_waiting(w, -1);
    /* relaxed: attached before the arming whose ARMED was just read */
    intptr_t descriptor = atomic_load_explicit(&w->descriptor, memory_order_relaxed);
    if (descriptor >= 0)
        asd_signal(descriptor);
    return 1;
}

int asd_wake_offer(asd_wake *w, uint64_t value)
{
    if (atomic_load(&w->state) != ARMED) /* seq_cst: after the publication, see above */
        return 0;
    if (value < atomic_load_explicit(&w->threshold, memory_order_relaxed))
        return 0;
    return asd_wake_now(w);
}

void asd_handshake_enable(int on)
{
    atomic_store(&enabled, on);
}

int asd_handshake_enabled(void)
{
    return atomic_load(&enabled);
}

int asd_handshake_pending(void)
{
    return atomic_load(&pending);
}

void asd_handshake_hold(void)
{
    atomic_fetch_add(&pending, 1);
}

void asd_handshake_ack(void)
{
    atomic_fetch_sub(&pending, 1);
}

static int idle(void)
{
    return atomic_load(&pending) <= 0 && atomic_load(&waiting) > 0;
}

uintptr_t asd_handshake_idle_address(void)
{
    return (uintptr_t)idle;
}
