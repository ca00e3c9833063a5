"""No event loop, and no NumPy for raw streams."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from .programs import run

NEEDED = ("aiosounddevice", "cffi", "_cffi_backend", "anyio", "idna")
BUILDING = ("pycparser",)
"""What cffi needs for building only."""
BEFORE_3_13 = ("exceptiongroup", "sniffio", "typing_extensions")
"""What anyio needs on older Pythons, and older versions of it."""

BARE = """
try:
    import numpy
except ModuleNotFoundError as error:
    assert error.name == "numpy"
else:
    raise AssertionError(numpy)
import aiosounddevice.compat as sd
from aiosounddevice.virtual import Card
assert len(sd.query_devices()) == 3
card = Card()

def integers(data, size):
    data = bytes(data)
    return [int.from_bytes(data[n:n + size], "little") for n in range(0, len(data), size)]
"""

BLOCKING_INPUT = """
with sd.RawInputStream(48000, device=1, channels=2, dtype="int24") as stream:
    data, overflowed = stream.read(100)
    more, _ = stream.read(50)
assert integers(data, 3) == [n for n in range(100) for _ in range(2)]
assert integers(more, 3) == [n for n in range(100, 150) for _ in range(2)]
assert overflowed is False
"""

BLOCKING_OUTPUT = """
from array import array
signals = {
    "uint8": (bytes([1, 255] * 5), [1, 255] * 5),
    "int24": (bytes(range(1, 31)), range(1, 31)),
    "float32": (array("f", [0.5, -0.25] * 5), array("f", [0.5, -0.25] * 5).tobytes()),
}
for dtype, forms in signals.items():
    for signal in forms:
        with sd.RawOutputStream(48000, device=0, channels=2, dtype=dtype) as output:
            with sd.RawInputStream(48000, device=0, channels=2, dtype=dtype) as stream:
                assert output.write(signal) is False
                data, overflowed = stream.read(9600)
        assert bytes(signal) in bytes(data), dtype
        assert overflowed is False
"""

BLOCKING_DUPLEX = """
with sd.RawStream(48000, 64, device=0, channels=(1, 2), dtype=("int32", "int24")) as stream:
    assert stream.samplesize == (4, 3)
    assert stream.write(bytes([0, 0, 1] * 2 * 64)) is False
    data, overflowed = stream.read(9600)
heard = integers(data, 4)
assert heard.count(0x01000000) == 64 and set(heard) == {0, 0x01000000}
assert overflowed is False
"""

CALLBACK_INPUT = """
heard, kinds, ended = [], set(), []
def callback(indata, frames, time, status):
    kinds.add((type(indata), len(indata), frames, bool(status)))
    heard.extend(integers(indata, 3))
    if len(heard) == 640:
        raise sd.CallbackStop
stream = sd.RawInputStream(
    48000, 64, device=1, channels=1, dtype="int24", callback=callback,
    finished_callback=lambda: ended.append(True),
)
with stream:
    card.advance(960)
    assert ended == [True] and not stream.active
assert heard == list(range(640))
assert kinds == {(sd._ffi.buffer, 192, 64, False)}, kinds
"""

CALLBACK_OUTPUT = """
heard, count = [], 0
def play(outdata, frames, time, status):
    global count
    assert not status and len(outdata) == frames * 3
    block = range(count + 1, count + 1 + frames)
    outdata[:] = b"".join(n.to_bytes(3, "little") for n in block)
    count += frames
def record(indata, frames, time, status):
    heard.extend(integers(indata, 3))
with sd.RawInputStream(48000, 64, device=0, channels=1, dtype="int24", callback=record):
    with sd.RawOutputStream(48000, 64, device=0, channels=1, dtype="int24", callback=play):
        card.advance(9600)
first = heard.index(1)
assert heard[first:first + 4800] == list(range(1, 4801))
"""

CALLBACK_DUPLEX = """
ended, seen = [], []
def callback(indata, outdata, frames, time, status):
    seen.extend(integers(indata, 3))
    if len(seen) == frames:
        outdata[:] = bytes(range(1, 193))
    else:
        outdata[:] = bytes(192)
    if len(seen) >= 9600:
        raise sd.CallbackAbort
stream = sd.RawStream(
    48000, 64, device=0, channels=1, dtype="int24", callback=callback,
    finished_callback=lambda: ended.append(True),
)
with stream:
    card.advance(19200)
