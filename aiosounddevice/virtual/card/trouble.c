/* Devices in trouble: death, unplugging, and clocks that stand still.
 *
 * Theory of operation: what is to happen is kept as times, and looked at whenever an event's due
 * time is computed; nothing has to run at the moment itself. A stream takes over its devices' death
 * when it is planned or when it starts, so a device that comes back does not revive old streams.
 *
 * A device's clock is card time without the stalls. A stream's frames are counted by that clock: after
 * a stall it goes on where it was, and nothing is lost. With card.mutex held. */

#include <string.h>

#include "card.h"

bool plugged(const Device *device) { return device->unplugged > clock_now(); }

bool device_gone(const Device *device) {
    return device->retired || !plugged(device) || device->dies <= clock_now();
}

void device_mend(Device *device) {
    device->unplugged = device->dies = NEVER;
    device->stall_count = 0;
    device->life++;
}

static Tick with_stalls(const Device *device, Tick tick) {
    for (int i = 0; device && tick != NEVER && i < device->stall_count; i++) {
        Stall stall = device->stalls[i];
        if (tick <= stall.from) continue;
        tick = stall.until == NEVER ? NEVER : tick + stall.until - stall.from;
    }
    return tick;
}

static Tick without_stalls(const Device *device, Tick tick) {
    Tick out = tick;
    for (int i = 0; device && i < device->stall_count; i++) {
        Stall stall = device->stalls[i];
        if (tick > stall.from) out -= (tick < stall.until ? tick : stall.until) - stall.from;
    }
    return out;
}

/* Where there are two devices with stalls, each in turn. */
Tick clock_of(const Stream *s, int64_t frame) {
    Tick tick = with_stalls(s->in.device, tick_of(frame, s->rate));
    return s->out.device == s->in.device ? tick : with_stalls(s->out.device, tick);
}

int64_t frame_of(const Stream *s, Tick tick) {
    if (s->out.device != s->in.device) tick = without_stalls(s->out.device, tick);
    return frame_at(without_stalls(s->in.device, tick), s->rate);
}

static bool uses(const Stream *s, const Device *device) {
    return s->in.device == device || s->out.device == device;
}

static void stream_dies(Stream *s, Tick when, bool silent) {
    if (when >= s->dies) return;
    s->dies = when;
    s->silent = silent;
}

void lives_inherit(Stream *s) {
    s->dies = NEVER;
    for (int i = 0; i < 2; i++) {
        const Device *device = i ? s->out.device : s->in.device;
        if (device) stream_dies(s, device->dies, device->silent);
    }
}

static bool life_ended(const Side *side) {
    return side->device && (side->life != side->device->life || device_gone(side->device));
}

bool lives_ended(const Stream *s) { return life_ended(&s->in) || life_ended(&s->out); }

static Tick when(double at) {
    Tick now = clock_now(), tick = at < 0 ? now : (Tick)(at * TICKS + 0.5);
    return tick > now ? tick : now;
}

static void die(Device *device, Tick tick, bool silent) {
    if (tick < device->dies) {
        device->dies = tick;
        device->silent = silent;
    }
    for (Stream *s = card.streams; s; s = s->next)
        if (uses(s, device)) stream_dies(s, tick, silent);
}

static void look_again(void) {
    pthread_cond_broadcast(&card.changed);
    pthread_cond_signal(&card.wake);
}

API int virtualcard_die(int place, double at, int silent) {
    card_lock();
    Device *device = device_in(place);
    if (device) die(device, when(at), silent != 0);
    look_again();
    card_unlock();
    return device ? 0 : -1;
}

API int virtualcard_unplug(int place, double at, int silent) {
    card_lock();
    Device *device = device_in(place);
    if (device) {
        device->unplugged = when(at);
        die(device, device->unplugged, silent != 0);
    }
    look_again();
    card_unlock();
    return device ? 0 : -1;
}

API int virtualcard_plug(int place) {
    card_lock();
    Device *device = device_in(place);
    if (device && !device_gone(device)) { /* a death that was planned is called off */
        device->unplugged = device->dies = NEVER;
        for (Stream *s = card.streams; s; s = s->next)
            if (uses(s, device) && !lives_ended(s)) lives_inherit(s);
    } else if (device) device_mend(device);
    look_again();
    card_unlock();
    return device ? 0 : -1;
}

API int virtualcard_stall(int place, double at, double length) {
    card_lock();
    Device *device = device_in(place);
    Tick from = when(at), until = length < 0 ? NEVER : from + (Tick)(length * TICKS + 0.5);
    int count = device ? device->stall_count : MAX_STALLS;
    bool possible = count < MAX_STALLS && (count == 0 || device->stalls[count - 1].until <= from);
    if (possible) device->stalls[device->stall_count++] = (Stall){from, until};
    look_again();
    card_unlock();
    return possible ? 0 : -1;
}

API int virtualcard_resume(int place) {
    card_lock();
    Device *device = device_in(place);
    Tick now = clock_now();
    bool stalled = false;
    for (int i = 0; device && i < device->stall_count; i++) {
        Stall *stall = &device->stalls[i];
        if (stall->from > now || stall->until <= now) continue;
        stall->until = now;
        stalled = true;
    }
    look_again();
    card_unlock();
    return stalled ? 0 : -1;
}

/* Whoever hangs on a stream whose device died silently is let go, and so is its next caller. */
static void release_dead(void) {
    card_lock();
    for (Stream *s = card.streams; s; s = s->next) {
        bool runs = s->state == ACTIVE || s->state == DRAINING;
        if (runs && s->silent && s->dies <= clock_now() && !s->in_callback) s->state = INACTIVE;
    }
    look_again();
    card_unlock();
}

API int virtualcard_release(const char *function) {
    if (!function) release_dead();
    return calls_release(function);
}

API int virtualcard_vary(int place, const int64_t *sizes, int count) {
    bool possible = count >= 0 && count <= MAX_SIZES;
    for (int i = 0; possible && i < count; i++)
        if (sizes[i] < 1 || sizes[i] > MAX_BLOCK) possible = false;
    card_lock();
    Device *device = device_in(place);
    if (device && possible) {
        device->size_count = count;
        if (count) memcpy(device->sizes, sizes, (size_t)count * sizeof *sizes);
    }
    card_unlock();
    return device && possible ? 0 : -1;
}

API int virtualcard_lateness_loses(int on) {
    card_lock();
    card.lateness_loses = on != 0;
    card_unlock();
    return 0;
}
