/* Several readers of one input: they come and go in threads of their own while the host calls,
 * and each of them gets the ramp, exactly, from the block on with which it began. */
#include <poll.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "stress.h"

enum { GUESTS = 3 };

typedef struct {
    rig *r;
    unsigned seed;
    atomic_int *leave;
    int descriptor;
    asd_tap *tap;
    ledger l;
    uint64_t begin, read;
    pthread_t thread;
} guest;

static void wait_for_tap(guest *g, uint64_t threshold)
{
    if (asd_tap_arm(g->r->stream, g->tap, threshold)) {
        struct pollfd wanted = {g->descriptor, POLLIN, 0};
        CHECK(poll(&wanted, 1, 20000) == 1, "lost wake-up: threshold %llu",
              (unsigned long long)threshold);
    }
    asd_tap_disarm(g->tap);
    uint64_t token;
    ssize_t ignored = read(g->descriptor, &token, sizeof token);
    (void)ignored;
}

/* The first block says where it began, less what it lost before. */
static uint64_t sip(guest *g, uint64_t most)
{
    if (g->l.sounding)
        return take(g->r->stream, g->tap, &g->l, most, 1);
    uint32_t data[WIDTH];
    asd_block block;
    int64_t got = asd_read(g->r->stream, g->tap, data, 1, 1, &block);
    CHECK(got >= 0, "two readers");
    if (got) {
        g->begin = g->l.next = block.frame - block.lost;
        judge_block(&g->l, data, 1, &block, 1);
    }
    return (uint64_t)got;
}

static void enter(guest *g)
{
    static const unsigned capacities[] = {1, 7, 100, 1000, 4000};
    uint64_t capacity = capacities[dice(&g->seed, 5)] + dice(&g->seed, 3);
    g->tap = asd_tap_open(g->r->stream, capacity,
                          dice(&g->seed, 2) ? ASD_DROP_OLDEST : ASD_DROP_NEWEST);
    CHECK(g->tap, "no memory");
    asd_tap_attach(g->tap, g->descriptor);
    g->l = (ledger){.channels = WIDTH};
}

/* In the middle of a callback, as likely as not. */
static void leave(guest *g)
{
    if (dice(&g->seed, 3)) {
        asd_tap_close(g->tap);
        CHECK(!asd_tap_arm(g->r->stream, g->tap, UINT64_MAX), "closed, and still waiting");
        if (dice(&g->seed, 2))
            while (sip(g, 500))
                ;
    }
    asd_tap_release(g->tap);
}

static void *visit(void *user)
{
    guest *g = user;
    enter(g);
    while (!atomic_load(g->leave)) {
        if (!sip(g, 1 + dice(&g->seed, 900)) && dice(&g->seed, 2))
            wait_for_tap(g, 1);
        if (dice(&g->seed, 100) == 0)
            usleep(200);
        float peak[WIDTH], square[WIDTH];
        asd_levels(g->r->stream, peak, square);
        CHECK(peak[0] >= 0 && peak[0] <= 1 && square[0] <= peak[0] * peak[0] * 1.001f + 1e-9f,
              "peak %g, mean square %g", (double)peak[0], (double)square[0]);
        if (dice(&g->seed, 20) == 0) {
            g->read += g->l.sounding;
            leave(g);
            enter(g);
        }
    }
    return NULL;
}

/* The host has stopped: what is left, and the sum. */
static void part(guest *g)
{
    while (sip(g, 700))
        ;
    uint64_t frames = g->r->fed, lost = asd_tap_lost(g->tap);
    if (g->l.sounding) {
        CHECK(g->l.sounding + lost == frames - g->begin,
              "%llu read and %llu lost from %llu to %llu", (unsigned long long)g->l.sounding,
              (unsigned long long)lost, (unsigned long long)g->begin, (unsigned long long)frames);
        CHECK(g->l.lost + frames - g->l.next == lost, "not all of %llu lost frames located",
              (unsigned long long)lost);
    }
    tally("taps", g->read + g->l.sounding);
    if (dice(&g->seed, 2))
        asd_tap_release(g->tap); /* else the stream frees it */
    close(g->descriptor);
}

/* The stream's own tap beside them: read from the start, from some time on, or never. */
static void read_too(rig *r, guest *own, unsigned from)
{
    unsigned looks = 0;
    while (!atomic_load(own->leave)) {
        if (looks++ < from)
            usleep(100);
        else if (!sip(own, 1 + dice(&r->seed, 900)))
            sched_yield();
    }
}

static void *ring(void *user)
{
    guest *g = user;
    double end = now() + 0.05;
    while (now() < end)
        usleep(1000);
    atomic_store(g->leave, 1);
    asd_stream_end(g->r->stream); /* wakes whoever waits, in the middle of it all */
    return NULL;
}

