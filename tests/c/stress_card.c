/* Stress of the virtual card: threads open, start, feed, stop and close streams of all kinds, first at
 * a hundred times real time, then on the manual clock while another thread advances the card, then on
 * the automatic one, and stale pointers are used all along. Then the same with trouble: a thread
 * plugs devices in and out, lets them die and stall, calls hang, fail and take long, at random; what
 * is opened may be refused then, but every call returns once the trouble is over, and nothing is
 * left. To be built together with the card's sources under ThreadSanitizer, AddressSanitizer and
 * UBSan. Arguments: seconds, and how many of them are for real time with trouble (a sixth). */

#define _GNU_SOURCE
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "virtualcard.h"

#define WORKERS 4
#define WIDEST 1024

static atomic_int quit, troubled, calm;
static atomic_long callbacks, finishes, opened, refused, read_frames, written_frames, stale, troubles;

struct Worker {
    unsigned seed;
    int channels_in, channels_out, wrong; /* wrong: frames that differ from what was played */
    unsigned long seen;
    int result_after;
};

static unsigned dice(unsigned *seed, unsigned sides) {
    *seed = *seed * 1664525u + 1013904223u;
    return (*seed >> 16) % sides;
}

/* What must be so as long as nobody makes trouble. */
static int fine(int good, const char *what) {
    if (!good && !atomic_load(&troubled)) {
        fprintf(stderr, "failed: %s\n", what);
        exit(1);
    }
    return good;
}

static void check(int good, const char *what) {
    if (good) return;
    fprintf(stderr, "failed: %s\n", what);
    exit(1);
}

static int callback(const void *in, void *out, unsigned long frames,
                    const PaStreamCallbackTimeInfo *time, PaStreamCallbackFlags flags,
                    void *user) {
    struct Worker *worker = user;
    (void)flags;
    atomic_fetch_add(&callbacks, 1);
    check(time->currentTime >= 0, "time goes on");
    if (out) memset(out, 1, frames * (size_t)worker->channels_out * 2);
    if (in) worker->seen += ((const unsigned char *)in)[0] + frames;
    if (Pa_GetStreamCpuLoad(NULL) != 0) worker->wrong++;
    return worker->result_after-- == 0 ? paComplete : paContinue;
}

static void finished(void *user) {
    ((struct Worker *)user)->seen++;
    atomic_fetch_add(&finishes, 1);
}

static void blocking_turn(PaStream *stream, struct Worker *worker) {
    static _Thread_local short buffer[WIDEST * 2];
    for (int i = 0; i < 4; i++) {
        unsigned long frames = 1 + dice(&worker->seed, WIDEST);
        if (worker->channels_in && Pa_ReadStream(stream, buffer, frames) > paNotInitialized)
            atomic_fetch_add(&read_frames, (long)frames);
        if (worker->channels_out && Pa_WriteStream(stream, buffer, frames) > paNotInitialized)
            atomic_fetch_add(&written_frames, (long)frames);
    }
}

static void use_stream(PaStream *stream, struct Worker *worker, int blocking) {
    struct timespec nap = {0, 1000000};
    Pa_SetStreamFinishedCallback(stream, finished);
    if (!fine(Pa_StartStream(stream) == 0, "start")) return;
    if (blocking) blocking_turn(stream, worker);
    else nanosleep(&nap, NULL);
    Pa_GetStreamTime(stream);
    Pa_IsStreamActive(stream);
    switch (dice(&worker->seed, 3)) {
    case 0: fine(Pa_StopStream(stream) == 0, "stop"); break;
    case 1: fine(Pa_AbortStream(stream) == 0, "abort"); break;
    default: break; /* close while it runs */
    }
}

static void turn(struct Worker *worker) {
    unsigned direction = dice(&worker->seed, 3), blocking = dice(&worker->seed, 3) == 0;
    worker->channels_in = direction != 0 ? 2 : 0;
    worker->channels_out = direction != 1 ? 2 : 0;
    worker->result_after = dice(&worker->seed, 2) ? (int)dice(&worker->seed, 20) : -1;
    int apart = (int)dice(&worker->seed, 2);
    double rate = dice(&worker->seed, 2) ? 48000 : 44100;
    PaStreamParameters in = {apart, 2, paInt16, 0.01, NULL};
    PaStreamParameters out = {2 * apart, 2, paInt16, 0.01, NULL};
    unsigned long frames = dice(&worker->seed, 2) ? 64 + dice(&worker->seed, WIDEST - 64) : 0;
    PaStreamFlags flags = dice(&worker->seed, 4) ? 0 : paPrimeOutputBuffersUsingStreamCallback;
    PaStream *stream = NULL;
    PaError error = Pa_OpenStream(&stream, worker->channels_in ? &in : NULL,
                                  worker->channels_out ? &out : NULL, rate, frames, flags,
                                  blocking ? NULL : callback, worker);
    if (!fine(error == 0, "open")) return;
    atomic_fetch_add(&opened, 1);
    use_stream(stream, worker, (int)blocking);
    while (Pa_CloseStream(stream) != 0) check(atomic_load(&troubled), "close");
    if (Pa_CloseStream(stream) == paBadStreamPtr && Pa_StopStream(stream) == paBadStreamPtr)
        atomic_fetch_add(&stale, 1);
}

