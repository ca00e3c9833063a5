"""`import sounddevice` gives this package: for third-party packages and for whole programs."""

from __future__ import annotations

import importlib
import os
import runpy
import sys
import warnings

from . import hooks

NAME = "sounddevice"


def install() -> None:
    """Answer `import sounddevice` with this package, in this process, from now on.

    Call it before anything imports sounddevice: what has already been imported keeps the module
    it has, which gives a RuntimeWarning.
    """
    package = importlib.import_module(hooks.PACKAGE)
    present = sys.modules.get(NAME)
    if present is not None and present is not package:
        warnings.warn(
            "sounddevice is imported already; who imported it goes on using it",
            RuntimeWarning,
            stacklevel=2,
        )
    sys.modules[NAME] = package


def run(script: str, arguments: list[str], *, module: bool = False) -> None:
    """Run a program as `python script ...` would, with `import sounddevice` answered by us.

    Parameters
    ----------
    script : str
        A file; with `module` the name of a module, as after ``python -m``.
    arguments : list of str
        The program's.
    module : bool
    """
    install()
    sys.argv = [script, *arguments]
    if module:
        sys.path[0] = os.getcwd()
        runpy.run_module(script, run_name="__main__", alter_sys=True)
        return
    # Where there is a package or an archive, run_path puts it there itself.
    sys.path[0] = os.path.dirname(os.path.abspath(script))
    runpy.run_path(script, run_name="__main__")