void round_taps(unsigned seed, double seconds)
{
    (void)seconds;
    rig r = {.config = plain_config(), .seed = seed, .block_most = 1 + seed % 3 * 150};
    r.config.input.format = ASD_INT32;
    atomic_int over = 0;
    guest guests[GUESTS] = {0}, own = {.r = &r, .leave = &over, .l = {.channels = WIDTH}};
    r.config.input.capacity = 1 + dice(&r.seed, 3000);
    r.config.policy = dice(&r.seed, 2) ? ASD_DROP_OLDEST : ASD_DROP_NEWEST;
    rig_open(&r);
    for (int i = 0; i < GUESTS; i++) {
        guests[i] = (guest){.r = &r, .seed = seed * 7 + (unsigned)i, .leave = &over};
        guests[i].descriptor = descriptor_new();
        CHECK(!pthread_create(&guests[i].thread, NULL, visit, &guests[i]), "no thread");
    }
    rig_run_host(&r);
    CHECK(!pthread_create(&own.thread, NULL, ring, &own), "no thread");
    static const unsigned beginnings[] = {0, 20, 100000};
    unsigned from = beginnings[dice(&r.seed, 3)];
    read_too(&r, &own, from);
    pthread_join(own.thread, NULL);
    for (int i = 0; i < GUESTS; i++)
        pthread_join(guests[i].thread, NULL);
    rig_halt(&r);
    rig_call(&r, 1); /* which serves the guests, who are all still there */
    if (!own.l.sounding)
        CHECK(rig_statistics(&r).input_lost == 0, "nobody was to read it");
    for (int i = 0; i < GUESTS; i++)
        part(&guests[i]);
    while (sip(&own, 700))
        ;
    if (own.l.sounding)
        CHECK(own.l.sounding + rig_statistics(&r).input_lost == r.fed - own.begin,
              "own: %llu read and %llu lost from %llu to %llu", (unsigned long long)own.l.sounding,
              (unsigned long long)rig_statistics(&r).input_lost, (unsigned long long)own.begin,
              (unsigned long long)r.fed);
    rig_close(&r);
}

/* ---- rewinds under readers, who are told to stop only by the end of the data ---- */

static void *graze(void *user)
{
    guest *g = user;
    uint32_t data[64 * WIDTH];
    int signalled;
    while (!atomic_load(g->leave)) {
        asd_block block;
        uint64_t wanted = 1 + dice(&g->seed, 64);
        int64_t got = dice(&g->seed, 2)
                          ? asd_take(g->r->stream, g->tap, data, wanted, &block, &signalled)
                          : asd_read(g->r->stream, g->tap, data, wanted, 0, &block);
        CHECK(got <= (int64_t)wanted, "more than wanted");
        CHECK(asd_input_fill(g->r->stream, g->tap) < 1u << 30, "more than there can be");
        if (dice(&g->seed, 30) == 0)
            usleep(50);
    }
    return NULL;
}

void round_rewind(unsigned seed, double seconds)
{
    rig r = {.config = plain_config(), .seed = seed, .block_most = 64};
    atomic_int over = 0;
    guest guests[2] = {0};
    r.config.input.capacity = 1 + dice(&r.seed, 200);
    rig_open(&r);
    for (int i = 0; i < 2; i++) {
        guests[i] = (guest){.r = &r, .seed = seed * 7 + (unsigned)i, .leave = &over};
        guests[i].tap = i ? asd_tap_open(r.stream, 100, ASD_DROP_OLDEST) : NULL;
        CHECK(!pthread_create(&guests[i].thread, NULL, graze, &guests[i]), "no thread");
    }
    rig_run_host(&r);
    uint64_t rewinds = 0;
    for (double end = now() + seconds; now() < end; rewinds++) {
        for (unsigned i = dice(&r.seed, 20); i; i--)
            sched_yield();
        asd_stream_shut_gate(r.stream);
        while (!asd_stream_quiet(r.stream))
            sched_yield();
        asd_stream_end(r.stream);
        while (!asd_stream_rewind(r.stream))
            sched_yield();
        CHECK(asd_stream_frame(r.stream) == 0 && !asd_stream_ended(r.stream), "not at the start");
        CHECK(asd_input_fill(r.stream, NULL) + asd_input_fill(r.stream, guests[1].tap) == 0,
              "something is left");
        asd_stream_open_gate(r.stream);
    }
    atomic_store(&over, 1);
    for (int i = 0; i < 2; i++)
        pthread_join(guests[i].thread, NULL);
    rig_halt(&r);
    tally("rewind", rewinds);
    rig_close(&r);
}
