/* What happens between the callback's entry and its exit: nothing but memory, and one write for
 * each waiter whose wish is met.
 *
 * Library calls are caught by the linker's --wrap (the list is in test_kernel_callback.py), and
 * system calls by seccomp: once everything is allocated the process may do nothing but write,
 * read the clock and leave. Argument: none, or the name of a crime to see that it is caught. */
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "kernel.h"

enum { CALLBACKS = 20000, VOICES = 4000, BLOCK_MOST = 300, WIDTH = 2, CAPACITY = 700 };
enum { TAPS = 6, WAITS = ASD_WAKE_SLOTS + TAPS };

static int inside;
static long writes;
static intptr_t descriptors[WAITS];

static void say(const char *text)
{
    ssize_t ignored = syscall(SYS_write, STDERR_FILENO, text, strlen(text));
    (void)ignored;
}

static void fail(const char *text)
{
    inside = 0;
    say(text);
    say("\n");
    _exit(1);
}

static void expect(int good, const char *text)
{
    if (!good)
        fail(text);
}

/* ---- what the linker puts in the place of the library's ---- */

#define FORBID(TYPE, NAME, PARAMETERS, ARGUMENTS)                                             \
    TYPE __real_##NAME PARAMETERS;                                                            \
    TYPE __wrap_##NAME PARAMETERS;                                                            \
    TYPE __wrap_##NAME PARAMETERS                                                             \
    {                                                                                         \
        if (inside)                                                                           \
            fail("called inside the callback: " #NAME);                                       \
        return __real_##NAME ARGUMENTS;                                                       \
    }

FORBID(void *, malloc, (size_t size), (size))
FORBID(void *, calloc, (size_t count, size_t size), (count, size))
FORBID(void *, realloc, (void *old, size_t size), (old, size))
FORBID(void *, aligned_alloc, (size_t alignment, size_t size), (alignment, size))
FORBID(void, free, (void *old), (old))
FORBID(int, pthread_mutex_lock, (pthread_mutex_t *mutex), (mutex))
FORBID(int, pthread_mutex_unlock, (pthread_mutex_t *mutex), (mutex))
FORBID(int, pthread_cond_signal, (pthread_cond_t *condition), (condition))
FORBID(int, sched_yield, (void), ())
FORBID(int, usleep, (useconds_t useconds), (useconds))
FORBID(int, puts, (const char *text), (text))
FORBID(ssize_t, read, (int descriptor, void *buffer, size_t size), (descriptor, buffer, size))

ssize_t __real_write(int descriptor, const void *buffer, size_t size);
ssize_t __wrap_write(int descriptor, const void *buffer, size_t size);
ssize_t __wrap_write(int descriptor, const void *buffer, size_t size)
{
    if (inside) {
        int known = 0;
        for (int slot = 0; slot < WAITS; slot++)
            known |= descriptors[slot] == descriptor;
        expect(known && size == 8, "a write that is no wake-up");
        writes++;
    }
    return __real_write(descriptor, buffer, size);
}

/* ---- what the kernel of the system refuses ---- */

static void forbid_system_calls(void)
{
#define ALLOW(NUMBER)                                                                         \
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, NUMBER, 0, 1),                                        \
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)
    struct sock_filter rules[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        ALLOW(SYS_write),
        ALLOW(SYS_clock_gettime),
        ALLOW(SYS_exit_group),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
    };
    struct sock_fprog program = {sizeof rules / sizeof *rules, rules};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER,
                                                        &program))
        fail("seccomp is not available");
}

/* ---- the other threads' part, played in between ---- */

typedef struct {
    asd_stream *stream;
    unsigned seed;
    int armed[WAITS];
    uint64_t wanted[WAITS];
    asd_tap *taps[TAPS];
    asd_voice *voices[VOICES];
    int submitted;
    uint64_t collected;
} play;

static float array[4096 * WIDTH], input[BLOCK_MOST * WIDTH], output[BLOCK_MOST * WIDTH];

static unsigned dice(play *p, unsigned sides)
{
    p->seed = p->seed * 1664525u + 1013904223u;
    return (p->seed >> 8) % sides;
}

static void act_on_voices(play *p)
{
    if (p->submitted < VOICES && dice(p, 3))
        asd_voice_submit(p->stream, p->voices[p->submitted++]);
    else if (p->submitted)
        asd_voice_cancel(p->voices[dice(p, (unsigned)p->submitted)]);
}

static void act_on_taps(play *p)
{
    int which = (int)dice(p, TAPS), slot = ASD_WAKE_SLOTS + which;
    asd_tap *t = p->taps[which];
    asd_block block;
    float levels[2][WIDTH];
    switch (dice(p, 6)) {
    case 0: asd_read(p->stream, t, array, dice(p, 2 * CAPACITY), (int)dice(p, 2), &block); break;
    case 1:
        asd_tap_disarm(t);
        p->armed[slot] = 0;
        break;
    case 2: asd_levels(p->stream, levels[0], levels[1]); break;
    case 3:
        if (dice(p, 3000) == 0) {
            asd_tap_close(t); /* and wakes */
            p->armed[slot] = 0;
        }
        break;
    default:
        p->wanted[slot] = dice(p, CAPACITY + 1);
        p->armed[slot] = asd_tap_arm(p->stream, t, p->wanted[slot]);
        break;
    }
}

