/* Copying frames between an interleaved device buffer and packed frames. No state, any thread. */
#ifndef ASD_ROUTE_H
#define ASD_ROUTE_H

#include "kernel.h"

/* How packed frames of `columns` samples meet a device buffer of `device_channels` samples a
 * frame. Channel c of the route is column c (or the only column there is) on one side and
 * device channel map[c] on the other. map NULL and equal widths: one memcpy. */
typedef struct {
    uint32_t device_channels;
    uint32_t channels;
    uint32_t columns;
    const uint32_t *map;
    uint32_t sample_bytes;
} asd_route;

void asd_gather(const asd_route *route, void *packed, const void *device, uint64_t frames);
void asd_scatter(const asd_route *route, void *device, const void *packed, uint64_t frames);
void asd_mix(const asd_route *route, float *device, const float *packed, uint64_t frames);
int asd_route_is_plain(const asd_route *route);

#endif
