/* One stream: what the callback owns and shares, and when it may be freed.
 *
 * The gate. A callback first counts itself in, then looks at the gate; whoever closes first
 * shuts the gate, then looks at the count. Both pairs are sequentially consistent, so either the
 * callback sees the gate shut (and touches nothing), or the closer sees it inside (and waits).
 * The struct itself must outlive the host's last call, so it is freed only after Pa_CloseStream
 * returned; a stream whose close never returned is never freed.
 *
 * control writes: gate, opened_bits, ended, complete_after; everything, in asd_stream_rewind and
 *   asd_stream_continue, while no callback can run
 * audio thread writes: inside, frame, time, entry_bits, the counters, clock
 * host's finishing thread writes: finished
 * whoever opens a tap writes: taps
 */
#ifndef ASD_STREAM_H
#define ASD_STREAM_H

#include "clock.h"
#include "feed.h"
#include "level.h"
#include "taps.h"
#include "voice.h"
#include "wake.h"

enum { ASD_FLAG_KINDS = 4 };

struct asd_stream {
    asd_config config;
    asd_tap tap;
    _Atomic(asd_tap *) taps; /* the newest one */
    asd_meter meter;
    asd_feed feed;
    asd_voices voices;
    asd_wake wake[ASD_WAKE_SLOTS]; /* but ASD_WAKE_INPUT, which is in the tap */

    alignas(64) _Atomic int gate;
    _Atomic int inside;
    _Atomic int ended;
    _Atomic int finished;
    _Atomic uint64_t complete_after; /* voices; UINT64_MAX: never */
    _Atomic uint64_t opened_bits;

    alignas(64) _Atomic uint64_t frame;
    _Atomic uint64_t time_bits; /* a double; atomic doubles are not lock-free everywhere */
    _Atomic uint64_t callbacks;
    _Atomic uint64_t wakeups;
    _Atomic uint64_t flag_counts[ASD_FLAG_KINDS];
    _Atomic uint32_t flags;
    _Atomic uint64_t load_bits;
    _Atomic uint64_t gap_bits;
    _Atomic uint64_t entry_bits; /* of the last callback; 0: none yet */

    asd_clock clock;
    double last_entry;
    double load;
    double longest_gap;
};

void asd_stream_offer_wakes(asd_stream *s);

#endif
