/* Entries: when each block was handed over, for who measures how long one is under way.
 *
 * Theory of operation: off until asked for. Then the runner notes every block just before it gives
 * up the mutex to call back (or puts the block into a blocking stream's queue), in a ring that keeps
 * the latest ones. All with card.mutex held, so an entry that can be read is whole. */

#include <stdlib.h>

#include "card.h"

#define KEPT 65536

static struct virtualcard_entry *ring; /* NULL: off */
static uint64_t total;

void entries_note(const Stream *stream) {
    if (!ring) return;
    ring[total++ % KEPT] = (struct virtualcard_entry){
        .stream = stream->number,
        .frame = stream->position - stream->origin,
        .ns = monotonic_ns(),
    };
}

void entries_reset(void) {
    free(ring);
    ring = NULL;
    total = 0;
}

API int virtualcard_keep_entries(int on) {
    card_lock();
    entries_reset();
    if (on) ring = calloc(KEPT, sizeof *ring);
    int done = !on || ring ? 0 : -1;
    card_unlock();
    return done;
}

API size_t virtualcard_entries(struct virtualcard_entry *entries, size_t capacity) {
    card_lock();
    size_t count = total < KEPT ? (size_t)total : KEPT;
    if (entries) {
        if (count > capacity) count = capacity;
        for (size_t i = 0; i < count; i++) entries[i] = ring[(total - count + i) % KEPT];
    }
    card_unlock();
    return count;
}
