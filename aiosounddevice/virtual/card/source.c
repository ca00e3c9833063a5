/* Sources: what a microphone hears. All with card.mutex held.
 *
 * The ramp's frame f is f / 2^23, a step that every format from 24 bits on, float32 included, holds
 * exactly; it begins again after 2^23 frames, and sounds alike on all channels. */

#include <math.h>
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

/* The fed frame that sounds at a stream's: the latest that has begun. */
static int64_t fed_frame(const Source *source, double rate, int64_t frame) {
    if (source->rate <= 0 || source->rate == rate) return frame;
    return (int64_t)floor((double)frame / rate * source->rate + 1e-6);
}

void source_hear(const Source *source, double rate, int64_t stream_frame, int64_t card_frame,
                 double *signal, int channels, int64_t frames) {
    for (int64_t i = 0; i < frames; i++)
        for (int c = 0; c < channels; c++) {
            double *to = &signal[i * channels + c];
            if (source->samples) *to = fed(source, fed_frame(source, rate, stream_frame + i), c);
            else if (source->kind == VIRTUALCARD_RAMP) *to = ramp(stream_frame + i);
            else if (source->kind == VIRTUALCARD_RAMP_OF_CARD) *to = ramp(card_frame + i);
            else *to = 0;
        }
}

/* The frames that a stream's next block lacks are put on the source's bus, which has the rate of the
 * first stream that listened. What was to be heard while nobody did was not asked for. */
bool source_pull(Stream *s) {
    Device *device = s->in.device;
    Source *source = &device->source;
    virtualcard_pull *pull = source->pull;
    if (!pull) return false;
    if (source->rate <= 0) source->rate = s->rate;
    Bus *bus = bus_of(device, source->rate);
    if (!bus || source->dry) return true;
    bus_reserve(device);
    int64_t first = fed_frame(source, s->rate, s->position), channels = bus->channels;
    int64_t frames = fed_frame(source, s->rate, s->position + s->block - 1) + 1;
    if (first < bus->end) first = bus->end;
    frames -= first;
    double *signal = frames > 0 ? calloc((size_t)(frames * channels), sizeof *signal) : NULL;
    if (!signal) return true;
    void *user = source->user;
    s->in_callback = true;
    inside = s;
    card_unlock();
    int more = pull(user, signal, frames, (int)channels);
    card_lock();
    inside = NULL;
    s->in_callback = false;
    bool same = source->pull == pull && source->user == user;
    if (same && (bus = bus_of(device, source->rate)) != NULL)
        bus_add(bus, first, signal, (int)channels, frames);
    if (same && !more) source->dry = true;
    free(signal);
    return true;
}

static Source *source_of(int index) {
    Device *device = device_in(index);
    return device && device->hears ? &device->source : NULL;
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
                         double rate, int loop) {
    if (frames < 0 || channels < 1 || !(rate >= 0)) return -1;
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
        source->rate = rate;
        source->loop = loop != 0;
    }
    card_unlock();
    if (!source) free(copy);
    return source ? 0 : -1;
}

API int virtualcard_feed_from(int device, virtualcard_pull *pull, void *user) {
    card_lock();
    Source *source = source_of(device);
    if (source) {
        source_reset(source);
        buses_reset(device_in(device));
        source->kind = VIRTUALCARD_SILENCE;
        source->pull = pull;
        source->user = user;
    }
    card_unlock();
    return source ? 0 : -1;
}
