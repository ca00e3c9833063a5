"""`CallbackFlags`: what PortAudio says about over- and underflows in a block."""

from __future__ import annotations

_BITS = {
    "input_underflow": 0x01,
    "input_overflow": 0x02,
    "output_underflow": 0x04,
    "output_overflow": 0x08,
    "priming_output": 0x10,
}


class CallbackFlags:
    """Flag bits of a block: xruns, and whether it primes the output.

    True when any flag is set; `|=` collects the flags of several blocks; all but
    `priming_output` can be assigned.

    Parameters
    ----------
    flags : int
        `PaStreamCallbackFlags`; bits that portaudio.h does not name are dropped.

    Examples
    --------
    >>> seen = CallbackFlags()
    >>> seen |= CallbackFlags(0x02)
    >>> seen.input_overflow
    True
    >>> print(seen)
    input overflow
    """

    __slots__ = ("__weakref__", "_flags")

    def __init__(self, flags: int = 0x0) -> None:
        self._flags = flags & 0x1F

    def __repr__(self) -> str:
        return f"<aiosounddevice.CallbackFlags: {str(self) or 'no flags set'}>"

    def __str__(self) -> str:
        return ", ".join(
            name.replace("_", " ") for name, bit in sorted(_BITS.items()) if self._flags & bit
        )

    def __bool__(self) -> bool:
        return bool(self._flags)

    def __ior__(self, other: CallbackFlags) -> CallbackFlags:
        if not isinstance(other, CallbackFlags):
            return NotImplemented
        self._flags |= other._flags
        return self

    def _set(self, name: str, value: bool) -> None:
        if value:
            self._flags |= _BITS[name]
        else:
            self._flags &= ~_BITS[name]

    @property
    def input_underflow(self) -> bool:
        """Input is silence, or has zeros in it, because the device delivered too late.

        Only in streams with both directions.
        """
        return bool(self._flags & _BITS["input_underflow"])

    @input_underflow.setter
    def input_underflow(self, value: bool) -> None:
        self._set("input_underflow", value)

    @property
    def input_overflow(self) -> bool:
        """Input before this block (blocksize 0) or inside it was thrown away."""
        return bool(self._flags & _BITS["input_overflow"])

    @input_overflow.setter
    def input_overflow(self, value: bool) -> None:
        self._set("input_overflow", value)

    @property
    def output_underflow(self) -> bool:
        """The device ran out of output and played something else, or nothing, meanwhile."""
        return bool(self._flags & _BITS["output_underflow"])

    @output_underflow.setter
    def output_underflow(self, value: bool) -> None:
        self._set("output_underflow", value)

    @property
    def output_overflow(self) -> bool:
        """Output of this block has no room and will be thrown away.

        Only in streams with both directions and `never_drop_input=True`.
        """
        return bool(self._flags & _BITS["output_overflow"])

    @output_overflow.setter
    def output_overflow(self, value: bool) -> None:
        self._set("output_overflow", value)

    @property
    def priming_output(self) -> bool:
        """This block fills the device's buffers before it starts; input may be silence.

        Only with `prime_output_buffers_using_stream_callback=True`, on some host APIs.
        """
        return bool(self._flags & _BITS["priming_output"])
