/* The virtual card's inside.
 *
 * Theory of operation. Everything is guarded by one mutex, card.mutex, except what a stream's
 * callback is given: its buffers belong to the *runner*. Whoever runs events first becomes the
 * runner (card.running, waited for through card.changed): the card's thread in real time and on the
 * automatic clock, the calling thread on the manual one. There is one runner at a time, so events
 * happen in the order of virtual time, whichever threads come along. Around a user's callback the
 * runner gives up the mutex but not its role; the other threads see stream->in_callback.
 *
 * Threads that call in take card.door before card.mutex and give it back at once; the runner does
 * the same, so a card that is far behind cannot keep callers out. card.door is never taken by a
 * thread that holds card.mutex.
 *
 * A stream is found by its handle in the list of live streams, never by following a pointer that a
 * caller passed. Threads that wait for a stream hold a reference; `closed` tells them that it left
 * the list. */

#ifndef CARD_H
#define CARD_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "functions.h"
#include "pa_types.h"
#include "virtualcard.h"

typedef int64_t Tick;
#define TICKS INT64_C(28224000) /* a second */
#define NEVER INT64_MAX

#define MAX_DEVICES 64
#define MAX_BUSES 16
#define MAX_LOSSES 32
#define MAX_STALLS 64
#define MAX_SIZES 64
#define MAX_RATES 32
#define MAX_BLOCK (1 << 20)
#define MAX_LATENCY 10.0
#define MIN_RATE 8000.0
#define MAX_RATE 192000.0
#define RECORD_SECONDS 60
#define MAX_DELAY (60 * 192000) /* frames */

typedef struct Bus { /* what was played at one rate, kept as long as the delay needs it */
    double rate;
    int channels;
    int64_t capacity, end; /* frames; the last `capacity` before `end` are valid */
    double *ring;
} Bus;

typedef struct Source {
    int kind;
    double *samples; /* NULL unless fed */
    int64_t frames;
    int channels;
    double rate; /* of the samples; 0: each stream's own */
    bool loop;
    virtualcard_pull *pull; /* asked for what comes next, into a bus of the device */
    void *user;
    bool dry;
} Source;

typedef struct Record {
    double rate;
    bool begun;
    int64_t origin, end;       /* card frame of the first one; frames handed over since */
    int64_t frames, allocated; /* kept */
    double limit;              /* seconds; survives a clear */
    double *samples;
} Record;

typedef struct Loss { /* or flags alone, with 0 frames */
    int64_t at;       /* card frame at the stream's rate, unless `when` is set */
    Tick when;        /* NEVER: not set */
    int64_t frames;
    PaStreamCallbackFlags flags;
} Loss;

typedef struct Stall { /* card time during which a device's clock stands still */
    Tick from, until;  /* until NEVER: not yet known */
} Stall;

typedef struct Device {
    PaDeviceInfo info;
    char name[128], host[64];
    PaHostApiTypeId host_type;
    double rates[MAX_RATES]; /* none: all from MIN_RATE to MAX_RATE */
    int rate_count;
    PaSampleFormat formats;
    bool exclusive;          /* one stream at a time */
    int in_rank, out_rank;   /* the highest is its host API's default */
    int in_defined, out_defined;
    bool extra;              /* plugged in later, so gone after a reset */
    int place, listed;       /* in card.devices; PortAudio's index or -1 */
    unsigned users;          /* streams that point here */
    bool retired;            /* in no table any more: freed with its last user */

    bool loop, keeps, hears; /* outputs are inputs; output can be read back; has a source */
    int64_t delay, delay_defined;
    Tick unplugged, dies;    /* NEVER: not planned */
    bool silent;             /* dies without a word, as a JACK server does */
    unsigned life;           /* counts how often it was plugged in */
    Stall stalls[MAX_STALLS];
    int stall_count;
    int64_t sizes[MAX_SIZES]; /* of the blocks of streams that leave it to the host */
    int size_count;

    Bus buses[MAX_BUSES];
    Source source;
    Record record;
    Loss losses[MAX_LOSSES];
    int loss_count;
} Device;