static void act(play *p)
{
    asd_block block;
    int slot = (int)dice(p, ASD_WAKE_SLOTS);
    switch (dice(p, 12)) {
    case 0: asd_read(p->stream, NULL, array, dice(p, 2 * CAPACITY), (int)dice(p, 2), &block); break;
    case 1: asd_write(p->stream, array, dice(p, 2 * CAPACITY)); break;
    case 2: asd_output_request_clear(p->stream); break;
    case 3: asd_output_set_mode(p->stream, (int)dice(p, 3)); break;
    case 4: act_on_voices(p); break;
    case 5:
    case 6:
        p->wanted[slot] = slot == ASD_WAKE_FRAME ? asd_stream_frame(p->stream) + dice(p, 2000)
                          : slot >= ASD_WAKE_VOICE ? p->collected + dice(p, 4)
                                                   : dice(p, CAPACITY + 1);
        p->armed[slot] = asd_wake_arm(p->stream, slot, p->wanted[slot]);
        break;
    case 7:
        asd_wake_disarm(p->stream, slot);
        p->armed[slot] = 0;
        break;
    case 8: break;
    default: act_on_taps(p); break;
    }
}

/* Writes that are due after a callback: one for each slot that is armed and met. */
static long due(play *p)
{
    for (asd_voice *v = asd_voices_collect(p->stream); v; v = asd_voice_next(v))
        p->collected++;
    uint64_t values[WAITS] = {asd_input_fill(p->stream, NULL), asd_output_free(p->stream),
                              asd_stream_frame(p->stream), p->collected};
    values[ASD_WAKE_FEED] = p->collected;
    for (int i = 0; i < TAPS; i++)
        values[ASD_WAKE_SLOTS + i] = asd_input_fill(p->stream, p->taps[i]);
    long count = 0;
    for (int slot = 0; slot < WAITS; slot++)
        if (p->armed[slot] && values[slot] >= p->wanted[slot]) {
            p->armed[slot] = 0;
            count++;
        }
    return count;
}

static void call(play *p)
{
    int shut = dice(p, 40) == 0;
    if (shut)
        asd_stream_shut_gate(p->stream);
    unsigned long frames = dice(p, 30) ? 1 + dice(p, BLOCK_MOST - 1) : 0;
    asd_time_info time = {dice(p, 3), dice(p, 3), 0};
    long before = writes;
    inside = 1;
    asd_callback(dice(p, 20) ? input : NULL, dice(p, 20) ? output : NULL, frames,
                 dice(p, 4) ? &time : NULL, dice(p, 5) ? 0 : dice(p, 32), p->stream);
    inside = 0;
    long expected = shut || !frames ? 0 : due(p);
    expect(writes - before == expected, "not one write for each waiter whose wish is met");
    if (shut)
        asd_stream_open_gate(p->stream);
}

static void prepare(play *p, unsigned variant)
{
    static const uint32_t map[] = {1, 0};
    asd_side side = {WIDTH, WIDTH, variant & 1 ? map : NULL, 4, 0, ASD_FLOAT32, CAPACITY};
    asd_config config = {48000, 0, side, side, variant & 2 ? ASD_DROP_OLDEST : ASD_DROP_NEWEST,
                         variant >> 2 & 1};
    memset(p, 0, sizeof *p);
    p->seed = variant + 1;
    p->stream = asd_stream_new(&config);
    expect(p->stream != NULL, "no memory");
    for (int i = 0; i < VOICES; i++) {
        uint64_t at = dice(p, 2) ? UINT64_MAX : dice(p, CALLBACKS * BLOCK_MOST / 2);
        p->voices[i] = asd_voice_new((int)dice(p, 2), array, dice(p, 4096), WIDTH, WIDTH,
                                     dice(p, 2) ? map : NULL, at, dice(p, 5) == 0);
        expect(p->voices[i] != NULL, "no memory");
    }
    for (int slot = 0; slot < ASD_WAKE_SLOTS; slot++)
        asd_wake_attach(p->stream, slot, descriptors[slot]);
    for (int i = 0; i < TAPS; i++) {
        p->taps[i] = asd_tap_open(p->stream, CAPACITY, dice(p, 2));
        expect(p->taps[i] != NULL, "no memory");
        asd_tap_attach(p->taps[i], descriptors[ASD_WAKE_SLOTS + i]);
    }
    asd_stream_open_gate(p->stream);
}

static void commit(const char *crime)
{
    inside = 1;
    if (!strcmp(crime, "malloc"))
        free(malloc(1));
    if (!strcmp(crime, "getppid"))
        syscall(SYS_getppid);
    inside = 0;
}

int main(int argc, char **argv)
{
    static play plays[8];
    asd_statistics all;
    uint64_t lost = 0, inserted = 0, voices = 0;
    for (int slot = 0; slot < WAITS; slot++) {
        int ends[2];
        /* Nobody reads them: full after a while, and EAGAIN is success. */
        expect(pipe2(ends, O_NONBLOCK | O_CLOEXEC) == 0, "no pipe");
        descriptors[slot] = ends[1];
    }
    for (unsigned variant = 0; variant < 8; variant++)
        prepare(&plays[variant], variant);
    forbid_system_calls();
    if (argc > 1)
        commit(argv[1]);
    for (unsigned variant = 0; variant < 8; variant++) {
        play *p = &plays[variant];
        for (int i = 0; i < CALLBACKS; i++) {
            for (unsigned acts = dice(p, 3); acts; acts--)
                act(p);
            call(p);
        }
        asd_stream_statistics(p->stream, &all);
        expect((long)all.wakeups > 0, "nobody was woken");
        lost += all.input_lost;
        inserted += all.output_inserted;
        voices += p->collected;
    }
    expect(lost && inserted && voices > VOICES, "not everything happened");
    char text[200];
    snprintf(text, sizeof text, "%d callbacks, %ld writes, %lu lost, %lu inserted, %lu voices\n",
             8 * CALLBACKS, writes, (unsigned long)lost, (unsigned long)inserted,
             (unsigned long)voices);
    say(text);
    _exit(0);
}
