/* How long a callback took, as far as it is the callback's fault.
 *
 * A thread that never gave up the processor of its own accord in between was not waiting for
 * anything: if it took longer than its own processor time, the machine was busy elsewhere. That is
 * the card's lateness and not the callback's, so it must not cost frames: otherwise every test would
 * lose sound now and then on a loaded machine. Where the system does not tell, all time counts. */

#define _GNU_SOURCE
#include <sys/resource.h>
#include <time.h>

#include "card.h"

Stopwatch stopwatch_start(void) {
    Stopwatch watch = {monotonic_ns(), 0, 0};
#ifdef __linux__
    struct timespec cpu;
    struct rusage usage;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &cpu);
    getrusage(RUSAGE_THREAD, &usage);
    watch.cpu = cpu.tv_sec * INT64_C(1000000000) + cpu.tv_nsec;
    watch.waits = usage.ru_nvcsw;
#endif
    return watch;
}

double stopwatch_seconds(Stopwatch begun, int64_t *cpu) {
    Stopwatch ended = stopwatch_start();
    *cpu = ended.cpu - begun.cpu;
    int64_t taken = ended.wall - begun.wall;
#ifdef __linux__
    if (ended.waits == begun.waits && *cpu < taken) taken = *cpu;
#endif
    return (double)taken / 1e9;
}

API int virtualcard_spent(int64_t *thread, int64_t *callbacks) {
    int result = -1;
    *thread = *callbacks = 0;
#ifdef __linux__
    struct timespec cpu;
    clockid_t clock;
    card_lock();
    if (card.has_thread && pthread_getcpuclockid(card.thread, &clock) == 0 &&
        clock_gettime(clock, &cpu) == 0) {
        *thread = cpu.tv_sec * INT64_C(1000000000) + cpu.tv_nsec;
        *callbacks = card.called;
        result = 0;
    }
    card_unlock();
#endif
    return result;
}
