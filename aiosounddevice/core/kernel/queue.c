#include "queue.h"

#include <stdlib.h>

int asd_queue_init(asd_queue *q, uint64_t capacity, uint32_t frame_bytes)
{
    q->capacity = capacity;
    q->frame_bytes = frame_bytes;
    atomic_store_explicit(&q->write, 0, memory_order_relaxed); /* published with the queue */
    atomic_store_explicit(&q->read, 0, memory_order_relaxed);
    q->data = capacity ? calloc(capacity, frame_bytes) : NULL;
    return capacity == 0 || q->data != NULL;
}

void asd_queue_rewind(asd_queue *q)
{
    asd_queue_begin_at(q, 0);
}

void asd_queue_begin_at(asd_queue *q, uint64_t position)
{
    atomic_store(&q->write, position);
    atomic_store(&q->read, position << 1);
}

asd_span asd_queue_span(const asd_queue *q, uint64_t position, uint64_t frames)
{
    uint64_t offset = position % q->capacity;
    uint64_t first = q->capacity - offset;
    if (first > frames)
        first = frames;
    asd_span span = {q->data + offset * q->frame_bytes, q->data, first, frames - first};
    return span;
}

/* Consumer: 0 when another consumer holds the claim. A failed exchange means that the producer
 * dropped frames in between, which it does at most once a callback, so this loop is short. */
int asd_queue_claim(asd_queue *q, uint64_t *read)
{
    uint64_t seen = atomic_load_explicit(&q->read, memory_order_relaxed);
    do {
        if (seen & 1)
            return 0;
        /* seq_cst: a claim that the producer does not see, sees its mark_tail (tap.c) */
    } while (!atomic_compare_exchange_weak_explicit(&q->read, &seen, seen | 1,
                                                    memory_order_seq_cst,
                                                    memory_order_relaxed));
    *read = seen >> 1;
    return 1;
}

/* Producer: how many frames were dropped, 0 when a consumer is copying or has moved on. `seen` is
 * `read` as the producer loaded it before, with acquire, which pairs with the consumer's release:
 * the bytes given back are no longer looked at. */
uint64_t asd_queue_drop_oldest(asd_queue *q, uint64_t seen, uint64_t frames)
{
    uint64_t held = atomic_load_explicit(&q->write, memory_order_relaxed) - (seen >> 1);
    if (frames > held)
        frames = held;
    if (seen & 1)
        return 0;
    if (!atomic_compare_exchange_strong_explicit(&q->read, &seen, seen + (frames << 1),
                                                 memory_order_acq_rel,
                                                 memory_order_relaxed))
        return 0;
    return frames;
}
