/* Starting and ending streams.
 *
 * Theory of operation: an end is an event. Whoever asks for one sets `ending` and lets the stream
 * drain; the runner finishes it when its last output has been heard (at once after an abort) and
 * calls the finished callback, once a run. So that callback comes from the card's thread in real
 * time, and from the thread that moves the card on the other clocks. A callback cannot end its own
 * stream, which would wait for itself; it may end another one, without waiting, because no other
 * callback can be under way. */

#include <math.h>

#include "card.h"

static void start(Stream *s) {
    int64_t delay = s->out.device && s->out.device->loop ? s->out.device->delay : 0;
    bool duplex = s->in.device && s->out.device;
    s->origin = s->position = frame_of(s, clock_now());
    s->primed = 0;
    if (s->out.device && s->callback && (s->flags & paPrimeOutputBuffersUsingStreamCallback))
        s->primed = s->out.hardware / s->largest + duplex;
    s->priming = s->primed;
    s->ahead = duplex ? (s->largest > delay ? s->largest - delay : 0) : 0;
    if (s->primed) s->ahead = s->primed * s->largest;
    s->in.fifo.count = s->in.fifo.head = s->out.fifo.count = s->out.fifo.head = 0;
    s->played = s->origin;
    s->turn = 0;
    next_size(s);
    s->flow = UNFED;
    s->hasty = false;
    s->gap = s->discard = 0;
    s->pending = 0;
    s->debt = s->load = 0;
    s->ending = NOT_ASKED;
    s->state = ACTIVE;
    losses_inherit(s);
    lives_inherit(s);
}

API PaError Pa_StartStream(PaStream *handle) {
    PaError error = enter(FN_StartStream);
    if (error) return error;
    card_lock();
    Stream *stream = stream_find(handle, &error);
    if (stream && stream->state != STOPPED) error = paStreamIsNotStopped;
    else if (stream && lives_ended(stream)) error = host_error(-1, "the device is gone");
    else if (stream) {
        start(stream);
        clock_thread_start();
        if (card.clock == VIRTUALCARD_REALTIME && !card.has_thread) {
            stream->state = STOPPED;
            error = host_error(0, "the card's thread could not be started");
        }
    }
    card_unlock();
    return error;
}

void run_finish(Stream *stream) {
    Stream *outer = inside;
    stream->state = stream->ending ? STOPPED : INACTIVE;
    if (stream->finished) {
        stream->in_callback = true;
        inside = stream;
        card_unlock();
        stream->finished(stream->user);
        card_lock();
        inside = outer;
        stream->in_callback = false;
    }
    pthread_cond_broadcast(&card.changed);
}

static void ask(Stream *stream, enum Ending ending) {
    if (stream->ending < ending) stream->ending = ending;
    if (stream->state == ACTIVE) stream->state = DRAINING;
    if (ending == ABORT_ASKED) {
        stream->hasty = true;
        stream->out.fifo.count = 0;
    }
    pthread_cond_signal(&card.wake);
}

PaError stream_end(Stream *stream, enum Ending ending) {
    PaError error = paNoError;
    if (stream->state == STOPPED && !stream->in_callback) return paStreamIsStopped;
    if (inside == stream || (inside && stream->in_callback))
        return host_error(-1, "a callback cannot end its own stream");
    stream_hold(stream);
    ask(stream, ending);
    if (inside && stream->state == DRAINING) run_finish(stream);
    while (!stream->closed && (stream->state == DRAINING || stream->in_callback))
        progress(due(stream));
    if (stream->closed) error = paBadStreamPtr;
    else if (stream->state == INACTIVE) stream->state = STOPPED;
    stream_release(stream);
    return error;
}

static PaError end(PaStream *handle, enum Function function, enum Ending ending) {
    PaError error = enter(function);
    if (error) return error;
    card_lock();
    Stream *stream = stream_find(handle, &error);
    if (stream) error = stream_end(stream, ending);
    card_unlock();
    return error;
}

API PaError Pa_StopStream(PaStream *handle) { return end(handle, FN_StopStream, STOP_ASKED); }

API PaError Pa_AbortStream(PaStream *handle) { return end(handle, FN_AbortStream, ABORT_ASKED); }

PaError stream_close(Stream *stream) {
    PaError error = stream_end(stream, ABORT_ASKED);
    if (error && error != paStreamIsStopped) return error;
    stream_unlist(stream);
    return paNoError;
}

API PaError Pa_CloseStream(PaStream *handle) {
    PaError error = enter(FN_CloseStream);
    if (error) return error;
    card_lock();
    Stream *stream = stream_find(handle, &error);
    if (stream) error = stream_close(stream);
    card_unlock();
    return error;
}

API PaError Pa_SetStreamFinishedCallback(PaStream *handle, PaStreamFinishedCallback *finished) {
    PaError error = enter(FN_SetStreamFinishedCallback);
    if (error) return error;
    card_lock();
    Stream *stream = stream_find(handle, &error);
    if (stream && stream->state != STOPPED) error = paStreamIsNotStopped;
    else if (stream) stream->finished = finished;
    card_unlock();
    return error;
}
