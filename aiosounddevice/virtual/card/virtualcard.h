/* The virtual card's controls: what a test or a program may do to the card besides playing and
 * recording. All are safe from any thread; those that say so are refused inside a callback.
 *
 * Time. The card has one clock in exact ticks (28,224,000 a second: a whole number of ticks per
 * frame at every customary rate). "Card frame" f at rate r is the instant f / r seconds after the
 * last reset. A control that takes frames without a rate counts at 48,000.
 *
 * Devices are named by their place in the card's table, which for the default set is their
 * PortAudio index: 0 loopback, 1 microphone, 2 speaker. Functions that return int give 0, or -1 when
 * what was asked for does not exist or is not allowed now. */

#ifndef VIRTUALCARD_H
#define VIRTUALCARD_H

#include <stddef.h>
#include <stdint.h>

#include "pa_types.h"

enum { VIRTUALCARD_REALTIME = 0, VIRTUALCARD_MANUAL = 1, VIRTUALCARD_AUTO = 2 };
enum { VIRTUALCARD_SILENCE = 0, VIRTUALCARD_RAMP = 1, VIRTUALCARD_RAMP_OF_CARD = 2 };

struct virtualcard_call {
    const char *name; /* "Pa_OpenStream"; static */
    int64_t thread;   /* the operating system's id of the calling thread */
};

/* Abort and forget all streams (their pointers become bad ones; no callback of theirs is called any
 * more), set time to 0 and everything else to its default. Initialisation stays counted. */
API int virtualcard_reset(void);

/* speed: card seconds per second, for VIRTUALCARD_REALTIME. */
API int virtualcard_set_clock(int clock, double speed);
API int virtualcard_clock(double *speed);

/* Run everything that is due up to and at `frames` (of `rate` Hz) from now, in this thread. 0
 * frames: what is due now. Refused in real time and inside a callback. */
API int virtualcard_advance(int64_t frames, double rate);
API int virtualcard_step(int64_t frame, double rate);

/* Automatic clock: called by the card's thread while a stream runs; 1 lets the card go to its next
 * event at once. Returns only when the previous hook is not being called any more. */
API int virtualcard_set_idle_hook(int (*hook)(void));

API double virtualcard_time(void);              /* seconds since reset */
API int64_t virtualcard_frame(double rate);     /* card frames that have begun by now */
API int virtualcard_open_streams(void);

/* Real time: events run later than one block after they were due (for other reasons than slow
 * callbacks), and the largest lateness seen, in seconds. Nothing is lost by it. */
API uint64_t virtualcard_late(double *seconds);
API uint64_t virtualcard_lost_input(void);      /* frames never delivered, of all streams */
API uint64_t virtualcard_inserted_output(void); /* frames of silence put in, of all streams */
/* The same for one open stream. */
API int virtualcard_stream_losses(PaStream *stream, uint64_t *lost, uint64_t *inserted);

/* The recorded Pa_* calls: at most the latest `capacity` of the 65,536 that are kept, oldest first.
 * Returns how many were copied, or, without `calls`, how many are kept. */
API size_t virtualcard_calls(struct virtualcard_call *calls, size_t capacity);
API uint64_t virtualcard_calls_total(void);
API void virtualcard_clear_calls(void);

/* Loopback: what is played returns `frames` later (0: as soon as it can). */
API int virtualcard_set_delay(int device, int64_t frames);
API int64_t virtualcard_delay(int device);

/* Microphone: hear this array of (frames, channels) from each stream's start; one channel is heard
 * on all. After its end silence, or with `loop` its beginning again. The array is copied. */
API int virtualcard_feed(int device, const double *samples, int64_t frames, int channels, int loop);
API int virtualcard_source(int device, int source);

/* Speaker: what it was handed, from the first block since reset or clear, as (frames, channels).
 * `dropped` frames came after the 60 seconds that are kept. */
API int virtualcard_record_info(int device, int64_t *frames, int *channels, double *rate,
                                uint64_t *dropped);
API int64_t virtualcard_recorded(int device, double *samples, int64_t frames);
API int virtualcard_record_clear(int device);

/* Faults. slow: each call sleeps first (0 ends it). fail: the next `times` calls (-1: all) return
 * `code`. lose: a host xrun of `frames` frames at the block that card frame `at_frame` (at the
 * stream's own rate; -1: now) falls in, for every stream on the device. */
API int virtualcard_slow(const char *function, double seconds);
API int virtualcard_fail(const char *function, int code, const char *host_text, int times);
API int virtualcard_lose(int device, int64_t at_frame, int64_t frames);

#endif
