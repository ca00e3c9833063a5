"""Drive the compiled kernel as PortAudio would, without PortAudio."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from aiosounddevice.core._kernel import ffi, lib

_CALLBACK = ffi.cast(
    "int(*)(void*, void*, unsigned long, asd_time_info*, unsigned long, void*)",
    lib.asd_callback_address(),
)
CONTINUE, COMPLETE = 0, 1
NEVER = 2**64 - 1
RATE = 48000


@dataclass(frozen=True)
class Side:
    """One direction; see `asd_side` in kernel.h."""

    device_channels: int = 1
    channels: int = 1
    map: tuple[int, ...] | None = None
    sample_bytes: int = 4
    silence: int = 0
    format: int = lib.ASD_OTHER_FORMAT
    capacity: int = 0

    def sized(self, capacity: int) -> Side:
        """Return the same with a queue."""
        return replace(self, capacity=capacity)

    @property
    def frame_bytes(self) -> int:
        """Of the queue."""
        return self.channels * self.sample_bytes

    @property
    def device_bytes(self) -> int:
        """Of a frame in the device's buffer."""
        return self.device_channels * self.sample_bytes

    @property
    def silent(self) -> bytes:
        """A silent frame of the queue."""
        return bytes([self.silence]) * self.frame_bytes

    def sample(self, frame: int, channel: int) -> bytes:
        """What the device's channel says at a frame. Never silence."""
        value = (frame * 40503 + channel * 7919) % 254 + 1
        first = value if value != self.silence else 255
        return (
            bytes([first]) + (frame * 31 + channel).to_bytes(8, "little")[: self.sample_bytes - 1]
        )

    def captured(self, frame: int, frames: int) -> bytes:
        """A device's buffer full of input."""
        return b"".join(
            self.sample(f, c)
            for f in range(frame, frame + frames)
            for c in range(self.device_channels)
        )

    def gathered(self, frame: int) -> bytes:
        """The queue's frame of that."""
        return b"".join(self.sample(frame, c) for c in self.map or range(self.channels))

    def scattered(self, packed: bytes) -> bytes:
        """A queue's frame where the device has it; other channels silent."""
        out = bytearray([self.silence]) * self.device_bytes
        size = self.sample_bytes
        for column, channel in enumerate(self.map or range(self.channels)):
            out[channel * size : (channel + 1) * size] = packed[column * size : (column + 1) * size]
        return bytes(out)


INPUT_LAYOUTS = (
    Side(sample_bytes=2),
    Side(device_channels=2, channels=2, sample_bytes=4),
    Side(device_channels=2, channels=1, map=(1,), sample_bytes=3),
    Side(device_channels=4, channels=3, map=(3, 0, 3), sample_bytes=2),
    Side(device_channels=3, channels=3, map=(2, 1, 0), sample_bytes=3),
    Side(device_channels=2, channels=2, map=(0, 1), sample_bytes=1, silence=128),
)
# Two channels of a queue may come from one of the device's, but not go there.
OUTPUT_LAYOUTS = (
    *(side for side in INPUT_LAYOUTS if len(set(side.map or ())) == len(side.map or ())),
    Side(device_channels=4, channels=3, map=(3, 0, 2), sample_bytes=2),
)


@dataclass(frozen=True)
class Block:
    """See `asd_block` in kernel.h."""

    frame: int
    time: float
    lost: int
    flags: int


