/* Records: what a speaker was handed. All with card.mutex held.
 *
 * Theory of operation: frame 0 is the first frame of the first block since reset or clear, and sets
 * the rate; streams that play meanwhile are summed in their places. A stream at another rate is put
 * in by taking, for each recorded frame, the latest of its frames that had begun. The first
 * seconds are kept, 60 unless told otherwise, so that the memory is bounded and a test's beginning is never lost. Output is
 * kept as it was handed over: an abort does not take back what the host had already taken. */

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "card.h"

void record_reset(Record *record) {
    double limit = record->limit;
    free(record->samples);
    memset(record, 0, sizeof *record);
    record->limit = limit;
}

/* Make room for frames [0, end), silent where nothing was put yet. */
static void record_extend(Record *record, int64_t end, int channels) {
    int64_t limit = (int64_t)(record->rate * record->limit);
    if (end > record->end) record->end = end;
    if (end > limit) end = limit;
    if (end <= record->frames) return;
    if (end > record->allocated) {
        int64_t size = record->allocated ? record->allocated : 4096;
        while (size < end) size *= 2;
        void *grown = realloc(record->samples, (size_t)(size * channels) * sizeof(double));
        if (!grown) return;
        record->samples = grown;
        record->allocated = size;
    }
    memset(record->samples + record->frames * channels, 0,
           (size_t)((end - record->frames) * channels) * sizeof(double));
    record->frames = end;
}

void record_add(Device *device, double rate, int64_t frame, const double *signal, int channels,
                int64_t frames) {
    Record *record = &device->record;
    int width = device->info.maxOutputChannels;
    if (!record->begun) {
        record->begun = true;
        record->rate = rate;
        record->origin = frame;
    }
    double ratio = record->rate / rate;
    bool same = record->rate == rate;
    int64_t first = same ? frame : (int64_t)ceil((double)frame * ratio - 1e-6);
    int64_t end = same ? frame + frames : (int64_t)ceil((double)(frame + frames) * ratio - 1e-6);
    record_extend(record, end - record->origin, width);
    for (int64_t f = first; f < end; f++) {
        int64_t to = f - record->origin;
        int64_t from = (same ? f : (int64_t)floor((double)f / ratio + 1e-6)) - frame;
        if (to < 0 || to >= record->frames || from < 0 || from >= frames) continue;
        for (int c = 0; c < channels; c++)
            record->samples[to * width + c] += signal[from * channels + c];
    }
}

static Device *keeper(int index) {
    Device *device = device_in(index);
    return device && device->keeps ? device : NULL;
}

API int virtualcard_record_info(int index, int64_t *frames, int *channels, double *rate,
                                uint64_t *dropped) {
    card_lock();
    Device *device = keeper(index);
    if (device) {
        const Record *record = &device->record;
        *frames = record->frames;
        *channels = device->info.maxOutputChannels;
        *rate = record->rate;
        *dropped = (uint64_t)(record->end - record->frames);
    }
    card_unlock();
    return device ? 0 : -1;
}

API int64_t virtualcard_recorded(int index, double *samples, int64_t frames) {
    card_lock();
    Device *device = keeper(index);
    if (!device || frames < 0) frames = -1;
    else {
        if (frames > device->record.frames) frames = device->record.frames;
        size_t count = (size_t)(frames * device->info.maxOutputChannels);
        if (count) memcpy(samples, device->record.samples, count * sizeof(double));
    }
    card_unlock();
    return frames;
}

API int virtualcard_record_clear(int index) {
    card_lock();
    Device *device = keeper(index);
    if (device) record_reset(&device->record);
    card_unlock();
    return device ? 0 : -1;
}

/* What is kept beyond a shorter limit is dropped. */
API int virtualcard_record_limit(int index, double limit) {
    card_lock();
    Device *device = limit > 0 && limit <= 86400 ? keeper(index) : NULL;
    if (device) {
        Record *record = &device->record;
        record->limit = limit;
        if (record->frames > (int64_t)(record->rate * limit))
            record->frames = (int64_t)(record->rate * limit);
    }
    card_unlock();
    return device ? 0 : -1;
}
