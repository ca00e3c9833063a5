"""ALSA devices made of files: what is played lands in one, what is recorded comes from another."""

from __future__ import annotations

from pathlib import Path

import numpy
from numpy.typing import NDArray
from real import Host

NULL = "pcm.!default { type null }\n"
BROKEN = "pcm.!default { type file\n"
# Two devices: the plug-in writes what it records to its file as well.
_FILES = """
pcm.!default {{
    type asym
    playback.pcm {{ type file slave.pcm null format raw file "{output}" }}
    capture.pcm {{ type file slave.pcm null format raw file "/dev/null" infile "{input}" }}
}}
"""


def host(home: Path, configuration: str) -> Host:
    """Return a host whose "default" is what an .asoundrc says."""
    (home / ".asoundrc").write_text(configuration)
    return Host(home, "ALSA", "default")


class Files:
    """ALSA's `file` plug-in over `null`: a device as fast as the computer.

    Parameters
    ----------
    home
        Empty directory.
    """

    def __init__(self, home: Path) -> None:
        self._input, self._output = home / "input.raw", home / "output.raw"
        self._input.touch()  # without it the device cannot even be opened
        self.host = host(home, _FILES.format(output=self._output, input=self._input))

    def feed(self, signal: NDArray[numpy.generic]) -> None:
        """Let the device record this, from its first frame on. Behind its end is garbage."""
        signal.tofile(self._input)

    def played(self, channels: int, dtype: str = "float32") -> NDArray[numpy.generic]:
        """Return what was played in the last stream, with the silence around it."""
        return numpy.fromfile(self._output, dtype).reshape(-1, channels)
