#include "voice.h"

#include <stdlib.h>
#include <string.h>

enum { LIVE = 0, BUSY = 1, CANCEL = 2, DONE = 4 };

/* ---- owner ---- */

asd_voice *asd_voice_new(int direction, void *data, uint64_t frames, uint32_t columns,
                         uint32_t channels, const uint32_t *map, uint64_t at_frame, int loop)
{
    asd_voice *v = calloc(1, sizeof *v);
    if (!v)
        return NULL;
    if (map) {
        v->map = malloc(channels * sizeof *map);
        if (!v->map) {
            free(v);
            return NULL;
        }
        memcpy(v->map, map, channels * sizeof *map);
    }
    v->direction = direction;
    v->loop = loop && frames;
    v->data = data;
    v->frames = frames;
    v->at_frame = at_frame;
    v->route = (asd_route){0, channels, columns, v->map, 0};
    atomic_init(&v->state, LIVE);
    atomic_init(&v->position, 0);
    atomic_init(&v->started_at, UINT64_MAX);
    atomic_init(&v->ended_at, UINT64_MAX);
    return v;
}

void asd_voice_free(asd_voice *v)
{
    if (v)
        free(v->map);
    free(v);
}

void asd_voice_bind(asd_voice *v, uint32_t device_channels, uint32_t sample_bytes)
{
    v->route.device_channels = device_channels;
    v->route.sample_bytes = sample_bytes;
}

/* 1: the array will not be touched again. 0: a callback is copying; ask asd_voice_quiet. */
int asd_voice_cancel(asd_voice *v)
{
    /* acq_rel: what the callback wrote into the array is there when BUSY is not */
    return !(atomic_fetch_or_explicit(&v->state, CANCEL, memory_order_acq_rel) & BUSY);
}

int asd_voice_quiet(asd_voice *v)
{
    return !(atomic_load_explicit(&v->state, memory_order_acquire) & BUSY);
}

int asd_voice_done(asd_voice *v)
{
    return (atomic_load(&v->state) & DONE) != 0; /* seq_cst: looked at after arming, wake.h */
}

uint64_t asd_voice_position(asd_voice *v)
{
    return atomic_load_explicit(&v->position, memory_order_acquire);
}

uint64_t asd_voice_started_at(asd_voice *v)
{
    return atomic_load_explicit(&v->started_at, memory_order_acquire);
}

uint64_t asd_voice_ended_at(asd_voice *v)
{
    return atomic_load_explicit(&v->ended_at, memory_order_acquire);
}

asd_voice *asd_voice_next(asd_voice *v)
{
    return v->next;
}

/* ---- both ---- */

/* release: the voice's fields, written before. Fails only when the other side took the whole
 * list in between, so it does not spin. */
static void push(_Atomic(asd_voice *) *list, asd_voice *v)
{
    asd_voice *head = atomic_load_explicit(list, memory_order_relaxed);
    do
        v->next = head;
    while (!atomic_compare_exchange_weak_explicit(list, &head, v, memory_order_release,
                                                  memory_order_relaxed));
}

/* Oldest first. acquire: pairs with the release of every push. */
static asd_voice *take_all(_Atomic(asd_voice *) *list)
{
    if (!atomic_load_explicit(list, memory_order_relaxed))
        return NULL;
    asd_voice *v = atomic_exchange_explicit(list, NULL, memory_order_acquire);
    asd_voice *oldest = NULL;
    while (v) {
        asd_voice *next = v->next;
        v->next = oldest;
        oldest = v;
        v = next;
    }
    return oldest;
}

void asd_voices_submit(asd_voices *vs, asd_voice *v)
{
    push(&vs->incoming, v);
}

asd_voice *asd_voices_take(asd_voices *vs)
{
    return take_all(&vs->outgoing);
}

/* ---- audio thread ---- */

static void play(asd_voice *v, asd_offer *o, uint64_t offset, uint64_t position, uint64_t frames)
{
    unsigned char *to = o->output + offset * o->output_bytes;
    const unsigned char *from =
        v->data + position * v->route.columns * v->route.sample_bytes;
    if (o->dirty && o->mixes)
        asd_mix(&v->route, (float *)(void *)to, (const float *)(const void *)from, frames);
    else
        asd_scatter(&v->route, to, from, frames);
}

static void record(asd_voice *v, asd_offer *o, uint64_t offset, uint64_t position, uint64_t frames)
{
    size_t bytes = (size_t)v->route.columns * v->route.sample_bytes;
    if (o->input)
        asd_gather(&v->route, v->data + position * bytes, o->input + offset * o->input_bytes,
                   frames);
    else
        memset(v->data + position * bytes, o->input_silence, frames * bytes);
}

static int usable(const asd_voice *v, const asd_offer *o)
{
    return v->direction == ASD_VOICE_RECORD || o->output != NULL;
}

/* 1 when the voice reached its end. */
static int run_block(asd_voice *v, asd_offer *o)
{
    if (v->at_frame != UINT64_MAX && v->at_frame >= o->frame + o->frames)
        return 0;
    uint64_t offset = 0;
    if (v->at_frame != UINT64_MAX && v->at_frame > o->frame)
        offset = v->at_frame - o->frame;
    uint64_t position = atomic_load_explicit(&v->position, memory_order_relaxed);
    if (atomic_load_explicit(&v->started_at, memory_order_relaxed) == UINT64_MAX)
        atomic_store_explicit(&v->started_at, o->frame + offset, memory_order_release);
    v->at_frame = UINT64_MAX;
    while (offset < o->frames && position < v->frames) {
        uint64_t frames = o->frames - offset;
        if (frames > v->frames - position)
            frames = v->frames - position;
        if (v->direction == ASD_VOICE_PLAY)
            play(v, o, offset, position, frames);
        else
            record(v, o, offset, position, frames);
        offset += frames;
        position += frames;
        if (v->loop && position == v->frames)
            position = 0;
    }
    if (v->direction == ASD_VOICE_PLAY)
        o->dirty = 1;
    atomic_store_explicit(&v->position, position, memory_order_release);
    if (position < v->frames)
        return 0;
    atomic_store_explicit(&v->ended_at, o->frame + offset, memory_order_release);
    return 1;
}

/* 1 while the voice stays on the list. */
static int run_voice(asd_voice *v, asd_offer *o)
{
    int live = LIVE;
    /* acquire: a cancelled voice's array may be gone, so look before touching it */
    if (!atomic_compare_exchange_strong_explicit(&v->state, &live, BUSY, memory_order_acquire,
                                                 memory_order_relaxed))
        return 0;
    int ended = usable(v, o) && run_block(v, o);
    int busy = BUSY;
    if (!ended && atomic_compare_exchange_strong_explicit(&v->state, &busy, LIVE,
                                                          memory_order_release,
                                                          memory_order_relaxed))
        return 1;
    return 0;
}

void asd_voices_run(asd_voices *vs, asd_offer *offer)
{
    asd_voice **link = &vs->active;
    while (*link)
        link = &(*link)->next;
    *link = take_all(&vs->incoming);
    link = &vs->active;
    while (*link) {
        asd_voice *v = *link;
        if (run_voice(v, offer)) {
            link = &v->next;
            continue;
        }
        *link = v->next;
        /* Before the push, for once pushed it can be collected and freed. One store clears BUSY
         * and sets DONE: what the array holds now is final. */
        atomic_exchange(&v->state, DONE);
        push(&vs->outgoing, v);
        atomic_fetch_add(&vs->finished, 1);
    }
}
