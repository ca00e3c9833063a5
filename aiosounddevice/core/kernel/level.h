/* How loud the latest block of input was: peak and mean square of each of the input's channels.
 * Measured from the first look on, and zero until then: it costs about half as much as all the
 * rest of a small block, so whoever never looks does not pay.
 *
 * A channel's two numbers are one atomic word, and there are two sets of words: set `turn` % 2 is
 * of the latest block, the other one is the callback's to fill before it moves `turn` on. Whoever
 * looks copies a set and, if `turn` has moved meanwhile, looks again; so nobody ever waits for a
 * callback that was interrupted. The words are stored with release and loaded with acquire (free
 * on most processors) in place of the usual two fences, which ThreadSanitizer cannot follow: who
 * comes by a word that is too new then also sees that `turn` has moved.
 *
 * audio thread writes: words, turn, scratch
 * whoever looks writes: wanted
 */
#ifndef ASD_LEVEL_H
#define ASD_LEVEL_H

#include <stdatomic.h>

#include "kernel.h"

/* `total`: of the squares; a double, for a float would lose the small ones of a long block. */
typedef struct {
    float peak;
    double total;
} asd_level;

typedef struct {
    const asd_side *side;
    asd_level *scratch;
    _Atomic uint64_t *words[2];
    _Atomic uint64_t turn;
    _Atomic int wanted;
} asd_meter;

int asd_meter_init(asd_meter *m, const asd_side *side);
void asd_meter_free(asd_meter *m);
void asd_meter_rewind(asd_meter *m); /* while no callback can run */

/* audio thread; input NULL: silence */
void asd_meter_block(asd_meter *m, const void *input, uint64_t frames);

void asd_meter_read(asd_meter *m, float *peak, float *mean_square);

#endif
