"""Files that are damaged, empty, or no sound files at all."""

from __future__ import annotations

import os
import struct
from pathlib import Path

import numpy as np
import pytest
import soundfile

import aiosounddevice as sd
from aiosounddevice.files.reading import SoundReader
from aiosounddevice.virtual import Card

from .helpers import RATE, counting, music, noise, write


def read_all(path: Path) -> tuple[np.ndarray, str]:
    """What can be played of a file, and what is told behind that."""
    reader = SoundReader(path)
    blocks, told = [np.empty((0, reader.channels), np.float32)], ""
    try:
        while (block := reader.read()) is not None:
            blocks.append(block.data)
    except sd.FileError as error:
        told = str(error)
    finally:
        reader.close()
    return np.concatenate(blocks), told


def test_what_is_no_sound_file(tmp_path: Path) -> None:
    text = tmp_path / "text.wav"
    text.write_text("Dear diary")
    with pytest.raises(sd.FileError, match=r"text\.wav' is damaged, or no sound file"):
        SoundReader(text)
    (tmp_path / "empty.wav").touch()
    with pytest.raises(sd.FileError, match=r"empty\.wav' is empty$"):
        SoundReader(tmp_path / "empty.wav")
    with pytest.raises(FileNotFoundError, match=r"there is no file .*missing"):
        SoundReader(tmp_path / "missing.wav")
    with pytest.raises(IsADirectoryError, match="is a folder, not a sound file"):
        SoundReader(tmp_path)
    if os.geteuid():
        text.chmod(0)
        with pytest.raises(PermissionError, match="no permission to read"):
            SoundReader(text)


@pytest.mark.parametrize("rate", [0, 2**31])
def test_a_rate_that_cannot_be(tmp_path: Path, rate: int) -> None:
    path = write(tmp_path / "a.wav", counting(100))
    data = bytearray(path.read_bytes())
    data[24:28] = struct.pack("<I", rate)
    path.write_bytes(data)
    with pytest.raises(sd.FileError, match=f"header says {rate} frames per second"):
        SoundReader(path)


@pytest.mark.parametrize("extension", ["wav", "ogg"])
def test_no_frames(tmp_path: Path, extension: str) -> None:
    path = write(tmp_path / f"a.{extension}", counting(0))
    with pytest.raises(sd.FileError, match="it has no frames"):
        SoundReader(path)


@pytest.mark.parametrize("extension", ["wav", "flac", "ogg", "mp3"])
@pytest.mark.parametrize("part", [0, 0.5, 0.9])
def test_cut_off(tmp_path: Path, extension: str, part: float) -> None:
    path = write(tmp_path / f"a.{extension}", noise(3 * RATE))
    whole, _ = soundfile.read(path, dtype="float32", always_2d=True)
    data = path.read_bytes()
    path.write_bytes(data[: max(30, int(len(data) * part))])
    if not part:
        with pytest.raises(sd.FileError, match="damaged, or no sound file"):
            SoundReader(path)
        return
    played, told = read_all(path)
    assert len(played) > (part - 0.25) * len(whole), "a page of Ogg is that long"
    assert np.array_equal(played[:-5000], whole[: len(played) - 5000])
    if extension in ("wav", "flac"):
        assert f"up to {len(played) / RATE:.2f} s of the 3.00 s" in told
    else:
        assert told == "", "nothing in such a file tells that there should be more"


@pytest.mark.parametrize("extension", ["flac", "ogg", "mp3"])
def test_damaged_inside(tmp_path: Path, extension: str) -> None:
    path = write(tmp_path / f"a.{extension}", noise(3 * RATE))
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 3000] = np.random.default_rng(1).bytes(3000)
    path.write_bytes(data)
    played, told = read_all(path)  # ends, one way or the other
    assert len(played) > RATE
    if extension == "flac":
        assert "damaged or cut off" in told


def test_a_wav_file_from_a_pipe_is_whole(tmp_path: Path) -> None:
    path = write(tmp_path / "a.wav", counting(1000))
    data = bytearray(path.read_bytes())
    place = data.index(b"data") + 4
    data[place : place + 4] = struct.pack("<I", 0xFFFFFFFF)
    path.write_bytes(data)
    played, told = read_all(path)
    assert np.array_equal(played, counting(1000))
    assert told == ""


def test_a_flac_file_without_a_length(tmp_path: Path) -> None:
    path = write(tmp_path / "a.flac", counting(RATE))
    data = bytearray(path.read_bytes())
    data[21] &= 0xF0
    data[22:26] = bytes(4)
    path.write_bytes(data)
    reader = SoundReader(path)
    assert reader.info.frames is None
    assert reader.info.duration is None
    reader.close()
    played, told = read_all(path)
    assert np.array_equal(played, counting(RATE))
    assert told == ""


def test_blocks_of_an_mp3_file_join(tmp_path: Path) -> None:
    """soundfile seeks after each read, which in such a short file is not exact."""
    path = write(tmp_path / "a.mp3", music(RATE))
    whole, _ = soundfile.read(path, dtype="float32")
    played, _ = read_all(path)
    assert np.array_equal(played, whole)


@pytest.mark.anyio
async def test_play_tells_after_what_could_be_played(auto_card: Card, tmp_path: Path) -> None:
    data = counting(2 * RATE)
    path = write(tmp_path / "a.wav", data)
    path.write_bytes(path.read_bytes()[:-80000])
    with pytest.raises(sd.FileError, match=r"up to 1.79 s of the 2.00 s"):
        await sd.play_file(path, device="speaker")
    played = 2 * RATE - 10000
    recorded = auto_card.speaker.recorded
    assert np.array_equal(recorded[:played], data[:played])
    assert not recorded[played:].any()
    with pytest.raises(sd.FileError, match="damaged or cut off"):
        await sd.play_file(path, start=1.9, device="speaker")
