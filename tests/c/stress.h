/* What the stress programs of the kernel share: dice, checks that count, a host thread.
 *
 * A scenario runs in rounds. A round makes a stream, lets a "host" thread call the kernel's
 * callback while the round's own thread plays the other part, stops both and does the sums. */
#ifndef STRESS_H
#define STRESS_H

#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel.h"

enum { BLOCK_MOST = 512, WIDTH = 2 };

/* No ramp gets this far in a round, so a silent sample cannot pass for a sounding one. */
enum { SILENT_BYTE = 0x80 };
#define SILENT 0x80808080u

typedef struct rig rig;

struct rig {
    asd_stream *stream;
    asd_config config;
    unsigned seed;        /* of the round's thread */
    unsigned host_seed;   /* of the host's */
    unsigned block_most;
    unsigned flags_one_in; /* 0: the host never reports a flag */
    void (*judge)(rig *r, uint64_t frame, uint32_t *output, unsigned frames);
    void *mine;
    atomic_int stop;
    pthread_t host;
    uint64_t fed; /* host's: frames of all callbacks */
};

unsigned dice(unsigned *seed, unsigned sides);
double now(void);

/* Everything that is checked goes through here, so that the counts show a test that tests
 * nothing. */
#define CHECK(good, ...) check((good) != 0, __FILE__, __LINE__, #good, __VA_ARGS__)
__attribute__((format(printf, 5, 6))) void check(int good, const char *file, int line,
                                                 const char *text, const char *format, ...);

/* A config of two 32-bit channels each way, capacities 0. */
asd_config plain_config(void);

void rig_open(rig *r);
void rig_run_host(rig *r);
void rig_call(rig *r, unsigned frames);
void rig_halt(rig *r);
void rig_close(rig *r);
asd_statistics rig_statistics(const rig *r);

/* A wait as the event loop does it. A wake-up that was lost shows as the time running out. */
int descriptor_new(void);
void wait_for(rig *r, int descriptor, int slot, uint64_t threshold);

/* What a reader of the ramp has come by; see stress_input.c. `next`: the frame it expects, at
 * first the one it began with. */
typedef struct {
    uint64_t next, sounding, silent, lost, gaps;
    int channels;
    const uint32_t *map;
} ledger;

void judge_block(ledger *l, const uint32_t *data, uint64_t frames, const asd_block *block,
                 int stop);
uint64_t take(asd_stream *s, asd_tap *t, ledger *l, uint64_t most, int stop);

typedef struct {
    const char *name;
    void (*round)(unsigned seed, double seconds);
    const char *what; /* of `count` */
    uint64_t count;
} scenario;

extern scenario scenarios[];

void round_input(unsigned seed, double seconds);
void round_output(unsigned seed, double seconds);
void round_aligned(unsigned seed, double seconds);
void round_voices(unsigned seed, double seconds);
void round_handoff(unsigned seed, double seconds);
void round_gate(unsigned seed, double seconds);
void round_life(unsigned seed, double seconds);
void round_taps(unsigned seed, double seconds);
void round_rewind(unsigned seed, double seconds);

/* Adds to the count of the scenario that runs: the proof that something happened. */
void tally(const char *name, uint64_t count);

#endif
