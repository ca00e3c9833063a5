#include "level.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* LANES independent peaks and sums, so that the processor works on several samples at once; after
 * STRETCH samples of all lanes together the sums go into doubles. */
enum { LANES = 16, STRETCH = 4096 };

int asd_meter_init(asd_meter *m, const asd_side *side)
{
    m->side = side;
    atomic_init(&m->turn, 0);
    atomic_init(&m->wanted, 0);
    m->scratch = calloc(side->channels + LANES, sizeof *m->scratch);
    m->words[0] = calloc(2 * (side->channels + 1), sizeof **m->words);
    m->words[1] = m->words[0] + side->channels;
    return m->scratch && m->words[0];
}

void asd_meter_free(asd_meter *m)
{
    free(m->scratch);
    free((void *)m->words[0]);
}

/* ---- audio thread ---- */

typedef struct {
    unsigned char bytes[3];
} int24;

/* Times 256: the three bytes on top of the four, where the sign is. */
static inline float from_int24(int24 sample)
{
    uint32_t low = sample.bytes[0], middle = sample.bytes[1], high = sample.bytes[2];
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    uint32_t swap = low;
    low = high;
    high = swap;
#endif
    return (float)(int32_t)(high << 24 | middle << 16 | low << 8);
}

static inline float plain(float sample)
{
    return sample;
}

static inline float centred(float sample)
{
    return sample - 128;
}

/* What the lanes have seen of `count` samples that lie `stride` apart. A function for each format,
 * for a format known at compile time is what lets the loops become vector code. */
typedef struct {
    float peak[LANES], sum[LANES];
} lanes;

#define MEASURE(NAME, TYPE, VALUE)                                                            \
    static void NAME(lanes *seen, const void *samples, size_t stride, uint64_t count)         \
    {                                                                                         \
        const TYPE *from = samples;                                                           \
        float peak[LANES] = {0}, sum[LANES] = {0};                                            \
        if (stride == 1)                                                                      \
            for (; count >= LANES; count -= LANES, from += LANES)                             \
                for (int l = 0; l < LANES; l++) {                                             \
                    float x = VALUE(from[l]), high = fabsf(x);                                \
                    peak[l] = high > peak[l] ? high : peak[l];                                \
                    sum[l] += x * x;                                                          \
                }                                                                             \
        for (uint64_t i = 0; i < count; i++, from += stride) {                                \
            float x = VALUE(*from), high = fabsf(x);                                          \
            peak[i % LANES] = high > peak[i % LANES] ? high : peak[i % LANES];                \
            sum[i % LANES] += x * x;                                                          \
        }                                                                                     \
        memcpy(seen->peak, peak, sizeof peak);                                                \
        memcpy(seen->sum, sum, sizeof sum);                                                   \
    }

MEASURE(measure_float32, float, plain)
MEASURE(measure_int32, int32_t, plain)
MEASURE(measure_int24, int24, from_int24)
MEASURE(measure_int16, int16_t, plain)
MEASURE(measure_int8, int8_t, plain)
MEASURE(measure_uint8, uint8_t, centred)

/* Add to `width` channels that take turns among the samples: 1, or with a stride of 1 a power of
 * two up to LANES. */
static void measure(uint32_t format, asd_level *levels, uint32_t width, const void *samples,
                    size_t stride, uint64_t count)
{
    lanes seen = {0};
    float full = 1;
    switch (format) {
    case ASD_FLOAT32: measure_float32(&seen, samples, stride, count); break;
    case ASD_INT32: measure_int32(&seen, samples, stride, count), full = 2147483648.0f; break;
    case ASD_INT24: measure_int24(&seen, samples, stride, count), full = 2147483648.0f; break;
    case ASD_INT16: measure_int16(&seen, samples, stride, count), full = 32768; break;
    case ASD_INT8: measure_int8(&seen, samples, stride, count), full = 128; break;
    case ASD_UINT8: measure_uint8(&seen, samples, stride, count), full = 128; break;
    default: break;
    }
    const float scale = 1 / full;
    for (uint32_t half = LANES / 2; half >= width; half /= 2)
        for (uint32_t l = 0; l < half; l++) {
            float other = seen.peak[l + half];
            seen.peak[l] = other > seen.peak[l] ? other : seen.peak[l];
            seen.sum[l] += seen.sum[l + half];
        }
    for (uint32_t c = 0; c < width; c++) {
        float peak = seen.peak[c] * scale;
        levels[c].peak = peak > levels[c].peak ? peak : levels[c].peak;
        levels[c].total += (double)seen.sum[c] * scale * scale;
    }
}

