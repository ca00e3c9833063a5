/* Buses: what is played on a loopback, as sums of signal per frame; or what a microphone was told by
 * a pull function.
 *
 * Theory of operation: a bus is a ring of frames at one sample rate, indexed by card frame. Outputs
 * add to it, ahead of time; inputs at the same rate hear it exactly, `delay` frames later. An input
 * at another rate hears, for each of its frames, the latest frame that had begun at that instant: no
 * filter, as nothing but level and length is promised there. The ring is as long as the delay and
 * the open streams' blocks need. All with card.mutex held. */

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "card.h"

static void bus_free(Bus *bus) {
    free(bus->ring);
    memset(bus, 0, sizeof *bus);
}

void buses_reset(Device *device) {
    for (int i = 0; i < MAX_BUSES; i++) bus_free(&device->buses[i]);
}

static bool in_use(const Device *device, double rate) {
    for (const Stream *s = card.streams; s; s = s->next)
        if ((s->in.device == device || s->out.device == device) && s->rate == rate) return true;
    return false;
}

Bus *bus_of(Device *device, double rate) {
    Bus *spare = NULL;
    for (int i = 0; i < MAX_BUSES; i++) {
        Bus *bus = &device->buses[i];
        if (bus->ring && bus->rate == rate) return bus;
        if (!bus->ring) spare = bus;
    }
    for (int i = 0; !spare && i < MAX_BUSES; i++)
        if (!in_use(device, device->buses[i].rate)) spare = &device->buses[i];
    if (!spare) return NULL;
    bus_free(spare);
    int channels = device->loop ? device->info.maxOutputChannels : device->info.maxInputChannels;
    Bus made = {.rate = rate, .channels = channels, .capacity = 1};
    made.ring = calloc((size_t)made.channels, sizeof(double));
    if (!made.ring) return NULL;
    *spare = made;
    return spare;
}

static double *slot(const Bus *bus, int64_t frame) {
    return bus->ring + (frame & (bus->capacity - 1)) * bus->channels;
}

static void bus_grow(Bus *bus, int64_t frames) {
    int64_t capacity = bus->capacity;
    while (capacity < frames) capacity *= 2;
    if (capacity == bus->capacity) return;
    Bus grown = *bus;
    grown.ring = calloc((size_t)(capacity * bus->channels), sizeof(double));
    if (!grown.ring) return;
    grown.capacity = capacity;
    int64_t first = bus->end > bus->capacity ? bus->end - bus->capacity : 0;
    for (int64_t f = first; f < bus->end; f++)
        memcpy(slot(&grown, f), slot(bus, f), (size_t)bus->channels * sizeof(double));
    free(bus->ring);
    *bus = grown;
}

void bus_reserve(Device *device) {
    double longest = 0; /* seconds that lie between writing a frame and the last reading of it */
    for (const Stream *s = card.streams; s; s = s->next) {
        int64_t frames = s->largest + device->delay;
        if (s->out.device == device) frames += s->largest + s->out.hardware;
        if (s->in.device == device || s->out.device == device)
            longest = fmax(longest, (double)frames / s->rate);
    }
    for (int i = 0; i < MAX_BUSES; i++) {
        Bus *bus = &device->buses[i];
        if (bus->ring) bus_grow(bus, 2 * (int64_t)ceil(longest * bus->rate) + 16);
    }
}

/* Silence up to `end`: the slots still hold what was played a ring ago. */
static void bus_extend(Bus *bus, int64_t end) {
    int64_t first = bus->end;
    if (end - first > bus->capacity) first = end - bus->capacity;
    for (int64_t f = first; f < end; f++)
        memset(slot(bus, f), 0, (size_t)bus->channels * sizeof(double));
    if (end > bus->end) bus->end = end;
}

void bus_add(Bus *bus, int64_t frame, const double *signal, int channels, int64_t frames) {
    bus_extend(bus, frame + frames);
    for (int64_t i = 0; i < frames; i++) {
        if (frame + i < bus->end - bus->capacity || frame + i < 0) continue;
        double *to = slot(bus, frame + i);
        for (int c = 0; c < channels; c++) to[c] += signal[i * channels + c];
    }
}

static const double *bus_at(const Bus *bus, int64_t frame) {
    if (frame < 0 || frame >= bus->end || frame < bus->end - bus->capacity) return NULL;
    return slot(bus, frame);
}

void bus_hear(const Device *device, double rate, int64_t frame, double *signal, int channels,
              int64_t frames) {
    for (int b = 0; b < MAX_BUSES; b++) {
        const Bus *bus = &device->buses[b];
        if (!bus->ring) continue;
        int both = channels < bus->channels ? channels : bus->channels;
        for (int64_t i = 0; i < frames; i++) {
            int64_t f = frame + i - device->delay;
            if (bus->rate != rate)
                f = (int64_t)floor((double)f / rate * bus->rate + 1e-6);
            const double *from = bus_at(bus, f);
            for (int c = 0; from && c < both; c++) signal[i * channels + c] += from[c];
        }
    }
}
