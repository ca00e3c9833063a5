/* All readers of one input: the stream's own tap and those that came later, each with a queue, a
 * loss count and a wake-up of its own, so that none can disturb another.
 *
 * The list only grows. A node is pushed once, by whoever opens a tap when there is none to use
 * again, and lives as long as the stream: so the callback, a host's finishing thread and a closer
 * may all walk the list at any time, without a claim, and find every waiter. (Had the callback to
 * unlink nodes, as it does with voices, only it could walk, and memory would come back only while
 * the device runs.) The stream's own tap is the last node. What comes and goes is the queue's
 * memory, and that the callback touches only between claiming a node (LIVE -> LIVE | BUSY) and
 * letting go. So its work is bounded by the block times the open taps, and one load for each node
 * that waits for its next use: as many as were open at once.
 *
 * state: LIVE (0), and bits. BUSY: a callback, or a rewind, is in the queue. CLOSED: no callback
 * goes there again; the reader may still take what is stored. RELEASED: the owner has let go too.
 * TAKEN: being emptied or set up by one thread, for everybody else out of bounds.
 *
 *   open:     RELEASED without BUSY -> TAKEN (acquire: the callback's last access is over);
 *             set up; TAKEN -> LIVE (release: what was set up)
 *   callback: LIVE -> BUSY (acquire), copy, clear BUSY (release)
 *   close:    set CLOSED, then wake the waiter, who looks for it after arming (seq_cst, wake.h)
 *   release:  set RELEASED; then, if nobody is inside, -> TAKEN, free, RELEASED. One that finds
 *             BUSY leaves the memory to the next open or to the end of the stream.
 *
 * owner writes: CLOSED, RELEASED, TAKEN, and while TAKEN everything but `next` and `wake`
 * audio thread writes: BUSY, and while BUSY what tap.h says
 */
#ifndef ASD_TAPS_H
#define ASD_TAPS_H

#include "tap.h"

/* what the callback has for each tap */
typedef struct {
    const void *input;
    uint64_t frame, frames;
    double time;
    uint32_t flags;
} asd_capture;

void asd_taps_init(asd_stream *s);
void asd_taps_push(asd_stream *s, const asd_capture *block);   /* audio thread */
uint64_t asd_taps_offer_wakes(asd_stream *s);                  /* audio thread; how many signals */
void asd_taps_wake(asd_stream *s);                             /* any thread */
int asd_taps_rewind(asd_stream *s);                            /* 0: a reader is inside */
void asd_taps_free(asd_stream *s);

#endif
