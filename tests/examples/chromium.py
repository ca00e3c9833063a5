"""A real browser without a window, by way of chromedriver's HTTP interface (WebDriver)."""

from __future__ import annotations

import base64
import json
import re
import shutil
import subprocess
import urllib.request
from pathlib import Path
from types import TracebackType
from typing import Any

PROGRAMS = {name: shutil.which(name) for name in ("chromium", "chromedriver")}
OPTIONS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--window-size=700,200",
]


class Browser:
    """One with a profile of its own; ``with Browser(directory) as browser``."""

    def __init__(self, profile: Path) -> None:
        self._options = [*OPTIONS, f"--user-data-dir={profile}"]

    def __enter__(self) -> Browser:
        self._driver = subprocess.Popen(
            [str(PROGRAMS["chromedriver"]), "--port=0"], stdout=subprocess.PIPE, text=True
        )
        try:
            assert self._driver.stdout is not None
            lines = iter(self._driver.stdout.readline, "")
            found = (re.search(r"successfully on port (\d+)", line) for line in lines)
            port = next(match[1] for match in found if match)
            self._url = f"http://127.0.0.1:{port}/session"
            chosen = {"binary": PROGRAMS["chromium"], "args": self._options}
            capabilities = {"alwaysMatch": {"goog:chromeOptions": chosen}}
            session = self._ask("POST", "", {"capabilities": capabilities})
            self._url += f"/{session['sessionId']}"
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            self._ask("DELETE", "")
        finally:
            self._end()

    def _end(self) -> None:
        self._driver.terminate()
        self._driver.communicate(timeout=30)

    def _ask(self, method: str, path: str, body: Any = None) -> Any:
        data = json.dumps(body).encode() if body is not None else None
        request = urllib.request.Request(self._url + path, data, method=method)
        with urllib.request.urlopen(request, timeout=60) as reply:
            return json.load(reply)["value"]

    def open(self, url: str) -> None:
        """Go to a page; returns when it has been loaded."""
        self._ask("POST", "/url", {"url": url})

    def run(self, script: str) -> Any:
        """Run JavaScript in the page; what it returns."""
        return self._ask("POST", "/execute/sync", {"script": script, "args": []})

    def picture(self) -> bytes:
        """Return what is to be seen, as a PNG file."""
        return base64.b64decode(self._ask("GET", "/screenshot"))
