/* What differs between systems: the wake-up write and the monotonic clock.
 *
 * Both are safe on the audio thread: the write goes to a non-blocking descriptor (an eventfd, a
 * pipe, on Windows a socket), and on the systems we know the clock is read without entering the
 * kernel (vDSO, commpage, QueryPerformanceCounter).
 */
#ifndef ASD_PLATFORM_H
#define ASD_PLATFORM_H

#include <stdint.h>

#ifdef _WIN32
#include <winsock2.h>
#include <windows.h>

static inline void asd_signal(intptr_t descriptor)
{
    static const char token[8] = {1};
    send((SOCKET)descriptor, token, sizeof token, 0);
}

static inline double asd_now(void)
{
    LARGE_INTEGER count, frequency;
    QueryPerformanceFrequency(&frequency);
    QueryPerformanceCounter(&count);
    return (double)count.QuadPart / (double)frequency.QuadPart;
}
#else
#include <time.h>
#include <unistd.h>

/* A full pipe or a saturated eventfd answers EAGAIN, which is success here: the descriptor is
 * readable, and that is all a wake-up has to say. */
static inline void asd_signal(intptr_t descriptor)
{
    static const uint64_t token = 1;
    ssize_t ignored = write((int)descriptor, &token, sizeof token);
    (void)ignored;
}

static inline double asd_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}
#endif

#endif
