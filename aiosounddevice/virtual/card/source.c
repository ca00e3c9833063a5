/* Sources: what a microphone hears. All with card.mutex held.
 *
 * The ramp's frame f is f / 2^23, a step that every format from 24 bits on, float32 included, holds
 * exactly; it begins again after 2^23 frames, and sounds alike on all channels. */

#include <stdlib.h>
#include <string.h>

#include "card.h"

#define RAMP (INT64_C(1) << 23)

void source_reset(Source *source) {
    free(source->samples);
    *source = (Source){.kind = VIRTUALCARD_RAMP};
}

static double fed(const Source *source, int64_t frame, int channel) {
    if (source->loop && source->frames) frame %= source->frames;
    if (frame < 0 || frame >= source->frames) return 0;
    if (source->channels == 1) channel = 0;
    return channel < source->channels ? source->samples[frame * source->channels + channel] : 0;
}

static double ramp(int64_t frame) { return (double)(frame % RAMP) / (double)RAMP; }

void source_hear(const Source *source, int64_t stream_frame, int64_t card_frame, double *signal,
                 int channels, int64_t frames) {
    for (int64_t i = 0; i < frames; i++)
        for (int c = 0; c < channels; c++) {
            double *to = &signal[i * channels + c];
            if (source->samples) *to = fed(source, stream_frame + i, c);
            else if (source->kind == VIRTUALCARD_RAMP) *to = ramp(stream_frame + i);
            else if (source->kind == VIRTUALCARD_RAMP_OF_CARD) *to = ramp(card_frame + i);
            else *to = 0;
        }
}

static Source *source_of(int index) {
    Device *device = device_at(index);
    if (!device || device->loop || device->info.maxInputChannels == 0) return NULL;
    return &device->source;
}

API int virtualcard_source(int device, int kind) {
    if (kind < VIRTUALCARD_SILENCE || kind > VIRTUALCARD_RAMP_OF_CARD) return -1;
    card_lock();
    Source *source = source_of(device);
    if (source) {
        source_reset(source);
        source->kind = kind;
    }
    card_unlock();
    return source ? 0 : -1;
}

API int virtualcard_feed(int device, const double *samples, int64_t frames, int channels,
                         int loop) {
    if (frames < 0 || channels < 1) return -1;
    size_t count = (size_t)frames * (size_t)channels;
    double *copy = malloc((count + 1) * sizeof(double)); /* not NULL for no frames: fed, silent */
    if (!copy) return -1;
    if (count) memcpy(copy, samples, count * sizeof(double));
    card_lock();
    Source *source = source_of(device);
    if (source) {
        source_reset(source);
        source->samples = copy;
        source->frames = frames;
        source->channels = channels;
        source->loop = loop != 0;
    }
    card_unlock();
    if (!source) free(copy);
    return source ? 0 : -1;
}
