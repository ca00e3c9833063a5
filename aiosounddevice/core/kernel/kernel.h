/* The kernel's public face: what Python sees of the C that runs on the audio thread.
 *
 * Read twice: by the C compiler, and by CFFI (core/_kernel_build.py), which takes the text
 * between the two "cdef" lines. So nothing but declarations and plain enums may stand there.
 *
 * Threads. "Audio thread": whoever calls asd_callback, one at a time for a stream. "Reader",
 * "writer": whoever calls asd_read, asd_write; the Python side sees to it that there is one of
 * each. "Control": whoever opens, starts, stops, closes. The files say who writes which field.
 */
#ifndef ASD_KERNEL_H
#define ASD_KERNEL_H

#include <stddef.h>
#include <stdint.h>

/* cdef begin */

typedef struct asd_stream asd_stream;
typedef struct asd_tap asd_tap;
typedef struct asd_voice asd_voice;

/* What PortAudio hands to a callback (same layout as its PaStreamCallbackTimeInfo). */
typedef struct {
    double input_adc_time;
    double current_time;
    double output_dac_time;
} asd_time_info;

enum { ASD_DROP_OLDEST = 0, ASD_DROP_NEWEST = 1 };
enum {
    ASD_FLOAT32 = 0,
    ASD_OTHER_FORMAT = 1,
    ASD_INT32 = 2,
    ASD_INT24 = 3,
    ASD_INT16 = 4,
    ASD_INT8 = 5,
    ASD_UINT8 = 6
};

/* One direction of a stream. `map` names, for each channel of the queue, the device's channel
 * it comes from or goes to (NULL: the same). `capacity` in frames; 0: this stream has no queue
 * in this direction. */
typedef struct {
    uint32_t device_channels;
    uint32_t channels;
    const uint32_t *map;
    uint32_t sample_bytes;
    uint32_t silence;
    uint32_t format;
    uint64_t capacity;
} asd_side;

typedef struct {
    double samplerate;
    uint32_t blocksize;
    asd_side input;
    asd_side output;
    uint32_t policy;
    uint32_t aligned;
} asd_config;

/* Where a piece of input belongs: index of its first frame since the start, stream time of
 * that frame, frames lost before (or, as silence, inside) it, the host's flags. */
typedef struct {
    uint64_t frame;
    double time;
    uint64_t lost;
    uint32_t flags;
} asd_block;

typedef struct {
    uint64_t callbacks;
    uint64_t frames;
    uint64_t input_lost;
    uint64_t output_written;
    uint64_t output_queued;
    uint64_t output_discarded;
    uint64_t output_last;
    uint64_t output_inserted;
    uint64_t output_late;
    uint64_t wakeups;
    uint64_t input_overflows;
    uint64_t input_underflows;
    uint64_t output_overflows;
    uint64_t output_underflows;
    uint32_t flags;
    double cpu_load;
    double longest_gap;
} asd_statistics;

/* life */
asd_stream *asd_stream_new(const asd_config *config);
int asd_stream_free(asd_stream *s);
/* 0: a reader is copying just now, try again. */
int asd_stream_rewind(asd_stream *s);
void asd_stream_open_gate(asd_stream *s);
void asd_stream_shut_gate(asd_stream *s);
int asd_stream_quiet(asd_stream *s);
void asd_stream_end(asd_stream *s);
int asd_stream_ended(asd_stream *s);
int asd_stream_finished(asd_stream *s);
/* End the stream by itself (paComplete) with the block in which that many voices have finished. */
void asd_stream_complete_after(asd_stream *s, uint64_t voices);
uint64_t asd_stream_frame(asd_stream *s);
/* Before the start: go on counting frames and time where `before`, which has ended, left off,
 * `seconds` after its last callback. What is between is lost. */
void asd_stream_continue(asd_stream *s, asd_stream *before, double seconds);
/* Seconds since the last callback, or since asd_stream_open_gate while there was none. */
double asd_stream_silence(asd_stream *s);
double asd_stream_time(asd_stream *s);
void asd_stream_statistics(asd_stream *s, asd_statistics *out);
uintptr_t asd_callback_address(void);
uintptr_t asd_finished_address(void);

