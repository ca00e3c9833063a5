"""Playing files on the virtual card."""

from __future__ import annotations

import gc
import warnings
from pathlib import Path
from typing import Any

import anyio
import anyio.lowlevel
import numpy as np
import pytest
import soundfile
from aio.helpers import Beside, settle

import aiosounddevice as sd
from aiosounddevice.files import player as player_module
from aiosounddevice.virtual import Card, Speaker

from .helpers import FORMATS, RATE, counting, music, open_files, write

pytestmark = pytest.mark.anyio


def heard(card: Card) -> np.ndarray:
    """What the speaker was given, without the silence at its end."""
    recorded = card.speaker.recorded
    sounding = np.flatnonzero(recorded.any(axis=1))
    return recorded[: sounding[-1] + 1] if len(sounding) else recorded[:0]


async def test_a_file_is_heard_whole_and_once(auto_card: Card, tmp_path: Path) -> None:
    data = counting(3 * RATE)
    path = write(tmp_path / "a.wav", data)
    flags = await sd.play_file(path, device="speaker")
    assert not flags
    assert np.array_equal(heard(auto_card), data)
    assert auto_card.open_streams == 0
    assert open_files(tmp_path) == []


@pytest.mark.parametrize("extension", FORMATS)
async def test_formats(auto_card: Card, tmp_path: Path, extension: str) -> None:
    path = write(tmp_path / f"a.{extension}", music(RATE))
    expected, _ = soundfile.read(path, dtype="float32")
    await sd.play_file(str(path), device="speaker")
    recorded = auto_card.speaker.recorded
    assert np.array_equal(recorded[: len(expected)], expected)
    assert not recorded[len(expected) :].any()


@pytest.mark.parametrize(
    ("start", "stop", "first", "last"),
    [
        (0.5, None, 24000, 60000),
        (None, 0.25, 0, 12000),
        (1 / RATE, 5 / RATE, 1, 5),
        (1, 99, 48000, 60000),
    ],
)
async def test_a_part(
    auto_card: Card, tmp_path: Path, start: Any, stop: Any, first: int, last: int
) -> None:
    data = counting(60000)
    path = write(tmp_path / "a.flac", data)
    await sd.play_file(path, start=start, stop=stop, device="speaker")
    assert np.array_equal(heard(auto_card), data[first:last])


@pytest.mark.parametrize("length", [100, 30000])
async def test_loop_has_no_seam(card: Card, tmp_path: Path, length: int) -> None:
    data = counting(60000)
    path = write(tmp_path / "a.wav", data)
    stop = (1000 + length) / RATE
    options = {"start": 1000 / RATE, "stop": stop, "loop": True, "device": "speaker"}
    async with sd.FilePlayer(path, **options) as player, anyio.create_task_group() as tasks:
        playing = Beside(tasks, player.play)
        while player._stream.frames_written < RATE:
            await settle()
        await card.advance_async(RATE - 100)
        assert not playing.over
        assert 1000 / RATE <= player.position <= stop
        await playing.cancel()
    recorded = heard(card)
    assert len(recorded) >= RATE - 1000
    expected = np.resize(data[1000 : 1000 + length], recorded.shape)
    assert np.array_equal(recorded, expected)


@pytest.mark.parametrize(
    ("channels", "mapping", "columns"),
    [
        (2, None, [0, 1]),
        ([3], [2], [None, 2]),
        ([4, 1], None, [3, 0]),
        (1, [1, 2], [0, 0]),
        ([2, 3], [2, 1], [2, 1]),
    ],
)
async def test_channels_and_mapping(
    auto_card: Card, tmp_path: Path, channels: Any, mapping: Any, columns: list[int | None]
) -> None:
    data = counting(2000, 4) * [1, 0.5, 0.25, 0.125]
    path = write(tmp_path / "a.wav", data.astype(np.float32))
    await sd.play_file(path, channels=channels, mapping=mapping, device="speaker")
    recorded = auto_card.speaker.recorded[:2000]
    for place, column in enumerate(columns):
        assert np.array_equal(
            recorded[:, place], data[:, column] if column is not None else 0 * data[:, 0]
        )


