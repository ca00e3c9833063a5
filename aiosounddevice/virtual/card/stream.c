/* Streams: what may be opened, the list of those that live, and questions about one.
 *
 * Theory of operation: callers hold handles, which are addresses that are never followed and not
 * used twice (until a million streams were opened), so a pointer to a closed stream stays a bad one.
 * The list and every stream's fields are guarded by card.mutex. */

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "card.h"

#define HANDLES (1 << 20)

static char handles[HANDLES];

Stream *stream_find(PaStream *handle, PaError *error) {
    *error = card.initialized ? paBadStreamPtr : paNotInitialized;
    if (!card.initialized || !handle) return NULL;
    for (Stream *s = card.streams; s; s = s->next)
        if (s->handle == handle) {
            *error = paNoError;
            return s;
        }
    return NULL;
}

static void side_free(Side *side) {
    free(side->bytes);
    free(side->planes);
    free(side->fifo.ring);
}

static void stream_free(Stream *stream) {
    device_unuse(stream->in.device);
    device_unuse(stream->out.device);
    side_free(&stream->in);
    side_free(&stream->out);
    free(stream->work);
    free(stream);
}

void stream_hold(Stream *stream) { stream->references++; }

void stream_release(Stream *stream) {
    if (--stream->references == 0) stream_free(stream);
}

void stream_list(Stream *stream) {
    PaError error = paNoError;
    do {
        stream->number = card.opened++;
        stream->handle = &handles[stream->number % HANDLES];
    } while (stream_find(stream->handle, &error));
    stream->next = card.streams;
    card.streams = stream;
    stream_hold(stream);
}

void stream_unlist(Stream *stream) {
    Stream **link = &card.streams;
    while (*link != stream) link = &(*link)->next;
    *link = stream->next;
    stream->closed = true;
    pthread_cond_broadcast(&card.changed);
    stream_release(stream);
}

void streams_forget(void) {
    while (card.streams) {
        Stream *stream = card.streams;
        stream->state = STOPPED;
        stream_unlist(stream);
    }
}

static double bounded(double latency) {
    if (!(latency > 0)) return 0;
    return latency < MAX_LATENCY ? latency : MAX_LATENCY;
}

/* Whole blocks, two at least, no less than was suggested. */
static int64_t hardware_frames(double latency, double rate, int64_t block) {
    int64_t blocks = (int64_t)ceil(bounded(latency) * rate / (double)block - 1e-6);
    return (blocks < 2 ? 2 : blocks) * block;
}

/* Unspecified: the largest power of two that fits twice into the lower suggested latency, from 16 to
 * 4096 frames. */
static int64_t host_block(const PaStreamParameters *in, const PaStreamParameters *out,
                          double rate) {
    double latency = bounded(in ? in->suggestedLatency : out->suggestedLatency);
    if (out) latency = fmin(latency, bounded(out->suggestedLatency));
    int64_t block = 16;
    while ((double)block * 4 <= latency * rate + 1e-6 && block < 4096) block *= 2;
    return block;
}

static bool side_make(Stream *stream, Side *side, const PaStreamParameters *asked) {
    if (!asked) return true;
    size_t plane;
    side->device = device_at(asked->device);
    side->life = side->device->life;
    device_use(side->device);
    side->channels = asked->channelCount;
    side->format = asked->sampleFormat & ~paNonInterleaved;
    side->planar = (asked->sampleFormat & paNonInterleaved) != 0;
    side->size = sample_size(side->format);
    side->hardware = hardware_frames(asked->suggestedLatency, stream->rate, stream->largest);
    if (!stream->callback) return fifo_make(&side->fifo, side->channels, side->hardware);
    plane = (size_t)stream->largest * (size_t)side->size;
    side->bytes = calloc((size_t)side->channels, plane);
    side->planes = calloc((size_t)side->channels, sizeof(void *));
    if (!side->bytes || !side->planes) return false;
    for (int c = 0; c < side->channels; c++) side->planes[c] = side->bytes + (size_t)c * plane;
    return true;
}

/* What the device was told about block sizes, for streams that leave them to it. */
static void take_sizes(Stream *stream, const Device *device) {
    stream->size_count = device->size_count;
    memcpy(stream->sizes, device->sizes, sizeof stream->sizes);
    for (int i = 0; i < device->size_count; i++)
        if (i == 0 || stream->largest < device->sizes[i]) stream->largest = device->sizes[i];
}

Stream *stream_new(const PaStreamParameters *in, const PaStreamParameters *out, double rate,
                   unsigned long frames, PaStreamFlags flags, PaStreamCallback *callback) {
    Stream *stream = calloc(1, sizeof *stream);
    if (!stream) return NULL;
    stream->rate = rate;
    stream->flags = flags;
    stream->callback = callback;
    stream->dies = NEVER;
    stream->largest = frames ? (int64_t)frames : host_block(in, out, rate);
    if (!frames && callback) take_sizes(stream, device_at(in ? in->device : out->device));
    stream->block = stream->largest;
    bool whole = side_make(stream, &stream->in, in) && side_make(stream, &stream->out, out);
    int widest = stream->in.channels > stream->out.channels ? stream->in.channels
                                                             : stream->out.channels;
    stream->work = calloc((size_t)(stream->largest * widest), sizeof(double));
    if (!whole || !stream->work) {
        stream_free(stream);
        return NULL;
    }
    stream->info = (PaStreamInfo){
        .structVersion = 1,
        .inputLatency = in ? (double)stream->largest / rate : 0,
        .outputLatency = out ? (double)stream->out.hardware / rate : 0,
        .sampleRate = rate,
    };
    return stream;
}

API PaError Pa_IsStreamStopped(PaStream *handle) {
    PaError error = enter(FN_IsStreamStopped);
    if (error) return error;
    card_lock();
    Stream *stream = stream_find(handle, &error);
    if (stream) error = stream->state == STOPPED;
    card_unlock();
    return error;
}

API PaError Pa_IsStreamActive(PaStream *handle) {
    PaError error = enter(FN_IsStreamActive);
    if (error) return error;
    card_lock();
    Stream *stream = stream_find(handle, &error);
    if (stream) error = stream->state == ACTIVE || stream->state == DRAINING;
    card_unlock();
    return error;
}

API const PaStreamInfo *Pa_GetStreamInfo(PaStream *handle) {
    PaError error = enter(FN_GetStreamInfo);
    if (error) return NULL;
    card_lock();
    Stream *stream = stream_find(handle, &error);
    card_unlock();
    return stream ? &stream->info : NULL;
}

API PaTime Pa_GetStreamTime(PaStream *handle) {
    PaError error = enter(FN_GetStreamTime);
    if (error) return 0;
    card_lock();
    Stream *stream = stream_find(handle, &error);
    double time = stream ? seconds(clock_now()) : 0;
    card_unlock();
    return time;
}

API double Pa_GetStreamCpuLoad(PaStream *handle) {
    PaError error = enter(FN_GetStreamCpuLoad);
    if (error) return 0;
    card_lock();
    Stream *stream = stream_find(handle, &error);
    double load = stream && stream->state != STOPPED ? stream->load : 0;
    card_unlock();
    return load;
}

API PaHostApiTypeId Pa_GetStreamHostApiType(PaStream *handle) {
    PaError error = enter(FN_GetStreamHostApiType);
    if (error) return error;
    card_lock();
    const Stream *stream = stream_find(handle, &error);
    if (stream) error = (stream->in.device ? stream->in.device : stream->out.device)->host_type;
    card_unlock();
    return error;
}
