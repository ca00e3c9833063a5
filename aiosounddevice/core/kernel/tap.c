#include "tap.h"

#include <stdlib.h>
#include <string.h>

enum { FEWEST_MARKS = 64, MOST_MARKS = 8192, ASSUMED_BLOCK = 64 };
enum { FRESH, SPARE, READ };

/* `read` last, which lets go of the claim, if there is one. */
static void reset(asd_tap *t)
{
    atomic_store(&t->mark_write, 0);
    atomic_store(&t->mark_tail, 0);
    atomic_store(&t->lost, 0);
    atomic_store(&t->use, FRESH);
    t->gap = 0;
    t->held_flags = 0;
    t->reusable = 0;
    t->begun = 0;
    t->next_frame = 0;
    t->cursor = 0;
    asd_queue_rewind(&t->queue);
}

int asd_tap_init(asd_tap *t, const asd_config *config, uint64_t capacity, uint32_t policy)
{
    const asd_side *side = &config->input;
    t->route = (asd_route){side->device_channels, side->channels, side->channels, side->map,
                           side->sample_bytes};
    t->policy = policy;
    t->silence = (unsigned char)side->silence;
    t->seconds_per_frame = 1.0 / config->samplerate;
    if (!asd_queue_init(&t->queue, capacity, side->channels * side->sample_bytes))
        return 0;
    uint32_t block = config->blocksize ? config->blocksize : ASSUMED_BLOCK;
    uint64_t count = 2 * (capacity / block + 2);
    if (count < FEWEST_MARKS)
        count = FEWEST_MARKS;
    t->mark_capacity = count > MOST_MARKS ? MOST_MARKS : count;
    t->marks = calloc(t->mark_capacity, sizeof *t->marks);
    reset(t);
    return t->marks != NULL;
}

/* Give the queue's memory back. Callable twice. */
void asd_tap_drop(asd_tap *t)
{
    free(t->queue.data);
    free(t->marks);
    t->queue.data = NULL;
    t->marks = NULL;
}

/* With the claim, for a reader may be in here in another thread. `reset` lets go of it. */
int asd_tap_rewind(asd_tap *t)
{
    uint64_t position;
    if (!asd_queue_claim(&t->queue, &position))
        return 0;
    reset(t);
    return 1;
}

/* The looks are two: in between a rewind may have set `write` back. */
uint64_t asd_tap_fill(asd_tap *t)
{
    uint64_t read = atomic_load(&t->queue.read) >> 1; /* seq_cst: wake.h */
    uint64_t write = atomic_load(&t->queue.write);
    return write > read ? write - read : 0;
}

void asd_tap_continue(asd_tap *t, asd_tap *before, uint64_t frame)
{
    int use = atomic_load(&before->use);
    if (use == SPARE)
        return; /* who does not read loses nothing */
    t->begun = 1;
    t->begin = use == READ ? before->next_frame : before->begin;
    atomic_store(&t->lost, frame - t->begin);
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

/* Make room at the old end. What nobody was to read is not lost: see "use" in tap.h for why `use`
 * is looked at here, after `read` (acquire) and before the exchange (release). */
static void drop_oldest(asd_tap *t, uint64_t frames)
{
    uint64_t seen = atomic_load_explicit(&t->queue.read, memory_order_acquire);
    int spare = atomic_load_explicit(&t->use, memory_order_relaxed) == SPARE;
    uint64_t dropped = asd_queue_drop_oldest(&t->queue, seen, frames);
    if (!spare)
        count_lost(t, dropped);
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
        drop_oldest(t, next - read);
}

static uint64_t make_room(asd_tap *t, uint64_t wanted, int oldest)
{
    asd_queue *q = &t->queue;
    uint64_t write = atomic_load_explicit(&q->write, memory_order_relaxed);
    uint64_t room = q->capacity - (write - asd_queue_read_position(q));
    if (room >= wanted || !oldest)
        return room;
    drop_oldest(t, wanted - room);
    /* Again from the start: the reader may just have made the room itself. */
    return q->capacity - (write - asd_queue_read_position(q));
}

static void lose(asd_tap *t, uint64_t frames, uint32_t flags)
{
    count_lost(t, frames);
    t->held_flags |= flags;
    t->gap = 1;
}

/* The queue is empty and the block longer than all of it. No reader can come now; whether one has
 * been here is seen, for `read` (acquire) said that the queue is empty. */
static void skip(asd_tap *t, uint64_t frames)
{
    t->gap = 1;
    if (atomic_load_explicit(&t->use, memory_order_relaxed) != SPARE)
        count_lost(t, frames);
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
    if (!t->begun) {
        t->begun = 1;
        t->begin = frame; /* the reader looks once it has seen `write` move */
    }
    int oldest = t->policy == ASD_DROP_OLDEST ||
                 atomic_load_explicit(&t->use, memory_order_relaxed) == SPARE;
    uint64_t room = make_room(t, frames, oldest);
    if (room == 0 || (oldest && room < frames && room < t->queue.capacity)) {
        lose(t, frames, flags); /* a reader is in here, so this counts */
        return;
    }
    uint64_t kept = room < frames ? room : frames;
    uint64_t skipped = oldest ? frames - kept : 0;
    if (skipped)
        skip(t, skipped);
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

/* Another tap is being read, and nobody has read this one: nobody misses anything here. Frames
 * that were lost until now may lie between those that are stored; so in that case all of these
 * go, and nothing has been lost. Done again with each block until it succeeds. */
void asd_tap_make_spare(asd_tap *t)
{
    asd_queue *q = &t->queue;
    uint64_t seen = atomic_load_explicit(&q->read, memory_order_acquire);
    int fresh = FRESH;
    if (atomic_load_explicit(&t->use, memory_order_relaxed) != FRESH) /* after `read`: tap.h */
        return;
    if (atomic_load_explicit(&t->lost, memory_order_relaxed)) {
        uint64_t held = atomic_load_explicit(&q->write, memory_order_relaxed) - (seen >> 1);
        if (held && !asd_queue_drop_oldest(q, seen, held))
            return;
    }
    /* relaxed: the reader's side is ordered by its claim. Fails when it has just begun. */
    if (atomic_compare_exchange_strong_explicit(&t->use, &fresh, SPARE, memory_order_relaxed,
                                                memory_order_relaxed))
        atomic_store_explicit(&t->lost, 0, memory_order_relaxed);
}

/* ---- reader, holding the claim ---- */

/* Where this reader began: with the first block, or, if nobody was to read until now, here. */
static void begin_reading(asd_tap *t, uint64_t frame)
{
    int before = atomic_exchange_explicit(&t->use, READ, memory_order_relaxed);
    t->next_frame = before == SPARE ? frame : t->begin;
}

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
    if (!frames)
        return 0;
    if (!asd_queue_claim(&t->queue, &position))
        return -1;
    uint64_t write = asd_queue_written(&t->queue);
    /* after `write`: every stored frame's mark is then among them */
    uint64_t marks = atomic_load_explicit(&t->mark_write, memory_order_acquire);
    asd_copy c = {t, dst, 0, frames, position, t->next_frame};
    if (write != position) {
        uint64_t index = covering_mark(t, position, marks);
        const asd_mark *mark = mark_at(t, index);
        uint64_t into = position - mark->position;
        c.frame = mark->frame + into;
        if (atomic_load_explicit(&t->use, memory_order_relaxed) != READ)
            begin_reading(t, c.frame);
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
