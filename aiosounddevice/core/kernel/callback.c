/* The callback: everything that runs on PortAudio's thread starts here.
 *
 * It never allocates, locks, prints, waits or calls Python. Its one system call is the wake-up
 * write to a non-blocking descriptor. Work is bounded by the block and the numbers of voices and
 * of taps.
 *
 * Order within a block: time, input to the tap, sound to the output, voices, the frame counter,
 * then the wake-ups, which look at what was published before.
 */
#include <string.h>

#include "platform.h"
#include "stream.h"

enum { PA_CONTINUE = 0, PA_COMPLETE = 1, PA_ABORT = 2 };
enum { PA_INPUT_OVERFLOW = 2 };
static const double JUST_BEGUN = 0.1; /* seconds, and a block */

static void store_double(_Atomic uint64_t *bits, double value)
{
    uint64_t raw;
    memcpy(&raw, &value, sizeof raw);
    atomic_store_explicit(bits, raw, memory_order_relaxed);
}

static void bump(_Atomic uint64_t *counter)
{
    /* relaxed: only this thread writes, others want a recent value */
    atomic_fetch_add_explicit(counter, 1, memory_order_relaxed);
}

static void silence(const asd_side *side, void *output, uint64_t frames)
{
    if (output)
        memset(output, (int)side->silence,
               frames * side->device_channels * side->sample_bytes);
}

static void count_flags(asd_stream *s, unsigned long flags)
{
    if (!flags)
        return;
    atomic_fetch_or_explicit(&s->flags, (uint32_t)flags, memory_order_relaxed);
    for (int i = 0; i < ASD_FLAG_KINDS; i++)
        if (flags & (1ul << i))
            bump(&s->flag_counts[i]);
}

/* The host's opinion of when the block begins, negative when it has none. Input streams are timed
 * by their ADC, output streams by their DAC; a direction that is not used has time 0, and some
 * hosts give 0 also for one that is and leave only "now". A true ADC time of 0 is to be found
 * where the host's clock has only just begun, as that of a card that is not real does; the clocks
 * of real hosts count from the boot or from 1970. */
static double host_time(const asd_stream *s, const asd_time_info *time, uint64_t frames)
{
    if (!time)
        return -1;
    double now = time->current_time;
    int captures = s->config.input.device_channels != 0;
    double own = captures ? time->input_adc_time : time->output_dac_time;
    if (own > 0 || (captures && own == 0 && now > 0 &&
                    now < (double)frames / s->config.samplerate + JUST_BEGUN))
        return own;
    return now > 0 ? now : -1;
}

static void fill_output(asd_stream *s, const void *input, void *output, uint64_t frame,
                        uint64_t frames)
{
    const asd_side *in = &s->config.input, *out = &s->config.output;
    silence(out, output, frames);
    asd_offer offer = {.input = input,
                       .output = output,
                       .frame = frame,
                       .frames = frames,
                       .input_bytes = in->device_channels * in->sample_bytes,
                       .output_bytes = out->device_channels * out->sample_bytes,
                       .input_silence = (unsigned char)in->silence,
                       .mixes = out->format == ASD_FLOAT32};
    if (output && s->feed.queue.capacity)
        offer.dirty = asd_feed_pull(&s->feed, output, frames, frame);
    asd_voices_run(&s->voices, &offer);
}

static void process(asd_stream *s, const void *input, void *output, uint64_t frames,
                    const asd_time_info *time, unsigned long flags)
{
    uint64_t frame = atomic_load_explicit(&s->frame, memory_order_relaxed);
    double when = asd_clock_time(&s->clock, frame, frames, host_time(s, time, frames),
                                 (flags & PA_INPUT_OVERFLOW) != 0);
    count_flags(s, flags);
    if (s->tap.queue.capacity) {
        asd_meter_block(&s->meter, input, frames);
        asd_taps_push(s, &(asd_capture){input, frame, frames, when, (uint32_t)flags});
    }
    fill_output(s, input, output, frame, frames);
    store_double(&s->time_bits, when + (double)frames / s->config.samplerate);
    bump(&s->callbacks);
    atomic_exchange(&s->frame, frame + frames); /* seq_cst: waiters for a frame, wake.h */
    asd_stream_offer_wakes(s);
}

/* Share of the block's duration that we took, smoothed, and the longest pause between two
 * callbacks: what the watchdog measures a silent device against. */
static void measure(asd_stream *s, double entry, uint64_t frames)
{
    double used = (asd_now() - entry) * s->config.samplerate / (double)frames;
    s->load += 0.1 * (used - s->load);
    store_double(&s->load_bits, s->load);
    if (s->last_entry > 0 && entry - s->last_entry > s->longest_gap) {
        s->longest_gap = entry - s->last_entry;
        store_double(&s->gap_bits, s->longest_gap);
    }
    s->last_entry = entry;
    store_double(&s->entry_bits, entry);
}

/* relaxed: a limit set before the start, and a counter that this thread itself writes */
static int complete(asd_stream *s)
{
    return atomic_load_explicit(&s->voices.finished, memory_order_relaxed) >=
           atomic_load_explicit(&s->complete_after, memory_order_relaxed);
}

int asd_callback(const void *input, void *output, unsigned long frames,
                 const asd_time_info *time, unsigned long flags, void *user)
{
    asd_stream *s = user;
    int result = PA_CONTINUE;
    atomic_fetch_add(&s->inside, 1); /* seq_cst: before the look at the gate, stream.h */
    if (!atomic_load(&s->gate)) {
        silence(&s->config.output, output, frames);
        result = PA_ABORT;
    } else if (frames) {
        double entry = asd_now();
        process(s, input, output, frames, time, flags);
        measure(s, entry, frames);
        if (complete(s))
            result = PA_COMPLETE;
    }
    atomic_fetch_sub_explicit(&s->inside, 1, memory_order_release); /* what we wrote, to the freer */
    return result;
}
