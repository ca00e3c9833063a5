/* Voices come and go while the callback runs: what sounded is the sum of what each of them says
 * it played, recordings are the ramp from where they say they began, and an array is freed the
 * moment a cancel says that nobody touches it. */
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "stress.h"

enum { MOST_VOICES = 24, LONGEST = 3000 };

typedef struct {
    asd_voice *voice;
    void *data;
    uint64_t frames, at;
    int direction, loop;
} part;

typedef struct {
    part parts[MOST_VOICES];
    uint64_t ones;      /* the host's: frames of voices without a loop that sounded */
    uint64_t loops;     /* the host's */
    uint64_t played, collected, submitted;
} cast;

/* A voice without a loop adds 1 to each sample, a looping one 4096: the sum tells them apart and
 * is exact. */
static void judge(rig *r, uint64_t frame, uint32_t *output, unsigned frames)
{
    (void)frame;
    cast *c = r->mine;
    for (unsigned i = 0; i < frames; i++) {
        float left, right;
        memcpy(&left, output + i * WIDTH, sizeof left);
        memcpy(&right, output + i * WIDTH + 1, sizeof right);
        CHECK(left == right && left >= 0 && left <= 4096.0f * MOST_VOICES + MOST_VOICES,
              "%g %g", (double)left, (double)right);
        unsigned sum = (unsigned)left;
        CHECK((float)sum == left, "%g is no sum", (double)left);
        c->ones += sum % 4096;
        c->loops += sum / 4096;
    }
}

static void begin(rig *r, cast *c, part *p)
{
    static const uint32_t map[] = {0, 1};
    unsigned *seed = &r->seed;
    p->direction = dice(seed, 2) ? ASD_VOICE_PLAY : ASD_VOICE_RECORD;
    p->frames = dice(seed, LONGEST);
    p->loop = p->direction == ASD_VOICE_PLAY && dice(seed, 4) == 0 && p->frames;
    p->at = dice(seed, 2) ? UINT64_MAX : asd_stream_frame(r->stream) + dice(seed, 2000);
    uint32_t columns = p->direction == ASD_VOICE_PLAY ? 1 : WIDTH;
    float *samples = p->data = malloc((p->frames * columns + 1) * 4);
    CHECK(samples, "no memory");
    for (uint64_t i = 0; i < p->frames * columns; i++)
        samples[i] = p->loop ? 4096.0f : 1.0f;
    p->voice = asd_voice_new(p->direction, p->data, p->frames, columns, WIDTH,
                             dice(seed, 2) || columns == 1 ? map : NULL, p->at, p->loop);
    CHECK(p->voice, "no memory");
    asd_voice_submit(r->stream, p->voice);
    c->submitted++;
}

static void drop_array(part *p)
{
    if (p->data)
        memset(p->data, 0xff, p->frames * 4); /* not a number, should anyone still play it */
    free(p->data);
    p->data = NULL;
}

static void cancel(part *p)
{
    if (!asd_voice_cancel(p->voice))
        while (!asd_voice_quiet(p->voice))
            sched_yield();
    drop_array(p);
}

static void judge_recording(const part *p)
{
    uint64_t start = asd_voice_started_at(p->voice);
    const uint32_t *samples = p->data;
    for (uint64_t i = 0; i < p->frames * WIDTH; i++)
        CHECK(samples[i] == (uint32_t)(start * WIDTH + i), "sample %llu is %u",
              (unsigned long long)i, samples[i]);
}

static void finish(cast *c, asd_voice *v)
{
    part *p = c->parts;
    while (p->voice != v)
        CHECK(++p < c->parts + MOST_VOICES, "a voice that nobody submitted");
    CHECK(asd_voice_done(v) && asd_voice_quiet(v), "collected before it was done");
    uint64_t position = asd_voice_position(v), start = asd_voice_started_at(v);
    uint64_t end = asd_voice_ended_at(v);
    CHECK(p->at == UINT64_MAX || start >= p->at, "began too early");
    CHECK(!p->loop || end == UINT64_MAX, "the end of a loop");
    if (end != UINT64_MAX) {
        CHECK(position == p->frames && end == start + position, "%llu frames from %llu to %llu",
              (unsigned long long)position, (unsigned long long)start, (unsigned long long)end);
        if (p->direction == ASD_VOICE_RECORD && p->data)
            judge_recording(p);
    }
    if (p->direction == ASD_VOICE_PLAY && !p->loop)
        c->played += position;
    drop_array(p);
    asd_voice_free(v);
    p->voice = NULL;
    c->collected++;
}

static void collect(rig *r, cast *c)
{
    asd_voice *v = asd_voices_collect(r->stream);
    while (v) {
        asd_voice *next = asd_voice_next(v);
        finish(c, v);
        v = next;
    }
}

static void act(rig *r, cast *c, int descriptor)
{
    part *p = &c->parts[dice(&r->seed, MOST_VOICES)];
    if (!p->voice) {
        begin(r, c, p);
    } else if (p->data && dice(&r->seed, 3) == 0) {
        cancel(p);
        /* Cancelled is as good as finished, so somebody waiting for it is woken. */
        if (dice(&r->seed, 4) == 0)
            wait_for(r, descriptor, ASD_WAKE_VOICE, c->collected + 1);
    }
    if (dice(&r->seed, 3) == 0)
        collect(r, c);
}

static void settle(rig *r, cast *c)
{
    for (int i = 0; i < MOST_VOICES; i++)
        if (c->parts[i].voice && c->parts[i].data)
            cancel(&c->parts[i]);
    rig_call(r, 1);
    collect(r, c);
    CHECK(c->collected == c->submitted, "%llu of %llu voices came back",
          (unsigned long long)c->collected, (unsigned long long)c->submitted);
    CHECK(c->ones == c->played, "%llu frames sounded, %llu were played",
          (unsigned long long)c->ones, (unsigned long long)c->played);
    tally("voices", c->collected);
}

void round_voices(unsigned seed, double seconds)
{
    rig r = {.config = plain_config(), .seed = seed, .judge = judge, .block_most = 256};
    r.config.output.format = ASD_FLOAT32;
    r.config.output.silence = 0;
    cast c = {.ones = 0};
    r.mine = &c;
    rig_open(&r);
    int descriptor = descriptor_new();
    asd_wake_attach(r.stream, ASD_WAKE_VOICE, descriptor);
    rig_run_host(&r);
    double end = now() + seconds;
    while (now() < end)
        act(&r, &c, descriptor);
    rig_halt(&r);
    settle(&r, &c);
    rig_close(&r);
    close(descriptor);
}
