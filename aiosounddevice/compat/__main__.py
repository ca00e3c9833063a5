"""``python -m aiosounddevice.compat``: list the devices, as ``python -m sounddevice`` does."""

from __future__ import annotations

from . import query_devices

if __name__ == "__main__":
    print(query_devices())
