"""Build the C kernel: CFFI in API mode, so that C11 atomics and the callback are real C."""

from __future__ import annotations

import os
from pathlib import Path

from cffi import FFI

# setuptools wants paths relative to setup.py.
KERNEL = Path("aiosounddevice/core/kernel")
HERE = Path(__file__).parent / "kernel" if "__file__" in globals() else KERNEL


def declarations(header: str) -> str:
    """Cut out of kernel.h what stands between its two "cdef" lines."""
    return header.split("/* cdef begin */")[1].split("/* cdef end */")[0]


# Fused multiply-add would make a mix depend on the processor it runs on.
flags = ["-std=c11", "-O2", "-g", "-Wall", "-Wextra", "-ffp-contract=off", "-D_GNU_SOURCE"]
if os.environ.get("AIOSOUNDDEVICE_WERROR"):
    # CFFI's own generated code has unused parameters by design.
    flags += ["-Werror", "-Wno-unused-parameter"]
if os.name == "nt":
    flags = ["/std:c11", "/experimental:c11atomics", "/O2"]

ffibuilder = FFI()
ffibuilder.cdef(declarations((HERE / "kernel.h").read_text()))
ffibuilder.set_source(
    "aiosounddevice.core._kernel",
    '#include "kernel.h"',
    sources=sorted(str(path) for path in KERNEL.glob("*.c")),
    depends=sorted(str(path) for path in KERNEL.glob("*.h")),
    include_dirs=[str(KERNEL)],
    extra_compile_args=flags,
    libraries=["ws2_32"] if os.name == "nt" else [],
)

if __name__ == "__main__":
    ffibuilder.compile(verbose=True)
