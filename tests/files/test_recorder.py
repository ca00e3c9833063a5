"""Recording into files on the virtual card."""

from __future__ import annotations

import errno
import gc
import os
import sys
import threading
import warnings
from pathlib import Path
from typing import Any

import anyio
import anyio.lowlevel
import numpy as np
import pytest
import soundfile
from aio.helpers import Beside, as_float, numbers, settle

import aiosounddevice as sd
from aiosounddevice.virtual import Card, Microphone

from .helpers import RATE, music, open_files

pytestmark = pytest.mark.anyio

MIC: dict[str, Any] = {"device": "microphone", "channels": 1}
FLOAT: dict[str, Any] = {**MIC, "subtype": "FLOAT"}


def content(path: Path) -> np.ndarray:
    """Samples of a file, of shape (frames, channels)."""
    data, _ = soundfile.read(path, dtype="float32", always_2d=True)
    return data


@pytest.mark.parametrize("options", [{"frames": 70001}, {"seconds": 70001 / RATE}])
async def test_it_is_what_the_microphone_heard(
    auto_card: Card, tmp_path: Path, options: dict[str, Any]
) -> None:
    path = tmp_path / "a.wav"
    assert await sd.record_file(path, **options, **FLOAT) == 70001
    assert numbers(content(path)).tolist() == list(range(70001))
    assert soundfile.info(path).samplerate == RATE
    assert auto_card.open_streams == 0
    assert open_files(tmp_path) == []


@pytest.mark.parametrize(
    ("name", "kind", "tolerance"),
    [
        ("a.wav", ("WAV", "PCM_16"), 2**-15),
        ("a.WAVE", ("WAV", "PCM_16"), 2**-15),
        ("a.flac", ("FLAC", "PCM_16"), 2**-15),
        ("a.ogg", ("OGG", "VORBIS"), 0.03),
        ("a.opus", ("OGG", "OPUS"), 0.03),
        ("a.mp3", ("MP3", "MPEG_LAYER_III"), 0.03),
        ("a.aiff", ("AIFF", "PCM_16"), 2**-15),
        ("a.rf64", ("RF64", "PCM_16"), 2**-15),
        ("a.caf", ("CAF", "PCM_16"), 2**-15),
    ],
)
async def test_formats(
    auto_card: Card, tmp_path: Path, name: str, kind: tuple[str, str], tolerance: float
) -> None:
    heard = music(RATE)
    auto_card.microphone.feed(heard)
    path = tmp_path / name
    await sd.record_file(str(path), RATE, device="microphone")
    info = soundfile.info(path)
    assert (info.format, info.subtype, info.channels) == (*kind, 2)
    data = content(path)
    assert len(data) == RATE
    assert np.abs(data - heard)[:-2000].max() <= tolerance


async def test_format_and_subtype_by_name(auto_card: Card, tmp_path: Path) -> None:
    for options, subtype in (
        ({"format": "flac", "subtype": "pcm_24"}, "PCM_24"),
        ({"format": "WAV"}, "PCM_16"),
    ):
        path = tmp_path / f"without_extension_{subtype}"
        await sd.record_file(path, 100, **options, **MIC)
        assert soundfile.info(path).subtype == subtype


async def test_mapping_of_channels(auto_card: Card, tmp_path: Path) -> None:
    heard = np.arange(-500, 500).reshape(500, 2).astype(np.int16)
    auto_card.microphone.feed(heard)
    for options in ({"mapping": [2, 1]}, {"channels": [2, 1]}):
        path = tmp_path / "a.wav"
        await sd.record_file(path, 500, device="microphone", overwrite=True, **options)
        assert np.array_equal(content(path), as_float(heard)[:, ::-1])