assert ended == [True]
wanted = integers(range(1, 193), 3)
first = seen.index(wanted[0])
assert seen[first:first + 64] == wanted
"""

ASYNC = """
import asyncio
import aiosounddevice
from array import array

async def main():
    options = {"samplerate": 48000, "blocksize": 64, "dtype": "int24", "latency": 0.0}
    async with aiosounddevice.RawInputStream(device=1, channels=2, **options) as mic:
        await card.advance_async(640)
        heard = await mic.receive() + await mic.read(100) + mic.read_nowait()
        assert type(heard) is bytes
        assert integers(heard, 3) == [n for n in range(640) for _ in range(2)]
        card.advance(96000)
        await mic.read(24000)
        assert mic.frames_lost == 96000 - 48000
        async for block in mic.blocks(100, overlap=20):
            assert len(block) == 600
            break
    card.set_clock("auto")
    async with aiosounddevice.RawStream(device=0, channels=1, **options) as wire:
        async with aiosounddevice.RawOutputStream(device=0, channels=1, **options) as speaker:
            written = b"".join(n.to_bytes(3, "little") for n in range(1, 641))
            assert await speaker.write(written) == 0
            back = b""
            async for indata, outdata in wire:
                outdata[:] = bytes(len(indata))
                back += indata
                if written in back:
                    break
            await speaker.clear()
    async with aiosounddevice.RawOutputStream(
        48000, device=2, channels=1, dtype="float32", latency=0.0
    ) as speaker:
        await speaker.write(array("f", [0.5] * 64))
        await speaker.drain()
    assert card.open_streams == 0

asyncio.run(main())
import sys
assert "numpy" not in sys.modules
"""

WITH_ARRAYS = """
sd.check_input_settings(device=1, dtype="float32")
calls = [
    lambda: sd.play([0.0]),
    lambda: sd.rec(10, channels=1),
    lambda: sd.playrec([0.0], channels=1),
    lambda: sd.InputStream(device=1, callback=lambda *_: None),
]
for call in calls:
    try:
        call()
    except ImportError as error:
        assert error.name == "numpy", error
    else:
        raise AssertionError(call)
assert card.open_streams == 0
"""


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory of packages in which there is all that raw streams need, and no NumPy."""
    directory = tmp_path_factory.mktemp("bare")
    for name in (*NEEDED, *BUILDING, *BEFORE_3_13):
        spec = importlib.util.find_spec(name)
        if spec is None and name not in NEEDED:
            continue
        assert spec, f"there is no {name}"
        assert spec.origin
        origin = Path(spec.origin)
        source = origin.parent if spec.submodule_search_locations else origin
        (directory / source.name).symlink_to(source)
    return directory


def test_no_event_loop() -> None:
    code = "import sys, aiosounddevice.compat; print(*sys.modules)"
    found = set(run("-c", code).stdout.split())
    assert "aiosounddevice.compat.takes" in found
    assert not found & {"asyncio", "anyio", "trio", "aiosounddevice.aio", "numpy"}


def test_importing_loads_no_library() -> None:
    code = (
        "import aiosounddevice.compat as sd\nfrom aiosounddevice.core import library\n"
        "sd.default.samplerate = 48000\nassert library.current() is None"
    )
    done = run("-c", code)
    assert (done.stderr, done.returncode) == ("", 0)


@pytest.mark.parametrize(
    "code",
    [
        pytest.param(BLOCKING_INPUT, id="read"),
        pytest.param(BLOCKING_OUTPUT, id="write"),
        pytest.param(BLOCKING_DUPLEX, id="read and write"),
        pytest.param(CALLBACK_INPUT, id="input callback"),
        pytest.param(CALLBACK_OUTPUT, id="output callback"),
        pytest.param(CALLBACK_DUPLEX, id="duplex callback"),
        pytest.param(ASYNC, id="async"),
        pytest.param(WITH_ARRAYS, id="what does need it"),
    ],
)
def test_raw_streams_where_there_is_no_numpy(bare: Path, code: str) -> None:
    options = ["-S", "-W", "error"]  # without site-packages
    # In its debug mode asyncio tells on stderr that importing takes a while.
    variables = {"PYTHONPATH": str(bare), "PYTHONASYNCIODEBUG": ""}
    done = run(*options, "-c", BARE + code, clock="manual", cwd=bare, env=variables)
    assert (done.stderr, done.returncode) == ("", 0)
