"""What the pages tell to type exists: commands and their options, extras, targets of make."""

from __future__ import annotations

import importlib
import re
import shlex
from collections.abc import Iterator
from typing import Any

import pytest

from .pages import PAGES, ROOT, Block, blocks

FOREIGN = {"docker", "ln", "make", "mkdir", "pytest"}  # not ours to check
OTHERS = {"aiosounddevice.compat", "asyncio", "sounddevice", "venv"}  # modules without options
ALL = [*PAGES, ROOT / "README.md", ROOT / "CONTRIBUTING.md"]
SHELL = [block for page in ALL for block in blocks(page, "sh")]


def _words(block: Block) -> Iterator[list[str]]:
    for line in block.text.splitlines():
        words = shlex.split(line, comments=True)
        while words and re.fullmatch(r"\w+=.*", words[0]):  # variables before the command
            words.pop(0)
        if words:
            yield words


@pytest.fixture(scope="module")
def commands() -> dict[str, set[str]]:
    """Commands of the command line with the options of each."""
    typer = pytest.importorskip("typer", reason="needs the extra cli")
    from aiosounddevice.cli import app

    found = {}
    for name in app.NAMES:
        one = typer.Typer(add_completion=False)
        one.command(name)(importlib.import_module(f"aiosounddevice.cli.{name}").command)
        parameters: Any = typer.main.get_command(one).params
        found[name] = {text for each in parameters for text in each.opts} | {"--help"}
    return found


@pytest.mark.parametrize("block", SHELL, ids=lambda b: f"{b.page.stem}-{b.line}")
def test_commands_exist(block: Block, commands: dict[str, set[str]]) -> None:
    for words in _words(block):
        if words[:2] == ["python", "-m"] and words[2] == "aiosounddevice":
            words = words[2:]
        if words[0] == "aiosounddevice":
            _check_ours(words[1:], commands)
        elif words[0] == "pip":
            _check_extras(words)
        elif words[:2] == ["python", "-m"]:
            assert words[2] in OTHERS
        else:
            assert words[0] in FOREIGN, f"{words[0]}: what is that?"


def _check_ours(words: list[str], commands: dict[str, set[str]]) -> None:
    if not words:
        return
    assert words[0] in commands, f"there is no command {words[0]}"
    if words[0] != "run":  # what follows is the program's own
        unknown = {word for word in words[1:] if word.startswith("-")} - commands[words[0]]
        assert not unknown, f"{words[0]} has no such options: {unknown}"


def _check_extras(words: list[str]) -> None:
    text = (ROOT / "pyproject.toml").read_text()
    for extra in re.findall(r"aiosounddevice\[(\w+)\]", " ".join(words)):
        assert re.search(rf"^{extra} = \[", text, re.MULTILINE), f"there is no extra {extra}"


def test_commands_were_found() -> None:
    assert len(SHELL) > 5


def test_targets_of_make_exist() -> None:
    targets = set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for page in ALL:
        code = "\n".join(block.text for block in blocks(page, "sh"))
        told = re.findall(r"`make ([\w-]+)", page.read_text())
        told += re.findall(r"^make ([\w-]+)", code, re.MULTILINE)
        assert set(told) <= targets, page


def test_commands_in_the_prose_exist(commands: dict[str, set[str]]) -> None:
    for page in ALL:
        for text in re.findall(r"`aiosounddevice ([a-z][^`]*)`", page.read_text()):
            _check_ours(text.split(), commands)