static void *work(void *argument) {
    struct Worker worker = {.seed = *(unsigned *)argument};
    while (!atomic_load(&quit)) turn(&worker);
    check(worker.wrong == 0, "load of no stream is 0");
    return NULL;
}

static void *advance(void *argument) {
    (void)argument;
    while (!atomic_load(&quit)) {
        if (virtualcard_advance(480, 48000) != 0) atomic_fetch_add(&refused, 1);
        virtualcard_lose(0, virtualcard_frame(48000) + 1000, 64);
    }
    return NULL;
}

static void *look(void *argument) {
    struct virtualcard_call *calls = malloc(1000 * sizeof *calls);
    double *samples = malloc(9600 * 2 * sizeof *samples), rate;
    int64_t frames;
    int channels;
    uint64_t dropped;
    struct timespec nap = {0, 500000};
    (void)argument;
    memset(samples, 0, 9600 * 2 * sizeof *samples);
    for (int64_t i = 0; !atomic_load(&quit); i++) {
        virtualcard_calls(calls, 1000);
        virtualcard_record_info(2, &frames, &channels, &rate, &dropped);
        virtualcard_recorded(2, samples, 9600);
        if (i % 8 == 0) virtualcard_record_clear(2);
        if (i % 16 == 9) virtualcard_feed(1, samples, 1000, 2, 44100, 1);
        virtualcard_set_delay(0, i % 5000);
        virtualcard_slow("Pa_IsStreamActive", i % 2 ? 0.0001 : 0);
        virtualcard_late(NULL);
        nanosleep(&nap, NULL);
    }
    free(calls);
    free(samples);
    return NULL;
}

/* All that is wrong is put right again. */
static void mend(void) {
    static const char *const slow[] = {"Pa_OpenStream", "Pa_StartStream", "Pa_CloseStream"};
    for (int i = 0; i < virtualcard_devices(); i++) {
        virtualcard_plug(i);
        virtualcard_resume(i);
    }
    for (int i = 0; i < 3; i++) {
        virtualcard_slow(slow[i], 0);
        virtualcard_fail(slow[i], -1, NULL, 0);
    }
    virtualcard_release(NULL);
}

static void make_trouble(unsigned *seed) {
    static const struct virtualcard_device usb = {.name = "USB", .inputs = 2, .outputs = 2};
    static const int64_t sizes[] = {64, 1, 100, 31};
    int place = (int)dice(seed, 3), silent = (int)dice(seed, 2);
    double soon = virtualcard_time() + 0.01 * dice(seed, 20);
    atomic_fetch_add(&troubles, 1);
    switch (dice(seed, 14)) {
    case 0: virtualcard_die(place, dice(seed, 2) ? -1 : soon, silent); break;
    case 1: virtualcard_unplug(place, dice(seed, 2) ? -1 : soon, silent); break;
    case 2: virtualcard_stall(place, soon, 0.05); break;
    case 3: virtualcard_stall(place, -1, -1); break;
    case 4: virtualcard_resume(place); break;
    case 5: virtualcard_vary(place, sizes, (int)dice(seed, 5)); break;
    case 6: virtualcard_hang("Pa_CloseStream", 1); break;
    case 7: virtualcard_hang("Pa_StopStream", -1); break;
    case 8: virtualcard_fail("Pa_OpenStream", paUnanticipatedHostError, "on purpose", 1); break;
    case 9: virtualcard_slow("Pa_StartStream", 0.001 * dice(seed, 3)); break;
    case 10: virtualcard_plug_in(&usb); break;
    case 11: virtualcard_lose_at(place, soon, 1 + dice(seed, 5000)); break;
    case 12: virtualcard_flag(place, -1, paInputOverflow | paOutputUnderflow); break;
    default: virtualcard_default(place, place != 2, place != 1); break;
    }
}

/* Until `calm`: workers that hang when the others are to quit must be let go as well. */
static void *trouble(void *argument) {
    unsigned *seed = argument;
    struct timespec nap = {0, 300000};
    for (unsigned i = 0; !atomic_load(&calm); i++) {
        if (atomic_load(&quit) || i % 16 == 15) mend();
        else make_trouble(seed);
        nanosleep(&nap, NULL);
    }
    return NULL;
}