async def test_a_rate_that_the_device_refuses_is_converted(auto_card: Card, tmp_path: Path) -> None:
    auto_card.define([Microphone(samplerate=48000, samplerates=[48000])])
    auto_card.microphone.feed(music(RATE))
    path = tmp_path / "a.wav"
    for given in ({"frames": 16000}, {"seconds": 1.0}):
        frames = await sd.record_file(path, samplerate=16000, overwrite=True, **given)  # type: ignore[arg-type]
        assert frames == 16000
        assert soundfile.info(path).samplerate == 16000
        t = np.arange(16000)
        expected = 0.5 * np.sin(2 * np.pi * 440 * t / 16000) * (0.2 + 0.8 * t / 16000)
        assert np.abs(content(path)[1000:-1000, 0] - expected[1000:-1000]).max() < 1e-3


async def test_without_soxr_no_file_is_left(
    auto_card: Card, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    auto_card.define([Microphone(samplerate=48000, samplerates=[48000])])
    monkeypatch.setitem(sys.modules, "soxr", None)
    with pytest.raises(sd.MissingPackage, match=r"aiosounddevice\[resample\]"):
        await sd.record_file(tmp_path / "a.wav", 100, 16000)
    assert os.listdir(tmp_path) == []
    assert auto_card.open_streams == 0


# ---- how it ends


async def test_until_an_event(realtime_card: Card, tmp_path: Path) -> None:
    realtime_card.set_clock("20x")
    path, event = tmp_path / "a.wav", anyio.Event()
    recorder = sd.FileRecorder(path, buffer=100, **FLOAT)  # at this speed 5 s
    async with recorder, anyio.create_task_group() as tasks:
        assert (recorder.samplerate, recorder.channels) == (RATE, 1)
        recording = Beside(tasks, lambda: recorder.record(until=event))
        while recorder.position < 0.5:
            level = await recorder.next_level()
        assert level == (pytest.approx(numbers_at(recorder.frames), abs=2**-23),)
        event.set()
        frames = await recording.result()
        assert recorder.frames == frames
        with pytest.raises(anyio.EndOfStream):
            await recorder.next_level()
    assert numbers(content(path)).tolist() == list(range(frames))
    assert frames >= RATE // 2


def numbers_at(frames: int) -> float:
    """Largest sample of the ramp in so many frames."""
    return (frames - 1) / 2**23


async def test_until_a_function_and_the_cap(auto_card: Card, tmp_path: Path) -> None:
    cancelled = []

    async def never() -> None:
        try:
            await anyio.sleep_forever()
        finally:
            cancelled.append(True)

    assert await sd.record_file(tmp_path / "a.wav", 5000, until=never, **MIC) == 5000
    assert cancelled == [True]


async def test_until_may_raise(auto_card: Card, tmp_path: Path) -> None:
    async with sd.FileRecorder(tmp_path / "a.wav", **FLOAT) as recorder:

        async def fail() -> None:
            await recorder.next_level()
            raise KeyError("speech")

        with pytest.raises(KeyError, match="speech"):
            await recorder.record(until=fail)
    data = content(tmp_path / "a.wav")
    assert len(data) >= RATE // 20
    assert numbers(data).tolist() == list(range(len(data)))


@pytest.mark.parametrize("until", [3, "now", anyio.Event, lambda: 3])
async def test_until_what(auto_card: Card, tmp_path: Path, until: Any) -> None:
    with pytest.raises(TypeError, match="until"):
        await sd.record_file(tmp_path / "a.wav", 1000, until=until, **MIC)
    assert auto_card.open_streams == 0


async def test_stop(card: Card, tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    async with sd.FileRecorder(path, blocksize=64, **FLOAT) as recorder:
        async with anyio.create_task_group() as tasks:
            recording = Beside(tasks, recorder.record)
            await settle()
            await card.advance_async(640)
            recorder.stop()
            assert await recording.result() == 640
        with pytest.raises(sd.StreamClosed, match="once"):
            await recorder.record()
    assert numbers(content(path)).tolist() == list(range(640))


async def test_what_was_captured_before_a_cancellation_is_kept(card: Card, tmp_path: Path) -> None:
    path = tmp_path / "a.flac"
    async with anyio.create_task_group() as tasks:
        options = {**MIC, "subtype": "PCM_24", "blocksize": 64}
        recording = Beside(tasks, lambda: sd.record_file(path, **options))
        with anyio.fail_after(30):
            while not card.open_streams or not path.exists():  # noqa: ASYNC110
                await anyio.sleep(0.001)
        await settle()
        await card.advance_async(64 * 1000)
        await recording.cancel()
    assert recording.cancelled
    data = content(path)
    assert len(data) >= 64 * 999
    assert numbers(data).tolist() == list(range(len(data)))
    assert card.open_streams == 0
    assert open_files(tmp_path) == []


async def test_a_device_that_vanishes(card: Card, tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    recorder = sd.FileRecorder(path, blocksize=64, **FLOAT)
    async with recorder, anyio.create_task_group() as tasks:
        recording = Beside(tasks, recorder.record)
        await settle()
        await card.advance_async(64 * 500)
        card.die(card.microphone)
        await card.advance_async(64)
        with pytest.raises(sd.DeviceLost, match=r"(?s)microphone.*a\.wav' keeps the 0\.7 s"):
            await recording.result()
    assert numbers(content(path)).tolist() == list(range(64 * 500))


async def test_a_device_that_vanishes_at_once_leaves_no_file(card: Card, tmp_path: Path) -> None:
    async with sd.FileRecorder(tmp_path / "a.wav", **MIC) as recorder:
        card.die(card.microphone)
        card.advance(64)
        with pytest.raises(sd.DeviceLost):
            await recorder.record()
    assert os.listdir(tmp_path) == []


async def test_a_forgotten_recorder_finishes_its_file(auto_card: Card, tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    recorder = await sd.FileRecorder(path, **MIC).__aenter__()
    with warnings.catch_warnings(record=True) as caught, anyio.fail_after(30):
        warnings.simplefilter("always")
        del recorder  # its thread may hold it for a moment yet
        gc.collect()
        while open_files(tmp_path) or auto_card.open_streams:  # noqa: ASYNC110
            await anyio.sleep(0.001)
    assert "never closed" in str([one.message for one in caught])
    assert soundfile.info(path).frames == 0


# ---- losses


@pytest.mark.parametrize("overflow", ["warn", "raise", "ignore"])
async def test_lost_frames_are_silence(card: Card, tmp_path: Path, overflow: str) -> None:
    path = tmp_path / "a.wav"
    options = {"blocksize": 100, "buffer": 0.1, "overflow": overflow, **FLOAT}
    async with sd.FileRecorder(path, **options) as recorder, anyio.create_task_group() as tasks:
        slow, resumed = threading.Event(), threading.Event()
        write = recorder._writer.write

        def slowly(gap: int, data: np.ndarray) -> Any:
            if recorder.frames > 5000 and not slow.is_set():
                slow.set()
                resumed.wait(30)
            return write(gap, data)

        recorder._writer.write = slowly  # type: ignore[method-assign]
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            recording = Beside(tasks, recorder.record, 20000)
            with anyio.fail_after(30):
                while not recording.over:
                    hanging = slow.is_set() and not resumed.is_set()
                    # The disk takes longer than the buffer of 4800 frames lasts.
                    await card.advance_async(9600 if hanging else 100)
                    if hanging:
                        resumed.set()
                    await anyio.lowlevel.checkpoint()
        if overflow == "raise":
            with pytest.raises(sd.InputOverflow, match=r"a\.wav' has silence"):
                await recording.result()
        else:
            assert await recording.result() == 20000
    lost = recorder.frames_lost
    warned = [str(one.message) for one in caught if one.category is sd.XrunWarning]
    assert len(warned) == (overflow == "warn")
    assert all(f"{lost} frames were lost" in text for text in warned)
    found = numbers(content(path))
    expected = np.arange(20000)
    missing = found != expected
    assert lost == missing.sum() > 4000
    assert not found[missing].any()


async def test_what_the_device_lost_is_told(auto_card: Card, tmp_path: Path) -> None:
    auto_card.lose(auto_card.microphone, 1000, 100)
    with pytest.warns(sd.XrunWarning, match="device lost input") as caught:
        await sd.record_file(tmp_path / "a.wav", 5000, **MIC)
    assert caught[0].filename == __file__


# ---- what cannot be


async def test_a_file_that_is_there_is_not_touched(auto_card: Card, tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(b"mine")
    auto_card.clear_calls()
    with pytest.raises(FileExistsError, match=r"a\.wav' exists already.*overwrite=True") as caught:
        await sd.record_file(path, 100, **MIC)
    assert isinstance(caught.value, sd.FileError)
    assert caught.value.errno == errno.EEXIST
    assert "Pa_OpenStream" not in [call.name for call in auto_card.calls]
    assert path.read_bytes() == b"mine"
    with pytest.raises(sd.DeviceNotFound):
        await sd.record_file(path, 100, device="toaster", overwrite=True)
    assert path.read_bytes() == b"mine", "no device, no change"
    assert await sd.record_file(path, 100, overwrite=True, **MIC) == 100
    assert len(content(path)) == 100


async def test_a_file_that_appears_meanwhile_is_not_touched(
    auto_card: Card, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.wav"
    monkeypatch.setattr(
        "aiosounddevice.files.recorder.check_target", lambda *_, **__: path.write_bytes(b"mine")
    )
    with pytest.raises(FileExistsError):
        await sd.record_file(path, 100, **MIC)
    assert path.read_bytes() == b"mine"
    assert auto_card.open_streams == 0


async def test_places_where_no_file_can_be(auto_card: Card, tmp_path: Path) -> None:
    (tmp_path / "folder.wav").mkdir()
    (tmp_path / "file").touch()
    with pytest.raises(IsADirectoryError, match="is a folder: name a file"):
        await sd.record_file(tmp_path / "folder.wav", 100)
    with pytest.raises(FileNotFoundError, match=r"there is no folder .*missing.*make it first"):
        await sd.record_file(tmp_path / "missing" / "a.wav", 100)
    with pytest.raises(FileNotFoundError, match="no folder"):
        await sd.record_file(tmp_path / "file" / "a.wav", 100)
    assert "Pa_OpenStream" not in [call.name for call in auto_card.calls]


async def test_arguments(auto_card: Card, tmp_path: Path) -> None:
    cases: list[tuple[str, dict[str, Any], str]] = [
        ("a.txt", {}, r"extension '\.txt'"),
        ("a", {}, "without extension"),
        ("a.raw", {}, "extension"),
        ("a.flac", {"subtype": "FLOAT"}, "FLAC has no subtype 'FLOAT': choose one of PCM_"),
        ("a.wav", {"overflow": "cry"}, "overflow"),
        ("a.wav", {"frames": None, "seconds": 0}, "seconds"),
        ("a.wav", {"frames": -1}, "frames"),
        ("a.wav", {"device": "toaster"}, "toaster"),
        ("a.opus", {"samplerate": 44100}, r"OGG \(OPUS\) does not do 1 channel at 44100 Hz"),
        ("a.mp3", {"samplerate": 96000}, "MP3 .* at 96000 Hz"),
    ]
    for name, options, text in cases:
        with pytest.raises((ValueError, sd.FileError), match=text):
            await sd.record_file(tmp_path / name, **{"frames": 10, **MIC, **options})
    with pytest.raises(TypeError, match="frames or seconds"):
        await sd.record_file(tmp_path / "a.wav", 10, seconds=1, **MIC)
    assert [name for name in os.listdir(tmp_path) if (tmp_path / name).stat().st_size] == []
    assert auto_card.open_streams == 0
    assert open_files(tmp_path) == []
