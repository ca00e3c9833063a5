#include "stream.h"

#include <stdlib.h>
#include <string.h>

#include "platform.h"

/* ---- life ---- */

asd_stream *asd_stream_new(const asd_config *config)
{
    asd_stream *s = aligned_alloc(alignof(asd_stream), sizeof *s);
    if (!s)
        return NULL;
    memset(s, 0, sizeof *s);
    s->config = *config;
    for (int i = 0; i < ASD_WAKE_SLOTS; i++)
        asd_wake_init(&s->wake[i]);
    s->wake[ASD_WAKE_FEED].background = 1;
    asd_taps_init(s);
    if (!asd_tap_init(&s->tap, config, config->input.capacity, config->policy) ||
        !asd_meter_init(&s->meter, &s->config.input) || !asd_feed_init(&s->feed, config)) {
        asd_tap_drop(&s->tap);
        asd_meter_free(&s->meter);
        asd_feed_free(&s->feed);
        free(s);
        return NULL;
    }
    atomic_init(&s->complete_after, UINT64_MAX);
    asd_stream_rewind(s);
    return s;
}

int asd_stream_quiet(asd_stream *s)
{
    return !atomic_load(&s->gate) && !atomic_load(&s->inside);
}

/* 0: refused, a callback may still be running. */
int asd_stream_free(asd_stream *s)
{
    if (!s)
        return 1;
    if (!asd_stream_quiet(s))
        return 0;
    for (int i = 0; i < ASD_WAKE_SLOTS; i++)
        if (asd_wake_disarm_slot(&s->wake[i])) /* a signal that nobody will acknowledge */
            asd_handshake_ack();
    asd_taps_free(s);
    asd_meter_free(&s->meter);
    asd_feed_free(&s->feed);
    free(s);
    return 1;
}

/* Back to frame 0. Only while the gate is shut and the host makes no callbacks. Voices that
 * were submitted and not yet seen by a callback stay. The end is taken back last: whoever sees
 * the stream running finds its taps rewound. */
int asd_stream_rewind(asd_stream *s)
{
    if (!asd_taps_rewind(s))
        return 0;
    asd_meter_rewind(&s->meter);
    asd_feed_rewind(&s->feed);
    asd_clock_rewind(&s->clock, s->config.samplerate);
    atomic_store(&s->finished, 0);
    atomic_store(&s->frame, 0);
    atomic_store(&s->time_bits, 0);
    atomic_store(&s->callbacks, 0);
    atomic_store(&s->wakeups, 0);
    atomic_store(&s->flags, 0);
    atomic_store(&s->load_bits, 0);
    atomic_store(&s->gap_bits, 0);
    atomic_store(&s->entry_bits, 0);
    for (int i = 0; i < ASD_FLAG_KINDS; i++)
        atomic_store(&s->flag_counts[i], 0);
    s->last_entry = s->load = s->longest_gap = 0;
    atomic_store(&s->ended, 0);
    return 1;
}

static void store_double(_Atomic uint64_t *bits, double value)
{
    uint64_t raw;
    memcpy(&raw, &value, sizeof raw);
    atomic_store(bits, raw);
}

/* The host's first opinion of time is then a step and not the truth: another server's clock may
 * have begun anew. */
void asd_stream_continue(asd_stream *s, asd_stream *before, double seconds)
{
    uint64_t left = asd_stream_frame(before);
    uint64_t frame = left + (uint64_t)(seconds * s->config.samplerate + 0.5);
    s->clock = (asd_clock){.samplerate = s->config.samplerate,
                           .offset = asd_stream_time(before) - (double)left / s->config.samplerate,
                           .anchored = 1,
                           .before = 1};
    atomic_store(&s->frame, frame);
    store_double(&s->time_bits, (double)frame / s->config.samplerate + s->clock.offset);
    asd_tap_continue(&s->tap, &before->tap, frame);
    if (s->config.aligned) /* there a position is a frame of the stream */
        asd_queue_begin_at(&s->feed.queue, frame);
}

