/* PortAudio's questions about host APIs and devices.
 *
 * Theory of operation: they are answered from the lists that table.c made when the library was
 * initialised. What pointers are handed out to does not change until it is initialised again. */

#include "card.h"

PaHostApiInfo hosts[MAX_DEVICES];
int host_count;

/* The first one that has a device to offer. */
PaHostApiIndex default_host(void) {
    for (int h = 0; h < host_count; h++)
        if (hosts[h].deviceCount > 0) return h;
    return 0;
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
    return error ? error : host_count;
}

API PaHostApiIndex Pa_GetDefaultHostApi(void) {
    PaError error = ask(FN_GetDefaultHostApi);
    return error ? error : default_host();
}

API const PaHostApiInfo *Pa_GetHostApiInfo(PaHostApiIndex index) {
    return ask(FN_GetHostApiInfo) || index < 0 || index >= host_count ? NULL : &hosts[index];
}

API PaHostApiIndex Pa_HostApiTypeIdToHostApiIndex(PaHostApiTypeId type) {
    PaError error = ask(FN_HostApiTypeIdToHostApiIndex);
    if (error) return error;
    for (int h = 0; h < host_count; h++)
        if (hosts[h].type == type) return h;
    return paHostApiNotFound;
}

API PaDeviceIndex Pa_HostApiDeviceIndexToDeviceIndex(PaHostApiIndex index, int device) {
    PaError error = ask(FN_HostApiDeviceIndexToDeviceIndex);
    if (error) return error;
    if (index < 0 || index >= host_count) return paInvalidHostApi;
    if (device < 0 || device >= hosts[index].deviceCount) return paInvalidDevice;
    for (int h = 0; h < index; h++) device += hosts[h].deviceCount;
    return device;
}

API PaDeviceIndex Pa_GetDeviceCount(void) {
    PaError error = ask(FN_GetDeviceCount);
    return error ? error : card.listed_count;
}

API PaDeviceIndex Pa_GetDefaultInputDevice(void) {
    return ask(FN_GetDefaultInputDevice) ? paNoDevice : hosts[default_host()].defaultInputDevice;
}

API PaDeviceIndex Pa_GetDefaultOutputDevice(void) {
    return ask(FN_GetDefaultOutputDevice) ? paNoDevice : hosts[default_host()].defaultOutputDevice;
}

API const PaDeviceInfo *Pa_GetDeviceInfo(PaDeviceIndex index) {
    if (ask(FN_GetDeviceInfo)) return NULL;
    Device *device = device_at(index);
    return device ? &device->info : NULL;
}
