/* Opening a stream: which parameters PortAudio refuses, in its order: first what it checks for every
 * host API, then what this one cannot do. With card.mutex held, as devices come and go. */

#include <stdlib.h>

#include "card.h"

#define KNOWN_FLAGS                                                                               \
    (paClipOff | paDitherOff | paNeverDropInput | paPrimeOutputBuffersUsingStreamCallback |       \
     paPlatformSpecificFlags)

static PaError check_side(const PaStreamParameters *side) {
    if (!side) return paNoError;
    if (!device_at(side->device)) return paInvalidDevice;
    if (side->channelCount <= 0) return paInvalidChannelCount;
    if (!sample_size(side->sampleFormat)) return paSampleFormatNotSupported;
    if (side->hostApiSpecificStreamInfo) return paIncompatibleHostApiSpecificStreamInfo;
    return paNoError;
}

static PaError check_both(const PaStreamParameters *in, const PaStreamParameters *out) {
    if (!in && !out) return paInvalidDevice;
    PaError error = check_side(in);
    if (!error) error = check_side(out);
    if (error || !in || !out) return error;
    int one = device_at(in->device)->info.hostApi, other = device_at(out->device)->info.hostApi;
    return one == other ? paNoError : paBadIODeviceCombination;
}

static PaError check_flags(const PaStreamParameters *in, const PaStreamParameters *out,
                           unsigned long frames, PaStreamFlags flags,
                           PaStreamCallback *callback) {
    if (flags & ~KNOWN_FLAGS) return paInvalidFlag;
    if ((flags & paNeverDropInput) && (!callback || !in || !out || frames != 0))
        return paInvalidFlag;
    return paNoError;
}

static bool rate_opens(const Device *device, double rate) {
    if (device->rate_count == 0) return rate >= MIN_RATE && rate <= MAX_RATE;
    for (int i = 0; i < device->rate_count; i++)
        if (device->rates[i] == rate) return true;
    return false;
}

static PaError check_device(const PaStreamParameters *side, double rate, bool input) {
    if (!side) return paNoError;
    const Device *device = device_at(side->device);
    int most = input ? device->info.maxInputChannels : device->info.maxOutputChannels;
    if (device->retired || !plugged(device)) return paDeviceUnavailable;
    if (device_gone(device)) return device->silent ? paInsufficientMemory : paDeviceUnavailable;
    if (side->channelCount > most) return paInvalidChannelCount;
    if (!(side->sampleFormat & device->formats)) return paSampleFormatNotSupported;
    return rate_opens(device, rate) ? paNoError : paInvalidSampleRate;
}

static PaError check_host(const PaStreamParameters *in, const PaStreamParameters *out,
                          double rate) {
    PaError error = check_device(in, rate, true);
    return error ? error : check_device(out, rate, false);
}

static bool taken(const PaStreamParameters *side) {
    Device *device = side ? device_at(side->device) : NULL;
    for (const Stream *s = card.streams; s && device && device->exclusive; s = s->next)
        if (s->in.device == device || s->out.device == device) return true;
    return false;
}

static PaError list_opened(Stream *stream) {
    PaError error = paNoError;
    stream_list(stream);
    Device *to = stream->out.device, *from = stream->in.device;
    if (to && to->loop && !bus_of(to, stream->rate)) error = paInsufficientMemory;
    if (to) bus_reserve(to);
    if (from) bus_reserve(from);
    if (error) stream_unlist(stream);
    return error;
}

static PaError open_stream(PaStream **handle, const PaStreamParameters *in,
                           const PaStreamParameters *out, double rate, unsigned long frames,
                           PaStreamFlags flags, PaStreamCallback *callback, void *user) {
    if (!handle) return paBadStreamPtr;
    PaError error = check_both(in, out);
    if (!error && !(rate >= 1000 && rate <= 384000)) error = paInvalidSampleRate;
    if (!error) error = check_flags(in, out, frames, flags, callback);
    if (!error) error = check_host(in, out, rate);
    if (!error && frames > MAX_BLOCK) error = paBufferTooBig;
    if (!error && (taken(in) || taken(out))) error = paDeviceUnavailable;
    if (error) return error;
    Stream *stream = stream_new(in, out, rate, frames, flags, callback);
    if (!stream) return paInsufficientMemory;
    stream->user = user;
    error = list_opened(stream);
    if (!error) *handle = stream->handle;
    return error;
}

/* Takes the lock; the caller gives it back, also after an error. */
static PaError ready(enum Function function) {
    PaError error = enter(function);
    card_lock();
    return error || card.initialized ? error : paNotInitialized;
}

API PaError Pa_IsFormatSupported(const PaStreamParameters *in, const PaStreamParameters *out,
                                 double rate) {
    PaError error = ready(FN_IsFormatSupported);
    if (!error) error = check_both(in, out);
    if (!error) error = check_host(in, out, rate);
    card_unlock();
    return error;
}

API PaError Pa_OpenStream(PaStream **stream, const PaStreamParameters *in,
                          const PaStreamParameters *out, double rate, unsigned long frames,
                          PaStreamFlags flags, PaStreamCallback *callback, void *user) {
    PaError error = ready(FN_OpenStream);
    if (!error) error = open_stream(stream, in, out, rate, frames, flags, callback, user);
    card_unlock();
    return error;
}

API PaError Pa_OpenDefaultStream(PaStream **stream, int inputs, int outputs,
                                 PaSampleFormat format, double rate, unsigned long frames,
                                 PaStreamCallback *callback, void *user) {
    PaError error = ready(FN_OpenDefaultStream);
    PaStreamParameters in = {hosts[default_host()].defaultInputDevice, inputs, format, 0, NULL};
    PaStreamParameters out = {hosts[default_host()].defaultOutputDevice, outputs, format, 0, NULL};
    const Device *from = device_at(in.device), *to = device_at(out.device);
    if (!error && ((inputs > 0 && !from) || (outputs > 0 && !to))) error = paDeviceUnavailable;
    if (from) in.suggestedLatency = from->info.defaultHighInputLatency;
    if (to) out.suggestedLatency = to->info.defaultHighOutputLatency;
    if (!error)
        error = open_stream(stream, inputs > 0 ? &in : NULL, outputs > 0 ? &out : NULL, rate,
                            frames, paNoFlag, callback, user);
    card_unlock();
    return error;
}
