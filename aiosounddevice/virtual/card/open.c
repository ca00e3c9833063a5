/* Opening a stream: which parameters PortAudio refuses, in its order: first what it checks for every
 * host API, then what this one cannot do. */

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

static PaError check_host(const PaStreamParameters *in, const PaStreamParameters *out,
                          double rate) {
    if (in && in->channelCount > device_at(in->device)->info.maxInputChannels)
        return paInvalidChannelCount;
    if (out && out->channelCount > device_at(out->device)->info.maxOutputChannels)
        return paInvalidChannelCount;
    return rate >= MIN_RATE && rate <= MAX_RATE ? paNoError : paInvalidSampleRate;
}

static PaError list_opened(Stream *stream) {
    PaError error = paNoError;
    card_lock();
    stream_list(stream);
    Device *to = stream->out.device, *from = stream->in.device;
    if (to && to->loop && !bus_of(to, stream->rate)) error = paInsufficientMemory;
    if (to) bus_reserve(to);
    if (from) bus_reserve(from);
    if (error) stream_unlist(stream);
    card_unlock();
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
    if (error) return error;
    Stream *stream = stream_new(in, out, rate, frames, flags, callback);
    if (!stream) return paInsufficientMemory;
    stream->user = user;
    error = list_opened(stream);
    if (!error) *handle = stream->handle;
    return error;
}

static PaError ready(enum Function function) {
    PaError error = enter(function);
    if (error) return error;
    card_lock();
    if (!card.initialized) error = paNotInitialized;
    card_unlock();
    return error;
}

API PaError Pa_IsFormatSupported(const PaStreamParameters *in, const PaStreamParameters *out,
                                 double rate) {
    PaError error = ready(FN_IsFormatSupported);
    if (!error) error = check_both(in, out);
    return error ? error : check_host(in, out, rate);
}

API PaError Pa_OpenStream(PaStream **stream, const PaStreamParameters *in,
                          const PaStreamParameters *out, double rate, unsigned long frames,
                          PaStreamFlags flags, PaStreamCallback *callback, void *user) {
    PaError error = ready(FN_OpenStream);
    return error ? error : open_stream(stream, in, out, rate, frames, flags, callback, user);
}

API PaError Pa_OpenDefaultStream(PaStream **stream, int inputs, int outputs,
                                 PaSampleFormat format, double rate, unsigned long frames,
                                 PaStreamCallback *callback, void *user) {
    PaError error = ready(FN_OpenDefaultStream);
    if (error) return error;
    const PaDeviceInfo *info = &device_at(0)->info;
    PaStreamParameters in = {0, inputs, format, info->defaultHighInputLatency, NULL};
    PaStreamParameters out = {0, outputs, format, info->defaultHighOutputLatency, NULL};
    return open_stream(stream, inputs > 0 ? &in : NULL, outputs > 0 ? &out : NULL, rate, frames,
                       paNoFlag, callback, user);
}
