/* Losses: what a slow callback costs, and xruns on demand.
 *
 * A callback that takes longer than its block runs up a debt, which quicker ones pay off. While the
 * debt fits into the host's buffer nothing is lost; what does not fit is lost in whole blocks: the
 * stream's position moves on, so its input in between is never delivered and its output is silent.
 * With the mutex held. */

#include <math.h>

#include "card.h"

void lose_input(Stream *s, int64_t frames) {
    s->lost += (uint64_t)frames;
    card.lost += (uint64_t)frames;
    s->pending |= paInputOverflow;
}

void insert_output(Stream *s, int64_t frames) {
    s->inserted += (uint64_t)frames;
    card.inserted += (uint64_t)frames;
    s->pending |= paOutputUnderflow;
}

static void lose(Stream *s, int64_t frames) {
    s->position += frames;
    if (s->in.device) lose_input(s, frames);
    if (s->out.device) insert_output(s, frames);
}

static bool debt_due(Stream *s) {
    int64_t buffer = s->in.device ? s->in.hardware : s->out.hardware;
    if (s->out.device && s->out.hardware < buffer) buffer = s->out.hardware;
    double excess = s->debt - (double)buffer / s->rate, length = (double)s->block / s->rate;
    if (!s->callback || excess <= 0) return false;
    int64_t blocks = (int64_t)ceil(excess / length);
    s->debt -= (double)blocks * length;
    if (s->flags & paNeverDropInput) {
        s->discard = blocks;
        return false;
    }
    lose(s, blocks * s->block);
    return true;
}

static bool script_due(Stream *s) {
    for (int i = 0; i < s->loss_count; i++) {
        Loss loss = s->losses[i];
        if (loss.at >= s->position + s->block) continue;
        s->losses[i] = s->losses[--s->loss_count];
        lose(s, loss.frames);
        return true;
    }
    return false;
}

bool losses_due(Stream *s) { return s->priming == 0 && (script_due(s) || debt_due(s)); }

void losses_inherit(Stream *s) {
    const Device *devices[2] = {s->in.device, s->out.device};
    s->loss_count = 0;
    for (int d = 0; d < 2; d++) {
        if (!devices[d] || (d == 1 && devices[1] == devices[0])) continue;
        for (int i = 0; i < devices[d]->loss_count && s->loss_count < MAX_LOSSES; i++)
            if (devices[d]->losses[i].at >= s->origin)
                s->losses[s->loss_count++] = devices[d]->losses[i];
    }
}

static bool plan(Loss *losses, int *count, int64_t at, int64_t frames) {
    if (*count == MAX_LOSSES) return false;
    losses[(*count)++] = (Loss){at, frames};
    return true;
}

API int virtualcard_lose(int index, int64_t at_frame, int64_t frames) {
    bool planned = true;
    if (frames <= 0 || at_frame < -1) return -1;
    card_lock();
    Device *device = device_at(index);
    if (!device) planned = false;
    else if (at_frame >= 0)
        planned = plan(device->losses, &device->loss_count, at_frame, frames);
    for (Stream *s = card.streams; planned && s; s = s->next)
        if (s->state == ACTIVE && (s->in.device == device || s->out.device == device))
            planned = plan(s->losses, &s->loss_count, at_frame, frames);
    card_unlock();
    return planned ? 0 : -1;
}
