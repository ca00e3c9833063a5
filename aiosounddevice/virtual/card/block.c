/* One block of a callback stream.
 *
 * Theory of operation: run by the runner, who holds the mutex except around the callback. The
 * callback's buffers are the runner's alone. After the callback the stream may have been asked to
 * end meanwhile: a stop lets the block be played, an abort does not. */

#define _GNU_SOURCE
#include "card.h"

/* Fill `work` with what the stream's input device hears during its next block. */
void capture(Stream *s) {
    int64_t count = s->block * s->in.channels;
    bool pulled = source_pull(s); /* before `work` is touched: it gives up the mutex */
    for (int64_t i = 0; i < count; i++) s->work[i] = 0;
    if (s->in.device->loop || pulled)
        bus_hear(s->in.device, s->rate, s->position, s->work, s->in.channels, s->block);
    else
        source_hear(&s->in.device->source, s->rate, s->position - s->origin, s->position,
                    s->work, s->in.channels, s->block);
}

/* Hand `work` over to the stream's output device. */
void emit(Stream *s, int64_t frame, int64_t frames) {
    Bus *bus = s->out.device->loop ? bus_of(s->out.device, s->rate) : NULL;
    if (bus) bus_add(bus, frame, s->work, s->out.channels, frames);
    if (s->out.device->keeps)
        record_add(s->out.device, s->rate, frame, s->work, s->out.channels, frames);
}

static int64_t output_frame(const Stream *s) {
    if (s->priming > 0) return s->origin + (s->primed - s->priming) * s->block;
    return s->position + s->ahead;
}

/* When the next block's output will have left the hardware: the frame at which it begins to. */
static int64_t heard_frame(const Stream *s) {
    if (s->priming > 0) return output_frame(s);
    return s->position + (s->in.device ? s->block : 0) + s->out.hardware;
}

static PaStreamCallbackTimeInfo times(const Stream *s) {
    PaStreamCallbackTimeInfo info = {0, seconds(clock_now()), 0};
    double adc = seconds(clock_of(s, s->position));
    double length = seconds(tick_of(heard_frame(s) - s->position, s->rate));
    if (s->in.device) info.inputBufferAdcTime = adc;
    if (s->out.device) info.outputBufferDacTime = adc + length;
    return info;
}

static PaStreamCallbackFlags flags_now(Stream *s) {
    PaStreamCallbackFlags flags = s->pending;
    s->pending = 0;
    if (s->priming > 0) flags |= paPrimingOutput | (s->in.device ? paInputUnderflow : 0);
    if (s->discard > 0) flags |= paOutputOverflow;
    return flags;
}

static void prepare_input(Stream *s) {
    if (s->priming > 0)
        for (int64_t i = 0; i < s->block * s->in.channels; i++) s->work[i] = 0;
    else capture(s);
    encode(&s->in, s->in.planar ? (void *)s->in.planes : s->in.bytes, 0, s->work, s->block);
}

static void take_output(Stream *s) {
    if (s->discard > 0) {
        s->discard--;
        insert_output(s, s->block);
        return;
    }
    decode(&s->out, s->out.planar ? (void *)s->out.planes : s->out.bytes, 0, s->work, s->block);
    emit(s, output_frame(s), s->block);
    s->played = heard_frame(s) + s->block;
}

static void account(Stream *s, double spent) {
    double length = (double)s->block / s->rate;
    s->load = 0.8 * s->load + 0.2 * spent / length;
    if (card.clock != VIRTUALCARD_REALTIME) return; /* elsewhere time stands still meanwhile */
    s->debt += spent - length;
    if (s->debt < 0) s->debt = 0;
}

static int call(Stream *s, const PaStreamCallbackTimeInfo *info, PaStreamCallbackFlags flags) {
    const void *in = s->in.planar ? (const void *)s->in.planes : s->in.bytes;
    void *out = s->out.planar ? (void *)s->out.planes : s->out.bytes;
    s->in_callback = true;
    inside = s;
    entries_note(s);
    card_unlock();
    Stopwatch begun = stopwatch_start();
    int result = s->callback(in, out, (unsigned long)s->block, info, flags, s->user);
    int64_t cpu;
    double spent = stopwatch_seconds(begun, &cpu);
    card_lock();
    card.called += cpu;
    inside = NULL;
    s->in_callback = false;
    account(s, card.clock == VIRTUALCARD_REALTIME ? spent * card.speed : spent);
    return result;
}

void run_block(Stream *s) {
    if (losses_due(s)) return;
    PaStreamCallbackTimeInfo info = times(s);
    PaStreamCallbackFlags flags = flags_now(s);
    if (s->in.device) prepare_input(s);
    int result = call(s, &info, flags);
    if (s->out.device && s->ending != ABORT_ASKED) take_output(s);
    if (s->priming > 0) s->priming--;
    else s->position += s->block;
    next_size(s);
    if (s->state == ACTIVE && result != paContinue) {
        s->state = DRAINING;
        s->hasty = result != paComplete;
    }
}
