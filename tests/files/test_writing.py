"""Full disks."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

import aiosounddevice as sd
from aiosounddevice.files import writing
from aiosounddevice.files.target import Target
from aiosounddevice.files.writing import SoundWriter, file_format
from aiosounddevice.virtual import Card

from .helpers import RATE, music, noise, open_files


def small_disk(monkeypatch: pytest.MonkeyPatch, room: int) -> None:
    """Let the system refuse to write behind so many bytes, as a disk does: partly at the end."""
    write = os.write

    def full(fd: int, data: bytes) -> int:
        if os.readlink(f"/proc/self/fd/{fd}").startswith("/dev"):
            return write(fd, data)
        left = room - os.lseek(fd, 0, os.SEEK_CUR)
        if left <= 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return write(fd, data[:left])

    monkeypatch.setattr("aiosounddevice.files.target.os.write", full)


@pytest.mark.anyio
@pytest.mark.parametrize("anyio_backend", [("asyncio", {})], ids=["asyncio"])
@pytest.mark.parametrize("extension", ["wav", "flac", "ogg", "opus", "mp3", "rf64"])
async def test_a_full_disk_keeps_what_there_was_room_for(
    auto_card: Card, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, extension: str
) -> None:
    heard = noise(30 * RATE)
    auto_card.microphone.feed(heard)
    path = tmp_path / f"a.{extension}"
    small_disk(monkeypatch, 100_000)
    with pytest.raises(sd.FileError, match=r"the disk is full: .* holds the \d+\.\d s") as caught:
        await sd.record_file(path, 30 * RATE, channels=1, device="microphone")
    assert caught.value.errno == errno.ENOSPC
    held = float(str(caught.value).split("holds the ")[1].split(" s")[0])
    assert 90_000 < path.stat().st_size <= 100_000
    data = _readable(path)
    assert held - 1.2 <= len(data) / RATE <= held + 0.6
    if extension in ("wav", "flac", "rf64"):
        assert np.abs(data - heard[: len(data), 0]).max() <= 2**-15
    assert auto_card.open_streams == 0
    assert open_files(tmp_path) == []


def _readable(path: Path) -> np.ndarray:
    with soundfile.SoundFile(path) as file:
        blocks = []
        while file.tell() < file.frames and len(block := file.read(4096)):
            blocks.append(block)
    return np.concatenate(blocks)


@pytest.mark.anyio
async def test_a_disk_that_is_full_from_the_start(auto_card: Card, tmp_path: Path) -> None:
    with pytest.raises(sd.FileError, match=r"the disk is full: no more can be written to"):
        await sd.record_file(
            "/dev/full", 1000, channels=1, device="microphone", format="WAV", overwrite=True
        )
    assert auto_card.open_streams == 0


@pytest.mark.anyio
async def test_no_empty_file_is_left_on_a_full_disk(
    auto_card: Card, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small_disk(monkeypatch, 10)
    with pytest.raises(sd.FileError, match="the disk is full"):
        await sd.record_file(tmp_path / "a.wav", 1000, channels=1, device="microphone")
    assert os.listdir(tmp_path) == []


def writer(path: Path, **options: Any) -> SoundWriter:
    kind, subtype = file_format(path, None, options.pop("subtype", None))
    settings = {"samplerate": RATE, "channels": 2, "given": RATE, **options}
    return SoundWriter(path, overwrite=False, format=kind, subtype=subtype, **settings)


def test_wav_files_end_at_4_gb(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "_MOST_BYTES", 50_000)
    path = tmp_path / "a.wav"
    file = writer(path)
    with pytest.raises(sd.FileError, match=r"is full: WAV files end at 4 GB.*\.rf64"):
        file.write(0, music(1000)) + file.write(0, music(20000))
    file.close()
    assert soundfile.info(path).frames == file.frames == 1000


def test_a_file_is_readable_while_it_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "KEEP", 0)
    data = music(10000)
    for extension in ("wav", "flac", "aiff", "caf", "rf64", "w64"):
        path = tmp_path / f"a.{extension}"
        file = writer(path)
        for at in range(0, 10000, 1000):
            file.write(0, data[at : at + 1000])
            so_far = at + 1000
            there = _readable(path) if so_far > 5000 else data[:0]
            missing = so_far - len(there)
            assert missing == (
                so_far if so_far <= 5000 else so_far % 4096 if extension == "flac" else 0
            )
            assert np.abs(there - data[: len(there)]).max(initial=0) <= 2**-15
        file.close()
        assert soundfile.info(path).frames == 10000


def test_after_an_error_a_target_does_not_grow(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = Target(tmp_path / "a", overwrite=False)
    assert target.write(b"0123456789") == 10
    with monkeypatch.context() as patch:
        small_disk(patch, 12)
        assert target.write(b"abcd") == 2
    assert target.error is not None
    assert target.write(b"more") == 0
    assert target.seek(-4, os.SEEK_END) == 8
    assert target.write(b"XYZW!") == 4
    assert (target.tell(), target.size) == (12, 12)
    assert target.seek(0) == 0
    assert target.read(3) == b"012"
    assert target.read() == b"34567XYZW"
    target.close()
    target.close()
    assert (tmp_path / "a").read_bytes() == b"01234567XYZW"
