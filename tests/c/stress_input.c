/* Capture against a reader: every sample is the ramp's at the frame the kernel says it is, and
 * what was lost, read and left adds up to the frame counter. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "stress.h"

void judge_block(ledger *l, const uint32_t *data, uint64_t frames, const asd_block *block, int stop)
{
    CHECK(block->frame >= l->next, "went back to %llu", (unsigned long long)block->frame);
    uint64_t before = block->frame - l->next, inside = 0;
    double off = block->time - (double)block->frame / 48000;
    CHECK(off < 1e-9 && off > -1e-9, "time is off by %g s", off);
    for (uint64_t i = 0; i < frames; i++) {
        int silent = data[i * l->channels] == SILENT;
        for (int c = 0; c < l->channels; c++) {
            uint32_t column = l->map ? l->map[c] : (uint32_t)c;
            uint32_t wanted = (uint32_t)((block->frame + i) * WIDTH) + column;
            uint32_t got = data[i * l->channels + c];
            CHECK(got == (silent ? SILENT : wanted), "frame %llu+%llu: %u, not %u",
                  (unsigned long long)block->frame, (unsigned long long)i, got, wanted);
        }
        inside += silent;
    }
    CHECK(block->lost == before + inside, "lost %llu, seen %llu before and %llu inside",
          (unsigned long long)block->lost, (unsigned long long)before,
          (unsigned long long)inside);
    CHECK(!(stop && inside), "silence in spite of stop_at_gap");
    l->gaps += block->lost > 0;
    l->lost += block->lost;
    l->silent += inside;
    l->sounding += frames - inside;
    l->next = block->frame + frames;
}

/* One read of a tap (NULL: the stream's own), judged; frames. */
uint64_t take(asd_stream *s, asd_tap *t, ledger *l, uint64_t most, int stop)
{
    uint32_t *data = malloc(most * (size_t)l->channels * sizeof *data);
    CHECK(data, "no memory");
    memset(data, 0x33, most * (size_t)l->channels * sizeof *data);
    asd_block block;
    int64_t got = asd_read(s, t, data, most, stop, &block);
    CHECK(got >= 0 && (uint64_t)got <= most, "read gave %lld", (long long)got);
    if (got)
        judge_block(l, data, (uint64_t)got, &block, stop);
    free(data);
    return (uint64_t)got;
}

static void settle(rig *r, ledger *l, int stop)
{
    while (take(r->stream, NULL, l, 1 + dice(&r->seed, 700), stop))
        ;
    asd_statistics all = rig_statistics(r);
    CHECK(asd_input_fill(r->stream, NULL) == 0, "read to the end");
    CHECK(all.frames == r->fed, "counted %llu frames", (unsigned long long)all.frames);
    CHECK(l->sounding + all.input_lost == all.frames, "%llu read and %llu lost are not %llu",
          (unsigned long long)l->sounding, (unsigned long long)all.input_lost,
          (unsigned long long)all.frames);
    uint64_t trailing = all.frames - l->next;
    CHECK(l->lost + trailing == all.input_lost, "located %llu of %llu lost frames",
          (unsigned long long)(l->lost + trailing), (unsigned long long)all.input_lost);
    tally("input", l->sounding);
}

void round_input(unsigned seed, double seconds)
{
    static const uint32_t swapped[] = {1, 0}, right[] = {1};
    rig r = {.config = plain_config(), .seed = seed};
    ledger l = {.channels = 2};
    unsigned kind = dice(&r.seed, 3);
    if (kind)
        l.map = kind == 1 ? swapped : right;
    l.channels = kind == 2 ? 1 : 2;
    r.config.input.channels = (uint32_t)l.channels;
    r.config.input.map = l.map;
    /* From a ring smaller than a block to one with more blocks than marks. */
    static const unsigned capacities[] = {1, 7, 100, 1000, 4000, 20000}, blocks[] = {1, 4, 64, 512};
    r.config.input.capacity = capacities[dice(&r.seed, 6)] + dice(&r.seed, 3);
    r.block_most = blocks[dice(&r.seed, 4)];
    r.config.policy = dice(&r.seed, 2) ? ASD_DROP_OLDEST : ASD_DROP_NEWEST;
    r.flags_one_in = dice(&r.seed, 2) * 20;
    int stop = (int)dice(&r.seed, 2), waits = (int)dice(&r.seed, 2);
    unsigned most = 1 + dice(&r.seed, 900);
    rig_open(&r);
    int descriptor = descriptor_new();
    asd_wake_attach(r.stream, ASD_WAKE_INPUT, descriptor);
    rig_run_host(&r);
    double end = now() + seconds;
    while (now() < end) {
        uint64_t got = take(r.stream, NULL, &l, 1 + dice(&r.seed, most), stop);
        if (waits && !got)
            wait_for(&r, descriptor, ASD_WAKE_INPUT,
                     1 + dice(&r.seed, (unsigned)r.config.input.capacity));
        if (dice(&r.seed, 50) == 0)
            usleep(200); /* long enough for an overflow */
    }
    rig_halt(&r);
    settle(&r, &l, stop);
    rig_close(&r);
    close(descriptor);
}