static int pull(void *user, double *signal, int64_t frames, int channels) {
    int *left = user;
    for (int64_t i = 0; i < frames * channels; i++) signal[i] = 0.5;
    return (*left)-- > 0;
}

static int always_idle(void) { return 1; }

static void rest(double seconds) {
    struct timespec length = {(time_t)seconds, (long)((seconds - (double)(time_t)seconds) * 1e9)};
    nanosleep(&length, NULL);
}

static void report(const char *name) {
    printf("%s: %ld streams, %ld callbacks, %ld finished, %ld read, %ld written, %ld troubles\n",
           name, atomic_load(&opened), atomic_load(&callbacks), atomic_load(&finishes),
           atomic_load(&read_frames), atomic_load(&written_frames), atomic_load(&troubles));
}

static void phase(int clock, double speed, double seconds, int with_trouble) {
    static const char *const names[] = {"real time", "manual", "auto"};
    static unsigned seeds[WORKERS + 1];
    static int left;
    pthread_t workers[WORKERS], mover, looker, troublemaker;
    atomic_store(&quit, 0);
    atomic_store(&calm, 0);
    atomic_store(&troubled, with_trouble);
    check(virtualcard_set_clock(clock, speed) == 0, "set clock");
    virtualcard_set_idle_hook(clock == VIRTUALCARD_AUTO ? always_idle : NULL);
    left = 1000000;
    virtualcard_feed_from(1, pull, &left);
    for (unsigned i = 0; i < WORKERS; i++) {
        seeds[i] = seeds[i] * 31 + i * 7919 + (unsigned)clock;
        pthread_create(&workers[i], NULL, work, &seeds[i]);
    }
    seeds[WORKERS] += 99;
    if (clock == VIRTUALCARD_MANUAL) pthread_create(&mover, NULL, advance, NULL);
    if (with_trouble) pthread_create(&troublemaker, NULL, trouble, &seeds[WORKERS]);
    pthread_create(&looker, NULL, look, NULL);
    rest(seconds);
    atomic_store(&quit, 1);
    for (int i = 0; i < WORKERS; i++) pthread_join(workers[i], NULL);
    if (clock == VIRTUALCARD_MANUAL) pthread_join(mover, NULL);
    pthread_join(looker, NULL);
    atomic_store(&calm, 1);
    if (with_trouble) pthread_join(troublemaker, NULL);
    mend();
    check(virtualcard_open_streams() == 0, "no stream is left");
    check(virtualcard_hanging(NULL) == 0, "no call hangs");
    report(names[clock]);
}

/* A card from the shop: lists are made anew, and what was plugged in is gone. */
static void renew(void) {
    check(Pa_Terminate() == 0, "terminate");
    check(virtualcard_reset() == 0, "reset");
    check(virtualcard_devices() == 3, "devices that were plugged in are gone");
    check(Pa_Initialize() == 0, "initialize");
}

int main(int count, char **arguments) {
    double seconds = count > 1 ? atof(arguments[1]) : 6;
    double real = count > 2 ? atof(arguments[2]) : seconds / 6, each = (seconds - real) / 5;
    check(Pa_Initialize() == 0, "initialize");
    phase(VIRTUALCARD_REALTIME, 100, each, 0);
    phase(VIRTUALCARD_MANUAL, 1, each, 0);
    phase(VIRTUALCARD_AUTO, 1, each, 0);
    check(atomic_load(&callbacks) > 0 && atomic_load(&finishes) > 0, "callbacks ran");
    check(atomic_load(&read_frames) > 0 && atomic_load(&written_frames) > 0, "frames moved");
    check(atomic_load(&stale) == atomic_load(&opened), "stale pointers stay bad");
    renew();
    phase(VIRTUALCARD_REALTIME, 100, real, 1);
    printf("real time with trouble: %.0f s of card time\n", virtualcard_time());
    renew();
    phase(VIRTUALCARD_MANUAL, 1, each, 1);
    renew();
    phase(VIRTUALCARD_AUTO, 1, each, 1);
    printf("lost %llu, inserted %llu, late %llu, refused %ld\n",
           (unsigned long long)virtualcard_lost_input(),
           (unsigned long long)virtualcard_inserted_output(),
           (unsigned long long)virtualcard_late(NULL), atomic_load(&refused));
    check(Pa_Terminate() == 0, "terminate");
    check(virtualcard_define(NULL, 0) == 0, "define");
    check(virtualcard_reset() == 0, "reset");
    return 0;
}
