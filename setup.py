"""Build what setuptools cannot be told in pyproject.toml: two CFFI modules and the virtual card."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext

ROOT = Path(__file__).parent
CARD = Path("aiosounddevice/virtual/card")
CFLAGS = ["-std=c11", "-O2", "-g", "-Wall", "-Wextra", "-fvisibility=hidden"]
if os.environ.get("AIOSOUNDDEVICE_WERROR"):
    CFLAGS.append("-Werror")


class CardExtension(Extension):
    """The virtual sound card: a plain shared library with PortAudio's ABI, no Python in it."""


class BuildExt(build_ext):
    """Name the card `libportaudio.so.2` instead of giving it a Python module's suffix."""

    def get_ext_filename(self, fullname: str) -> str:
        *package, name = fullname.split(".")
        if name == "libportaudio":
            return str(Path(*package, "libportaudio.so.2"))
        return super().get_ext_filename(fullname)  # type: ignore[no-any-return, no-untyped-call]

    def get_export_symbols(self, ext: Any) -> list[str]:
        if isinstance(ext, CardExtension):
            return []
        return super().get_export_symbols(ext)  # type: ignore[no-any-return, no-untyped-call]


def card() -> list[Extension]:
    """Describe the card where its POSIX clocks and threads exist."""
    if sys.platform == "win32":
        return []
    link = ["-lpthread", "-lm"]
    if sys.platform.startswith("linux"):
        link += ["-Wl,-soname,libportaudio.so.2", "-Wl,-Bsymbolic"]
    return [
        CardExtension(
            "aiosounddevice.virtual.libportaudio",
            sources=sorted(map(str, CARD.glob("*.c"))),
            depends=sorted(map(str, CARD.glob("*.h"))),
            include_dirs=[str(CARD)],
            extra_compile_args=CFLAGS,
            extra_link_args=link,
        )
    ]


setup(
    cffi_modules=[
        "aiosounddevice/core/_portaudio_build.py:ffibuilder",
        "aiosounddevice/core/_kernel_build.py:ffibuilder",
    ],
    ext_modules=card(),
    cmdclass={"build_ext": BuildExt},
    options={"bdist_wheel": {"py_limited_api": "cp310"}},
)
