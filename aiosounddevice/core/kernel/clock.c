#include "clock.h"

/* One hundredth of the difference a block: at 10 ms blocks a time constant of a second, so a
 * jitter of 10 ms moves time by 0.1 ms and a drift of 100 ppm lags by 0.1 ms. */
static const double PULL = 0.01;
/* Further away than this it is no jitter: hosts were seen to jitter by up to 10 ms. */
static const double STEP = 0.25;
/* Never more than this part of the block before (whose successor must not begin earlier) and of
 * the block itself (whose end must not lie before the end of the block before). */
static const double MOST = 0.1;

void asd_clock_rewind(asd_clock *c, double samplerate)
{
    c->samplerate = samplerate;
    c->offset = 0;
    c->step = 0;
    c->anchored = 0;
    c->before = 0;
}

static double clamp(double value, double limit)
{
    return value > limit ? limit : value < -limit ? -limit : value;
}

/* Time of `frame`, the first of a block of `frames`. `host` is the host's opinion (negative: none);
 * `gap`: the host says that it dropped frames before this block, so time may leap forward. The
 * first opinion sets the time; when it comes late, after time was already told, not backwards. */
double asd_clock_time(asd_clock *c, uint64_t frame, uint64_t frames, double host, int gap)
{
    double position = (double)frame / c->samplerate;
    uint64_t least = frames < c->before ? frames : c->before;
    if (host >= 0) {
        double error = host - c->step - position - c->offset;
        if (!c->before || (error > 0 && (gap || !c->anchored)))
            c->offset += error;
        else if (error > STEP || error < -STEP)
            c->step += error;
        else
            c->offset += clamp(PULL * error, MOST * (double)least / c->samplerate);
        c->anchored = 1;
    }
    c->before = frames;
    return position + c->offset;
}