async def test_a_rate_that_the_device_refuses_is_converted(auto_card: Card, tmp_path: Path) -> None:
    auto_card.define([Speaker(samplerate=44100, samplerates=[44100])])
    data = music(RATE)
    path = write(tmp_path / "a.wav", data)
    async with sd.FilePlayer(path, device="speaker") as player:
        assert player.samplerate == 44100
        assert player.info.samplerate == RATE
        await player.play()
        assert player.position == pytest.approx(1, abs=1e-4)
    recorded = auto_card.speaker.recorded[:44100]
    t = np.arange(44100)
    expected = 0.5 * np.sin(2 * np.pi * 440 * t / 44100) * (0.2 + 0.8 * t / 44100)
    assert np.abs(recorded[2000:-2000, 0] - expected[2000:-2000]).max() < 1e-3


async def test_a_rate_of_ones_own(auto_card: Card, tmp_path: Path) -> None:
    path = write(tmp_path / "a.wav", music(RATE))
    async with sd.FilePlayer(path, samplerate=96000, device="speaker") as player:
        await player.play()
    assert auto_card.speaker.samplerate == 96000
    assert len(heard(auto_card)) == pytest.approx(2 * RATE, abs=10)


async def test_a_rate_that_cannot_be_helped(auto_card: Card, tmp_path: Path) -> None:
    auto_card.fail("Pa_OpenStream", -9997, times=-1)
    path = write(tmp_path / "a.wav", music(100), 44100)
    with pytest.raises(sd.FormatNotSupported, match="44100"):
        await sd.play_file(path, device="speaker")
    assert open_files(tmp_path) == []


async def test_without_soxr(
    auto_card: Card, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "soxr", None)
    path = write(tmp_path / "a.wav", music(1000))
    assert not await sd.play_file(path, device="speaker")
    with pytest.raises(sd.MissingPackage, match=r"soxr.*aiosounddevice\[resample\]"):
        await sd.play_file(path, samplerate=44100, device="speaker")
    assert auto_card.open_streams == 0
    assert open_files(tmp_path) == []


async def test_without_soundfile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path / "a.wav", music(10))
    monkeypatch.setitem(__import__("sys").modules, "soundfile", None)
    with pytest.raises(ImportError, match=r"soundfile.*aiosounddevice\[files\]"):
        await sd.play_file(path)
    with pytest.raises(sd.MissingPackage, match=r"aiosounddevice\[files\]"):
        await sd.record_file(tmp_path / "b.wav", 10)


async def until(condition: Any) -> None:
    """Wait for what other threads do."""
    with anyio.fail_after(30):
        while not condition():  # noqa: ASYNC110
            await anyio.sleep(0.001)


# ---- pauses and jumps: on a card by hand, so that each happens at a known frame


class Hand:
    """A player beside the test, on a card that is moved by hand."""

    def __init__(self, card: Card, player: sd.FilePlayer, tasks: Any) -> None:
        self.card, self.player = card, player
        self.playing = Beside(tasks, player.play)

    async def filled(self) -> None:
        """Until the player has nothing more to do before the card moves."""
        stream = self.player._stream
        full = stream._core.output_capacity  # `write` waits for half of it
        await until(
            lambda: (
                stream.statistics().output_queued >= full // 2
                or stream._core.draining
                or self.playing.over
            )
        )
        await settle()

    async def on(self, frames: int) -> None:
        """Fill, and move, never further than what is queued for certain."""
        certain = self.player._stream._core.output_capacity // 2
        while frames > 0:
            await self.filled()
            await self.card.advance_async(min(frames, certain))
            frames -= certain

    async def obeyed(self) -> None:
        """Until what was wished for has been done, at the price of some blocks."""
        with anyio.fail_after(30):
            while self.player._changed or self.player._stretch is self.before:
                await self.card.advance_async(64)
                await anyio.sleep(0.001)

    def wish(self, function: Any, *args: Any) -> None:
        self.before = self.player._stretch
        function(*args)


@pytest.fixture
def options() -> dict[str, Any]:
    return {"device": "speaker", "blocksize": 64, "latency": 0.0, "buffer": 0.5}


