#include "route.h"

#include <string.h>

int asd_route_is_plain(const asd_route *route)
{
    return route->map == NULL && route->device_channels == route->columns &&
           route->channels == route->columns;
}

static uint32_t device_channel(const asd_route *route, uint32_t channel)
{
    return route->map ? route->map[channel] : channel;
}

/* One channel of a block: `count` samples of `bytes`, each side with its own stride in bytes.
 * Sizes are constants inside each case so that the copies compile to plain moves. */
static void copy_channel(unsigned char *dst, size_t dst_stride, const unsigned char *src,
                         size_t src_stride, uint32_t bytes, uint64_t count)
{
#define COPY(SIZE)                                                                            \
    for (uint64_t i = 0; i < count; i++)                                                      \
        memcpy(dst + i * dst_stride, src + i * src_stride, SIZE);                             \
    break
    switch (bytes) {
    case 1: COPY(1);
    case 2: COPY(2);
    case 3: COPY(3);
    default: COPY(4);
    }
#undef COPY
}

void asd_gather(const asd_route *route, void *packed, const void *device, uint64_t frames)
{
    uint32_t bytes = route->sample_bytes;
    if (asd_route_is_plain(route)) {
        memcpy(packed, device, frames * route->columns * bytes);
        return;
    }
    for (uint32_t c = 0; c < route->channels; c++)
        copy_channel((unsigned char *)packed + (size_t)c * bytes, (size_t)route->columns * bytes,
                     (const unsigned char *)device + (size_t)device_channel(route, c) * bytes,
                     (size_t)route->device_channels * bytes, bytes, frames);
}

void asd_scatter(const asd_route *route, void *device, const void *packed, uint64_t frames)
{
    uint32_t bytes = route->sample_bytes;
    if (asd_route_is_plain(route)) {
        memcpy(device, packed, frames * route->columns * bytes);
        return;
    }
    for (uint32_t c = 0; c < route->channels; c++) {
        uint32_t column = c < route->columns ? c : 0;
        copy_channel((unsigned char *)device + (size_t)device_channel(route, c) * bytes,
                     (size_t)route->device_channels * bytes,
                     (const unsigned char *)packed + (size_t)column * bytes,
                     (size_t)route->columns * bytes, bytes, frames);
    }
}

void asd_mix(const asd_route *route, float *device, const float *packed, uint64_t frames)
{
    for (uint32_t c = 0; c < route->channels; c++) {
        float *to = device + device_channel(route, c);
        const float *from = packed + (c < route->columns ? c : 0);
        for (uint64_t i = 0; i < frames; i++)
            to[i * route->device_channels] += from[i * route->columns];
    }
}
