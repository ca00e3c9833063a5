#include "tap.h"

#include <stdlib.h>
#include <string.h>

enum { FEWEST_MARKS = 64, MOST_MARKS = 8192, ASSUMED_BLOCK = 64 };

int asd_tap_init(asd_tap *t, const asd_config *config)
{
    const asd_side *side = &config->input;
    t->route = (asd_route){side->device_channels, side->channels, side->channels, side->map,
                           side->sample_bytes};
    t->policy = config->policy;
    t->silence = (unsigned char)side->silence;
    t->seconds_per_frame = 1.0 / config->samplerate;
    if (!asd_queue_init(&t->queue, side->capacity, side->channels * side->sample_bytes))
        return 0;
    uint32_t block = config->blocksize ? config->blocksize : ASSUMED_BLOCK;
    uint64_t count = 2 * (side->capacity / block + 2);
    if (count < FEWEST_MARKS)
        count = FEWEST_MARKS;
    t->mark_capacity = count > MOST_MARKS ? MOST_MARKS : count;
    t->marks = calloc(t->mark_capacity, sizeof *t->marks);
    asd_tap_rewind(t);
    return t->marks != NULL;
}

void asd_tap_free(asd_tap *t)
{
    free(t->queue.data);
    free(t->marks);
}

void asd_tap_rewind(asd_tap *t)
{
    asd_queue_rewind(&t->queue);
    atomic_store(&t->mark_write, 0);
    atomic_store(&t->mark_tail, 0);
    atomic_store(&t->lost, 0);
    t->gap = 0;
    t->held_flags = 0;
    t->reusable = 0;
    t->next_frame = 0;
    t->cursor = 0;
}

uint64_t asd_tap_fill(asd_tap *t)
{
    uint64_t read = atomic_load(&t->queue.read) >> 1; /* seq_cst: wake.h */
    return atomic_load(&t->queue.write) - read;
}

/* ---- audio thread ---- */

static asd_mark *mark_at(asd_tap *t, uint64_t index)
{
    return &t->marks[index % t->mark_capacity];
}

/* Give back the slots of marks that no reader can need: all frames they speak of are read or
 * dropped. Returns the slots that may be written to.
 *
 * A reader that is in here now may have begun its walk at the tail of before, if the frames were
 * dropped and not read: its slots are not ours yet. Tail stored, then the claim looked at, here;
 * claim made, then the tail looked at, there; all four sequentially consistent. So a reader that
 * is not seen here sees the tail. */
static uint64_t reclaim_marks(asd_tap *t)
{
    uint64_t read = asd_queue_read_position(&t->queue);
    uint64_t tail = atomic_load_explicit(&t->mark_tail, memory_order_relaxed);
    uint64_t write = atomic_load_explicit(&t->mark_write, memory_order_relaxed);
    while (tail + 1 < write && mark_at(t, tail + 1)->position <= read)
        tail++;
    atomic_exchange(&t->mark_tail, tail);
    if (!asd_queue_is_claimed(&t->queue))
        t->reusable = tail;
    return t->mark_capacity - (write - t->reusable);
}

/* Half of the slots are kept for marks that are needed. */
static int put_mark(asd_tap *t, asd_mark mark, int needed)
{
    if (reclaim_marks(t) <= (needed ? 0 : t->mark_capacity / 2))
        return 0;
    uint64_t write = atomic_load_explicit(&t->mark_write, memory_order_relaxed);
    *mark_at(t, write) = mark;
    /* release: the slot's content; the reader loads this before it looks */
    atomic_store_explicit(&t->mark_write, write + 1, memory_order_release);
    return 1;
}

static void count_lost(asd_tap *t, uint64_t frames)
{
    atomic_fetch_add_explicit(&t->lost, frames, memory_order_relaxed); /* a statistic */
}

/* A slot for a gap's mark, at the price of the oldest frames, whatever the policy: were the new
 * ones dropped instead, then so would be all that follow, while a reader that waits for more
 * than is there sleeps for ever. */
static void free_slot(asd_tap *t)
{
    uint64_t tail = atomic_load_explicit(&t->mark_tail, memory_order_relaxed);
    uint64_t next = mark_at(t, tail + 1)->position;
    uint64_t read = asd_queue_read_position(&t->queue);
    if (next > read)
        count_lost(t, asd_queue_drop_oldest(&t->queue, next - read));
}

static uint64_t make_room(asd_tap *t, uint64_t wanted)
{
    asd_queue *q = &t->queue;
    uint64_t write = atomic_load_explicit(&q->write, memory_order_relaxed);
    uint64_t room = q->capacity - (write - asd_queue_read_position(q));
    if (room >= wanted || t->policy != ASD_DROP_OLDEST)
        return room;
    count_lost(t, asd_queue_drop_oldest(q, wanted - room));
    /* Again from the start: the reader may just have made the room itself. */
    return q->capacity - (write - asd_queue_read_position(q));
}

static void lose(asd_tap *t, uint64_t frames, uint32_t flags)
{
    count_lost(t, frames);
    t->held_flags |= flags;
    t->gap = 1;
}

static void store(asd_tap *t, const unsigned char *input, uint64_t skipped, uint64_t frames)
{
    uint64_t write = atomic_load_explicit(&t->queue.write, memory_order_relaxed);
    asd_span span = asd_queue_span(&t->queue, write, frames);
    size_t bytes = (size_t)t->route.device_channels * t->route.sample_bytes;
    if (input) {
        asd_gather(&t->route, span.first, input + skipped * bytes, span.first_frames);
        asd_gather(&t->route, span.second, input + (skipped + span.first_frames) * bytes,
                   span.second_frames);
    } else {
        memset(span.first, t->silence, span.first_frames * t->queue.frame_bytes);
        memset(span.second, t->silence, span.second_frames * t->queue.frame_bytes);
    }
    asd_queue_publish(&t->queue, write + frames);
}

