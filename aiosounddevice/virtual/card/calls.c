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
    int times, hangs; /* -1: always */
    int hung;         /* callers that hang now */
    unsigned released; /* counts releases */
    double slow;
    char text[200];
};

struct Entry {
    int32_t function, thread;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t released = PTHREAD_COND_INITIALIZER;
static struct Entry ring[KEPT];
static unsigned resets;
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

/* Mutex held, given up meanwhile. False: the card was reset, so the call is of the past. */
static bool outlasts_hang(struct Fault *fault) {
    unsigned reset = resets, release = fault->released;
    if (fault->hangs > 0) fault->hangs--;
    fault->hung++;
    while (resets == reset && fault->released == release) pthread_cond_wait(&released, &lock);
    if (resets != reset) return false;
    fault->hung--;
    return true;
}

PaError enter(enum Function function) {
    struct Fault *fault = &faults[function];
    PaError code = paNoError;
    pthread_mutex_lock(&lock);
    ring[total++ % KEPT] = (struct Entry){(int32_t)function, this_thread()};
    if (fault->hangs != 0 && !outlasts_hang(fault)) {
        pthread_mutex_unlock(&lock);
        return paTimedOut;
    }
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

API int virtualcard_hang(const char *function, int times) {
    struct Fault *fault = fault_of(function);
    if (!fault || times < -1) return -1;
    pthread_mutex_lock(&lock);
    fault->hangs = times;
    pthread_mutex_unlock(&lock);
    return 0;
}

int calls_release(const char *function) {
    struct Fault *only = function ? fault_of(function) : NULL;
    if (function && !only) return -1;
    pthread_mutex_lock(&lock);
    for (int i = 0; i < FN_COUNT; i++) {
        if (only && only != &faults[i]) continue;
        faults[i].hangs = 0;
        faults[i].released++;
    }
    pthread_cond_broadcast(&released);
    pthread_mutex_unlock(&lock);
    return 0;
}

API int virtualcard_hanging(const char *function) {
    const struct Fault *only = function ? fault_of(function) : NULL;
    int count = 0;
    if (function && !only) return -1;
    pthread_mutex_lock(&lock);
    for (int i = 0; i < FN_COUNT; i++)
        if (!only || only == &faults[i]) count += faults[i].hung;
    pthread_mutex_unlock(&lock);
    return count;
}

void calls_reset(void) {
    pthread_mutex_lock(&lock);
    cleared = total;
    memset(faults, 0, sizeof faults);
    resets++;
    pthread_cond_broadcast(&released);
    set_error(0, "");
    pthread_mutex_unlock(&lock);
}

void calls_forked(void) {
    pthread_mutex_init(&lock, NULL);
    pthread_cond_init(&released, NULL);
    thread_id = 0;
    calls_reset();
}

API const PaHostErrorInfo *Pa_GetLastHostErrorInfo(void) {
    enter(FN_GetLastHostErrorInfo);
    return &last_error;
}
