"""Check that what the built site refers to within itself is there: pages, pictures, anchors."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit


class Page(HTMLParser):
    """What a page refers to, and what can be referred to in it."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path = path
        self.targets: set[str] = set()
        self.anchors: list[str] = []
        self.feed(path.read_text())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name in ("href", "src") and value and tag != "use":
                self.targets.add(value)
            if name == "id" and value:
                self.anchors.append(value)


def problems(root: Path) -> Iterator[str]:
    """Yield a line for each reference that leads nowhere, and for each anchor that is not one."""
    pages = {path: Page(path) for path in sorted(root.rglob("*.html"))}
    for path, page in pages.items():
        name = path.relative_to(root)
        for anchor in sorted(a for a in set(page.anchors) if page.anchors.count(a) > 1):
            yield f"{name}: the anchor {anchor!r} is there {page.anchors.count(anchor)} times"
        for target in sorted(page.targets):
            parts = urlsplit(target)
            if parts.scheme or parts.netloc:
                continue
            there = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            if not there.is_file():
                yield f"{name}: {target} is not there"
                continue
            anchors = pages[there].anchors if there in pages else [unquote(parts.fragment)]
            if parts.fragment and unquote(parts.fragment) not in anchors:
                yield f"{name}: {target} has no such anchor"


def main() -> None:
    """Print all problems and exit with 1 if there are any."""
    root = Path(sys.argv[1]).resolve()
    found = list(problems(root))
    print("\n".join(found), end="\n" if found else "")
    if not (root / "index.html").is_file():
        sys.exit(f"{root} is no site")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
