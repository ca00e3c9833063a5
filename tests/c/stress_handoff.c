/* The lost wake-up. A host that goes on would heal it with its next callback; this one makes a
 * single callback that grants the wish and then waits for the waiter, so that a wake-up that is
 * lost is lost for good. Both start at the same moment: arming and publishing race. A wake-up
 * that comes for nothing is allowed: one that was on its way when the waiter found its wish met
 * and went on. */
#include <sched.h>
#include <stdlib.h>
#include <unistd.h>

#include "stress.h"

enum { FRAMES = 8 };

typedef struct {
    atomic_uint turn; /* even: the waiter's, odd: granted by one callback */
    int descriptors[ASD_WAKE_SLOTS];
    uint64_t wakes, voices;
} relay;

static void *grant(void *user)
{
    rig *r = user;
    relay *y = r->mine;
    while (!atomic_load(&r->stop)) {
        if (atomic_load(&y->turn) % 2 == 0) {
            sched_yield();
            continue;
        }
        for (unsigned i = dice(&r->host_seed, 40); i; i--)
            atomic_load_explicit(&y->turn, memory_order_relaxed);
        rig_call(r, FRAMES);
        atomic_fetch_add(&y->turn, 1);
    }
    return NULL;
}

static void wait_for_input(rig *r, relay *y)
{
    uint32_t data[FRAMES * WIDTH];
    asd_block block;
    atomic_fetch_add(&y->turn, 1);
    do
        wait_for(r, y->descriptors[ASD_WAKE_INPUT], ASD_WAKE_INPUT, FRAMES);
    while (asd_input_fill(r->stream, NULL) < FRAMES);
    CHECK(asd_read(r->stream, NULL, data, FRAMES, 0, &block) == FRAMES, "a block");
}

static void wait_for_room(rig *r, relay *y)
{
    static const uint32_t data[FRAMES * WIDTH];
    CHECK(asd_write(r->stream, data, FRAMES) == FRAMES, "no room");
    atomic_fetch_add(&y->turn, 1);
    do
        wait_for(r, y->descriptors[ASD_WAKE_OUTPUT], ASD_WAKE_OUTPUT, FRAMES);
    while (asd_output_free(r->stream) < FRAMES);
}

static void wait_for_frame(rig *r, relay *y)
{
    uint64_t wanted = asd_stream_frame(r->stream) + FRAMES;
    atomic_fetch_add(&y->turn, 1);
    do
        wait_for(r, y->descriptors[ASD_WAKE_FRAME], ASD_WAKE_FRAME, wanted);
    while (asd_stream_frame(r->stream) < wanted);
}

static void wait_for_voice(rig *r, relay *y, int slot)
{
    uint32_t data[FRAMES * WIDTH];
    asd_voice *v = asd_voice_new(ASD_VOICE_RECORD, data, 1 + dice(&r->seed, FRAMES), WIDTH, WIDTH,
                                 NULL, UINT64_MAX, 0);
    CHECK(v, "no memory");
    asd_voice_submit(r->stream, v);
    y->voices++;
    atomic_fetch_add(&y->turn, 1);
    do
        wait_for(r, y->descriptors[slot], slot, y->voices);
    while (!asd_voice_done(v));
    CHECK(asd_voices_collect(r->stream) == v, "another voice");
    asd_voice_free(v);
}

static void pass(rig *r, relay *y)
{
    switch (dice(&r->seed, ASD_WAKE_SLOTS)) {
    case ASD_WAKE_INPUT: wait_for_input(r, y); break;
    case ASD_WAKE_OUTPUT: wait_for_room(r, y); break;
    case ASD_WAKE_FRAME: wait_for_frame(r, y); break;
    case ASD_WAKE_FEED: wait_for_voice(r, y, ASD_WAKE_FEED); break;
    default: wait_for_voice(r, y, ASD_WAKE_VOICE);
    }
    while (atomic_load(&y->turn) % 2)
        sched_yield();
    /* What the other slots' passes left behind. */
    uint32_t data[FRAMES * WIDTH];
    asd_block block;
    while (asd_read(r->stream, NULL, data, FRAMES, 0, &block))
        ;
    y->wakes++;
}

void round_handoff(unsigned seed, double seconds)
{
    rig r = {.config = plain_config(), .seed = seed};
    relay y = {.turn = 0};
    r.mine = &y;
    r.config.input.capacity = r.config.output.capacity = FRAMES;
    rig_open(&r);
    asd_output_set_mode(r.stream, ASD_PLAY);
    for (int slot = 0; slot < ASD_WAKE_SLOTS; slot++) {
        y.descriptors[slot] = descriptor_new();
        asd_wake_attach(r.stream, slot, y.descriptors[slot]);
    }
    CHECK(pthread_create(&r.host, NULL, grant, &r) == 0, "no thread");
    double end = now() + seconds;
    while (now() < end)
        pass(&r, &y);
    rig_halt(&r);
    CHECK(rig_statistics(&r).wakeups <= y.wakes, "more wake-ups than waits");
    tally("handoff", y.wakes);
    rig_close(&r);
    for (int slot = 0; slot < ASD_WAKE_SLOTS; slot++)
        close(y.descriptors[slot]);
}
