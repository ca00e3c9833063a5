/* Blocking streams: Pa_ReadStream and Pa_WriteStream.
 *
 * Theory of operation: the card exchanges one block with a stream's queues at a time, as it would
 * with a callback; the queues are the host's buffer, as long as the latency says. A full input
 * queue loses blocks, an empty output queue plays silence; either is told by the next read or write.
 * Silence before the first write is no underflow, as hosts begin to play with the first data. All
 * with the mutex held; a call that must wait moves the card itself unless it runs by itself. */

#include "card.h"

static void take_in(Stream *s) {
    capture(s);
    if (s->in.fifo.capacity - s->in.fifo.count < s->block) lose_input(s, s->block);
    else fifo_put(&s->in.fifo, s->work, s->block);
}

static void give_out(Stream *s) {
    int64_t frame = s->position + s->ahead;
    int64_t taken = fifo_take(&s->out.fifo, s->work, s->block);
    if (taken > 0) {
        emit(s, frame, taken);
        s->played = s->position + (s->in.device ? s->block : 0) + taken;
    }
    if (taken == s->block || s->state != ACTIVE) return;
    if (s->flow == DRY) s->gap += s->block;
    if (s->flow != FLOWING) return;
    insert_output(s, s->block - taken);
    s->flow = DRY;
    s->gap = 0;
}

void run_blocking(Stream *s) {
    if (losses_due(s)) return;
    entries_note(s);
    if (s->in.device && s->state == ACTIVE) take_in(s);
    if (s->out.device) give_out(s);
    s->position += s->block;
}

/* The error that the state of the stream gives, as PortAudio asks for it before each transfer. */
static PaError check(const Stream *s, const void *buffer) {
    if (!buffer) return paBadBufferPtr;
    return s->state == STOPPED ? paStreamIsStopped : paNoError;
}

static PaError wait_for_card(Stream *s) {
    if (inside) return host_error(-1, "a callback cannot wait for a blocking stream");
    progress(due(s));
    if (s->closed) return paBadStreamPtr;
    if (s->state != ACTIVE && lives_ended(s)) return host_error(-1, "the device is gone");
    return s->state == ACTIVE ? paNoError : paStreamIsStopped;
}

static PaError was(Stream *s, PaStreamCallbackFlags flag, PaError told) {
    if (!(s->pending & flag)) return paNoError;
    s->pending &= ~flag;
    return told;
}

static PaError read_frames(Stream *s, void *buffer, int64_t frames) {
    PaError told = was(s, paInputOverflow, paInputOverflowed), error = paNoError;
    for (int64_t done = 0; done < frames && !error;) {
        int64_t part = frames - done < s->block ? frames - done : s->block;
        part = fifo_take(&s->in.fifo, s->work, part);
        encode(&s->in, buffer, done, s->work, part);
        done += part;
        if (part == 0) error = wait_for_card(s);
    }
    return error ? error : told;
}

static void resume(Stream *s) {
    if (s->flow == DRY) { /* the silence since it ran out */
        s->inserted += (uint64_t)s->gap;
        card.inserted += (uint64_t)s->gap;
    }
    s->flow = FLOWING;
}

static PaError write_frames(Stream *s, const void *buffer, int64_t frames) {
    PaError told = was(s, paOutputUnderflow, paOutputUnderflowed), error = paNoError;
    resume(s);
    for (int64_t done = 0; done < frames && !error;) {
        int64_t room = s->out.fifo.capacity - s->out.fifo.count;
        int64_t part = frames - done < s->block ? frames - done : s->block;
        if (part > room) part = room;
        decode(&s->out, buffer, done, s->work, part);
        fifo_put(&s->out.fifo, s->work, part);
        done += part;
        if (part == 0) error = wait_for_card(s);
    }
    return error ? error : told;
}

API PaError Pa_ReadStream(PaStream *handle, void *buffer, unsigned long frames) {
    PaError error = enter(FN_ReadStream);
    if (error) return error;
    card_lock();
    Stream *stream = stream_find(handle, &error);
    if (stream && frames > 0) {
        error = check(stream, buffer);
        if (!error && stream->callback) error = paCanNotReadFromACallbackStream;
        if (!error && !stream->in.device) error = paCanNotReadFromAnOutputOnlyStream;
        stream_hold(stream);
        if (!error) error = read_frames(stream, buffer, (int64_t)frames);
        stream_release(stream);
    }
    card_unlock();
    return error;
}

API PaError Pa_WriteStream(PaStream *handle, const void *buffer, unsigned long frames) {
    PaError error = enter(FN_WriteStream);
    if (error) return error;
    card_lock();
    Stream *stream = stream_find(handle, &error);
    if (stream && frames > 0) {
        error = check(stream, buffer);
        if (!error && stream->callback) error = paCanNotWriteToACallbackStream;
        if (!error && !stream->out.device) error = paCanNotWriteToAnInputOnlyStream;
        stream_hold(stream);
        if (!error) error = write_frames(stream, buffer, (int64_t)frames);
        stream_release(stream);
    }
    card_unlock();
    return error;
}

API signed long Pa_GetStreamReadAvailable(PaStream *handle) {
    PaError error = enter(FN_GetStreamReadAvailable);
    if (error) return error;
    card_lock();
    Stream *stream = stream_find(handle, &error);
    long available = error;
    if (stream && stream->callback) available = paCanNotReadFromACallbackStream;
    else if (stream && !stream->in.device) available = paCanNotReadFromAnOutputOnlyStream;
    else if (stream) available = (long)stream->in.fifo.count;
    card_unlock();
    return available;
}

API signed long Pa_GetStreamWriteAvailable(PaStream *handle) {
    PaError error = enter(FN_GetStreamWriteAvailable);
    if (error) return error;
    card_lock();
    Stream *stream = stream_find(handle, &error);
    long available = error;
    if (stream && stream->callback) available = paCanNotWriteToACallbackStream;
    else if (stream && !stream->out.device) available = paCanNotWriteToAnInputOnlyStream;
    else if (stream) available = (long)(stream->out.fifo.capacity - stream->out.fifo.count);
    card_unlock();
    return available;
}