/* 0: frames from here on could not be told from those before the gap. Flags without a gap can
 * wait for a later mark. */
static int place(asd_tap *t, asd_mark mark)
{
    int put = put_mark(t, mark, t->gap || mark.flags);
    if (!put && t->gap) {
        free_slot(t);
        put = put_mark(t, mark, 1);
    }
    if (!put && t->gap)
        return 0;
    t->gap = 0;
    t->held_flags = put ? 0 : mark.flags;
    return 1;
}

void asd_tap_push(asd_tap *t, const void *input, uint64_t frames, uint64_t frame, double time,
                  uint32_t flags)
{
    uint64_t room = make_room(t, frames);
    if (room == 0 || (t->policy == ASD_DROP_OLDEST && room < frames && room < t->queue.capacity)) {
        lose(t, frames, flags);
        return;
    }
    uint64_t kept = room < frames ? room : frames;
    uint64_t skipped = t->policy == ASD_DROP_OLDEST ? frames - kept : 0;
    if (skipped)
        lose(t, skipped, 0);
    asd_mark mark = {atomic_load_explicit(&t->queue.write, memory_order_relaxed), frame + skipped,
                     time + (double)skipped * t->seconds_per_frame, flags | t->held_flags};
    if (!place(t, mark)) {
        lose(t, frames - skipped, flags);
        return;
    }
    store(t, input, skipped, kept);
    if (kept + skipped < frames)
        lose(t, frames - kept - skipped, 0);
}

/* ---- reader, holding the claim ---- */

/* The last mark at or before `position`. Slots from mark_tail on are safe to look at while we
 * hold the claim. */
static uint64_t covering_mark(asd_tap *t, uint64_t position, uint64_t marks)
{
    uint64_t tail = atomic_load(&t->mark_tail); /* seq_cst: see reclaim_marks */
    uint64_t index = t->cursor > tail ? t->cursor : tail;
    while (index + 1 < marks && mark_at(t, index + 1)->position <= position)
        index++;
    return t->cursor = index;
}

typedef struct {
    asd_tap *tap;
    unsigned char *dst;
    uint64_t done, wanted, position, frame;
} asd_copy;

static void copy_stored(asd_copy *c, uint64_t frames)
{
    uint32_t bytes = c->tap->queue.frame_bytes;
    asd_span span = asd_queue_span(&c->tap->queue, c->position, frames);
    unsigned char *dst = c->dst + c->done * bytes;
    memcpy(dst, span.first, span.first_frames * bytes);
    memcpy(dst + span.first_frames * bytes, span.second, span.second_frames * bytes);
    c->done += frames;
    c->position += frames;
    c->frame += frames;
}

static void copy_silence(asd_copy *c, uint64_t frames)
{
    uint32_t bytes = c->tap->queue.frame_bytes;
    memset(c->dst + c->done * bytes, c->tap->silence, frames * bytes);
    c->done += frames;
    c->frame += frames;
}

/* Copy on from mark to mark. A gap inside the block becomes silence, so that a sample's place
 * in the block is its place in time; what does not fit is lost before the next block. */
static void copy_block(asd_copy *c, uint64_t index, uint64_t marks, uint64_t write, int stop,
                       asd_block *block)
{
    while (c->done < c->wanted) {
        int more = index + 1 < marks;
        uint64_t end = more ? mark_at(c->tap, index + 1)->position : write;
        if (end > write)
            end = write;
        uint64_t frames = end - c->position;
        if (frames > c->wanted - c->done)
            frames = c->wanted - c->done;
        copy_stored(c, frames);
        if (!more || c->position == write || c->done == c->wanted)
            return;
        const asd_mark *mark = mark_at(c->tap, ++index);
        uint64_t gap = mark->frame - c->frame;
        if (gap && stop)
            return;
        if (gap > c->wanted - c->done)
            gap = c->wanted - c->done;
        copy_silence(c, gap);
        block->lost += gap;
        if (c->done < c->wanted)
            block->flags |= mark->flags;
    }
}

int64_t asd_tap_read(asd_tap *t, unsigned char *dst, uint64_t frames, int stop_at_gap,
                     asd_block *block)
{
    uint64_t position;
    if (!asd_queue_claim(&t->queue, &position))
        return -1;
    uint64_t write = asd_queue_written(&t->queue);
    /* after `write`: every stored frame's mark is then among them */
    uint64_t marks = atomic_load_explicit(&t->mark_write, memory_order_acquire);
    asd_copy c = {t, dst, 0, frames, position, t->next_frame};
    if (write != position && frames) {
        uint64_t index = covering_mark(t, position, marks);
        const asd_mark *mark = mark_at(t, index);
        uint64_t into = position - mark->position;
        c.frame = mark->frame + into;
        block->frame = c.frame;
        block->time = mark->time + (double)into * t->seconds_per_frame;
        block->lost = c.frame - t->next_frame;
        block->flags = into ? 0 : mark->flags;
        copy_block(&c, index, marks, write, stop_at_gap, block);
        t->next_frame = c.frame;
    }
    asd_queue_release(&t->queue, c.position);
    return (int64_t)c.done;
}
