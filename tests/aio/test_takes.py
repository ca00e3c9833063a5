"""play, rec and playrec on the virtual card."""

from __future__ import annotations

import warnings
from typing import Any

import anyio
import numpy as np
import pytest

import aiosounddevice as sd
from aiosounddevice.aio import takes
from aiosounddevice.core.takes import Take
from aiosounddevice.virtual import Card

from .helpers import RATE, Beside, as_float, die, numbers, opened, ramp, sounding

pytestmark = pytest.mark.anyio


@pytest.fixture
def takes_made(monkeypatch: pytest.MonkeyPatch) -> list[Take]:
    """The takes behind `play`, `rec` and `playrec`, as they are made."""
    made = []

    def remember(*args: Any, **options: Any) -> Take:
        made.append(Take(*args, **options))
        return made[-1]

    monkeypatch.setattr(takes, "Take", remember)
    return made


DTYPES = ["float32", "int32", "int16", "int8", "uint8"]


async def test_play_reaches_the_speaker_once_and_whole(auto_card: Card) -> None:
    data = ramp(5000, 2)
    flags = await sd.play(data, RATE, device="speaker")
    assert not flags
    heard = auto_card.speaker.recorded
    first = int(np.argmax(heard[:, 0] != 0))
    assert np.array_equal(heard[first : first + 5000], data)
    assert not heard[:first].any()
    assert not heard[first + 5000 :].any()
    assert auto_card.open_streams == 0


async def test_rec_is_what_the_microphone_heard(auto_card: Card) -> None:
    take = await sd.rec(1000, RATE, channels=1, device="microphone")
    assert take.dtype == np.float32
    assert np.array_equal(take[:, 0], np.arange(1000) / 2**23)
    assert auto_card.open_streams == 0


@pytest.mark.parametrize("dtype", [*DTYPES, "float64", ">f8", ">f4", ">i2"])
@pytest.mark.parametrize("blocksize", [0, 100])
async def test_play_takes_every_dtype(auto_card: Card, dtype: str, blocksize: int) -> None:
    native = np.dtype(dtype).newbyteorder("=").name
    data = ramp(500, 2, native)
    await sd.play(data.astype(dtype), RATE, device="speaker", blocksize=blocksize)
    recorded = auto_card.speaker.recorded
    assert np.array_equal(recorded[:500], as_float(data))
    assert not recorded[500:].any(), "silence after the end"


@pytest.mark.parametrize("dtype", [*DTYPES, "float64"])
async def test_rec_gives_every_dtype(auto_card: Card, dtype: str) -> None:
    heard = np.random.default_rng(2).integers(-120, 120, (500, 2)).astype(np.int8)
    auto_card.microphone.feed(heard)
    take = await sd.rec(500, RATE, device="microphone", dtype=dtype)
    assert take.dtype == dtype
    assert take.shape == (500, 2)
    assert np.array_equal(as_float(take), as_float(heard))


@pytest.mark.parametrize(
    ("columns", "mapping", "on"),
    [(1, None, [0]), (1, [2], [1]), (1, 2, [1]), (1, [1, 2], [0, 1]), (2, [2, 1], [1, 0])],
)
async def test_mapping_of_output(
    auto_card: Card, columns: int, mapping: Any, on: list[int]
) -> None:
    data = ramp(300, columns)
    await sd.play(data, RATE, mapping, device="speaker")
    recorded = auto_card.speaker.recorded
    assert np.array_equal(recorded[:300, on], np.broadcast_to(data, (300, len(on))))
    assert not recorded[:, [c for c in (0, 1) if c not in on]].any()


async def test_one_dimension_lists_and_strides(auto_card: Card) -> None:
    data = ramp(300)
    for given in (data[:, 0], data[:, 0].tolist(), np.repeat(data, 2)[::2]):
        auto_card.speaker.clear()
        await sd.play(given, RATE, device="speaker")
        assert np.array_equal(sounding(auto_card.speaker.recorded)[:, 0], data[:, 0])