typedef struct Fifo {
    double *ring;
    int channels;
    int64_t capacity, head, count;
} Fifo;

typedef struct Side { /* one direction of a stream */
    Device *device;   /* NULL: the stream has none */
    unsigned life;    /* the device's when the stream was opened */
    int channels, size;
    PaSampleFormat format;
    bool planar;
    int64_t hardware;     /* frames the host buffers */
    unsigned char *bytes; /* one block as the callback sees it */
    void **planes;
    Fifo fifo; /* blocking streams */
} Side;

enum Flow { UNFED, FLOWING, DRY };
enum State { STOPPED, ACTIVE, DRAINING, INACTIVE };
enum Ending { NOT_ASKED, STOP_ASKED, ABORT_ASKED };

typedef struct Stream {
    struct Stream *next;
    void *handle;
    uint64_t number;
    unsigned references;
    bool closed, in_callback;

    Side in, out;
    double rate;
    int64_t block, largest; /* frames of the next block; room for as many */
    int64_t sizes[MAX_SIZES];
    int size_count, turn;
    PaStreamFlags flags;
    PaStreamCallback *callback;
    PaStreamFinishedCallback *finished;
    void *user;
    PaStreamInfo info;

    enum State state;
    enum Ending ending;
    bool hasty;               /* finish now: nothing pending is waited for */
    int64_t origin, position; /* card frame of its first block; of its next */
    int64_t primed, priming;  /* priming blocks in all; left */
    int64_t ahead;            /* how far beyond `position` output is put */
    int64_t discard;          /* blocks whose output comes too late (paNeverDropInput) */
    int64_t played;           /* the end of what was handed over, as it will be heard */
    Tick dies;                /* NEVER, or when its device dies */
    bool silent;
    enum Flow flow;           /* blocking output: nothing written yet, data there, ran out */
    int64_t gap;              /* silent frames since it ran out */
    PaStreamCallbackFlags pending;
    double debt, load;
    uint64_t lost, inserted;
    Loss losses[MAX_LOSSES];
    int loss_count;
    double *work; /* one block of signal */
} Stream;

struct Card {
    pthread_mutex_t mutex, door;
    pthread_cond_t changed, wake; /* for callers that wait; for the card's thread */
    int initialized;
    Stream *streams;
    uint64_t opened;
    bool running;

    int clock;
    double speed;
    Tick now;       /* time of the latest event */
    Tick base_tick; /* real time: this tick ... */
    int64_t base_ns; /* ... was then */
    int (*hook)(void);
    bool in_hook;
    pthread_t thread;
    bool has_thread;
    int64_t called; /* the thread's processor time in callbacks, ns */
    uint64_t generation; /* the thread leaves when it changes */

    uint64_t late, lost, inserted;
    double latest;
    bool lateness_loses;
    Device *devices[MAX_DEVICES]; /* the table: what is there, and what was unplugged */
    int device_count;
    Device *listed[MAX_DEVICES]; /* what PortAudio found when it was initialised */
    int listed_count;
};

extern struct Card card;
extern _Thread_local Stream *inside; /* whose callback this thread is in */

/* state.c */
void card_lock(void);
void card_unlock(void);
void become_runner(void); /* waits; mutex held */
void leave_runner(void);

/* calls.c */
PaError enter(enum Function function);
void calls_reset(void);
int calls_release(const char *function);
void calls_forked(void);
PaError host_error(long code, const char *text); /* returns paUnanticipatedHostError */

/* table.c */
void table_default(void);
void table_reset(void);
void table_list(void); /* as Pa_Initialize finds it */
void device_use(Device *device);
void device_unuse(Device *device);
Device *device_at(int index);  /* PortAudio's */
Device *device_in(int place);  /* the table's */

