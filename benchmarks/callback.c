/* What a callback costs, and what each further reader of its input adds. Arguments: frames a
 * block, channels. Build with the kernel's sources, as `make bench-callback` does.
 *
 * One thread, so without the caches of another processor: the least it can cost. Each figure is
 * the fastest of many batches, in nanoseconds a callback. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "kernel.h"

enum { BATCH = 2000, BATCHES = 300, MOST = 8, QUEUE = 48000 };

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return 1e9 * (double)t.tv_sec + (double)t.tv_nsec;
}

static double fastest(asd_stream *s, const float *input, unsigned frames)
{
    double best = 1e12;
    for (int batch = 0; batch < BATCHES; batch++) {
        double begin = now();
        for (int i = 0; i < BATCH; i++)
            asd_callback(input, NULL, frames, NULL, 0, s);
        double taken = (now() - begin) / BATCH;
        best = taken < best ? taken : best;
    }
    return best;
}

int main(int argc, char **argv)
{
    unsigned frames = argc > 1 ? (unsigned)atoi(argv[1]) : 64;
    unsigned channels = argc > 2 ? (unsigned)atoi(argv[2]) : 2;
    asd_side side = {channels, channels, NULL, sizeof(float), 0, ASD_FLOAT32, QUEUE}, none = {0};
    asd_config config = {48000, frames, side, none, ASD_DROP_OLDEST, 0};
    asd_stream *s = asd_stream_new(&config);
    float *input = malloc((size_t)frames * channels * sizeof *input);
    if (!s || !input)
        return 1;
    for (unsigned i = 0; i < frames * channels; i++)
        input[i] = (float)i / (float)(frames * channels);
    asd_stream_open_gate(s);
    printf("%u frames, %u channels:", frames, channels);
    for (int taps = 0; taps <= MOST; taps++) {
        if (taps && !asd_tap_open(s, QUEUE, ASD_DROP_OLDEST))
            return 1;
        if (taps < 2 || taps == MOST)
            printf(" %d further readers %.0f ns;", taps, fastest(s, input, frames));
    }
    float levels[2][64];
    if (channels <= 64) {
        asd_levels(s, levels[0], levels[1]);
        printf(" with levels %.0f ns", fastest(s, input, frames));
    }
    printf("\n");
    free(input);
    return 0;
}
