#include "feed.h"

#include <stdlib.h>
#include <string.h>

int asd_feed_init(asd_feed *f, const asd_config *config)
{
    const asd_side *side = &config->output;
    f->route = (asd_route){side->device_channels, side->channels, side->channels, side->map,
                           side->sample_bytes};
    f->silence = (unsigned char)side->silence;
    f->aligned = (int)config->aligned;
    asd_feed_rewind(f);
    return asd_queue_init(&f->queue, side->capacity, side->channels * side->sample_bytes);
}

void asd_feed_free(asd_feed *f)
{
    free(f->queue.data);
}

void asd_feed_rewind(asd_feed *f)
{
    asd_queue_rewind(&f->queue);
    atomic_store(&f->mode, ASD_HOLD);
    atomic_store(&f->clear_to, 0);
    atomic_store(&f->clear_request, 0);
    atomic_store(&f->clear_done, 0);
    atomic_store(&f->discarded, 0);
    atomic_store(&f->inserted, 0);
    atomic_store(&f->late, 0);
    atomic_store(&f->last, 0);
}

static uint64_t filled(uint64_t read, uint64_t write)
{
    return write > read ? write - read : 0; /* aligned: the callback may be ahead */
}

/* ---- audio thread ---- */

static void count(_Atomic uint64_t *counter, uint64_t frames)
{
    if (frames)
        atomic_fetch_add_explicit(counter, frames, memory_order_relaxed); /* a statistic */
}

/* Throw away what was queued when clear was asked for. What came later stays: the position was
 * noted by the writer. Called by the control side instead when no callback can run. */
void asd_feed_obey_clear(asd_feed *f)
{
    uint64_t request = atomic_load_explicit(&f->clear_request, memory_order_acquire);
    if (request == atomic_load_explicit(&f->clear_done, memory_order_relaxed))
        return;
    uint64_t to = atomic_load_explicit(&f->clear_to, memory_order_relaxed);
    uint64_t read = asd_queue_read_position(&f->queue);
    if (to > read) {
        count(&f->discarded, to - read);
        asd_queue_release(&f->queue, to);
    }
    atomic_store(&f->clear_done, request); /* seq_cst: a waiter looks after arming */
}

static void copy_out(asd_feed *f, unsigned char *output, uint64_t read, uint64_t frames)
{
    asd_span span = asd_queue_span(&f->queue, read, frames);
    asd_scatter(&f->route, output, span.first, span.first_frames);
    asd_scatter(&f->route,
                output + span.first_frames * f->route.device_channels * f->route.sample_bytes,
                span.second, span.second_frames);
}

int asd_feed_pull(asd_feed *f, void *output, uint64_t frames, uint64_t frame)
{
    asd_feed_obey_clear(f);
    int mode = atomic_load_explicit(&f->mode, memory_order_acquire);
    if (mode == ASD_HOLD && !f->aligned)
        return 0;
    uint64_t read = asd_queue_read_position(&f->queue);
    uint64_t taken = filled(read, asd_queue_written(&f->queue));
    if (taken > frames)
        taken = frames;
    if (taken) {
        copy_out(f, output, read, taken);
        /* release with the position below; the drainer reads it after that */
        atomic_store_explicit(&f->last, frame + taken, memory_order_relaxed);
    }
    if (mode == ASD_PLAY)
        count(&f->inserted, frames - taken);
    asd_queue_release(&f->queue, read + (f->aligned ? frames : taken));
    return taken > 0;
}

/* ---- writer ---- */

uint64_t asd_feed_fill(asd_feed *f)
{
    uint64_t read = atomic_load(&f->queue.read) >> 1; /* seq_cst: wake.h */
    return filled(read, atomic_load(&f->queue.write));
}

uint64_t asd_feed_free_frames(asd_feed *f)
{
    return f->queue.capacity - asd_feed_fill(f);
}

static void copy_in(asd_feed *f, uint64_t position, const unsigned char *src, uint64_t frames)
{
    uint32_t bytes = f->queue.frame_bytes;
    asd_span span = asd_queue_span(&f->queue, position, frames);
    memcpy(span.first, src, span.first_frames * bytes);
    memcpy(span.second, src + span.first_frames * bytes, span.second_frames * bytes);
}

static void silence_in(asd_feed *f, uint64_t position, uint64_t frames)
{
    uint32_t bytes = f->queue.frame_bytes;
    asd_span span = asd_queue_span(&f->queue, position, frames);
    memset(span.first, f->silence, span.first_frames * bytes);
    memset(span.second, f->silence, span.second_frames * bytes);
}

/* As many frames as there is room for. */
uint64_t asd_feed_write(asd_feed *f, const unsigned char *src, uint64_t frames)
{
    uint64_t room = asd_feed_free_frames(f);
    if (frames > room)
        frames = room;
    if (!frames)
        return 0; /* also where there is no queue */
    uint64_t write = atomic_load_explicit(&f->queue.write, memory_order_relaxed);
    copy_in(f, write, src, frames);
    asd_queue_publish(&f->queue, write + frames);
    return frames;
}

/* asd_feed_write, and the mode. What a drain that was given up left over plays on; only an empty
 * queue collects `ahead` frames anew. */
uint64_t asd_feed_put(asd_feed *f, const unsigned char *src, uint64_t frames, uint64_t ahead)
{
    int mode = atomic_load(&f->mode);
    if (mode == ASD_DRAIN && asd_feed_fill(f) == 0)
        atomic_store(&f->mode, mode = ASD_HOLD);
    uint64_t placed = asd_feed_write(f, src, frames);
    if (mode != ASD_PLAY && (mode == ASD_DRAIN || asd_feed_fill(f) >= (ahead ? ahead : 1)))
        atomic_store(&f->mode, ASD_PLAY);
    return placed;
}

/* Frames placed at a given frame of the stream (aligned): silence up to it, nothing for what is
 * already past. Returns the frames still in time, or -1 when there is no room yet. */
int64_t asd_feed_write_at(asd_feed *f, uint64_t frame, const unsigned char *src, uint64_t frames)
{
    uint64_t read = asd_queue_read_position(&f->queue);
    uint64_t write = atomic_load_explicit(&f->queue.write, memory_order_relaxed);
    uint64_t end = frame + frames;
    if (end > read + f->queue.capacity)
        return -1;
    uint64_t from = write > read ? write : read;
    if (end <= from) {
        count(&f->late, frames);
        return 0;
    }
    uint64_t skipped = from > frame ? from - frame : 0;
    if (frame > from)
        silence_in(f, from, frame - from);
    copy_in(f, frame + skipped, src + skipped * f->queue.frame_bytes, frames - skipped);
    asd_queue_publish(&f->queue, end);
    count(&f->late, skipped);
    return (int64_t)(frames - skipped);
}

uint64_t asd_feed_request_clear(asd_feed *f)
{
    uint64_t request = atomic_load_explicit(&f->clear_request, memory_order_relaxed) + 1;
    uint64_t write = atomic_load_explicit(&f->queue.write, memory_order_relaxed);
    atomic_store_explicit(&f->clear_to, write, memory_order_relaxed);
    /* release: publishes clear_to with it */
    atomic_store_explicit(&f->clear_request, request, memory_order_release);
    return request;
}
