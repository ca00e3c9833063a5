/* A queue of frames between a blocking stream and the card. With card.mutex held. */

#include <stdlib.h>
#include <string.h>

#include "card.h"

bool fifo_make(Fifo *fifo, int channels, int64_t capacity) {
    *fifo = (Fifo){.channels = channels, .capacity = capacity};
    fifo->ring = malloc((size_t)(capacity * channels) * sizeof(double));
    return fifo->ring != NULL;
}

void fifo_put(Fifo *fifo, const double *signal, int64_t frames) {
    int64_t tail = (fifo->head + fifo->count) % fifo->capacity;
    fifo->count += frames;
    while (frames > 0) {
        int64_t part = fifo->capacity - tail < frames ? fifo->capacity - tail : frames;
        memcpy(fifo->ring + tail * fifo->channels, signal,
               (size_t)(part * fifo->channels) * sizeof(double));
        signal += part * fifo->channels;
        frames -= part;
        tail = 0;
    }
}

int64_t fifo_take(Fifo *fifo, double *signal, int64_t frames) {
    if (frames > fifo->count) frames = fifo->count;
    for (int64_t left = frames; left > 0;) {
        int64_t part = fifo->capacity - fifo->head < left ? fifo->capacity - fifo->head : left;
        memcpy(signal, fifo->ring + fifo->head * fifo->channels,
               (size_t)(part * fifo->channels) * sizeof(double));
        signal += part * fifo->channels;
        left -= part;
        fifo->head = (fifo->head + part) % fifo->capacity;
    }
    fifo->count -= frames;
    return frames;
}
