"""Names that programs assign on the module, and which must take effect then.

`sd._lib = ...` lands in the package's own namespace. Whoever uses one of these names looks it up
there, at each use; nothing is intercepted, so `monkeypatch` and `unittest.mock` work as well.
"""

from __future__ import annotations

import sys
from typing import Any

PACKAGE = "aiosounddevice.compat"


def assigned(name: str) -> Any:
    """Return what stands under a name in the package; None if nothing does."""
    module = sys.modules.get(PACKAGE)  # gone while the interpreter shuts down
    return None if module is None else vars(module).get(name)


def assign(name: str, value: Any) -> None:
    """Put something under a name in the package."""
    module = sys.modules.get(PACKAGE)
    if module is not None:
        setattr(module, name, value)
