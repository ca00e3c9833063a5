/* Input: a queue of captured frames that knows where each of them belongs.
 *
 * The queue's positions count stored frames, the stream's frames count all of them. Marks join
 * the two: a mark says "from this position on, frames are those from `frame` on". What was lost
 * is never recorded as such, it is the difference, so it is exact whatever was dropped and by
 * whom: the oldest frames (read moves over them) or the incoming ones (the next mark jumps).
 *
 * Marks live in a ring of their own. The callback appends, and reuses a slot once the queue's
 * read position has passed the mark after it. A plain mark (no gap, no flags) is left out when
 * half of the ring is in use, for it can be computed from the one before; flags wait for the
 * next mark when there is no slot; a gap's mark gets one by dropping the oldest frames, and only
 * while a reader holds these is the incoming block dropped instead, which needs no slot.
 *
 * Use. What is dropped before the first read is lost for the reader that comes late, unless the
 * tap is the stream's own and others (taps.h) do the reading: then nobody has lost anything. So a
 * tap is FRESH; the callback makes it SPARE when it serves another tap, forgets what was counted,
 * and from then on keeps the latest frames and counts nothing; the first read that takes a frame
 * makes it READ for good. The sums are exact because that read holds the claim: a drop of the
 * oldest frames succeeds only if no reader came between its look at `read` and its exchange, so
 * `use`, looked at in between, is what it was at that moment.
 *
 * audio thread writes: queue bytes, queue.write, queue.read (drop), marks, mark_write,
 *   mark_tail, reusable, gap, held_flags, lost, begun, begin, use (SPARE)
 * reader writes: queue.read (claim, release), next_frame, cursor, use (READ)
 * control writes: everything, in asd_tap_rewind, holding the claim while no callback can run
 * taps.c writes: next, state, wake
 */
#ifndef ASD_TAP_H
#define ASD_TAP_H

#include "queue.h"
#include "wake.h"

typedef struct {
    uint64_t position;
    uint64_t frame;
    double time;
    uint32_t flags;
} asd_mark;

struct asd_tap {
    asd_queue queue;
    asd_route route;
    double seconds_per_frame;
    uint32_t policy;
    unsigned char silence;

    asd_mark *marks;
    uint64_t mark_capacity;
    _Atomic uint64_t mark_write;
    _Atomic uint64_t mark_tail;
    _Atomic uint64_t lost;
    _Atomic int use;

    uint64_t reusable; /* marks before this one are not looked at any more */
    int gap;
    uint32_t held_flags;
    int begun;
    uint64_t begin; /* frame of the first block that was offered */

    uint64_t next_frame;
    uint64_t cursor;

    asd_tap *next;
    _Atomic int state;
    asd_wake wake;
};

int asd_tap_init(asd_tap *t, const asd_config *config, uint64_t capacity, uint32_t policy);
void asd_tap_drop(asd_tap *t);
int asd_tap_rewind(asd_tap *t); /* 0: a reader is in here */
/* Before the first block: its reader is that of `before`, and what is between is lost. */
void asd_tap_continue(asd_tap *t, asd_tap *before, uint64_t frame);

/* audio thread */
void asd_tap_push(asd_tap *t, const void *input, uint64_t frames, uint64_t frame, double time,
                  uint32_t flags);
void asd_tap_make_spare(asd_tap *t);
uint64_t asd_tap_fill(asd_tap *t);

/* reader: frames delivered, -1 when another reader is in here */
int64_t asd_tap_read(asd_tap *t, unsigned char *dst, uint64_t frames, int stop_at_gap,
                     asd_block *block);

#endif
