/* Output: a queue of frames on their way to the device.
 *
 * The writer appends and the callback takes. Two ways to number frames:
 *
 *   as they come (aligned = 0): a late writer delays what follows. `read` moves only over
 *     frames that were there. mode says what an empty queue means: HOLD (nothing is played
 *     yet: silence, not counted), PLAY (an underflow: the silence is counted), DRAIN (the end:
 *     play what is there, count nothing).
 *   aligned (duplex pairs): position = frame of the stream, so the delay from input to output
 *     is constant. `read` moves with every callback; what comes too late is not played. HOLD
 *     holds nothing here.
 *
 * writer writes: queue bytes, queue.write, mode, clear_to, clear_request
 * audio thread writes: queue.read, inserted, late, last, discarded, clear_done
 */
#ifndef ASD_FEED_H
#define ASD_FEED_H

#include "queue.h"

typedef struct {
    asd_queue queue;
    asd_route route;
    unsigned char silence;
    int aligned;
    _Atomic int mode;
    _Atomic uint64_t clear_to;
    _Atomic uint64_t clear_request;
    _Atomic uint64_t clear_done;
    _Atomic uint64_t discarded;
    _Atomic uint64_t inserted;
    _Atomic uint64_t late;
    _Atomic uint64_t last;
} asd_feed;

int asd_feed_init(asd_feed *f, const asd_config *config);
void asd_feed_free(asd_feed *f);
void asd_feed_rewind(asd_feed *f);

/* audio thread; `output` is full of silence already. 1 when sound was put into it */
int asd_feed_pull(asd_feed *f, void *output, uint64_t frames, uint64_t frame);

/* writer */
uint64_t asd_feed_free_frames(asd_feed *f);
uint64_t asd_feed_fill(asd_feed *f);
uint64_t asd_feed_write(asd_feed *f, const unsigned char *src, uint64_t frames);
uint64_t asd_feed_put(asd_feed *f, const unsigned char *src, uint64_t frames, uint64_t ahead);
int64_t asd_feed_write_at(asd_feed *f, uint64_t frame, const unsigned char *src, uint64_t frames);
uint64_t asd_feed_request_clear(asd_feed *f);
void asd_feed_obey_clear(asd_feed *f);

#endif