/* devices.c */
extern PaHostApiInfo hosts[];
extern int host_count;
PaHostApiIndex default_host(void);

/* trouble.c */
bool device_gone(const Device *device);
bool plugged(const Device *device);
void device_mend(Device *device);
Tick clock_of(const Stream *stream, int64_t frame); /* when a frame of its devices' clock is */
int64_t frame_of(const Stream *stream, Tick tick);  /* the first one at or after it */
void lives_inherit(Stream *stream);
bool lives_ended(const Stream *stream);

/* signal: bus.c, source.c, record.c, formats.c */
Bus *bus_of(Device *device, double rate);
void bus_reserve(Device *device);
void bus_add(Bus *bus, int64_t frame, const double *signal, int channels, int64_t frames);
void bus_hear(const Device *device, double rate, int64_t frame, double *signal, int channels,
              int64_t frames);
void buses_reset(Device *device);
void source_hear(const Source *source, double rate, int64_t stream_frame, int64_t card_frame,
                 double *signal, int channels, int64_t frames);
bool source_pull(Stream *stream); /* gives up the mutex meanwhile */
void source_reset(Source *source);
void record_add(Device *device, double rate, int64_t frame, const double *signal, int channels,
                int64_t frames);
void record_reset(Record *record);
int sample_size(PaSampleFormat format); /* 0: no such format */
void decode(const Side *side, const void *buffer, int64_t offset, double *signal, int64_t frames);
void encode(const Side *side, void *buffer, int64_t offset, const double *signal, int64_t frames);

/* fifo.c */
bool fifo_make(Fifo *fifo, int channels, int64_t capacity);
void fifo_put(Fifo *fifo, const double *signal, int64_t frames);
int64_t fifo_take(Fifo *fifo, double *signal, int64_t frames);

/* stream.c */
Stream *stream_find(PaStream *handle, PaError *error); /* mutex held */
void stream_hold(Stream *stream);
void stream_release(Stream *stream);
void stream_unlist(Stream *stream);
Stream *stream_new(const PaStreamParameters *in, const PaStreamParameters *out, double rate,
                   unsigned long frames, PaStreamFlags flags, PaStreamCallback *callback);
void stream_list(Stream *stream);
void streams_forget(void); /* as runner */

/* transport.c */
PaError stream_end(Stream *stream, enum Ending ending); /* may wait; mutex held */
PaError stream_close(Stream *stream);
void run_finish(Stream *stream);

/* block.c, blocking.c, losses.c */
void run_block(Stream *stream);
void run_blocking(Stream *stream);
void capture(Stream *stream);
void emit(Stream *stream, int64_t frame, int64_t frames);
bool losses_due(Stream *stream);
void next_size(Stream *stream);
void losses_inherit(Stream *stream);
void lose_input(Stream *stream, int64_t frames);
void insert_output(Stream *stream, int64_t frames);

/* entries.c; mutex held */
void entries_note(const Stream *stream);
void entries_reset(void);

/* stopwatch.c */
typedef struct Stopwatch {
    int64_t wall, cpu;
    long waits;
} Stopwatch;
Stopwatch stopwatch_start(void);
double stopwatch_seconds(Stopwatch begun, int64_t *cpu);

/* schedule.c */
Tick tick_of(int64_t frame, double rate);
int64_t frame_at(Tick tick, double rate); /* the first one at or after it */
double seconds(Tick tick);
Tick due(const Stream *stream);
Stream *next_event(Tick limit);
void run_event(Stream *stream);
void run_until(Tick limit); /* as runner */
void progress(Tick limit);  /* bring the card nearer to that, if it is for the caller to do */

/* clock.c */
int64_t monotonic_ns(void);
Tick clock_now(void);
void clock_from_environment(void);
void clock_rebase(int clock, double speed);
void clock_thread_start(void);
void clock_thread_stop(void); /* gives up the mutex meanwhile */

#endif
