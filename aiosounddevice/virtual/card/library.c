/* The library as a whole: versions, texts, initialising, sleeping, and the card's figures. */

#define _GNU_SOURCE
#include <math.h>
#include <time.h>

#include "card.h"

static const PaVersionInfo version = {19, 7, 0, "virtual",
                                      "Virtual sound card with the interface of PortAudio V19.7.0"};

API int Pa_GetVersion(void) {
    enter(FN_GetVersion);
    return version.versionMajor << 16 | version.versionMinor << 8 | version.versionSubMinor;
}

API const char *Pa_GetVersionText(void) {
    enter(FN_GetVersionText);
    return version.versionText;
}

API const PaVersionInfo *Pa_GetVersionInfo(void) {
    enter(FN_GetVersionInfo);
    return &version;
}

/* Programs compare and show these, so they are PortAudio's own words. */
static const char *const texts[] = {
    "PortAudio not initialized",
    "Unanticipated host error",
    "Invalid number of channels",
    "Invalid sample rate",
    "Invalid device",
    "Invalid flag",
    "Sample format not supported",
    "Illegal combination of I/O devices",
    "Insufficient memory",
    "Buffer too big",
    "Buffer too small",
    "No callback routine specified",
    "Invalid stream pointer",
    "Wait timed out",
    "Internal PortAudio error",
    "Device unavailable",
    "Incompatible host API specific stream info",
    "Stream is stopped",
    "Stream is not stopped",
    "Input overflowed",
    "Output underflowed",
    "Host API not found",
    "Invalid host API",
    "Can't read from a callback stream",
    "Can't write to a callback stream",
    "Can't read from an output only stream",
    "Can't write to an input only stream",
    "Incompatible stream host API",
    "Bad buffer pointer",
};

API const char *Pa_GetErrorText(PaError code) {
    enter(FN_GetErrorText);
    if (code == paNoError) return "Success";
    if (code >= paNotInitialized && code <= paBadBufferPtr) return texts[code - paNotInitialized];
    return code > 0 ? "Invalid error code (value greater than zero)" : "Invalid error code";
}

API PaError Pa_Initialize(void) {
    PaError error = enter(FN_Initialize);
    if (error) return error;
    card_lock();
    if (card.initialized++ == 0) table_list();
    card_unlock();
    return paNoError;
}

static PaError terminate(void) {
    if (card.initialized > 1) {
        card.initialized--;
        return paNoError;
    }
    if (inside) return host_error(-1, "a callback cannot terminate the library");
    while (card.streams) {
        PaError error = stream_close(card.streams);
        if (error && error != paBadStreamPtr) return error;
    }
    if (card.initialized > 0) card.initialized--; /* two threads may have come this far */
    if (card.initialized == 0) clock_thread_stop();
    return paNoError;
}

API PaError Pa_Terminate(void) {
    PaError error = enter(FN_Terminate);
    if (error) return error;
    card_lock();
    error = card.initialized ? terminate() : paNotInitialized;
    card_unlock();
    return error;
}

/* Card time: quicker on a quick card, and on the others the card is moved so far. */
API void Pa_Sleep(long msec) {
    if (enter(FN_Sleep) || msec <= 0) return;
    double speed;
    if (virtualcard_advance(msec, 1000) == 0) return;
    if (virtualcard_clock(&speed) != VIRTUALCARD_REALTIME || inside) speed = 1;
    double length = (double)msec / 1000 / speed;
    struct timespec rest = {(time_t)length, (long)((length - floor(length)) * 1e9)};
    while (nanosleep(&rest, &rest) != 0) continue;
}

API double virtualcard_time(void) {
    card_lock();
    double time = seconds(clock_now());
    card_unlock();
    return time;
}

API int64_t virtualcard_frame(double rate) {
    if (!(rate > 0)) return -1;
    card_lock();
    int64_t frame = frame_at(clock_now() + 1, rate) - 1;
    card_unlock();
    return frame;
}

API int virtualcard_open_streams(void) {
    int count = 0;
    card_lock();
    for (const Stream *s = card.streams; s; s = s->next) count++;
    card_unlock();
    return count;
}

API uint64_t virtualcard_late(double *seconds_late) {
    card_lock();
    uint64_t late = card.late;
    if (seconds_late) *seconds_late = card.latest;
    card_unlock();
    return late;
}

API uint64_t virtualcard_lost_input(void) {
    card_lock();
    uint64_t frames = card.lost;
    card_unlock();
    return frames;
}

API uint64_t virtualcard_inserted_output(void) {
    card_lock();
    uint64_t frames = card.inserted;
    card_unlock();
    return frames;
}

API int virtualcard_stream_losses(PaStream *handle, uint64_t *lost, uint64_t *inserted) {
    PaError error;
    card_lock();
    Stream *stream = stream_find(handle, &error);
    if (stream) {
        *lost = stream->lost;
        *inserted = stream->inserted;
    }
    card_unlock();
    return stream ? 0 : -1;
}

API int virtualcard_set_delay(int index, int64_t frames) {
    card_lock();
    Device *device = device_in(index);
    bool possible = device && device->loop && frames >= 0 && frames <= MAX_DELAY;
    if (possible) {
        device->delay = frames;
        bus_reserve(device);
    }
    card_unlock();
    return possible ? 0 : -1;
}

API int64_t virtualcard_delay(int index) {
    card_lock();
    Device *device = device_in(index);
    int64_t frames = device && device->loop ? device->delay : -1;
    card_unlock();
    return frames;
}
