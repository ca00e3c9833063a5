/* Stress of the kernel, without Python: threads race each other, and every sample that comes
 * through is checked. To be built with the kernel's sources under ThreadSanitizer,
 * AddressSanitizer and UBSan (see sanitize.sh). Argument: seconds. Exit 0: nothing wrong. */
#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "stress.h"

static const double ROUND = 0.05;
static const int LOST_AFTER = 20000; /* ms: far beyond what a loaded machine needs */

static atomic_ulong checks;

scenario scenarios[] = {
    {"input", round_input, "frames read", 0},
    {"output", round_output, "frames played", 0},
    {"aligned", round_aligned, "frames echoed", 0},
    {"voices", round_voices, "voices collected", 0},
    {"handoff", round_handoff, "wake-ups", 0},
    {"gate", round_gate, "rewinds", 0},
    {"life", round_life, "streams freed", 0},
    {"taps", round_taps, "frames read by those who came later", 0},
    {"rewind", round_rewind, "rewinds under readers", 0},
};
enum { SCENARIOS = sizeof scenarios / sizeof *scenarios };

unsigned dice(unsigned *seed, unsigned sides)
{
    *seed = *seed * 1664525u + 1013904223u;
    return (*seed >> 8) % sides;
}

double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

void check(int good, const char *file, int line, const char *text, const char *format, ...)
{
    atomic_fetch_add_explicit(&checks, 1, memory_order_relaxed);
    if (good)
        return;
    fprintf(stderr, "%s:%d: failed: %s: ", file, line, text);
    va_list arguments;
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    exit(1);
}

void tally(const char *name, uint64_t count)
{
    for (int i = 0; i < SCENARIOS; i++)
        if (!strcmp(scenarios[i].name, name))
            scenarios[i].count += count;
}

asd_config plain_config(void)
{
    asd_side side = {WIDTH, WIDTH, NULL, 4, SILENT_BYTE, ASD_OTHER_FORMAT, 0};
    asd_config config = {48000, 0, side, side, ASD_DROP_OLDEST, 0};
    return config;
}

/* ---- the host ---- */

void rig_open(rig *r)
{
    r->stream = asd_stream_new(&r->config);
    CHECK(r->stream, "no memory");
    if (!r->block_most)
        r->block_most = BLOCK_MOST;
    r->host_seed = r->seed * 2654435761u + 1;
    asd_stream_open_gate(r->stream);
}

/* One callback: capture is a ramp, the output buffer is full of rubbish before. The buffers are
 * allocated to the byte, so that one step beside them is seen. */
void rig_call(rig *r, unsigned frames)
{
    uint64_t frame = asd_stream_frame(r->stream);
    uint32_t *input = malloc((size_t)frames * WIDTH * sizeof *input);
    uint32_t *output = malloc((size_t)frames * WIDTH * sizeof *output);
    CHECK(input && output, "no memory");
    for (uint32_t i = 0; i < frames * WIDTH; i++)
        input[i] = (uint32_t)(frame * WIDTH) + i;
    memset(output, 0x5a, (size_t)frames * WIDTH * sizeof *output);
    unsigned long flags = 0;
    if (r->flags_one_in && dice(&r->host_seed, r->flags_one_in) == 0)
        flags = dice(&r->host_seed, 16);
    asd_callback(input, output, frames, NULL, flags, r->stream);
    r->fed += frames;
    if (r->judge)
        r->judge(r, frame, output, frames);
    free(input);
    free(output);
}

static void *host(void *user)
{
    rig *r = user;
    while (!atomic_load_explicit(&r->stop, memory_order_relaxed)) {
        rig_call(r, 1 + dice(&r->host_seed, r->block_most));
        /* Now ahead of the other side, now behind it. */
        for (unsigned i = dice(&r->host_seed, 4); i > 2; i--)
            sched_yield();
    }
    return NULL;
}

void rig_run_host(rig *r)
{
    atomic_store(&r->stop, 0);
    CHECK(pthread_create(&r->host, NULL, host, r) == 0, "no thread");
}

void rig_halt(rig *r)
{
    atomic_store(&r->stop, 1);
    pthread_join(r->host, NULL);
}

void rig_close(rig *r)
{
    CHECK(!asd_stream_free(r->stream), "freed with its gate open");
    asd_stream_shut_gate(r->stream);
    CHECK(asd_stream_quiet(r->stream), "nobody is inside");
    CHECK(asd_stream_free(r->stream), "not freed");
}

asd_statistics rig_statistics(const rig *r)
{
    asd_statistics all;
    asd_stream_statistics(r->stream, &all);
    return all;
}

/* ---- waiting ---- */

int descriptor_new(void)
{
    int descriptor = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    CHECK(descriptor >= 0, "no descriptor");
    return descriptor;
}

void wait_for(rig *r, int descriptor, int slot, uint64_t threshold)
{
    if (asd_wake_arm(r->stream, slot, threshold)) {
        struct pollfd wanted = {descriptor, POLLIN, 0};
        int ready = poll(&wanted, 1, LOST_AFTER);
        CHECK(ready == 1, "lost wake-up: slot %d, threshold %llu", slot,
              (unsigned long long)threshold);
    }
    asd_wake_disarm(r->stream, slot);
    uint64_t token;
    if (read(descriptor, &token, sizeof token) < 0)
        CHECK(errno == EAGAIN, "no such descriptor");
}

int main(int argc, char **argv)
{
    double seconds = argc > 1 ? atof(argv[1]) : 5;
    unsigned seed = argc > 2 ? (unsigned)atoi(argv[2]) : 1;
    double end = now() + seconds;
    unsigned rounds = 0;
    while (now() < end || rounds < SCENARIOS) {
        scenario *s = &scenarios[rounds % SCENARIOS];
        s->round(seed + rounds, ROUND);
        rounds++;
    }
    for (int i = 0; i < SCENARIOS; i++) {
        printf("%s %llu %s, ", scenarios[i].name, (unsigned long long)scenarios[i].count,
               scenarios[i].what);
        CHECK(scenarios[i].count > 0, "nothing happened in %s", scenarios[i].name);
    }
    printf("%u rounds, %lu checks\n", rounds, atomic_load(&checks));
    return 0;
}
