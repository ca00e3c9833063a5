/* Waking a waiter from the audio thread, only when there is one and its wish is met.
 *
 * A slot is IDLE, ARMED or SIGNALLED. The waiter (one a slot) writes the threshold and moves
 * IDLE to ARMED; the audio thread moves ARMED to SIGNALLED and writes to the descriptor; the
 * waiter moves either back to IDLE. No one else touches a slot, so a slot costs the audio thread
 * one load while nobody waits.
 *
 * The lost wake-up. Waiter: arm, then look at the counters. Audio thread: publish the counters,
 * then look at the slot. If both looks could miss the other's write, the waiter would sleep for
 * ever; so all four accesses are sequentially consistent (the writes are read-modify-writes).
 * Acquire and release alone allow that outcome on every processor with a store buffer, and
 * fences would do but are invisible to ThreadSanitizer.
 *
 * The handshake. On a clock that is not real time somebody must know when every woken task has
 * run: `waiting` counts armed slots, `pending` counts signals not yet acknowledged (only those
 * sent while the handshake is enabled, for acknowledging costs a turn of the event loop). A
 * `background` slot is not in `waiting`: a helper thread waits all the time, and the clock must
 * not run away while nobody else does.
 */
#ifndef ASD_WAKE_H
#define ASD_WAKE_H

#include <stdatomic.h>

#include "kernel.h"

typedef struct {
    _Atomic int state;
    _Atomic uint64_t threshold;
    _Atomic intptr_t descriptor;
    int background; /* set before the slot is used */
} asd_wake;

void asd_wake_init(asd_wake *w);
int asd_wake_arm_slot(asd_wake *w, uint64_t threshold);
int asd_wake_disarm_slot(asd_wake *w);
int asd_wake_offer(asd_wake *w, uint64_t value); /* audio thread: 1 when it signalled */
int asd_wake_now(asd_wake *w);                   /* any thread: wake whatever the threshold */

#endif
