/* The virtual card's controls: what a test or a program may do to the card besides playing and
 * recording. All are safe from any thread; those that say so are refused inside a callback.
 *
 * Time. The card has one clock in exact ticks (28,224,000 a second: a whole number of ticks per
 * frame at every customary rate). "Card frame" f at rate r is the instant f / r seconds after the
 * last reset. A control that takes frames without a rate counts at 48,000.
 *
 * Devices are named by their place in the card's table, which as long as nothing was plugged in or
 * out is their order of definition: 0 loopback, 1 microphone, 2 speaker at first. PortAudio's index
 * is another number (virtualcard_listed). Functions that return int give 0, or -1 when what was asked
 * for does not exist or is not allowed now. Times are card time in seconds; -1 means now. */

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

struct virtualcard_device {
    const char *name, *hostapi;
    int hostapi_type;                  /* PaHostApiTypeId */
    int inputs, outputs;               /* channels */
    int loop;                          /* outputs are heard by the inputs */
    int exclusive;                     /* cannot be opened a second time */
    int default_input, default_output; /* of its host API; else the first one is */
    double rate;                       /* the default one */
    const double *rates;               /* those that open; none: all from 8,000 to 192,000 */
    int rate_count;
    unsigned long formats;             /* PaSampleFormats that open; 0: all */
    double low_input, low_output, high_input, high_output; /* latencies, seconds */
    int64_t delay;
};

struct virtualcard_entry {
    uint64_t stream; /* counts the streams in the order in which they were opened */
    int64_t frame;   /* first one of the block, since the stream's start */
    int64_t ns;
};

/* Devices. define replaces all of them, and ends the library as if every user of it had terminated
 * it: streams are forgotten. NULL: the default set. plug_in adds a device and gives its place. plug
 * brings one back that was unplugged or died. unplug also ends the device's streams, with a finished
 * callback unless `silent`. All of them, and default, are seen by programs that initialise the
 * library from then on, and by nobody else. */
API int virtualcard_define(const struct virtualcard_device *devices, int count);
API int virtualcard_plug_in(const struct virtualcard_device *device);
API int virtualcard_plug(int device);
API int virtualcard_unplug(int device, double at, int silent);
API int virtualcard_default(int device, int input, int output);
API int virtualcard_devices(void);        /* places in the table */
API int virtualcard_plugged(int device);  /* 1 or 0 */
API int virtualcard_listed(int device);   /* PortAudio's index */
API int virtualcard_place(int index);     /* of the device that PortAudio lists there */
/* List what is there now, as Pa_Initialize does when the library is not initialised; streams go on.
 * It stands for loading a private copy of the file: the card is one. */
API void virtualcard_relist(void);

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

/* When blocks were handed over, on the system's monotonic clock; off until asked for, and again after
 * a reset. The latest 65,536 are kept; otherwise as virtualcard_calls. */
API int virtualcard_keep_entries(int on);
API size_t virtualcard_entries(struct virtualcard_entry *entries, size_t capacity);

/* Processor time in ns of the card's own thread, and the part of it in callbacks, for who measures
 * programs and not the card; -1: there is no such thread, or no way to tell. */
API int virtualcard_spent(int64_t *thread, int64_t *callbacks);

/* Loopback: what is played returns `frames` later (0: as soon as it can). */
API int virtualcard_set_delay(int device, int64_t frames);
API int64_t virtualcard_delay(int device);

/* For virtualcard_pull below: fill `signal` with `frames` frames of `channels`; 0 when no more come. */
typedef int virtualcard_pull(void *user, double *signal, int64_t frames, int channels);

/* Microphone: hear this array of (frames, channels) from each stream's start; one channel is heard
 * on all. After its end silence, or with `loop` its beginning again. The array is copied. rate: the
 * samples'; 0: each stream's own. */
API int virtualcard_feed(int device, const double *samples, int64_t frames, int channels,
                         double rate, int loop);
/* Hear what `pull` gives, once: it is asked by the thread that runs the callbacks, for as much as
 * the stream's next block needs. */
API int virtualcard_feed_from(int device, virtualcard_pull *pull, void *user);
API int virtualcard_source(int device, int source);

/* Speaker: what it was handed, from the first block since reset or clear, as (frames, channels).
 * `dropped` frames came after the `limit` seconds that are kept (60 at first). */
API int virtualcard_record_info(int device, int64_t *frames, int *channels, double *rate,
                                uint64_t *dropped);
API int64_t virtualcard_recorded(int device, double *samples, int64_t frames);
API int virtualcard_record_clear(int device);
API int virtualcard_record_limit(int device, double seconds);

/* Faults of calls. slow: each call sleeps first (0 ends it). fail: the next `times` calls (-1: all)
 * return `code`. hang: the next `times` calls (-1: all) do not return until they are released; then
 * they do what they should, or after a reset return paTimedOut. release also lets go what hangs on
 * silently dead devices when `function` is NULL. hanging: calls that hang now (NULL: of all
 * functions, without those on dead devices). */
API int virtualcard_slow(const char *function, double seconds);
API int virtualcard_fail(const char *function, int code, const char *host_text, int times);
API int virtualcard_hang(const char *function, int times);
API int virtualcard_release(const char *function);
API int virtualcard_hanging(const char *function);

/* Faults of devices. lose: a host xrun of `frames` frames at the block that card frame `at_frame`
 * (at the stream's own rate; -1: now) falls in, for every stream on the device. lose_at: the same by
 * time. flag: only the callback's flags, no loss. die: no callback after it, and an error from
 * opening; with a finished callback at once, or `silent`: none ever, and stop, abort, close, read and
 * write hang. stall: the device's clock stands still, for `seconds` or (-1) until resume. vary: sizes
 * of blocks, in turn, for callback streams that are opened from now on and leave it to the host. */
API int virtualcard_lose(int device, int64_t at_frame, int64_t frames);
API int virtualcard_lose_at(int device, double at, int64_t frames);
API int virtualcard_flag(int device, int64_t at_frame, unsigned long flags);
API int virtualcard_die(int device, double at, int silent);
API int virtualcard_stall(int device, double at, double seconds);
API int virtualcard_resume(int device);
API int virtualcard_vary(int device, const int64_t *sizes, int count);
/* Real time: let the card's own lateness cost frames as a callback's slowness does. */
API int virtualcard_lateness_loses(int on);

#endif
