/* Voices: arrays that are played from or recorded into where they lie, without a queue.
 *
 * The owner allocates a voice, submits it (a push on `incoming`), and from then on only looks at
 * its atomics. The callback takes all of `incoming` at once, keeps them in order in `active`,
 * and pushes each finished or cancelled one on `outgoing`, from where the owner collects them
 * all at once. Push and take-all need no more than one compare-and-swap loop and know no ABA
 * problem; scheduling never fails for lack of room.
 *
 * The array's memory. The callback touches it only between claiming the voice (LIVE -> BUSY) and
 * letting go (BUSY -> LIVE). A cancel that finds the voice not BUSY is the last word: no access
 * follows, even if no callback ever comes again. One that finds it BUSY waits for that callback
 * to let go. The voice itself may be freed once it was collected, or after the stream was.
 *
 * owner writes: everything before the submit, `state` (CANCEL bit)
 * audio thread writes: position, started_at, ended_at, state, at_frame, next, active
 */
#ifndef ASD_VOICE_H
#define ASD_VOICE_H

#include <stdatomic.h>

#include "route.h"

struct asd_voice {
    asd_voice *next;
    int direction;
    int loop;
    unsigned char *data;
    uint64_t frames;
    asd_route route;
    uint64_t at_frame;
    uint32_t *map;
    _Atomic int state;
    _Atomic uint64_t position;
    _Atomic uint64_t started_at;
    _Atomic uint64_t ended_at;
};

typedef struct {
    _Atomic(asd_voice *) incoming;
    _Atomic(asd_voice *) outgoing;
    _Atomic uint64_t finished;
    asd_voice *active;
} asd_voices;

/* What one callback offers to its voices. `dirty`: the output holds sound already. */
typedef struct {
    const unsigned char *input;
    unsigned char *output;
    uint64_t frame, frames;
    uint32_t input_bytes, output_bytes;
    unsigned char input_silence;
    int mixes;
    int dirty;
} asd_offer;

void asd_voices_run(asd_voices *vs, asd_offer *offer);
void asd_voice_bind(asd_voice *v, uint32_t device_channels, uint32_t sample_bytes);
void asd_voices_submit(asd_voices *vs, asd_voice *v);
asd_voice *asd_voices_take(asd_voices *vs);

#endif
