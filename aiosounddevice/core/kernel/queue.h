/* A bounded ring of frames between two threads, without locks and without waiting.
 *
 * Positions are 64-bit frame counts that only grow; an offset is position % capacity, so any
 * capacity and any frame size will do. `write` belongs to the producer, `read` to the consumer,
 * with one exception: a producer that may drop the oldest frames moves `read` itself, by one
 * compare-and-swap. For that the lowest bit of `read` says "a consumer is copying": with it set
 * the producer leaves the ring alone and drops what it holds instead. So a plain memcpy never
 * meets another one on the same bytes.
 *
 *   producer: load read (acquire: frames before it are no longer looked at) -> copy -> publish
 *   consumer: claim (acquire) -> load write (acquire: their bytes are there) -> copy -> release
 */
#ifndef ASD_QUEUE_H
#define ASD_QUEUE_H

#include <stdalign.h>
#include <stdatomic.h>

#include "route.h"

typedef struct {
    unsigned char *data;
    uint64_t capacity;
    uint32_t frame_bytes;
    /* One cache line each, so that the two threads do not fight over one. */
    alignas(64) _Atomic uint64_t write;
    alignas(64) _Atomic uint64_t read;
} asd_queue;

int asd_queue_init(asd_queue *q, uint64_t capacity, uint32_t frame_bytes);
void asd_queue_rewind(asd_queue *q);
void asd_queue_begin_at(asd_queue *q, uint64_t position);

/* Two stretches of memory that `frames` frames from `position` on occupy. */
typedef struct {
    unsigned char *first, *second;
    uint64_t first_frames, second_frames;
} asd_span;

asd_span asd_queue_span(const asd_queue *q, uint64_t position, uint64_t frames);

static inline uint64_t asd_queue_written(asd_queue *q)
{
    return atomic_load_explicit(&q->write, memory_order_acquire);
}

static inline uint64_t asd_queue_read_position(asd_queue *q)
{
    return atomic_load_explicit(&q->read, memory_order_acquire) >> 1;
}

/* Producer. seq_cst: see reclaim_marks in tap.c. */
static inline int asd_queue_is_claimed(asd_queue *q)
{
    return (int)(atomic_load(&q->read) & 1);
}

/* seq_cst: whoever publishes looks at a wake-up slot next (wake.h, "the lost wake-up"). */
static inline void asd_queue_publish(asd_queue *q, uint64_t write)
{
    atomic_exchange(&q->write, write);
}

static inline void asd_queue_release(asd_queue *q, uint64_t read)
{
    atomic_exchange(&q->read, read << 1);
}

int asd_queue_claim(asd_queue *q, uint64_t *read);
uint64_t asd_queue_drop_oldest(asd_queue *q, uint64_t seen, uint64_t frames);

#endif
