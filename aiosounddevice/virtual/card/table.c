/* The table of devices, and what PortAudio's lists are made of.
 *
 * Theory of operation: the table (card.devices) is what is there now; the lists (card.listed and the
 * host APIs) are what was there when the library was initialised, and are not touched until it is
 * initialised again, because PortAudio hands out pointers into them. A device that left the table
 * is freed when no stream points at it any more. All with card.mutex held. */

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "card.h"

#define ALL_FORMATS (paFloat32 | paInt32 | paInt24 | paInt16 | paInt8 | paUInt8)

static const struct virtualcard_device defaults[] = {
    {.name = "Virtual loopback", .inputs = 8, .outputs = 8, .loop = 1},
    {.name = "Virtual microphone", .inputs = 2},
    {.name = "Virtual speaker", .outputs = 2},
};
static int ranks; /* the last default that was chosen */

static double or_else(double value, double otherwise) { return value > 0 ? value : otherwise; }

static void device_reset(Device *device) {
    device->delay = device->delay_defined;
    device->in_rank = device->in_defined;
    device->out_rank = device->out_defined;
    device->loss_count = device->size_count = 0;
    device->record.limit = RECORD_SECONDS;
    buses_reset(device);
    source_reset(&device->source);
    record_reset(&device->record);
}

static Device *device_make(const struct virtualcard_device *what) {
    Device *device = calloc(1, sizeof *device);
    if (!device) return NULL;
    snprintf(device->name, sizeof device->name, "%s", what->name);
    snprintf(device->host, sizeof device->host, "%s", what->hostapi ? what->hostapi : "Virtual");
    device->host_type = what->hostapi_type;
    device->rate_count = what->rate_count;
    for (int i = 0; i < what->rate_count; i++) device->rates[i] = what->rates[i];
    device->formats = what->formats ? what->formats : ALL_FORMATS;
    device->exclusive = what->exclusive != 0;
    device->in_defined = what->default_input != 0;
    device->out_defined = what->default_output != 0;
    device->loop = what->loop != 0;
    device->hears = !device->loop && what->inputs > 0;
    device->keeps = !device->loop && what->outputs > 0;
    device->delay_defined = what->delay;
    device->unplugged = device->dies = NEVER;
    device->listed = -1;
    device->info = (PaDeviceInfo){
        .structVersion = 2,
        .name = device->name,
        .maxInputChannels = what->inputs,
        .maxOutputChannels = what->outputs,
        .defaultLowInputLatency = or_else(what->low_input, 0.01),
        .defaultLowOutputLatency = or_else(what->low_output, 0.01),
        .defaultHighInputLatency = or_else(what->high_input, 0.04),
        .defaultHighOutputLatency = or_else(what->high_output, 0.04),
        .defaultSampleRate = or_else(what->rate, 48000),
    };
    device_reset(device);
    return device;
}

static void device_free(Device *device) {
    buses_reset(device);
    source_reset(&device->source);
    record_reset(&device->record);
    free(device);
}

void device_use(Device *device) {
    if (device) device->users++;
}

void device_unuse(Device *device) {
    if (device && --device->users == 0 && device->retired) device_free(device);
}

static void device_retire(Device *device) {
    device->retired = true;
    if (device->users == 0) device_free(device);
}

static bool usable(const struct virtualcard_device *what) {
    return what->name && what->inputs >= 0 && what->outputs >= 0 &&
           what->inputs + what->outputs > 0 && what->rate_count >= 0 &&
           what->rate_count <= MAX_RATES && what->delay >= 0 && what->delay <= MAX_DELAY;
}

static int table_add(const struct virtualcard_device *what) {
    Device *device = card.device_count < MAX_DEVICES && usable(what) ? device_make(what) : NULL;
    if (!device) return -1;
    device->place = card.device_count;
    card.devices[card.device_count++] = device;
    return device->place;
}

void table_default(void) {
    for (size_t i = 0; i < sizeof defaults / sizeof *defaults; i++) table_add(&defaults[i]);
    table_list();
}

