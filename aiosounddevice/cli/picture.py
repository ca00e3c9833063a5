"""Waveform and spectrogram as a matplotlib figure."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.figure import Figure

from ..dsp.overview import Overview
from ..dsp.spectra import Bands, decibels, edges

RANGE = 80.0  # dB
_BANDS = 320
_COLOURS = ("#2b6cb0", "#d97706", "#2f855a", "#9b2c2c", "#6b46c1", "#b83280", "#4a5568", "#0987a0")


def picture(overview: Overview, title: str) -> Figure:
    """Draw an overview."""
    figure = Figure(figsize=(10, 5.6), dpi=110, layout="constrained")
    wave, image = figure.subplots(2, 1, sharex=True, height_ratios=(2, 3))
    figure.suptitle(title, fontsize=11)
    _waveform(wave, overview)
    shown = _spectrogram(image, overview)
    figure.colorbar(shown, ax=image, label="dBFS", pad=0.01, fraction=0.05)
    image.set_xlim(overview.times[0], overview.times[-1])
    image.set_xlabel("seconds")
    return figure


def _waveform(axes: Any, overview: Overview) -> None:
    """Draw each channel in a lane of its own: least to largest sample of each column."""
    channels = overview.least.shape[1]
    most = max(1e-4, float(np.abs([overview.least, overview.largest]).max()))
    times = np.repeat(overview.times, 2)[1:-1]
    for channel in range(channels):
        lane = 2.1 * most * (channels - 1 - channel)
        low = np.repeat(overview.least[:, channel], 2) + lane
        high = np.repeat(overview.largest[:, channel], 2) + lane
        colour = _COLOURS[channel % len(_COLOURS)]
        axes.fill_between(times, low, high, color=colour, linewidth=0.6)
        axes.axhline(lane, color=colour, linewidth=0.4)
    axes.set_ylim(-1.08 * most, 2.1 * most * (channels - 1) + 1.08 * most)
    axes.spines[["top", "right"]].set_visible(False)
    if channels == 1:
        axes.set_ylabel("amplitude")
    else:
        lanes = [2.1 * most * (channels - 1 - channel) for channel in range(channels)]
        axes.set_yticks(lanes, [str(number) for number in range(1, channels + 1)])
        axes.set_ylabel(f"channels, each ±{most:.2g}")


def _spectrogram(axes: Any, overview: Overview) -> Any:
    """Draw the levels on a logarithmic axis of frequencies; returns the image."""
    top = float(overview.frequencies[-1])
    low = min(50.0, top / 8)
    bands = Bands(overview.frequencies, edges(low, top, _BANDS))
    levels = decibels([bands(10 ** (column / 10)) for column in overview.levels])
    highest = max(-60.0, 5 * np.ceil(levels.max() / 5))
    extent = (overview.times[0], overview.times[-1], np.log2(low), np.log2(top))
    shown = axes.imshow(
        levels.T,
        origin="lower",
        aspect="auto",
        extent=extent,
        cmap="inferno",
        vmin=highest - RANGE,
        vmax=highest,
    )
    ticks = [hz for hz in 62.5 * 2.0 ** np.arange(12) if low <= hz <= top]
    names = [f"{hz / 1000:g}k" if hz >= 1000 else f"{np.ceil(hz):.0f}" for hz in ticks]
    axes.set_yticks(np.log2(ticks), names)
    axes.set_ylabel("Hz")
    return shown
