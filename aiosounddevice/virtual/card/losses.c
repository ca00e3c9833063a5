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
        if (loss.when != NEVER) loss.at = frame_of(s, loss.when);
        if (loss.at >= s->position + s->block) continue;
        s->losses[i--] = s->losses[--s->loss_count];
        s->pending |= loss.flags & (s->in.device ? ~0UL : ~(paInputUnderflow | paInputOverflow)) &
                      (s->out.device ? ~0UL : ~(paOutputUnderflow | paOutputOverflow));
        if (loss.frames == 0) continue;
        lose(s, loss.frames);
        return true;
    }
    return false;
}

bool losses_due(Stream *s) { return s->priming == 0 && (script_due(s) || debt_due(s)); }

static bool still_ahead(const Stream *s, const Loss *loss) {
    return loss->when != NEVER ? loss->when >= clock_now() : loss->at >= s->origin;
}

void losses_inherit(Stream *s) {
    const Device *devices[2] = {s->in.device, s->out.device};
    s->loss_count = 0;
    for (int d = 0; d < 2; d++) {
        if (!devices[d] || (d == 1 && devices[1] == devices[0])) continue;
        for (int i = 0; i < devices[d]->loss_count && s->loss_count < MAX_LOSSES; i++)
            if (still_ahead(s, &devices[d]->losses[i]))
                s->losses[s->loss_count++] = devices[d]->losses[i];
    }
}

static bool plan(Loss *losses, int *count, Loss loss) {
    if (*count == MAX_LOSSES) return false;
    losses[(*count)++] = loss;
    return true;
}

static int plan_all(int place, Loss loss) {
    card_lock();
    Device *device = device_in(place);
    bool planned = device != NULL;
    /* What happens now happens to the streams that run. */
    if (device && (loss.when != NEVER || loss.at >= 0))
        planned = plan(device->losses, &device->loss_count, loss);
    for (Stream *s = card.streams; planned && s; s = s->next)
        if (s->state == ACTIVE && (s->in.device == device || s->out.device == device))
            planned = plan(s->losses, &s->loss_count, loss);
    card_unlock();
    return planned ? 0 : -1;
}

API int virtualcard_lose(int place, int64_t at_frame, int64_t frames) {
    if (frames <= 0 || at_frame < -1) return -1;
    return plan_all(place, (Loss){at_frame, NEVER, frames, 0});
}

API int virtualcard_lose_at(int place, double at, int64_t frames) {
    if (frames <= 0 || !(at >= 0)) return -1;
    return plan_all(place, (Loss){0, (Tick)(at * TICKS + 0.5), frames, 0});
}

API int virtualcard_flag(int place, int64_t at_frame, unsigned long flags) {
    const unsigned long known =
        paInputUnderflow | paInputOverflow | paOutputUnderflow | paOutputOverflow;
    if (at_frame < -1 || !flags || (flags & ~known)) return -1;
    return plan_all(place, (Loss){at_frame, NEVER, 0, flags});
}

void next_size(Stream *s) {
    if (s->size_count == 0) return;
    s->block = s->priming > 0 ? s->largest : s->sizes[s->turn++ % s->size_count];
}
