/* Host APIs and devices, and PortAudio's questions about them.
 *
 * Theory of operation: the table is built once, before any thread calls in. What PortAudio hands
 * out pointers to (`info`, the host API) never changes after that; everything else in a Device is
 * guarded by card.mutex. */

#include <stdio.h>

#include "card.h"

static Device default_devices[3];
static PaHostApiInfo host_api = {1, paInDevelopment, "Virtual", 0, 0, 0};

static Device *add_device(Device *device, const char *name, int inputs, int outputs) {
    snprintf(device->name, sizeof device->name, "%s", name);
    device->info = (PaDeviceInfo){
        .structVersion = 2,
        .name = device->name,
        .maxInputChannels = inputs,
        .maxOutputChannels = outputs,
        .defaultLowInputLatency = 0.01,
        .defaultLowOutputLatency = 0.01,
        .defaultHighInputLatency = 0.04,
        .defaultHighOutputLatency = 0.04,
        .defaultSampleRate = 48000,
    };
    card.devices[card.device_count++] = device;
    host_api.deviceCount = card.device_count;
    return device;
}

void devices_build(void) {
    card.device_count = 0;
    add_device(&default_devices[0], "Virtual loopback", 8, 8)->loop = true;
    add_device(&default_devices[1], "Virtual microphone", 2, 0);
    add_device(&default_devices[2], "Virtual speaker", 0, 2)->keeps = true;
    devices_reset();
}

void devices_reset(void) {
    for (int i = 0; i < card.device_count; i++) {
        Device *device = card.devices[i];
        device->delay = 0;
        device->loss_count = 0;
        buses_reset(device);
        source_reset(&device->source);
        record_reset(&device->record);
    }
}

Device *device_at(int index) {
    return index >= 0 && index < card.device_count ? card.devices[index] : NULL;
}

/* 0, a scripted error, or paNotInitialized. */
static PaError ask(enum Function function) {
    PaError error = enter(function);
    if (error) return error;
    card_lock();
    if (!card.initialized) error = paNotInitialized;
    card_unlock();
    return error;
}

API PaHostApiIndex Pa_GetHostApiCount(void) {
    PaError error = ask(FN_GetHostApiCount);
    return error ? error : 1;
}

API PaHostApiIndex Pa_GetDefaultHostApi(void) {
    PaError error = ask(FN_GetDefaultHostApi);
    return error ? error : 0;
}

API const PaHostApiInfo *Pa_GetHostApiInfo(PaHostApiIndex index) {
    return ask(FN_GetHostApiInfo) || index != 0 ? NULL : &host_api;
}

API PaHostApiIndex Pa_HostApiTypeIdToHostApiIndex(PaHostApiTypeId type) {
    PaError error = ask(FN_HostApiTypeIdToHostApiIndex);
    if (error) return error;
    return type == host_api.type ? 0 : paHostApiNotFound;
}

API PaDeviceIndex Pa_HostApiDeviceIndexToDeviceIndex(PaHostApiIndex index, int device) {
    PaError error = ask(FN_HostApiDeviceIndexToDeviceIndex);
    if (error) return error;
    if (index != 0) return paInvalidHostApi;
    return device >= 0 && device < host_api.deviceCount ? device : paInvalidDevice;
}

API PaDeviceIndex Pa_GetDeviceCount(void) {
    PaError error = ask(FN_GetDeviceCount);
    return error ? error : host_api.deviceCount;
}

API PaDeviceIndex Pa_GetDefaultInputDevice(void) {
    return ask(FN_GetDefaultInputDevice) ? paNoDevice : host_api.defaultInputDevice;
}

API PaDeviceIndex Pa_GetDefaultOutputDevice(void) {
    return ask(FN_GetDefaultOutputDevice) ? paNoDevice : host_api.defaultOutputDevice;
}

API const PaDeviceInfo *Pa_GetDeviceInfo(PaDeviceIndex index) {
    if (ask(FN_GetDeviceInfo)) return NULL;
    Device *device = device_at(index);
    return device ? &device->info : NULL;
}
