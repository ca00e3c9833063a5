"""Streams of bytes: for `int24`, for what goes to a file or a socket, and where NumPy is not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..core.containers import RawBytes
from .duplex import DuplexBase
from .input import InputBase
from .output import OutputBase

if TYPE_CHECKING:
    from typing_extensions import Buffer  # noqa: F401 - in a string


class RawInputStream(InputBase[bytes]):
    """Record bytes: ``async with RawInputStream(...) as mic: async for block in mic: ...``.

    As `InputStream` in everything else; a block is `bytes`: samples in the machine's byte order,
    channels interleaved, ``channels * samplesize`` bytes a frame. NumPy is not imported.

    Parameters
    ----------
    samplerate, blocksize, device, channels, latency, extra_settings, clip_off, dither_off,
    never_drop_input, prime_output_buffers_using_stream_callback, buffer, overflow,
    on_lost
        As for `InputStream`.
    dtype
        ``"float32"`` (default), ``"int32"``, ``"int24"``, ``"int16"``, ``"int8"`` or ``"uint8"``.
    """

    _container = RawBytes


class RawOutputStream(OutputBase["Buffer"]):
    """Play bytes: ``async with RawOutputStream(...) as speaker: await speaker.write(chunk)``.

    As `OutputStream` in everything else; a chunk is anything like bytes (bytes, bytearray,
    memoryview, array.array, ...) that holds a whole number of frames of ``channels * samplesize``
    bytes: samples in the machine's byte order, channels interleaved. NumPy is not imported.

    Parameters
    ----------
    samplerate, blocksize, device, channels, latency, extra_settings, clip_off, dither_off,
    never_drop_input, prime_output_buffers_using_stream_callback, buffer, prebuffer,
    on_lost
        As for `OutputStream`.
    dtype
        As for `RawInputStream`.
    """

    _container = RawBytes


class RawStream(DuplexBase[bytes, memoryview]):
    """Input and output together, as bytes: ``async for indata, outdata in stream: ...``.

    As `Stream` in everything else; `indata` is `bytes`, `outdata` a writable `memoryview` of
    bytes that are silence until you fill them: ``outdata[:] = indata``.

    Parameters
    ----------
    samplerate, blocksize, device, channels, latency, extra_settings, clip_off, dither_off,
    never_drop_input, prime_output_buffers_using_stream_callback, buffer, prefill,
    on_lost
        As for `Stream`.
    dtype
        As for `RawInputStream`, or a pair.
    """

    _container = RawBytes
