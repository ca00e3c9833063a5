/* Stream time of a frame, from host times that jump, jitter or are zero.
 *
 * time(frame) = frame / samplerate + offset. Frames are the clock; what the host says only moves
 * the offset, slowly enough that time never runs backwards. A step of the host's clock (ALSA
 * stamps with the wall clock) is not a step of the sound: it is taken out of the evidence.
 *
 * Written and read by the audio thread alone.
 */
#ifndef ASD_CLOCK_H
#define ASD_CLOCK_H

#include <stdint.h>

typedef struct {
    double samplerate;
    double offset;
    double step;
    int anchored;
    uint64_t before; /* frames of the block before; 0: there was none */
} asd_clock;

void asd_clock_rewind(asd_clock *c, double samplerate);
double asd_clock_time(asd_clock *c, uint64_t frame, uint64_t frames, double host, int gap);

#endif
