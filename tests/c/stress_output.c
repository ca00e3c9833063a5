/* A writer against playback: what comes out is what was written, in order, without a gap but
 * those that are counted: silence of an empty queue, and what a clear threw away. */
#include <stdlib.h>
#include <unistd.h>

#include "stress.h"

typedef struct {
    int clears;             /* this round clears */
    _Atomic uint64_t floor; /* nothing below it may be heard any more */
    /* the host's */
    uint64_t next, heard, skipped, silent;
} score;

/* Sample c of queue position p is p * WIDTH + c + 1. */
static void judge(rig *r, uint64_t frame, uint32_t *output, unsigned frames)
{
    (void)frame;
    score *s = r->mine;
    unsigned i = 0;
    for (; i < frames && output[i * WIDTH] != SILENT; i++) {
        uint64_t position = (output[i * WIDTH] - 1) / WIDTH;
        CHECK(output[i * WIDTH] == (uint32_t)(position * WIDTH + 1) &&
                  output[i * WIDTH + 1] == (uint32_t)(position * WIDTH + 2),
              "torn frame %u %u", output[i * WIDTH], output[i * WIDTH + 1]);
        CHECK(position == s->next || (s->clears && i == 0 && position > s->next),
              "heard %llu after %llu", (unsigned long long)position,
              (unsigned long long)s->next);
        s->skipped += position - s->next;
        s->next = position + 1;
        s->heard++;
    }
    for (unsigned rest = i; rest < frames; rest++)
        CHECK(output[rest * WIDTH] == SILENT && output[rest * WIDTH + 1] == SILENT,
              "sound after silence in one block");
    s->silent += frames - i;
}

/* A floor that is raised after the acknowledgement must hold in every callback that begins
 * later; one that runs right now may still be older. */
static void judge_with_floor(rig *r, uint64_t frame, uint32_t *output, unsigned frames)
{
    score *s = r->mine;
    static _Thread_local uint64_t known;
    static _Thread_local score *whose;
    if (whose != s)
        known = 0;
    whose = s;
    if (output[0] != SILENT)
        CHECK((output[0] - 1) / WIDTH >= known, "cleared frame %u heard", output[0]);
    judge(r, frame, output, frames);
    known = atomic_load(&s->floor);
}

static void clear(rig *r, score *s, int descriptor)
{
    uint64_t written = rig_statistics(r).output_written;
    asd_output_set_mode(r->stream, ASD_HOLD);
    uint64_t request = asd_output_request_clear(r->stream);
    while (!asd_output_cleared(r->stream, request))
        wait_for(r, descriptor, ASD_WAKE_FRAME, asd_stream_frame(r->stream) + 1);
    CHECK(asd_output_fill(r->stream) == 0, "still %llu frames",
          (unsigned long long)asd_output_fill(r->stream));
    atomic_store(&s->floor, written);
    asd_output_set_mode(r->stream, ASD_PLAY);
}

static uint64_t put(rig *r, uint64_t position, uint64_t frames)
{
    uint32_t *data = malloc(frames * WIDTH * sizeof *data);
    CHECK(data, "no memory");
    for (uint64_t i = 0; i < frames * WIDTH; i++)
        data[i] = (uint32_t)(position * WIDTH + i + 1);
    uint64_t placed = asd_write(r->stream, data, frames);
    CHECK(placed <= frames, "placed %llu", (unsigned long long)placed);
    free(data);
    return placed;
}

static void settle(rig *r, score *s, uint64_t written)
{
    asd_statistics all = rig_statistics(r);
    uint64_t fill = asd_output_fill(r->stream), discarded = all.output_discarded;
    CHECK(all.output_written == written, "counted %llu written",
          (unsigned long long)all.output_written);
    CHECK(all.output_queued == fill, "counted %llu queued",
          (unsigned long long)all.output_queued);
    CHECK(s->heard + discarded + fill == written, "%llu heard, %llu discarded, %llu left of %llu",
          (unsigned long long)s->heard, (unsigned long long)discarded, (unsigned long long)fill,
          (unsigned long long)written);
    uint64_t trailing = written - fill - s->next;
    CHECK(s->skipped + trailing == discarded, "skipped %llu and %llu",
          (unsigned long long)s->skipped, (unsigned long long)trailing);
    CHECK(s->clears ? all.output_inserted <= s->silent : all.output_inserted == s->silent,
          "%llu inserted, %llu silent frames", (unsigned long long)all.output_inserted,
          (unsigned long long)s->silent);
    CHECK(s->heard + s->silent == all.frames, "all frames are accounted for");
    CHECK(all.output_last <= all.frames, "last is past the end");
    tally("output", s->heard);
}

void round_output(unsigned seed, double seconds)
{
    rig r = {.config = plain_config(), .seed = seed, .judge = judge};
    static const unsigned capacities[] = {1, 13, 512, 5000}, blocks[] = {1, 16, 512};
    r.config.output.capacity = capacities[dice(&r.seed, 4)] + dice(&r.seed, 3);
    r.block_most = blocks[dice(&r.seed, 3)];
    score s = {.clears = (int)dice(&r.seed, 2)};
    r.mine = &s;
    if (s.clears)
        r.judge = judge_with_floor;
    int waits = (int)dice(&r.seed, 2);
    unsigned most = 1 + dice(&r.seed, 900);
    rig_open(&r);
    int room = descriptor_new(), time = descriptor_new();
    asd_wake_attach(r.stream, ASD_WAKE_OUTPUT, room);
    asd_wake_attach(r.stream, ASD_WAKE_FRAME, time);
    asd_output_set_mode(r.stream, ASD_PLAY);
    rig_run_host(&r);
    uint64_t written = 0;
    double end = now() + seconds;
    while (now() < end) {
        uint64_t placed = put(&r, written, 1 + dice(&r.seed, most));
        written += placed;
        if (waits && !placed)
            wait_for(&r, room, ASD_WAKE_OUTPUT,
                     1 + dice(&r.seed, (unsigned)r.config.output.capacity));
        if (s.clears && dice(&r.seed, 30) == 0)
            clear(&r, &s, time);
    }
    rig_halt(&r);
    settle(&r, &s, written);
    rig_close(&r);
    close(room);
    close(time);
}