class Driver:
    """A stream and its host in one thread."""

    def __init__(
        self,
        input: Side | None = None,  # noqa: A002
        output: Side | None = None,
        *,
        drop_newest: bool = False,
        aligned: bool = False,
        blocksize: int = 0,
    ) -> None:
        self.input = input or Side(device_channels=0)
        self.output = output or Side(device_channels=0)
        config = ffi.new("asd_config*")
        config.samplerate = RATE
        config.blocksize = blocksize
        config.policy = lib.ASD_DROP_NEWEST if drop_newest else lib.ASD_DROP_OLDEST
        config.aligned = aligned
        self._maps = [
            self._fill(config.input, self.input),
            self._fill(config.output, self.output),
        ]
        self.pointer = ffi.gc(lib.asd_stream_new(config), self._free)
        self.completed = False
        lib.asd_stream_open_gate(self.pointer)

    @staticmethod
    def _fill(target: object, side: Side) -> object:
        channels = ffi.NULL if side.map is None else ffi.new("uint32_t[]", side.map)
        for name in ("device_channels", "channels", "sample_bytes", "silence", "capacity"):
            setattr(target, name, getattr(side, name))
        target.map = channels  # type: ignore[attr-defined]
        target.format = side.format  # type: ignore[attr-defined]
        return channels

    @staticmethod
    def _free(pointer: object) -> None:
        lib.asd_stream_shut_gate(pointer)
        assert lib.asd_stream_quiet(pointer)
        assert lib.asd_stream_free(pointer)

    def callback(
        self,
        frames: int,
        data: bytes | None = None,
        host: float | tuple[float, float, float] | None = None,
        flags: int = 0,
    ) -> bytes:
        """Make one callback, with guard bytes around the output; returns the output.

        `host`: ADC time, now, DAC time; one number: all three.
        """
        guard = b"\xa5" * 16
        size = frames * self.output.device_bytes
        buffer = ffi.new("unsigned char[]", guard + b"\x5a" * size + guard)
        captured = ffi.NULL if data is None else ffi.from_buffer(data)
        output = buffer + 16 if self.output.device_channels else ffi.NULL
        times = host if isinstance(host, tuple) else (host, host, host)
        time = ffi.NULL if host is None else ffi.new("asd_time_info*", times)
        result = _CALLBACK(captured, output, frames, time, flags, self.pointer)
        assert result in (CONTINUE, COMPLETE)
        self.completed = result == COMPLETE
        after = bytes(ffi.buffer(buffer, size + 32))
        assert after[:16] == guard
        assert after[16 + size :] == guard
        return after[16 : 16 + size]

    def read(
        self, frames: int, *, stop_at_gap: bool = False, tap: object = ffi.NULL
    ) -> tuple[bytes, Block]:
        """Frames as bytes, and where they belong."""
        size = self.input.frame_bytes
        buffer = ffi.new("unsigned char[]", b"\xa5" * (frames * size + 16))
        block = ffi.new("asd_block*")
        done = lib.asd_read(self.pointer, tap, buffer, frames, stop_at_gap, block)
        assert 0 <= done <= frames
        whole = bytes(ffi.buffer(buffer, frames * size + 16))
        assert whole[done * size :] == b"\xa5" * ((frames - done) * size + 16)
        return whole[: done * size], Block(block.frame, block.time, block.lost, block.flags)

    def input_fill(self, tap: object = ffi.NULL) -> int:
        """Frames that may be read."""
        return int(lib.asd_input_fill(self.pointer, tap))

    def open_tap(self, capacity: int, *, drop_newest: bool = False) -> object:
        """A further reader's queue; None without memory."""
        policy = lib.ASD_DROP_NEWEST if drop_newest else lib.ASD_DROP_OLDEST
        tap = lib.asd_tap_open(self.pointer, capacity, policy)
        return None if tap == ffi.NULL else tap

    def levels(self) -> tuple[list[float], list[float]]:
        """Peaks and mean squares."""
        peaks, squares = (ffi.new("float[]", self.input.channels) for _ in range(2))
        lib.asd_levels(self.pointer, peaks, squares)
        return list(peaks), list(squares)

    def write(self, data: bytes) -> int:
        """Frames placed."""
        return int(lib.asd_write(self.pointer, data, len(data) // self.output.frame_bytes))

    def write_at(self, frame: int, data: bytes) -> int:
        """Frames in time, -1 without room."""
        frames = len(data) // self.output.frame_bytes
        return int(lib.asd_write_at(self.pointer, frame, data, frames))

    def __getattr__(self, name: str) -> Callable[..., int]:
        """`asd_stream_frame(pointer)` as `driver.stream_frame()`, and so on."""
        function = getattr(lib, f"asd_{name}")
        return lambda *arguments: function(self.pointer, *arguments)

    @property
    def statistics(self) -> object:
        """See `asd_statistics` in kernel.h."""
        found = ffi.new("asd_statistics*")
        lib.asd_stream_statistics(self.pointer, found)
        return found


class Voice:
    """A voice on an array (see kernel/voice.h), which it keeps alive."""

    def __init__(
        self,
        data: object,
        *,
        record: bool = False,
        columns: int = 1,
        map: Sequence[int] | None = None,  # noqa: A002
        channels: int = 1,
        at_frame: int = NEVER,
        loop: bool = False,
    ) -> None:
        self.data = data
        direction = lib.ASD_VOICE_RECORD if record else lib.ASD_VOICE_PLAY
        channel_map = ffi.NULL if map is None else ffi.new("uint32_t[]", list(map))
        memory = ffi.from_buffer(data)
        frames = len(data)  # type: ignore[arg-type]
        self.pointer = ffi.gc(
            lib.asd_voice_new(
                direction, memory, frames, columns, channels, channel_map, at_frame, loop
            ),
            lib.asd_voice_free,
        )

    def __getattr__(self, name: str) -> Callable[[], int]:
        """`asd_voice_done(pointer)` as `voice.done()`, and so on."""
        function = getattr(lib, f"asd_voice_{name}")
        return lambda: function(self.pointer)
