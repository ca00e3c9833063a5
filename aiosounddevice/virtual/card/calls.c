/* What was called by which thread, and what calls are told to do wrong.
 *
 * Theory of operation: enter() opens every Pa_* function, on the caller's thread. The ring, the
 * faults and the host error are guarded by a mutex of their own, which is never held together with
 * the card's, so that a call that a test makes slow or hang leaves the card running. */

#define _GNU_SOURCE
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "card.h"

#define KEPT 65536

struct Fault {
    PaError code;
    int times; /* -1: always */
    double slow;
    char text[200];
};

struct Entry {
    int32_t function, thread;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct Entry ring[KEPT];
static uint64_t total, cleared; /* calls since reset; how many of them are forgotten */
static struct Fault faults[FN_COUNT];
static char error_text[200];
static PaHostErrorInfo last_error = {paInDevelopment, 0, error_text};
static _Thread_local int32_t thread_id;

#define NAME(name) "Pa_" #name,
static const char *const names[FN_COUNT] = {FUNCTIONS(NAME)};
#undef NAME

static int32_t this_thread(void) {
#ifdef SYS_gettid
    if (!thread_id) thread_id = (int32_t)syscall(SYS_gettid);
#else
    static int32_t threads;
    if (!thread_id) thread_id = __atomic_add_fetch(&threads, 1, __ATOMIC_RELAXED);
#endif
    return thread_id;
}

static void nap(double seconds) {
    struct timespec rest = {(time_t)seconds, (long)((seconds - (double)(time_t)seconds) * 1e9)};
    while (nanosleep(&rest, &rest) != 0) continue;
}

static void set_error(long code, const char *text) {
    last_error.errorCode = code;
    snprintf(error_text, sizeof error_text, "%s", text);
}

PaError host_error(long code, const char *text) {
    pthread_mutex_lock(&lock);
    set_error(code, text);
    pthread_mutex_unlock(&lock);
    return paUnanticipatedHostError;
}

PaError enter(enum Function function) {
    struct Fault *fault = &faults[function];
    PaError code = paNoError;
    pthread_mutex_lock(&lock);
    ring[total++ % KEPT] = (struct Entry){(int32_t)function, this_thread()};
    double slow = fault->slow;
    if (fault->times != 0) {
        code = fault->code;
        if (fault->times > 0) fault->times--;
        if (code == paUnanticipatedHostError) set_error(code, fault->text);
    }
    pthread_mutex_unlock(&lock);
    if (slow > 0) nap(slow);
    return code;
}

/* Mutex held. The calls that are kept. */
static uint64_t kept(void) {
    uint64_t count = total - cleared;
    return count < KEPT ? count : KEPT;
}

API size_t virtualcard_calls(struct virtualcard_call *calls, size_t capacity) {
    pthread_mutex_lock(&lock);
    size_t count = (size_t)kept();
    if (calls) {
        if (count > capacity) count = capacity;
        for (size_t i = 0; i < count; i++) {
            struct Entry entry = ring[(total - count + i) % KEPT];
            calls[i] = (struct virtualcard_call){names[entry.function], entry.thread};
        }
    }
    pthread_mutex_unlock(&lock);
    return count;
}

API uint64_t virtualcard_calls_total(void) {
    pthread_mutex_lock(&lock);
    uint64_t count = total - cleared;
    pthread_mutex_unlock(&lock);
    return count;
}

API void virtualcard_clear_calls(void) {
    pthread_mutex_lock(&lock);
    cleared = total;
    pthread_mutex_unlock(&lock);
}

static struct Fault *fault_of(const char *name) {
    for (int i = 0; i < FN_COUNT; i++)
        if (strcmp(names[i], name) == 0) return &faults[i];
    return NULL;
}

API int virtualcard_slow(const char *function, double seconds) {
    struct Fault *fault = fault_of(function);
    if (!fault || !(seconds >= 0)) return -1;
    pthread_mutex_lock(&lock);
    fault->slow = seconds;
    pthread_mutex_unlock(&lock);
    return 0;
}

API int virtualcard_fail(const char *function, int code, const char *host_text, int times) {
    struct Fault *fault = fault_of(function);
    if (!fault || code >= 0 || times < -1) return -1;
    pthread_mutex_lock(&lock);
    fault->code = code;
    fault->times = times;
    snprintf(fault->text, sizeof fault->text, "%s", host_text ? host_text : "");
    pthread_mutex_unlock(&lock);
    return 0;
}

void calls_reset(void) {
    pthread_mutex_lock(&lock);
    cleared = total;
    memset(faults, 0, sizeof faults);
    set_error(0, "");
    pthread_mutex_unlock(&lock);
}

void calls_forked(void) {
    pthread_mutex_init(&lock, NULL);
    thread_id = 0;
    calls_reset();
}

API const PaHostErrorInfo *Pa_GetLastHostErrorInfo(void) {
    enter(FN_GetLastHostErrorInfo);
    return &last_error;
}
