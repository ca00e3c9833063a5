"""Sound files for the tests, and what damages them."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

RATE = 48000
FORMATS: dict[str, dict[str, Any]] = {
    "wav": {"subtype": "FLOAT"},
    "flac": {"subtype": "PCM_24"},
    "ogg": {},
    "opus": {"format": "OGG", "subtype": "OPUS"},
    "mp3": {},
}


def counting(frames: int, channels: int = 2) -> np.ndarray:
    """Samples of which no two of a channel are alike, exact in 24 bits."""
    values = np.arange(1, frames + 1)[:, None] / 2**20 * np.array([1, -1] * channels)[:channels]
    return values.astype(np.float32)


def music(frames: int, channels: int = 2) -> np.ndarray:
    """Something that lossy formats keep: a sine that gets louder."""
    t = np.arange(frames)[:, None]
    tone = 0.5 * np.sin(2 * np.pi * 440 * t / RATE) * (0.2 + 0.8 * t / frames)
    return np.repeat(tone, channels, axis=1).astype(np.float32)


def noise(frames: int, channels: int = 1) -> np.ndarray:
    """Something that no format makes small."""
    values = np.random.default_rng(1).uniform(-0.5, 0.5, (frames, channels))
    return values.astype(np.float32)


def write(path: Path, data: np.ndarray, rate: int = RATE) -> Path:
    """Make a sound file, of the best quality that its format has."""
    soundfile.write(path, data, rate, **FORMATS[path.suffix[1:]])
    return path


def open_files(folder: Path) -> list[str]:
    """Files below a folder that this process has open."""
    here = f"/proc/{os.getpid()}/fd"
    found: Iterable[str] = (_target(os.path.join(here, name)) for name in os.listdir(here))
    return [name for name in found if name.startswith(str(folder))]


def _target(link: str) -> str:
    try:
        return os.readlink(link)
    except OSError:  # the listing's own descriptor
        return ""