/* What was plugged in later goes; where PortAudio's lists still have it, its place stays taken. */
void table_reset(void) {
    for (int i = 0; i < card.device_count; i++) {
        device_reset(card.devices[i]);
        device_mend(card.devices[i]);
        if (card.devices[i]->extra) card.devices[i]->unplugged = 0;
    }
    while (!card.initialized && card.device_count > 0 &&
           card.devices[card.device_count - 1]->extra)
        device_retire(card.devices[--card.device_count]);
    if (!card.initialized) table_list();
    ranks = 1;
}

Device *device_at(int index) {
    return index >= 0 && index < card.listed_count ? card.listed[index] : NULL;
}

Device *device_in(int place) {
    return place >= 0 && place < card.device_count ? card.devices[place] : NULL;
}

static int host_of(const Device *device) {
    for (int h = 0; h < host_count; h++)
        if (strcmp(hosts[h].name, device->host) == 0) return h;
    hosts[host_count] = (PaHostApiInfo){1, device->host_type, device->host, 0, -1, -1};
    return host_count++;
}

static void list_device(Device *device, PaHostApiInfo *host) {
    int index = card.listed_count++, in = host->defaultInputDevice;
    int out = host->defaultOutputDevice;
    card.listed[index] = device;
    device->listed = index;
    host->deviceCount++;
    if (device->info.maxInputChannels > 0 &&
        (in < 0 || device->in_rank > card.listed[in]->in_rank))
        host->defaultInputDevice = index;
    if (device->info.maxOutputChannels > 0 &&
        (out < 0 || device->out_rank > card.listed[out]->out_rank))
        host->defaultOutputDevice = index;
}

void table_list(void) {
    host_count = card.listed_count = 0;
    for (int i = 0; i < card.device_count; i++) {
        card.devices[i]->listed = -1;
        card.devices[i]->info.hostApi = host_of(card.devices[i]);
    }
    if (host_count == 0) hosts[host_count++] = (PaHostApiInfo){1, 0, "Virtual", 0, -1, -1};
    for (int h = 0; h < host_count; h++)
        for (int i = 0; i < card.device_count; i++)
            if (card.devices[i]->info.hostApi == h && plugged(card.devices[i]))
                list_device(card.devices[i], &hosts[h]);
}

/* As an initialisation finds it, for who would load the library a second time. */
API void virtualcard_relist(void) {
    card_lock();
    table_list();
    card_unlock();
}

static bool all_usable(const struct virtualcard_device *devices, int count) {
    for (int i = 0; i < count; i++)
        if (!usable(&devices[i])) return false;
    return count >= 0 && count <= MAX_DEVICES;
}

API int virtualcard_define(const struct virtualcard_device *devices, int count) {
    if (inside || !all_usable(devices, devices ? count : 0)) return -1;
    card_lock();
    become_runner();
    streams_forget();
    clock_thread_stop();
    card.initialized = 0;
    card.listed_count = 0;
    while (card.device_count > 0) device_retire(card.devices[--card.device_count]);
    for (int i = 0; devices && i < count; i++) table_add(&devices[i]);
    if (!devices) table_default();
    table_reset();
    leave_runner();
    card_unlock();
    return 0;
}

API int virtualcard_plug_in(const struct virtualcard_device *device) {
    card_lock();
    int place = table_add(device);
    if (place >= 0) card.devices[place]->extra = true;
    card_unlock();
    return place;
}

API int virtualcard_default(int place, int input, int output) {
    card_lock();
    Device *device = device_in(place);
    bool possible = device && (!input || device->info.maxInputChannels > 0) &&
                    (!output || device->info.maxOutputChannels > 0);
    if (possible && input) device->in_rank = ++ranks;
    if (possible && output) device->out_rank = ++ranks;
    card_unlock();
    return possible ? 0 : -1;
}

API int virtualcard_devices(void) {
    card_lock();
    int count = card.device_count;
    card_unlock();
    return count;
}

API int virtualcard_plugged(int place) {
    card_lock();
    Device *device = device_in(place);
    int there = device ? plugged(device) : -1;
    card_unlock();
    return there;
}

API int virtualcard_listed(int place) {
    card_lock();
    if (!card.initialized) table_list();
    Device *device = device_in(place);
    int index = device ? device->listed : -1;
    card_unlock();
    return index;
}

API int virtualcard_place(int index) {
    card_lock();
    if (!card.initialized) table_list();
    Device *device = device_at(index);
    int place = device ? device->place : -1;
    card_unlock();
    return place;
}