async def test_pause_and_resume_lose_nothing(
    card: Card, tmp_path: Path, options: dict[str, Any]
) -> None:
    data = counting(2 * RATE)
    path = write(tmp_path / "a.wav", data)
    async with sd.FilePlayer(path, **options) as player, anyio.create_task_group() as tasks:
        hand = Hand(card, player, tasks)
        await hand.on(10000)
        assert 9000 / RATE < player.position < 10200 / RATE
        hand.wish(player.pause)
        assert player.paused
        await hand.obeyed()
        place = player.position
        await hand.on(RATE)
        assert player.position == place
        assert player.level == (0, 0)
        player.pause()
        hand.wish(player.resume)
        await hand.obeyed()
        await hand.filled()
        with anyio.fail_after(30):
            while not hand.playing.over:
                await hand.on(4800)
        assert not await hand.playing.result(), "a pause is no underflow"
        assert player.position == 2
    recorded = card.speaker.recorded
    assert np.array_equal(recorded[recorded.any(axis=1)], data)
    silent = np.flatnonzero(~recorded[: len(heard(card))].any(axis=1))
    assert len(silent) >= RATE
    assert np.array_equal(silent, np.arange(silent[0], silent[-1] + 1)), "one pause, in one piece"


async def test_seek(card: Card, tmp_path: Path, options: dict[str, Any]) -> None:
    data = counting(10 * RATE)
    path = write(tmp_path / "a.flac", data)
    async with sd.FilePlayer(path, **options) as player, anyio.create_task_group() as tasks:
        hand = Hand(card, player, tasks)
        await hand.on(1000)
        hand.wish(player.seek, 9.5)
        assert player.position == 9.5
        await hand.obeyed()
        await hand.on(1000)
        assert 9.5 < player.position < 9.53
        hand.wish(player.seek, -3)
        await hand.obeyed()
        await hand.on(2000)
        assert 0 < player.position < 0.05
        hand.wish(player.seek, 1e9)
        assert player.position == 10
        with anyio.fail_after(30):
            while not hand.playing.over:
                await card.advance_async(480)
                await anyio.lowlevel.checkpoint()
    frames = np.round(card.speaker.recorded[:, 0] * 2**20).astype(int)
    frames = frames[frames > 0]
    jumps = np.flatnonzero(np.diff(frames) != 1)
    assert len(jumps) == 2
    assert frames[jumps[0] + 1] == 9.5 * RATE + 1
    assert frames[jumps[1] + 1] == 1


async def test_seek_in_a_pause_and_before_the_start(auto_card: Card, tmp_path: Path) -> None:
    data = counting(RATE)
    path = write(tmp_path / "a.wav", data)
    async with sd.FilePlayer(path, device="speaker") as player:
        player.seek(0.5)
        player.pause()
        async with anyio.create_task_group() as tasks:
            playing = Beside(tasks, player.play)
            await until(lambda: auto_card.speaker.recorded.size)
            player.seek(0.75)
            await settle()
            assert not playing.over
            player.resume()
            await playing.result()
    recorded = auto_card.speaker.recorded
    assert np.array_equal(recorded[recorded.any(axis=1)], data[36000:])