void asd_stream_open_gate(asd_stream *s)
{
    store_double(&s->opened_bits, asd_now());
    atomic_store(&s->gate, 1);
}

void asd_stream_shut_gate(asd_stream *s)
{
    atomic_store(&s->gate, 0); /* seq_cst: then the closer looks at `inside` */
}

/* No data will come any more: every waiter has to look. Any thread. */
void asd_stream_end(asd_stream *s)
{
    atomic_exchange(&s->ended, 1); /* before the wakes, as a publication */
    for (int i = 0; i < ASD_WAKE_SLOTS; i++)
        asd_wake_now(&s->wake[i]);
    asd_taps_wake(s);
}

void asd_stream_complete_after(asd_stream *s, uint64_t voices)
{
    atomic_store_explicit(&s->complete_after, voices, memory_order_relaxed); /* set once, early */
}

int asd_stream_ended(asd_stream *s)
{
    return atomic_load(&s->ended);
}

int asd_stream_finished(asd_stream *s)
{
    return atomic_load(&s->finished);
}

void asd_finished(void *user)
{
    asd_stream *s = user;
    atomic_store(&s->finished, 1);
    asd_stream_end(s);
}

uintptr_t asd_callback_address(void)
{
    return (uintptr_t)asd_callback;
}

uintptr_t asd_finished_address(void)
{
    return (uintptr_t)asd_finished;
}

/* ---- looking on ---- */

uint64_t asd_stream_frame(asd_stream *s)
{
    return atomic_load_explicit(&s->frame, memory_order_acquire);
}

static double load_double(_Atomic uint64_t *bits)
{
    uint64_t raw = atomic_load_explicit(bits, memory_order_relaxed);
    double value;
    memcpy(&value, &raw, sizeof value);
    return value;
}

double asd_stream_time(asd_stream *s)
{
    return load_double(&s->time_bits);
}

double asd_stream_silence(asd_stream *s)
{
    double entry = load_double(&s->entry_bits);
    return asd_now() - (entry > 0 ? entry : load_double(&s->opened_bits));
}

static uint64_t get(_Atomic uint64_t *counter)
{
    return atomic_load_explicit(counter, memory_order_relaxed);
}

void asd_stream_statistics(asd_stream *s, asd_statistics *out)
{
    *out = (asd_statistics){
        .callbacks = get(&s->callbacks),
        .frames = asd_stream_frame(s),
        .input_lost = get(&s->tap.lost),
        .output_written = asd_queue_written(&s->feed.queue),
        .output_queued = asd_feed_fill(&s->feed),
        .output_discarded = get(&s->feed.discarded),
        .output_last = get(&s->feed.last),
        .output_inserted = get(&s->feed.inserted),
        .output_late = get(&s->feed.late),
        .wakeups = get(&s->wakeups),
        .input_underflows = get(&s->flag_counts[0]),
        .input_overflows = get(&s->flag_counts[1]),
        .output_underflows = get(&s->flag_counts[2]),
        .output_overflows = get(&s->flag_counts[3]),
        .flags = atomic_load_explicit(&s->flags, memory_order_relaxed),
        .cpu_load = load_double(&s->load_bits),
        .longest_gap = load_double(&s->gap_bits),
    };
}

void asd_levels(asd_stream *s, float *peak, float *mean_square)
{
    asd_meter_read(&s->meter, peak, mean_square);
}

/* ---- wake-up ---- */

/* A tap has its own slot; the stream's own tap is ASD_WAKE_INPUT. */
static asd_wake *slot_of(asd_stream *s, int slot)
{
    return slot == ASD_WAKE_INPUT ? &s->tap.wake : &s->wake[slot];
}

