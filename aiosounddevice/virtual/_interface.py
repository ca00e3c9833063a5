"""The card's controls as Python sees them: `card/virtualcard.h` for CFFI's ABI mode."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cffi

ffi = cffi.FFI()
ffi.cdef("""
struct virtualcard_call { const char *name; int64_t thread; };
struct virtualcard_device {
    const char *name, *hostapi;
    int hostapi_type, inputs, outputs, loop, exclusive, default_input, default_output;
    double rate;
    const double *rates;
    int rate_count;
    unsigned long formats;
    double low_input, low_output, high_input, high_output;
    int64_t delay;
};
int virtualcard_define(const struct virtualcard_device *devices, int count);
int virtualcard_plug_in(const struct virtualcard_device *device);
int virtualcard_plug(int device);
int virtualcard_unplug(int device, double at, int silent);
int virtualcard_default(int device, int input, int output);
int virtualcard_plugged(int device);
int virtualcard_listed(int device);
int virtualcard_place(int index);
void virtualcard_relist(void);
int virtualcard_reset(void);
int virtualcard_set_clock(int clock, double speed);
int virtualcard_clock(double *speed);
int virtualcard_advance(int64_t frames, double rate);
int virtualcard_step(int64_t frame, double rate);
int virtualcard_set_idle_hook(int (*hook)(void));
double virtualcard_time(void);
int64_t virtualcard_frame(double rate);
int virtualcard_open_streams(void);
uint64_t virtualcard_late(double *seconds);
uint64_t virtualcard_lost_input(void);
uint64_t virtualcard_inserted_output(void);
int virtualcard_stream_losses(void *stream, uint64_t *lost, uint64_t *inserted);
size_t virtualcard_calls(struct virtualcard_call *calls, size_t capacity);
uint64_t virtualcard_calls_total(void);
void virtualcard_clear_calls(void);
int virtualcard_set_delay(int device, int64_t frames);
int64_t virtualcard_delay(int device);
int virtualcard_feed(int device, const double *samples, int64_t frames, int channels,
                     double rate, int loop);
typedef int virtualcard_pull(void *user, double *signal, int64_t frames, int channels);
int virtualcard_feed_from(int device, virtualcard_pull *pull, void *user);
int virtualcard_source(int device, int source);
int virtualcard_record_info(int device, int64_t *frames, int *channels, double *rate,
                            uint64_t *dropped);
int64_t virtualcard_recorded(int device, double *samples, int64_t frames);
int virtualcard_record_clear(int device);
int virtualcard_record_limit(int device, double seconds);
int virtualcard_slow(const char *function, double seconds);
int virtualcard_fail(const char *function, int code, const char *host_text, int times);
int virtualcard_hang(const char *function, int times);
int virtualcard_release(const char *function);
int virtualcard_hanging(const char *function);
int virtualcard_lose(int device, int64_t at_frame, int64_t frames);
int virtualcard_lose_at(int device, double at, int64_t frames);
int virtualcard_flag(int device, int64_t at_frame, unsigned long flags);
int virtualcard_die(int device, double at, int silent);
int virtualcard_stall(int device, double at, double seconds);
int virtualcard_resume(int device);
int virtualcard_vary(int device, const int64_t *sizes, int count);
int virtualcard_lateness_loses(int on);
""")

REALTIME, MANUAL, AUTO = 0, 1, 2
SOURCES = {"silence": 0, "ramp": 1, "card-ramp": 2}


def library_path() -> Path:
    """Return the card's library file.

    Other programs run on the card when its directory is first in their library search path
    (`LD_LIBRARY_PATH`). A symlink to it may stand in for it, a copy has a state of its own.

    Raises
    ------
    FileNotFoundError
        If the package was built without it.
    """
    path = Path(__file__).resolve().parent / "libportaudio.so.2"
    if not path.is_file():
        raise FileNotFoundError(f"the virtual sound card was not built: {path} is missing")
    return path


def load() -> Any:
    """Load the card, or get hold of the one that is loaded already."""
    return ffi.dlopen(str(library_path()))


def done(result: int, error: Exception) -> None:
    """Raise `error` if a control refused."""
    if result < 0:
        raise error
