"""Sample formats: data type names, PortAudio's numbers, sizes and silence.

NumPy is never imported. A `numpy.dtype` is known by its `name`, a scalar type such as
`numpy.int16` by its `__name__`, and NumPy's abbreviations (`'f4'`, `'<i2'`) are few enough to
be written down.
"""

from __future__ import annotations

from typing import NamedTuple


class Format(NamedTuple):
    """One of PortAudio's sample formats.

    Attributes
    ----------
    name : str
        The name as in `default.dtype`.
    code : int
        `PaSampleFormat`.
    size : int
        Bytes of one sample.
    silence : int
        The byte of which silence consists (128 for uint8: unsigned "ground").
    """

    name: str
    code: int
    size: int
    silence: int


FORMATS = {
    entry.name: entry
    for entry in (
        Format("float32", 0x01, 4, 0x00),
        Format("int32", 0x02, 4, 0x00),
        Format("int24", 0x04, 3, 0x00),
        Format("int16", 0x08, 2, 0x00),
        Format("int8", 0x10, 1, 0x00),
        Format("uint8", 0x20, 1, 0x80),
    )
}

_ABBREVIATIONS = {
    "float32": ("f", "f4", "single"),
    "float64": ("d", "f8", "double", "float"),
    "int32": ("i", "i4", "intc"),
    "int16": ("h", "i2", "short"),
    "int8": ("b", "i1", "byte"),
    "uint8": ("B", "u1", "ubyte"),
}
_NAMES = {alias: name for name, aliases in _ABBREVIATIONS.items() for alias in (name, *aliases)} | {
    "int24": "int24"
}


def dtype_name(dtype: object) -> str:
    """Return the plain name of a data type, in the form `default.dtype` uses.

    Parameters
    ----------
    dtype : str, numpy.dtype or type
        Byte order is dropped: samples are always in the machine's own.

    Returns
    -------
    str
        For instance `'float32'`. Names that PortAudio does not know, `'float64'` among them, are
        returned too: `play` and `rec` convert. What is no data type at all gives its `repr`.
    """
    name = dtype if isinstance(dtype, str) else getattr(dtype, "name", None)
    if name is None and isinstance(dtype, type):
        name = dtype.__name__
    if not isinstance(name, str):
        return repr(dtype)
    return _NAMES.get(name) or _NAMES.get(name.lstrip("<>=|@"), name)


def sample_format(dtype: object, kind: str) -> Format:
    """Return the sample format for a data type.

    Parameters
    ----------
    dtype : str, numpy.dtype or type
        One of float32, int32, int24, int16, int8, uint8.
    kind : {'input', 'output'}
        For the error's text.

    Raises
    ------
    ValueError
        If PortAudio has no such format (float64 included).
    """
    name = dtype_name(dtype)
    try:
        return FORMATS[name]
    except KeyError:
        text = f"Invalid {kind} sample format: {name!r}; PortAudio has {', '.join(FORMATS)}"
        if name == "float64":
            text += " (float64 only in play, rec and playrec, which convert)"
        raise ValueError(text) from None