static uint64_t slot_value(asd_stream *s, int slot)
{
    switch (slot) {
    case ASD_WAKE_INPUT: return asd_tap_fill(&s->tap);
    case ASD_WAKE_OUTPUT: return asd_feed_free_frames(&s->feed);
    case ASD_WAKE_FRAME: return atomic_load(&s->frame);
    default: return atomic_load(&s->voices.finished);
    }
}

/* Audio thread, after everything of this block was published. */
void asd_stream_offer_wakes(asd_stream *s)
{
    uint64_t signalled = asd_taps_offer_wakes(s);
    for (int i = ASD_WAKE_INPUT + 1; i < ASD_WAKE_SLOTS; i++)
        signalled += (uint64_t)asd_wake_offer(&s->wake[i], slot_value(s, i));
    if (signalled)
        atomic_fetch_add_explicit(&s->wakeups, signalled, memory_order_relaxed);
}

void asd_wake_attach(asd_stream *s, int slot, intptr_t descriptor)
{
    atomic_store_explicit(&slot_of(s, slot)->descriptor, descriptor, memory_order_relaxed);
}

/* 1: armed, wait for the descriptor, then disarm. 0: no need to wait, the wish is met or the
 * stream has ended, and the slot is idle again: a card that moves while somebody waits must not
 * move now. */
int asd_wake_arm(asd_stream *s, int slot, uint64_t threshold)
{
    asd_wake_arm_slot(slot_of(s, slot), threshold);
    if (!atomic_load(&s->ended) && slot_value(s, slot) < threshold)
        return 1;
    if (asd_wake_disarm_slot(slot_of(s, slot)))
        asd_handshake_ack(); /* signalled just now: whoever asks has its turn already */
    return 0;
}

int asd_wake_disarm(asd_stream *s, int slot)
{
    return asd_wake_disarm_slot(slot_of(s, slot));
}

/* ---- output, voices: the stream's doors to its parts (input: taps.c) ---- */

void asd_put(asd_stream *s, const void *src, uint64_t frames, uint64_t ahead, asd_placed *placed)
{
    placed->ended = atomic_load(&s->ended);
    placed->inserted = get(&s->feed.inserted);
    placed->placed = placed->ended ? 0 : asd_feed_put(&s->feed, src, frames, ahead);
}

uint64_t asd_write(asd_stream *s, const void *src, uint64_t frames)
{
    return asd_feed_write(&s->feed, src, frames);
}

int64_t asd_write_at(asd_stream *s, uint64_t frame, const void *src, uint64_t frames)
{
    return asd_feed_write_at(&s->feed, frame, src, frames);
}

uint64_t asd_output_free(asd_stream *s)
{
    return asd_feed_free_frames(&s->feed);
}

uint64_t asd_output_fill(asd_stream *s)
{
    return asd_feed_fill(&s->feed);
}

int asd_output_mode(asd_stream *s)
{
    return atomic_load(&s->feed.mode);
}

void asd_output_set_mode(asd_stream *s, int mode)
{
    atomic_store(&s->feed.mode, mode); /* release at least: what was written before counts */
}

/* With the gate shut and nobody inside no callback obeys, so it is done here and now. */
uint64_t asd_output_request_clear(asd_stream *s)
{
    uint64_t request = asd_feed_request_clear(&s->feed);
    if (asd_stream_quiet(s))
        asd_feed_obey_clear(&s->feed);
    return request;
}

int asd_output_cleared(asd_stream *s, uint64_t request)
{
    return atomic_load(&s->feed.clear_done) >= request;
}

void asd_voice_submit(asd_stream *s, asd_voice *v)
{
    const asd_side *side =
        v->direction == ASD_VOICE_PLAY ? &s->config.output : &s->config.input;
    asd_voice_bind(v, side->device_channels, side->sample_bytes);
    asd_voices_submit(&s->voices, v);
}

asd_voice *asd_voices_collect(asd_stream *s)
{
    return asd_voices_take(&s->voices);
}
