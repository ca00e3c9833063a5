/* Sample formats: between a stream's bytes and the card's signal (doubles, full scale 1).
 *
 * Both directions use the same power of two, so that what is played in a format is recorded in it
 * bit by bit. Integers are rounded to nearest and clipped; floats pass as they are, also beyond
 * full scale. */

#include <math.h>
#include <string.h>

#include "card.h"

int sample_size(PaSampleFormat format) {
    switch (format & ~paNonInterleaved) {
    case paFloat32:
    case paInt32: return 4;
    case paInt24: return 3;
    case paInt16: return 2;
    case paInt8:
    case paUInt8: return 1;
    default: return 0;
    }
}

static int32_t load24(const unsigned char *from) {
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    uint32_t bits = from[0] | (uint32_t)from[1] << 8 | (uint32_t)from[2] << 16;
#else
    uint32_t bits = from[2] | (uint32_t)from[1] << 8 | (uint32_t)from[0] << 16;
#endif
    return (int32_t)(bits ^ 0x800000) - 0x800000;
}

static void store24(unsigned char *to, int32_t value) {
    uint32_t bits = (uint32_t)value;
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    to[0] = (unsigned char)bits, to[1] = (unsigned char)(bits >> 8);
    to[2] = (unsigned char)(bits >> 16);
#else
    to[2] = (unsigned char)bits, to[1] = (unsigned char)(bits >> 8);
    to[0] = (unsigned char)(bits >> 16);
#endif
}

static double load(PaSampleFormat format, const unsigned char *from) {
    float real;
    int32_t wide;
    int16_t half;
    switch (format) {
    case paFloat32: memcpy(&real, from, 4); return real;
    case paInt32: memcpy(&wide, from, 4); return wide / 2147483648.0;
    case paInt24: return load24(from) / 8388608.0;
    case paInt16: memcpy(&half, from, 2); return half / 32768.0;
    case paInt8: return (signed char)from[0] / 128.0;
    default: return (from[0] - 128) / 128.0;
    }
}

static int32_t scaled(double value, double scale) {
    value = nearbyint(value * scale);
    if (value >= scale) return (int32_t)(scale - 1);
    if (value < -scale) return (int32_t)-scale;
    return isnan(value) ? 0 : (int32_t)value;
}

static void store(PaSampleFormat format, double value, unsigned char *to) {
    float real = (float)value;
    int32_t wide;
    int16_t half;
    switch (format) {
    case paFloat32: memcpy(to, &real, 4); break;
    case paInt32: wide = scaled(value, 2147483648.0), memcpy(to, &wide, 4); break;
    case paInt24: store24(to, scaled(value, 8388608.0)); break;
    case paInt16: half = (int16_t)scaled(value, 32768.0), memcpy(to, &half, 2); break;
    case paInt8: to[0] = (unsigned char)scaled(value, 128.0); break;
    default: to[0] = (unsigned char)(scaled(value, 128.0) + 128); break;
    }
}

/* One channel's first sample, and the step to its next one. */
static unsigned char *channel(const Side *side, const void *buffer, int64_t offset, int c,
                              int64_t *step) {
    if (side->planar) {
        *step = side->size;
        return ((unsigned char *const *)buffer)[c] + offset * side->size;
    }
    *step = (int64_t)side->size * side->channels;
    return (unsigned char *)buffer + offset * *step + (int64_t)c * side->size;
}

void decode(const Side *side, const void *buffer, int64_t offset, double *signal,
            int64_t frames) {
    for (int c = 0; c < side->channels; c++) {
        int64_t step;
        const unsigned char *from = channel(side, buffer, offset, c, &step);
        for (int64_t i = 0; i < frames; i++)
            signal[i * side->channels + c] = load(side->format, from + i * step);
    }
}

void encode(const Side *side, void *buffer, int64_t offset, const double *signal,
            int64_t frames) {
    for (int c = 0; c < side->channels; c++) {
        int64_t step;
        unsigned char *to = channel(side, buffer, offset, c, &step);
        for (int64_t i = 0; i < frames; i++)
            store(side->format, signal[i * side->channels + c], to + i * step);
    }
}

API PaError Pa_GetSampleSize(PaSampleFormat format) {
    PaError error = enter(FN_GetSampleSize);
    if (error) return error;
    int size = sample_size(format);
    return size ? size : paSampleFormatNotSupported;
}
