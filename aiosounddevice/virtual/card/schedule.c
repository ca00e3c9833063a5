/* The scheduler: which event is next, and running it.
 *
 * Theory of operation: an event is a stream's next block or its end. Events run one at a time, by
 * the runner, ordered by due time, at one instant outputs before duplex before inputs, then in the
 * order in which streams were opened; so a run on the manual clock can be repeated exactly. Due
 * times are computed from a stream's state when they are needed, never stored, so no change of
 * state can leave a stale one behind. */

#include <math.h>

#include "card.h"

static int64_t ticks_per_frame(double rate) { /* 0: not a whole number */
    int64_t whole = (int64_t)rate;
    return (double)whole == rate && whole > 0 && TICKS % whole == 0 ? TICKS / whole : 0;
}

Tick tick_of(int64_t frame, double rate) {
    int64_t exact = ticks_per_frame(rate);
    return exact ? frame * exact : (Tick)llrintl((long double)frame * TICKS / rate);
}

int64_t frame_at(Tick tick, double rate) {
    int64_t exact = ticks_per_frame(rate);
    if (exact) return (tick + exact - 1) / exact;
    int64_t frame = (int64_t)ceill((long double)tick * rate / TICKS);
    while (frame > 0 && tick_of(frame - 1, rate) >= tick) frame--;
    while (tick_of(frame, rate) < tick) frame++;
    return frame;
}

double seconds(Tick tick) { return (double)tick / TICKS; }

/* A blocking stream that stops plays first what it was given. */
static bool flushing(const Stream *s) {
    return s->state == DRAINING && !s->hasty && s->out.fifo.count > 0;
}

static Tick block_due(const Stream *s) {
    if (s->priming > 0) return clock_of(s, s->origin);
    return clock_of(s, s->position + (s->in.device ? s->block : 0));
}

static Tick due_alive(const Stream *s) {
    if (s->state == ACTIVE || flushing(s)) return block_due(s);
    Tick played = s->hasty ? card.now : clock_of(s, s->played);
    return played < card.now ? card.now : played;
}

/* Blocks that are due at the moment of death are still run; an end is not. */
static bool dies_first(const Stream *s) {
    bool ends = s->state == DRAINING && !flushing(s);
    Tick tick = due_alive(s);
    return s->dies != NEVER && (s->dies < tick || (ends && s->dies == tick));
}

Tick due(const Stream *s) {
    if (s->in_callback || (s->state != ACTIVE && s->state != DRAINING)) return NEVER;
    if (!dies_first(s)) return due_alive(s);
    return s->silent ? NEVER : s->dies;
}

static int rank(const Stream *s) { return !s->in.device ? 0 : s->out.device ? 1 : 2; }

Stream *next_event(Tick limit) {
    Stream *best = NULL;
    Tick earliest = NEVER;
    for (Stream *s = card.streams; s; s = s->next) {
        Tick tick = due(s);
        if (tick == NEVER || tick > limit || tick > earliest) continue;
        if (best && tick == earliest) {
            if (rank(s) > rank(best)) continue;
            if (rank(s) == rank(best) && s->number > best->number) continue;
        }
        best = s;
        earliest = tick;
    }
    return best;
}

void run_event(Stream *stream) {
    Tick tick = due(stream);
    if (tick > card.now) card.now = tick;
    stream_hold(stream);
    if (dies_first(stream) || (stream->state == DRAINING && !flushing(stream))) run_finish(stream);
    else if (stream->callback) run_block(stream);
    else run_blocking(stream);
    stream_release(stream);
    pthread_cond_broadcast(&card.changed);
}

void run_until(Tick limit) {
    for (Stream *s; (s = next_event(limit)) != NULL;) {
        run_event(s);
        card_unlock();
        card_lock();
    }
    if (limit > card.now) card.now = limit;
}

void progress(Tick limit) {
    if (card.clock == VIRTUALCARD_REALTIME || card.running || limit == NEVER) {
        pthread_cond_wait(&card.changed, &card.mutex);
        return;
    }
    become_runner();
    Stream *stream = next_event(limit);
    if (stream) run_event(stream);
    else if (limit > card.now) card.now = limit;
    leave_runner();
}

API int virtualcard_advance(int64_t frames, double rate) {
    if (inside || frames < 0 || !(rate > 0)) return -1;
    card_lock();
    bool allowed = card.clock != VIRTUALCARD_REALTIME;
    if (allowed) {
        become_runner();
        run_until(card.now + tick_of(frames, rate));
        leave_runner();
    }
    card_unlock();
    return allowed ? 0 : -1;
}

/* One event due up to `frame` (counted from reset): 1; none left: 0, and it is `frame` now. */
API int virtualcard_step(int64_t frame, double rate) {
    if (inside || frame < 0 || !(rate > 0)) return -1;
    card_lock();
    int result = -1;
    if (card.clock != VIRTUALCARD_REALTIME) {
        Tick limit = tick_of(frame, rate);
        become_runner();
        Stream *stream = next_event(limit);
        if (stream) run_event(stream);
        else if (limit > card.now) card.now = limit;
        leave_runner();
        result = stream != NULL;
    }
    card_unlock();
    return result;
}
