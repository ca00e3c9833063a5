"""The reference has all public names; the drawings are what their script draws."""

from __future__ import annotations

import importlib.util
import re
import sys
from pathlib import Path
from types import ModuleType

import pytest

import aiosounddevice as sd
import aiosounddevice.compat

from .pages import DOCS, PAGES

REFERENCE = "\n".join(page.read_text() for page in (DOCS / "reference").glob("*.md"))
DOCUMENTED = set(re.findall(r"^\.\. (?:py:)?(?:auto)?\w+:: aiosounddevice\.(\S+)", REFERENCE, re.M))


def _load(path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(path.parent))
    spec = importlib.util.spec_from_file_location(f"docs_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_public_name_is_in_the_reference() -> None:
    assert {*sd.__all__} - {"virtual"} <= DOCUMENTED
    assert {f"virtual.{name}" for name in sd.virtual.__all__} <= DOCUMENTED


def test_nothing_else_is_in_the_reference() -> None:
    names = {*sd.__all__, *(f"virtual.{name}" for name in sd.virtual.__all__)}
    assert DOCUMENTED - names == {"compat.install", "core.defaults.Defaults"}


def test_the_table_of_the_sync_layer_is_complete() -> None:
    told = set(re.findall(r"`(\w+)`", (DOCS / "reference" / "compat.md").read_text()))
    assert set(aiosounddevice.compat.__all__) <= told | {"install"}


def test_the_drawings_are_up_to_date(monkeypatch: pytest.MonkeyPatch) -> None:
    made = _load(DOCS / "drawings" / "make.py", monkeypatch).made()
    sys.modules.pop("pen", None)
    for name, text in made.items():
        assert (DOCS / name).read_text() == text, "run python docs/drawings/make.py"
    assert set(DOCS.glob("drawings/*.svg")) == {DOCS / n for n in made if n.endswith(".svg")}


def test_every_drawing_is_shown() -> None:
    pages = "\n".join(page.read_text() for page in PAGES)
    for drawing in DOCS.glob("drawings/*.svg"):
        assert f"drawings/{drawing.name})" in pages


def test_broken_links_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    problems = _load(DOCS / "check_links.py", monkeypatch).problems
    (tmp_path / "b.html").write_text('<p id="here"><p id="twice"><p id="twice">')
    (tmp_path / "a.html").write_text(
        '<a href="b.html#here"><a href="b.html#gone"><a href="c.html"><a href="https://x.org">'
    )
    told = "\n".join(problems(tmp_path))
    assert "a.html: b.html#gone has no such anchor" in told
    assert "a.html: c.html is not there" in told
    assert "b.html: the anchor 'twice' is there 2 times" in told
    assert len(told.splitlines()) == 3
