/* A duplex echo: what was captured at frame f is heard at frame f + delay or not at all, and
 * what came too late is counted. */
#include <stdlib.h>
#include <unistd.h>

#include "stress.h"

typedef struct {
    uint64_t delay;
    uint64_t heard, silent; /* the host's */
    uint64_t offered, in_time, refused;
} echo;

static void judge(rig *r, uint64_t frame, uint32_t *output, unsigned frames)
{
    echo *e = r->mine;
    for (unsigned i = 0; i < frames; i++) {
        const uint32_t *sample = output + i * WIDTH;
        if (sample[0] == SILENT) {
            CHECK(sample[1] == SILENT, "half a frame");
            e->silent++;
            continue;
        }
        uint32_t wanted = (uint32_t)((frame + i - e->delay) * WIDTH);
        CHECK(sample[0] == wanted && sample[1] == wanted + 1, "frame %llu: %u %u, not %u",
              (unsigned long long)(frame + i), sample[0], sample[1], wanted);
        e->heard++;
    }
}

/* A read that lost frames inside has silence there, and so has the echo. */
static void echo_block(rig *r, echo *e, uint64_t most)
{
    uint32_t *data = malloc(most * WIDTH * sizeof *data);
    CHECK(data, "no memory");
    asd_block block;
    int64_t got = asd_read(r->stream, NULL, data, most, 0, &block);
    CHECK(got >= 0, "two readers");
    if (got) {
        int64_t placed = asd_write_at(r->stream, block.frame + e->delay, data, (uint64_t)got);
        CHECK(placed <= got, "placed %lld of %lld", (long long)placed, (long long)got);
        if (placed < 0) {
            e->refused++;
        } else {
            e->offered += (uint64_t)got;
            e->in_time += (uint64_t)placed;
        }
    }
    free(data);
}

static void settle(rig *r, echo *e)
{
    asd_statistics all = rig_statistics(r);
    CHECK(e->offered - e->in_time == all.output_late, "%llu late, %llu counted",
          (unsigned long long)(e->offered - e->in_time), (unsigned long long)all.output_late);
    CHECK(e->heard <= e->in_time, "heard more than was placed");
    CHECK(e->heard + e->silent == all.frames, "all frames are accounted for");
    /* Silence that the writer put between two pieces is sound to the callback. */
    CHECK(all.output_inserted <= e->silent, "%llu inserted, %llu silent",
          (unsigned long long)all.output_inserted, (unsigned long long)e->silent);
    tally("aligned", e->heard);
}

void round_aligned(unsigned seed, double seconds)
{
    rig r = {.config = plain_config(), .seed = seed, .judge = judge};
    r.block_most = dice(&r.seed, 2) ? 64 : 7;
    r.config.aligned = 1;
    r.config.policy = dice(&r.seed, 2) ? ASD_DROP_OLDEST : ASD_DROP_NEWEST;
    r.config.input.capacity = 1 + dice(&r.seed, 3000);
    echo e = {.delay = dice(&r.seed, 5000)};
    r.config.output.capacity = 1 + dice(&r.seed, 3000) + e.delay;
    r.mine = &e;
    rig_open(&r);
    int descriptor = descriptor_new();
    asd_wake_attach(r.stream, ASD_WAKE_INPUT, descriptor);
    rig_run_host(&r);
    double end = now() + seconds;
    while (now() < end) {
        echo_block(&r, &e, 1 + dice(&r.seed, 200));
        if (dice(&r.seed, 3) == 0)
            wait_for(&r, descriptor, ASD_WAKE_INPUT,
                     1 + dice(&r.seed, (unsigned)r.config.input.capacity));
    }
    rig_halt(&r);
    settle(&r, &e);
    rig_close(&r);
    close(descriptor);
}
