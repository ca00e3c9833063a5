"""What cannot be done is refused: in words, before a device is opened, and nothing leaks."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import Any

import anyio
import numpy as np
import pytest

import aiosounddevice as sd
from aiosounddevice.virtual import Card

pytestmark = pytest.mark.anyio

ONE = np.zeros((10, 1), np.float32)
TWO = np.zeros((10, 2), np.float32)
Case = tuple[str, Callable[[], Any], type[BaseException], str]


def read_only() -> np.ndarray:
    array = np.zeros((10, 1), np.float32)
    array.flags.writeable = False
    return array


def opens(make: Callable[..., Any], **options: Any) -> Callable[[], Any]:
    """Make and start a stream."""

    async def call() -> None:
        await make(**options).start()

    return call


CONSTRUCTORS: list[Case] = [
    ("dtype", lambda: sd.InputStream(dtype="float16"), ValueError, "float32, int32"),
    ("float64", lambda: sd.OutputStream(dtype="float64"), ValueError, "play, rec and playrec"),
    ("int24", lambda: sd.InputStream(dtype="int24"), ValueError, "choose one of float32"),
    ("int24 out", lambda: sd.OutputStream(dtype="int24"), ValueError, "no dtype 'int24'"),
    ("int24 both", lambda: sd.Stream(dtype=("int16", "int24")), ValueError, "no dtype 'int24'"),
    ("rate nan", lambda: sd.InputStream(float("nan")), ValueError, "positive and finite"),
    ("rate inf", lambda: sd.OutputStream(float("inf")), ValueError, "positive and finite"),
    ("rate negative", lambda: sd.Stream(-48000), ValueError, "positive and finite"),
    ("rate 0", lambda: sd.InputStream(0), ValueError, "positive and finite"),
    ("rate text", lambda: sd.InputStream("48000"), TypeError, "must be real number"),
    ("blocksize negative", lambda: sd.InputStream(blocksize=-1), ValueError, "blocksize"),
    ("blocksize float", lambda: sd.InputStream(blocksize=64.0), TypeError, "integer"),
    ("device float", lambda: sd.InputStream(device=1.0), TypeError, "integer"),
    ("channels 0", lambda: sd.InputStream(channels=0), sd.FormatNotSupported, "at least one"),
    ("channels -1", lambda: sd.OutputStream(channels=-1), sd.FormatNotSupported, "at least one"),
    ("channels float", lambda: sd.InputStream(channels=1.0), TypeError, "integer"),
    ("channel 0", lambda: sd.InputStream(channels=[0]), ValueError, "counted from 1"),
    ("channel twice", lambda: sd.InputStream(channels=[1, 1]), ValueError, "only once"),
    ("no channel", lambda: sd.OutputStream(channels=[]), ValueError, "name at least one"),
    ("latency", lambda: sd.InputStream(latency="mid"), ValueError, "'low' or 'high'"),
    ("latency nan", lambda: sd.InputStream(latency=float("nan")), ValueError, "finite"),
    ("settings", lambda: sd.InputStream(extra_settings=5), TypeError, "AsioSettings"),
    ("never in", lambda: sd.InputStream(never_drop_input=True), sd.PortAudioError, "blocksize=0"),
    ("never out", lambda: sd.OutputStream(never_drop_input=True), sd.PortAudioError, "both dir"),
    (
        "never block",
        lambda: sd.Stream(blocksize=64, never_drop_input=True),
        sd.PortAudioError,
        "blocksize=0",
    ),
    ("buffer nan", lambda: sd.InputStream(buffer=float("nan")), ValueError, "buffer must be"),
    ("buffer 0", lambda: sd.OutputStream(buffer=0), ValueError, "positive number of seconds"),
    ("buffer inf", lambda: sd.Stream(buffer=float("inf")), ValueError, "buffer must be"),
    ("buffer text", lambda: sd.InputStream(buffer="long"), TypeError, "number of seconds"),
    ("prebuffer", lambda: sd.OutputStream(prebuffer=-1), ValueError, "prebuffer must be"),
    ("prebuffer long", lambda: sd.OutputStream(prebuffer=2), ValueError, "must fit into buffer"),
    ("overflow", lambda: sd.InputStream(overflow="x"), ValueError, "'drop_oldest', 'drop_newest'"),
    ("overflow list", lambda: sd.InputStream(overflow=["raise"]), ValueError, "must be one of"),
    ("prefill 0", lambda: sd.Stream(prefill=0), ValueError, "prefill must be positive"),
    ("prefill float", lambda: sd.Stream(prefill=1.5), TypeError, "prefill must be an integer"),
    ("blocks 0", lambda: sd.blocks(0), ValueError, "frames must be positive"),
    ("overlap", lambda: sd.blocks(64, overlap=64), ValueError, "must be less than frames"),
    ("overlap alone", lambda: sd.blocks(overlap=10), ValueError, "must be less than frames"),
    ("overlap negative", lambda: sd.blocks(64, overlap=-1), ValueError, "overlap must be"),
    ("unknown argument", lambda: sd.blocks(64, samplrate=1), TypeError, "samplrate"),
]

CALLS: list[Case] = [
    ("play complex", lambda: sd.play(ONE * 1j), TypeError, "float64, float32"),
    ("play int64", lambda: sd.play(ONE.astype("int64")), TypeError, "not int64"),
    ("play text", lambda: sd.play("beep"), (TypeError, ValueError), "dtype|dimensions"),
    ("play nothing", lambda: sd.play(None), (TypeError, ValueError), "dtype|dimensions"),
    ("play 3-D", lambda: sd.play(np.zeros((2, 2, 2))), ValueError, "one or two dimensions"),
    ("play empty", lambda: sd.play([]), ValueError, "empty"),
    ("play no channels", lambda: sd.play(np.zeros((5, 0))), ValueError, "empty"),
    ("play rate", lambda: sd.play(ONE, float("nan")), ValueError, "positive and finite"),
    ("mapping long", lambda: sd.play(TWO, mapping=[1, 2, 3]), ValueError, "names 3 channels"),
    ("mapping short", lambda: sd.play(TWO, mapping=[1]), ValueError, "one number for each"),
    ("mapping 0", lambda: sd.play(TWO, mapping=[0, 1]), ValueError, "counted from 1"),
    ("mapping twice", lambda: sd.play(TWO, mapping=[1, 1]), ValueError, "only once"),
    ("mapping empty", lambda: sd.play(ONE, mapping=[]), ValueError, "at least one"),
    ("mapping text", lambda: sd.play(ONE, mapping="2"), TypeError, "integer"),
    ("never", lambda: sd.play(ONE, never_drop_input=True), sd.PortAudioError, "both directions"),
    ("no frames", lambda: sd.rec(), TypeError, "needs frames, an array as out, or until"),
    ("frames 0", lambda: sd.rec(0), ValueError, "frames must be positive"),
    ("frames -1", lambda: sd.rec(-1), ValueError, "frames must be positive"),
    ("frames 1.5", lambda: sd.rec(1.5), TypeError, "frames must be an integer"),
    ("frames nan", lambda: sd.rec(float("nan")), TypeError, "frames must be an integer"),
    ("rec dtype", lambda: sd.rec(9, dtype="int64"), TypeError, "float64, float32"),
    ("rec nonsense", lambda: sd.rec(9, dtype="loud"), TypeError, "float64, float32"),
    ("rec int24", lambda: sd.rec(9, dtype="int24"), TypeError, "float64, float32"),
    ("rec overflow", lambda: sd.rec(9, overflow="x"), ValueError, "warn, raise, ignore"),
    ("out list", lambda: sd.rec(out=[0.0]), TypeError, "NumPy array"),
    ("out empty", lambda: sd.rec(out=ONE[:0]), ValueError, "shape"),
    ("out 3-D", lambda: sd.rec(out=np.zeros((2, 2, 2))), ValueError, "shape"),
    ("out strided", lambda: sd.rec(out=TWO[:, 1]), ValueError, "C-contiguous.*without out"),
    ("out fortran", lambda: sd.rec(out=np.asfortranarray(TWO)), ValueError, "C-contiguous"),
    ("out read-only", lambda: sd.rec(out=read_only()), ValueError, "read-only"),
    ("out order", lambda: sd.rec(out=ONE.astype(">f4")), ValueError, "byte order"),
    ("out dtype", lambda: sd.rec(out=ONE.astype("int64")), TypeError, "not int64"),
    ("out mapping", lambda: sd.rec(out=TWO, mapping=[1]), ValueError, "out has 2 columns"),
    ("playrec out", lambda: sd.playrec(ONE, out=ONE[:5].copy()), ValueError, "must be the same"),
    ("playrec out 5", lambda: sd.playrec(ONE, out=5), TypeError, "NumPy array"),
    ("playrec map", lambda: sd.playrec(TWO, output_mapping=[1]), ValueError, "one number for each"),
    ("playrec over", lambda: sd.playrec(ONE, overflow="x"), ValueError, "warn, raise, ignore"),
    ("unknown", lambda: sd.play(ONE, volume=11), TypeError, "volume"),
]

DEVICES: list[Case] = [
    ("unknown", opens(sd.InputStream, device="toaster"), sd.DeviceNotFound, "Virtual microphone"),
    ("ambiguous", opens(sd.InputStream, device="virtual"), sd.DeviceNotFound, "Multiple input"),
    ("direction", opens(sd.InputStream, device="speaker"), sd.DeviceNotFound, "0 in, 2 out"),
    ("number", opens(sd.OutputStream, device=99), sd.DeviceNotFound, "from 0 to 2"),
    ("minus", opens(sd.OutputStream, device=-7), sd.DeviceNotFound, "No default output"),
    ("many", opens(sd.InputStream, device=1, channels=3), sd.FormatNotSupported, "has 2 in, 0 out"),
    (
        "far",
        opens(sd.OutputStream, device=2, channels=[3]),
        sd.FormatNotSupported,
        "output channels 3",
    ),
    (
        "none",
        opens(sd.OutputStream, device=1, channels=1),
        sd.FormatNotSupported,
        "devices with 1 output: 0, 2",
    ),
    ("play map", lambda: sd.play(ONE, mapping=[9]), sd.FormatNotSupported, "output channels 9"),
    ("rec map", lambda: sd.rec(9, mapping=[1, 9]), sd.FormatNotSupported, "input channels 1, 9"),
    (
        "rec out",
        lambda: sd.rec(out=np.zeros((9, 3)), device=1),
        sd.FormatNotSupported,
        "has 2 in",
    ),
    ("query", lambda: sd.query_devices("toaster"), sd.DeviceNotFound, "3 devices seen"),
    (
        "check",
        lambda: sd.check_input_settings(device=2, channels=1),
        sd.FormatNotSupported,
        "devices with 1 input: 0, 1",
    ),
]


def by_name(cases: list[Case]) -> Any:
    return pytest.mark.parametrize(
        ("call", "error", "text"),
        [pytest.param(*case, id=name.replace(" ", "-")) for name, *case in cases],
    )


@by_name(CONSTRUCTORS)
@pytest.mark.parametrize("anyio_backend", [("asyncio", {})], ids=["asyncio"])
async def test_a_constructor_refuses(card: Card, call: Any, error: Any, text: str) -> None:
    card.clear_calls()
    with pytest.raises(error, match=text):
        call()
    assert card.calls == []


@by_name(CALLS)
@pytest.mark.parametrize("anyio_backend", [("asyncio", {})], ids=["asyncio"])
async def test_a_call_refuses_before_it_asks_a_device(
    card: Card, call: Any, error: Any, text: str
) -> None:
    card.clear_calls()
    with pytest.raises(error, match=text):
        await call()
    assert card.calls == []


@by_name(DEVICES)
async def test_a_device_that_cannot_is_not_opened(
    card: Card, call: Any, error: Any, text: str
) -> None:
    card.clear_calls()
    with pytest.raises(error, match=text):
        await call()
    assert "Pa_OpenStream" not in [made.name for made in card.calls]
    assert card.open_streams == 0


async def test_what_a_stream_in_use_refuses_changes_nothing(card: Card) -> None:
    bad: list[tuple[Any, type[Exception], str]] = [
        (ONE, ValueError, r"shape \(10, 1\), the stream takes \(frames, 2\)"),
        (ONE[:, 0], ValueError, r"\(frames, 2\)"),
        (5.0, ValueError, r"\(frames, 2\)"),
        (np.zeros((2, 2, 2), np.float32), ValueError, r"\(frames, 2\)"),
        (TWO.astype("int16"), TypeError, "convert it, or open the stream with dtype='int16'"),
        (
            TWO.astype("int64"),
            TypeError,
            "int64, the stream takes float32: convert it$",
        ),
        (TWO * 1j, TypeError, "convert it$"),
        ("beep", TypeError, "stream takes float32"),
    ]
    async with sd.OutputStream(48000, 64, "speaker", 2) as out:
        for data, error, text in bad:
            with pytest.raises(error, match=text):
                await out.write(data)
        assert out.frames_written == 0
        assert await out.write(TWO) == 0
        await out.abort()
    async with sd.OutputStream(48000, 64, "speaker", 1) as out:
        with pytest.raises(ValueError, match=r"\(frames, 1\) or \(frames,\)"):
            await out.write(TWO)
        await out.abort()


async def test_what_a_reader_refuses(card: Card) -> None:
    async with sd.InputStream(48000, 64, "microphone", 1) as mic:
        bad = ((0, ValueError), (-1, ValueError), (1.5, TypeError), ("9", TypeError))
        for frames, error in bad:
            with pytest.raises(error, match="frames must be"):
                await mic.read(frames)  # type: ignore[arg-type]
            with pytest.raises(error, match="frames must be"):
                mic.read_nowait(frames)  # type: ignore[arg-type]
            with pytest.raises(error, match="frames must be"):
                mic.blocks(frames)  # type: ignore[arg-type]
        with pytest.raises(ValueError, match="must be less than frames"):
            mic.blocks(64, overlap=100)
        await card.advance_async(64)
        assert (await mic.receive()).shape == (64, 1)


async def test_a_rate_that_the_device_does_not_do(card: Card) -> None:
    """Only the host can say so: it is asked, and nothing is left open."""
    with pytest.raises(sd.FormatNotSupported, match="choose one of these") as caught:
        await sd.rec(100, 500, channels=1)
    assert caught.value.code == -9997
    assert card.open_streams == 0


async def test_a_buffer_too_long_for_memory(card: Card) -> None:
    for seconds in (1e14, 1e300):
        with pytest.raises(MemoryError, match="queues"):
            await sd.InputStream(48000, 64, channels=1, buffer=seconds).start()
    assert card.open_streams == 0


@pytest.mark.parametrize("path", ["/no/such/file", os.devnull, __file__, "libm.so.6"])
@pytest.mark.parametrize("anyio_backend", [("asyncio", {})], ids=["asyncio"])
async def test_a_library_that_is_none(anyio_backend: Any, path: str) -> None:
    code = (
        "import anyio, aiosounddevice as sd\n"
        "try:\n"
        "    anyio.run(sd.query_devices)\n"
        "except sd.LibraryNotFound as error:\n"
        "    print(error)\n"
    )
    environment = {**os.environ, "AIOSOUNDDEVICE_PORTAUDIO": path}
    run = await anyio.run_process([sys.executable, "-c", code], env=environment)
    text = run.stdout.decode()
    assert text.startswith("PortAudio library not found")
    assert path in text
    assert "nstall" in text, "the next step"
    assert run.stderr == b""


@pytest.mark.parametrize("anyio_backend", [("asyncio", {})], ids=["asyncio"])
async def test_a_stream_left_open_at_exit_does_not_keep_the_process(anyio_backend: Any) -> None:
    code = (
        "import anyio, aiosounddevice as sd\n"
        "async def main():\n"
        "    global stream\n"
        "    stream = sd.OutputStream(48000, channels=1)\n"
        "    await stream.start()\n"
        "anyio.run(main)\n"
    )
    environment = {**os.environ, "AIOSOUNDDEVICE_PORTAUDIO": "virtual"}
    command = [sys.executable, "-W", "ignore::ResourceWarning", "-c", code]
    with anyio.fail_after(60):
        run = await anyio.run_process(command, env=environment)
    assert run.stderr == b""