/* input; `t` NULL: the stream's own tap */
int64_t asd_read(asd_stream *s, asd_tap *t, void *dst, uint64_t frames, int stop_at_gap,
                 asd_block *block);
uint64_t asd_input_fill(asd_stream *s, asd_tap *t);
/* A reader's turn after it was woken, in one call: disarm, and read if so many frames are there or
 * no more will come. -2: not yet. `signalled`: as asd_wake_disarm. */
int64_t asd_take(asd_stream *s, asd_tap *t, void *dst, uint64_t frames, asd_block *block,
                 int *signalled);

/* more readers of the same input (taps.h) */
asd_tap *asd_tap_open(asd_stream *s, uint64_t capacity, uint32_t policy);
void asd_tap_close(asd_tap *t);
void asd_tap_release(asd_tap *t);
int asd_tap_closed(asd_tap *t);
uint64_t asd_tap_lost(asd_tap *t);
void asd_tap_attach(asd_tap *t, intptr_t descriptor);
int asd_tap_arm(asd_stream *s, asd_tap *t, uint64_t threshold);
int asd_tap_disarm(asd_tap *t);

/* Of the latest block, for each of the input's channels: the highest |sample| and the mean of the
 * squares, full scale = 1. Room for as many floats each as the input has channels. The first call
 * switches the measuring on; zeros until then. */
void asd_levels(asd_stream *s, float *peak, float *mean_square);

/* output */
enum { ASD_HOLD = 0, ASD_PLAY = 1, ASD_DRAIN = 2 };
/* What a writer has to know after each piece. */
typedef struct {
    uint64_t placed;
    uint64_t inserted;
    int ended;
} asd_placed;
uint64_t asd_write(asd_stream *s, const void *src, uint64_t frames);
/* Write what there is room for and see to the mode: playing begins when `ahead` frames are there,
 * anew after a drain that has come to its end. */
void asd_put(asd_stream *s, const void *src, uint64_t frames, uint64_t ahead, asd_placed *placed);
int64_t asd_write_at(asd_stream *s, uint64_t frame, const void *src, uint64_t frames);
uint64_t asd_output_free(asd_stream *s);
uint64_t asd_output_fill(asd_stream *s);
int asd_output_mode(asd_stream *s);
void asd_output_set_mode(asd_stream *s, int mode);
uint64_t asd_output_request_clear(asd_stream *s);
int asd_output_cleared(asd_stream *s, uint64_t request);

/* wake-up; FEED wakes a helper thread, like VOICE */
enum { ASD_WAKE_INPUT, ASD_WAKE_OUTPUT, ASD_WAKE_FRAME, ASD_WAKE_VOICE, ASD_WAKE_FEED,
       ASD_WAKE_SLOTS };
void asd_wake_attach(asd_stream *s, int slot, intptr_t descriptor);
int asd_wake_arm(asd_stream *s, int slot, uint64_t threshold);
int asd_wake_disarm(asd_stream *s, int slot);
void asd_handshake_enable(int on);
int asd_handshake_enabled(void);
int asd_handshake_pending(void);
/* As a signal not yet acknowledged: whoever calls has to run before a card moves. */
void asd_handshake_hold(void);
void asd_handshake_ack(void);
uintptr_t asd_handshake_idle_address(void);

/* voices */
enum { ASD_VOICE_PLAY = 0, ASD_VOICE_RECORD = 1 };
asd_voice *asd_voice_new(int direction, void *data, uint64_t frames, uint32_t columns,
                         uint32_t channels, const uint32_t *map, uint64_t at_frame, int loop);
void asd_voice_free(asd_voice *v);
void asd_voice_submit(asd_stream *s, asd_voice *v);
int asd_voice_cancel(asd_voice *v);
int asd_voice_quiet(asd_voice *v);
int asd_voice_done(asd_voice *v);
uint64_t asd_voice_position(asd_voice *v);
uint64_t asd_voice_started_at(asd_voice *v);
uint64_t asd_voice_ended_at(asd_voice *v);
asd_voice *asd_voices_collect(asd_stream *s);
asd_voice *asd_voice_next(asd_voice *v);

/* cdef end */

int asd_callback(const void *input, void *output, unsigned long frames,
                 const asd_time_info *time, unsigned long flags, void *user);
void asd_finished(void *user);

#endif
