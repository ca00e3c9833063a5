/* The gate: shut under a host that keeps calling, and once nobody is inside everything behind
 * it may be touched, rewound and, when the host has given the stream up, freed. */
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "stress.h"

static void shut(asd_stream *stream)
{
    asd_stream_shut_gate(stream);
    while (!asd_stream_quiet(stream))
        sched_yield();
}

/* Everything that is read since the last rewind, against the kernel's own sum. The host cannot
 * know when it is rewound, so its ramp says nothing here. */
static void check_sum(asd_stream *stream, uint64_t read)
{
    uint32_t data[64 * WIDTH];
    asd_block block;
    int64_t got;
    while ((got = asd_read(stream, NULL, data, 64, 1, &block)) > 0)
        read += (uint64_t)got;
    asd_statistics all;
    asd_stream_statistics(stream, &all);
    CHECK(read + all.input_lost == all.frames, "%llu read, %llu lost of %llu",
          (unsigned long long)read, (unsigned long long)all.input_lost,
          (unsigned long long)all.frames);
    CHECK(asd_stream_frame(stream) == all.frames, "somebody is inside");
}

static uint64_t use(rig *r, int descriptor)
{
    uint32_t data[64 * WIDTH];
    uint64_t read = 0;
    memset(data, 1, sizeof data);
    for (unsigned i = dice(&r->seed, 30); i; i--) {
        asd_block block;
        asd_write(r->stream, data, 1 + dice(&r->seed, 64));
        int64_t got = asd_read(r->stream, NULL, data, 1 + dice(&r->seed, 64), 1, &block);
        CHECK(got >= 0, "two readers");
        read += (uint64_t)got;
        if (dice(&r->seed, 8) == 0)
            asd_output_request_clear(r->stream);
        if (dice(&r->seed, 8) == 0)
            wait_for(r, descriptor, ASD_WAKE_FRAME, asd_stream_frame(r->stream) + 1);
    }
    return read;
}

void round_gate(unsigned seed, double seconds)
{
    rig r = {.config = plain_config(), .seed = seed, .block_most = 64};
    r.config.input.capacity = r.config.output.capacity = 1 + dice(&r.seed, 200);
    rig_open(&r);
    asd_output_set_mode(r.stream, ASD_PLAY);
    int descriptor = descriptor_new();
    asd_wake_attach(r.stream, ASD_WAKE_FRAME, descriptor);
    rig_run_host(&r);
    uint64_t rewinds = 0;
    double end = now() + seconds;
    while (now() < end) {
        uint64_t read = use(&r, descriptor);
        shut(r.stream);
        CHECK(!asd_stream_finished(r.stream), "nobody finished it");
        check_sum(r.stream, read);
        /* Behind the gate it is done at once, unless the host is at the gate right now. */
        while (!asd_output_cleared(r.stream, asd_output_request_clear(r.stream)))
            sched_yield();
        CHECK(asd_output_fill(r.stream) == 0, "a clear behind the gate is done");
        asd_stream_rewind(r.stream);
        CHECK(asd_stream_frame(r.stream) == 0 && asd_input_fill(r.stream, NULL) == 0 &&
                  rig_statistics(&r).output_written == 0,
              "something is left");
        asd_output_set_mode(r.stream, ASD_PLAY);
        asd_stream_open_gate(r.stream);
        rewinds++;
    }
    rig_halt(&r);
    tally("gate", rewinds);
    rig_close(&r);
    close(descriptor);
}

/* A host of many streams in turn: as PortAudio does, it holds a lock while it calls, and closing
 * takes the stream away under that lock. */
typedef struct {
    pthread_mutex_t lock;
    asd_stream *stream;
    atomic_int stop;
} hotel;

static void *receive(void *user)
{
    hotel *h = user;
    uint32_t input[64 * WIDTH], output[64 * WIDTH];
    unsigned seed = 7;
    memset(input, 1, sizeof input);
    while (!atomic_load(&h->stop)) {
        pthread_mutex_lock(&h->lock);
        if (h->stream)
            asd_callback(input, output, 1 + dice(&seed, 64), NULL, 0, h->stream);
        pthread_mutex_unlock(&h->lock);
        sched_yield();
    }
    return NULL;
}

static void check_in(hotel *h, asd_stream *stream)
{
    pthread_mutex_lock(&h->lock);
    h->stream = stream;
    pthread_mutex_unlock(&h->lock);
}

/* Voices that are on the stream's lists when it goes: their arrays are free once nobody is
 * inside, they themselves once the stream is. */
static void stay(hotel *h, unsigned *seed)
{
    rig r = {.config = plain_config(), .seed = dice(seed, 1 << 20)};
    r.config.input.capacity = r.config.output.capacity = 1 + dice(seed, 100);
    r.stream = asd_stream_new(&r.config);
    CHECK(r.stream, "no memory");
    asd_stream_open_gate(r.stream);
    asd_output_set_mode(r.stream, ASD_PLAY);
    int descriptor = descriptor_new();
    asd_wake_attach(r.stream, ASD_WAKE_FRAME, descriptor);
    check_in(h, r.stream);
    void *array = malloc(1000 * WIDTH * 4);
    CHECK(array, "no memory");
    memset(array, 1, 1000 * WIDTH * 4);
    asd_voice *v = asd_voice_new((int)dice(seed, 2), array, 1000, WIDTH, WIDTH, NULL,
                                 UINT64_MAX, (int)dice(seed, 2));
    CHECK(v, "no memory");
    asd_voice_submit(r.stream, v);
    use(&r, descriptor);
    CHECK(!asd_stream_free(r.stream), "freed with its gate open");
    if (dice(seed, 2))
        asd_wake_arm(r.stream, ASD_WAKE_FRAME, UINT64_MAX);
    shut(r.stream);
    close(descriptor);
    asd_wake_attach(r.stream, ASD_WAKE_FRAME, -1);
    free(array);
    check_in(h, NULL);
    asd_finished(r.stream);
    CHECK(asd_stream_finished(r.stream) && asd_stream_ended(r.stream), "finished");
    CHECK(asd_stream_free(r.stream), "not freed");
    asd_voice_free(v);
    tally("life", 1);
}

void round_life(unsigned seed, double seconds)
{
    hotel h = {.lock = PTHREAD_MUTEX_INITIALIZER};
    pthread_t host;
    CHECK(pthread_create(&host, NULL, receive, &h) == 0, "no thread");
    double end = now() + seconds;
    while (now() < end)
        stay(&h, &seed);
    atomic_store(&h.stop, 1);
    pthread_join(host, NULL);
}