async def test_mono_goes_to_many_channels(auto_card: Card) -> None:
    data = ramp(300)
    take = await sd.playrec(
        data, RATE, channels=8, output_mapping=range(1, 9), device="loopback", blocksize=100
    )
    assert np.array_equal(take[100:], np.broadcast_to(data[:200], (200, 8)))


async def test_mapping_of_input(auto_card: Card) -> None:
    heard = ramp(300, 2)
    auto_card.microphone.feed(heard)
    for options in ({"mapping": [2, 1]}, {"channels": [2, 1]}):
        take = await sd.rec(300, RATE, device="microphone", **options)
        assert np.array_equal(take, heard[:, ::-1])
    assert np.array_equal(await sd.rec(300, RATE, mapping=2, device="microphone"), heard[:, 1:])


@pytest.mark.parametrize("latency", [0.0, 0.05])
async def test_play_returns_when_the_last_frame_was_heard(
    card: Card, takes_made: list[Take], latency: float
) -> None:
    async def play() -> None:
        await sd.play(ramp(1000), RATE, device="speaker", blocksize=64, latency=latency)

    async with anyio.create_task_group() as tasks:
        player = Beside(tasks, play)
        await opened()
        take = takes_made[-1]
        ahead = max(2, -(-round(latency * RATE) // 64)) * 64
        assert take.heard_at == 1000 + ahead
        while take.core.statistics().frames < take.heard_at:
            assert not player.over
            assert "Pa_StopStream" not in [call.name for call in card.calls]
            await card.advance_async(64)
        await player.result()  # without more of the card's time
        assert take.core.statistics().frames < take.heard_at + 64


async def test_play_wakes_python_at_the_end_only(auto_card: Card, takes_made: list[Take]) -> None:
    """An hour costs as much as a second: one wake-up, when the last frame was heard."""
    for frames in (RATE, 3 * RATE):
        await sd.play(np.zeros((frames, 1), np.int16), RATE, device="speaker", blocksize=480)
        assert takes_made[-1].core.statistics().wakeups == 1


async def test_loop_plays_until_cancelled(card: Card) -> None:
    data = ramp(100)
    async with anyio.create_task_group() as tasks:
        player = Beside(tasks, looped, data)
        await opened()
        await card.advance_async(1000)
        assert not player.over
        await player.cancel()
    heard = sounding(card.speaker.recorded)[:, 0]
    assert len(heard) >= 900
    assert np.array_equal(heard, np.resize(data, len(heard)))


async def looped(data: np.ndarray) -> None:
    await sd.play(data, RATE, loop=True, device="speaker", blocksize=64)


@pytest.mark.parametrize(
    "out",
    [
        np.ones((500, 1), np.float32),
        np.ones(500, np.float32),
        np.ones((500, 2), np.float64),
        np.ones(500, np.float64),
        np.ones((500, 2), np.int32),
    ],
)
async def test_out_is_filled_and_returned(auto_card: Card, out: np.ndarray) -> None:
    take = await sd.rec(out=out, samplerate=RATE, device="microphone")
    assert take is out
    expected = np.arange(500) / 2**23
    if out.dtype == np.int32:
        expected = expected * 2**31
    assert np.array_equal(out.reshape(500, -1), np.repeat(expected[:, None], out[0].size, 1))


async def test_playrec_on_the_loopback_is_exact(auto_card: Card) -> None:
    data = ramp(1000, 2, "int16")
    take = await sd.playrec(data, RATE, channels=2, device="loopback", blocksize=100)
    assert take.dtype == np.int16
    assert take.shape == (1000, 2)
    assert not take[:100].any()
    assert np.array_equal(take[100:], data[:900])
    out = np.empty((1000, 1))
    mono = await sd.playrec(
        data, RATE, out=out, input_mapping=[2], device="loopback", blocksize=100
    )
    assert mono is out
    assert np.array_equal(out[100:, 0], as_float(data)[:900, 1])


async def test_playrec_of_float64_gives_float64(auto_card: Card) -> None:
    take = await sd.playrec(ramp(300, 1, "float64"), RATE, channels=1, device="loopback")
    assert take.dtype == np.float64
    take = await sd.playrec(ramp(300), RATE, channels=1, dtype=np.dtype("i2"), device="loopback")
    assert take.dtype == np.int16


async def test_several_at_once(card: Card) -> None:
    """Two plays and a recording of both, each on a stream of its own."""
    first, second = ramp(3000) / 4, ramp(2000, start=5) / 4
    recorded: list[np.ndarray] = []

    async def record() -> None:
        recorded.append(await sd.rec(8000, RATE, channels=2, device="loopback", blocksize=100))

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(record)
        tasks.start_soon(play_on, first, [1])
        tasks.start_soon(play_on, second, [2])
        await opened()
        await card.advance_async(16000)
    for column, data in enumerate((first, second)):
        heard = recorded[0][:, column]
        start = int(np.flatnonzero(heard)[0])
        assert np.array_equal(heard[start : start + len(data)], data[:, 0])
        assert np.count_nonzero(heard) == len(data)
    assert card.open_streams == 0


async def play_on(data: np.ndarray, mapping: list[int]) -> None:
    await sd.play(data, RATE, mapping, device="loopback", blocksize=100)


@pytest.mark.parametrize("overflow", ["warn", "raise", "ignore"])
@pytest.mark.parametrize("both", [False, True])
async def test_an_xrun_in_a_recording(auto_card: Card, overflow: str, both: bool) -> None:
    device = auto_card.loopback if both else auto_card.microphone
    auto_card.lose(device, 200, 100)

    async def take() -> np.ndarray:
        options: dict[str, Any] = {"blocksize": 100, "device": int(device), "overflow": overflow}
        if both:
            return await sd.playrec(ramp(1000), RATE, channels=1, **options)
        return await sd.rec(1000, RATE, channels=1, **options)

    if overflow == "raise":
        with pytest.raises(sd.InputOverflow, match=r"lost input.*latency="):
            await take()
    elif overflow == "warn":
        with pytest.warns(sd.XrunWarning, match="lost input") as caught:
            recorded = await take()
        assert len(caught) == 1
        assert caught[0].filename == __file__
    else:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            recorded = await take()
    if overflow != "raise" and not both:
        assert numbers(recorded).tolist() == [*range(200), *range(300, 1100)]
    assert auto_card.open_streams == 0


async def test_an_underflow_is_in_what_play_returns(auto_card: Card) -> None:
    auto_card.lose(auto_card.speaker, 200, 100)
    flags = await sd.play(ramp(1000), RATE, device="speaker", blocksize=100)
    assert flags.output_underflow
    assert not flags.input_overflow


@pytest.mark.parametrize("name", ["Pa_OpenStream", "Pa_StartStream", "Pa_StopStream"])
async def test_what_portaudio_refuses_is_told_and_the_device_closed(
    auto_card: Card, name: str
) -> None:
    auto_card.fail(name, -9999, "the driver sulks")
    with pytest.raises(sd.PortAudioError, match="the driver sulks"):
        await sd.play(ramp(100), RATE, device="speaker")
    assert auto_card.open_streams == 0
    auto_card.fail(name, -9999, "the driver sulks")
    with pytest.raises(sd.PortAudioError, match="the driver sulks"):
        await sd.rec(100, RATE, channels=1, device="microphone")
    assert auto_card.open_streams == 0


async def test_a_lost_device_is_told(card: Card, takes_made: list[Take]) -> None:
    async with anyio.create_task_group() as tasks:
        for function in (sd.play, sd.playrec):
            player = Beside(tasks, function, ramp(RATE), RATE)
            await opened()
            await card.advance_async(4096)
            die(takes_made[-1].core)
            await card.advance_async(8192)
            with pytest.raises(sd.DeviceLost, match="Virtual loopback"):
                await player.result()
            assert card.open_streams == 0