static void measure_channel(asd_meter *m, uint32_t channel, const unsigned char *input,
                            uint64_t frames)
{
    const asd_side *side = m->side;
    size_t frame_bytes = (size_t)side->device_channels * side->sample_bytes;
    input += (size_t)(side->map ? side->map[channel] : channel) * side->sample_bytes;
    while (frames) {
        uint64_t some = frames < STRETCH ? frames : STRETCH;
        measure(side->format, &m->scratch[channel], 1, input, side->device_channels, some);
        input += some * frame_bytes;
        frames -= some;
    }
}

static void measure_all(asd_meter *m, const unsigned char *input, uint64_t frames)
{
    const asd_side *side = m->side;
    uint64_t samples = frames * side->channels;
    while (samples) {
        uint64_t some = samples < STRETCH ? samples : STRETCH;
        measure(side->format, m->scratch, side->channels, input, 1, some);
        input += some * side->sample_bytes;
        samples -= some;
    }
}

static void publish(asd_meter *m, uint64_t frames)
{
    uint64_t turn = atomic_load_explicit(&m->turn, memory_order_relaxed) + 1;
    const double share = 1.0 / (double)frames;
    for (uint32_t c = 0; c < m->side->channels; c++) {
        float mean = (float)(m->scratch[c].total * share);
        uint32_t low, high;
        memcpy(&high, &m->scratch[c].peak, sizeof high);
        memcpy(&low, &mean, sizeof low);
        /* release: `turn` as it was moved for the block before; see level.h */
        atomic_store_explicit(&m->words[turn % 2][c], (uint64_t)high << 32 | low,
                              memory_order_release);
    }
    atomic_store_explicit(&m->turn, turn, memory_order_release); /* the words */
}

void asd_meter_block(asd_meter *m, const void *input, uint64_t frames)
{
    const asd_side *side = m->side;
    if (!atomic_load_explicit(&m->wanted, memory_order_relaxed)) /* a block sooner or later */
        return;
    memset(m->scratch, 0, side->channels * sizeof *m->scratch);
    uint32_t width = side->channels;
    int power = width <= LANES && (width & (width - 1)) == 0;
    if (input && power && !side->map && width == side->device_channels)
        measure_all(m, input, frames);
    else if (input)
        for (uint32_t c = 0; c < side->channels; c++)
            measure_channel(m, c, input, frames);
    publish(m, frames);
}

/* ---- others ---- */

/* As a block of silence. */
void asd_meter_rewind(asd_meter *m)
{
    memset(m->scratch, 0, m->side->channels * sizeof *m->scratch);
    publish(m, 1);
}

void asd_meter_read(asd_meter *m, float *peak, float *mean_square)
{
    uint64_t turn;
    atomic_store_explicit(&m->wanted, 1, memory_order_relaxed);
    do {
        turn = atomic_load_explicit(&m->turn, memory_order_acquire); /* the words of that turn */
        for (uint32_t c = 0; c < m->side->channels; c++) {
            /* acquire: a later turn, if the word is of one */
            uint64_t word = atomic_load_explicit(&m->words[turn % 2][c], memory_order_acquire);
            uint32_t high = (uint32_t)(word >> 32), low = (uint32_t)word;
            memcpy(&peak[c], &high, sizeof high);
            memcpy(&mean_square[c], &low, sizeof low);
        }
    } while (atomic_load_explicit(&m->turn, memory_order_relaxed) != turn);
}