async def test_seek_when_all_has_been_read(
    card: Card, tmp_path: Path, options: dict[str, Any]
) -> None:
    data = counting(RATE // 4)
    path = write(tmp_path / "a.wav", data)
    async with sd.FilePlayer(path, **options) as player, anyio.create_task_group() as tasks:
        hand = Hand(card, player, tasks)
        await hand.on(1000)
        await until(lambda: player._stream._core.draining)
        hand.wish(player.seek, 0)
        await hand.obeyed()
        await hand.filled()
        await until(lambda: player._stream.statistics().output_queued >= len(data) - 1000)
        with anyio.fail_after(30):
            while not hand.playing.over:
                await hand.on(480)
        assert not await hand.playing.result()
    assert np.array_equal(heard(card)[-len(data) :], data)


async def test_a_forgotten_player_closes_everything(auto_card: Card, tmp_path: Path) -> None:
    path = write(tmp_path / "a.wav", counting(RATE))
    player = await sd.FilePlayer(path, device="speaker").__aenter__()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        del player  # its thread may hold it for a moment yet
        gc.collect()
        await until(lambda: not open_files(tmp_path) and not auto_card.open_streams)
    assert "never closed" in str([one.message for one in caught])


async def test_play_again(auto_card: Card, tmp_path: Path) -> None:
    data = counting(1000)
    path = write(tmp_path / "a.wav", data)
    async with sd.FilePlayer(path, device="speaker") as player:
        for _ in range(2):
            auto_card.speaker.clear()
            await player.play()
            assert np.array_equal(heard(auto_card)[-1000:], data)


async def test_play_goes_on_after_a_cancellation(
    card: Card, tmp_path: Path, options: dict[str, Any]
) -> None:
    data = counting(2 * RATE)
    path = write(tmp_path / "a.wav", data)
    async with sd.FilePlayer(path, **options) as player, anyio.create_task_group() as tasks:
        hand = Hand(card, player, tasks)
        for _ in range(3):
            await hand.on(5000)
            await hand.playing.cancel()
            await card.advance_async(640)
            hand.before = player._stretch
            hand.playing = Beside(tasks, player.play)
            await hand.obeyed()
        with anyio.fail_after(30):
            while not hand.playing.over:
                await hand.on(4800)
    recorded = card.speaker.recorded
    assert np.array_equal(recorded[recorded.any(axis=1)], data)


async def test_level_is_of_what_is_heard(
    card: Card, tmp_path: Path, options: dict[str, Any]
) -> None:
    data = np.zeros((RATE, 2), np.float32)
    data[24000:, 0], data[24000:, 1] = 0.5, -0.25
    path = write(tmp_path / "a.wav", data)
    async with sd.FilePlayer(path, **options) as player, anyio.create_task_group() as tasks:
        assert player.level == (0, 0)
        hand = Hand(card, player, tasks)
        await hand.on(20000)
        assert player.level == (0, 0)
        await hand.on(10000)
        assert player.level == (0.5, 0.25)
        await hand.playing.cancel()
    assert player.level == (0, 0)


# ---- what goes wrong


async def test_arguments(auto_card: Card, tmp_path: Path) -> None:
    path = write(tmp_path / "a.wav", counting(RATE))
    cases: list[tuple[dict[str, Any], str]] = [
        ({"start": 1}, "start=1 .* 1 seconds long"),
        ({"start": -1}, "start"),
        ({"start": float("nan")}, "start"),
        ({"start": 0.5, "stop": 0.5}, "before stop"),
        ({"channels": 3}, "has 2 channels"),
        ({"channels": [0]}, "has 2 channels"),
        ({"channels": []}, "has 2 channels"),
        ({"mapping": [1, 2, 3]}, "mapping names 3"),
        ({"device": "toaster"}, "toaster"),
        ({"samplerate": -1}, "samplerate"),
        ({"buffer": 0}, "buffer"),
    ]
    for options, text in cases:
        with pytest.raises(ValueError, match=text):
            await sd.play_file(path, **{"device": "speaker", **options})
    with pytest.raises(TypeError, match="nonsense"):
        await sd.play_file(path, nonsense=1)
    assert auto_card.open_streams == 0
    assert open_files(tmp_path) == []


async def test_too_many_channels(auto_card: Card, tmp_path: Path) -> None:
    path = write(tmp_path / "a.wav", np.ones((100, 300), np.float32))
    with pytest.raises(sd.FormatNotSupported, match=r"(?s)300 output.*channels=2 plays"):
        await sd.play_file(path, device="speaker")
    await sd.play_file(path, channels=2, device="speaker")
    assert len(heard(auto_card)) == 100
    auto_card.define([Speaker(channels=1)])
    path = write(tmp_path / "b.wav", counting(100))
    with pytest.raises(sd.FormatNotSupported, match=r"channels=1 plays the first 1$"):
        await sd.play_file(path, device="speaker")


async def test_the_order_of_things(auto_card: Card, tmp_path: Path) -> None:
    path = write(tmp_path / "a.wav", counting(100))
    player = sd.FilePlayer(path, device="speaker")
    with pytest.raises(sd.StreamClosed, match="async with"):
        await player.play()
    with pytest.raises(sd.StreamClosed):
        player.seek(0)
    async with player:
        with pytest.raises(ValueError, match="seek"):
            player.seek(float("nan"))
        player.pause()
        async with anyio.create_task_group() as tasks:
            playing = Beside(tasks, player.play)
            await settle()
            with pytest.raises(sd.StreamBusy):
                await player.play()
            await playing.cancel()
    await player.aclose()
    with pytest.raises(sd.StreamClosed):
        await player.play()


async def test_a_device_that_vanishes(card: Card, tmp_path: Path, options: dict[str, Any]) -> None:
    path = write(tmp_path / "a.wav", counting(3 * RATE))
    for paused in (False, True):
        async with sd.FilePlayer(path, **options) as player, anyio.create_task_group() as tasks:
            hand = Hand(card, player, tasks)
            await hand.on(1000)
            if paused:
                hand.wish(player.pause)
                await hand.obeyed()
            card.die(card.speaker)
            await card.advance_async(64)
            with pytest.raises(sd.DeviceLost, match="Virtual speaker"):
                await hand.playing.result()
        card.plug(card.speaker)
        assert open_files(tmp_path) == []
        card.reset()
        card.set_clock("manual")


async def test_cancelling_is_prompt_and_leaves_nothing(realtime_card: Card, tmp_path: Path) -> None:
    path = write(tmp_path / "a.wav", counting(60 * RATE))
    with anyio.fail_after(10):
        for delay in (0, 0.001, 0.02):
            with anyio.move_on_after(delay) as scope:
                await sd.play_file(path, device="speaker")
            assert scope.cancelled_caught
            assert realtime_card.open_streams == 0
            assert open_files(tmp_path) == []


async def test_a_disk_that_hangs_holds_up_nobody(
    auto_card: Card, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file is closed when the disk comes back; who cancelled does not wait for that."""
    import threading

    begun, hanging = threading.Event(), threading.Event()
    read = player_module.SoundReader.read

    def hang(reader: Any) -> Any:
        begun.set()
        hanging.wait(30)
        return read(reader)

    monkeypatch.setattr(player_module.SoundReader, "read", hang)
    monkeypatch.setattr("aiosounddevice.files.thread.CLOSE_LIMIT", 0.05)
    path = write(tmp_path / "a.wav", counting(RATE))
    async with anyio.create_task_group() as tasks:
        playing = Beside(tasks, lambda: sd.play_file(path, device="speaker"))
        await until(begun.is_set)
        with anyio.fail_after(20):
            await playing.cancel()
    assert len(open_files(tmp_path)) == 1
    hanging.set()
    await until(lambda: not open_files(tmp_path))


async def test_a_slow_disk_is_told(realtime_card: Card, tmp_path: Path) -> None:
    realtime_card.set_clock("20x")
    path = write(tmp_path / "a.wav", counting(RATE // 2))
    async with sd.FilePlayer(path, device="speaker") as player:
        read, times = player._reader.read, []

        def slowly() -> Any:
            times.append(1)
            if len(times) == 2:
                while not player._stream.statistics().output_inserted:
                    pass
            return read()

        player._reader.read = slowly  # type: ignore[method-assign]
        flags = await player.play()
    assert flags.output_underflow


async def test_two_at_once(auto_card: Card, tmp_path: Path) -> None:
    data = [counting(5000, 1), counting(7000, 1) / 2]
    async with anyio.create_task_group() as tasks:
        for number, samples in enumerate(data, 1):
            path = write(tmp_path / f"{number}.flac", samples)
            Beside(tasks, play_on, path, number)
    recorded = auto_card.speaker.recorded
    for column, samples in enumerate(data):
        sounding = recorded[recorded[:, column] != 0, column]
        assert np.array_equal(sounding, samples[:, 0])
    assert auto_card.open_streams == 0


async def play_on(path: Path, number: int) -> None:
    await sd.play_file(path, mapping=number, device="speaker")
