"""Nothing forbidden happens between the callback's entry and exit: what is linked, what is run."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
KERNEL = ROOT / "aiosounddevice" / "core" / "kernel"
PROGRAM = ROOT / "tests" / "c" / "guard_callback.c"
CC = os.environ.get("CC", "gcc")
FLAGS = ["-std=c11", "-O2", "-g", "-D_GNU_SOURCE", "-ffp-contract=off", "-Wall", "-Wextra"]
# Distributions switch on checks that would appear as calls of their own.
FLAGS += ["-Werror", "-U_FORTIFY_SOURCE", "-fno-stack-protector", f"-I{KERNEL}"]
ALLOWED = {"memcpy", "memmove", "memset", "write", "clock_gettime"}

pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux") or shutil.which(CC) is None,
    reason="needs a C compiler and the GNU linker",
)


def run(*command: object) -> str:
    return subprocess.run(
        [str(word) for word in command], check=True, capture_output=True, text=True
    ).stdout


@pytest.fixture(scope="module")
def objects(tmp_path_factory):
    """The kernel's object files, each function in a section of its own."""
    folder = tmp_path_factory.mktemp("objects")
    sources = sorted(KERNEL.glob("*.c"))
    for source in sources:
        target = folder / f"{source.stem}.o"
        run(CC, *FLAGS, "-ffunction-sections", "-fdata-sections", "-c", source, "-o", target)
    return sorted(folder.glob("*.o"))


def reachable(function, objects, folder):
    """Names from outside that can be reached from a function, in whatever way.

    The linker follows every reference, also the address of a function that is called through a
    pointer, and throws away what it has not come by.
    """
    linked = folder / f"{function}.o"
    entry = [f"-Wl,--gc-sections,-e,{function},-u,{function}"]
    run(CC, "-r", "-nostdlib", *entry, *objects, "-o", linked)
    # The symbol table keeps names that nobody refers to any more.
    used = set(re.findall(r" R_\w+ +(\w+)", run("objdump", "-r", linked)))
    return {
        name
        for name in used & set(re.findall(r"\bU (\w+)", run("nm", "-u", linked)))
        # where GCC calls its own helpers for atomics, which take no lock
        if not name.startswith(("_GLOBAL_OFFSET_TABLE_", "__aarch64_"))
    }


def test_callback_reaches_nothing_but_memory_clock_and_write(objects, tmp_path):
    assert reachable("asd_callback", objects, tmp_path) <= ALLOWED
    assert "write" in reachable("asd_callback", objects, tmp_path)


def test_finished_callback_only_wakes(objects, tmp_path):
    assert reachable("asd_finished", objects, tmp_path) == {"write"}


def test_allocation_would_be_seen(objects, tmp_path):
    assert reachable("asd_stream_new", objects, tmp_path) - ALLOWED == {
        "aligned_alloc",
        "calloc",
        "free",
    }


@pytest.fixture(scope="module")
def guard(objects, tmp_path_factory):
    """The program that drives callbacks of every kind under guard."""
    target = tmp_path_factory.mktemp("guard") / "guard"
    names = re.findall(r"^FORBID\([^,]+, (\w+)", PROGRAM.read_text(), re.MULTILINE)
    wrapped = [f"-Wl,--wrap={name}" for name in [*names, "write"]]
    run(CC, *FLAGS, "-fno-builtin", PROGRAM, *objects, *wrapped, "-lpthread", "-o", target)
    return target


def judged(guard, *arguments):
    done = subprocess.run([guard, *arguments], capture_output=True, text=True)
    if "seccomp is not available" in done.stderr:
        pytest.skip("seccomp is not available")
    return done


def test_callbacks_of_every_kind_only_write_when_a_wish_is_met(guard):
    done = judged(guard)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    callbacks, writes, *rest = map(int, re.findall(r"\d+", done.stderr))
    assert callbacks == 160000
    assert 0 < writes < callbacks
    assert all(rest)


def test_guard_catches_a_library_call(guard):
    done = judged(guard, "malloc")
    assert done.returncode == 1
    assert "called inside the callback: malloc" in done.stderr


def test_guard_catches_a_system_call(guard):
    assert judged(guard, "getppid").returncode == -signal.SIGSYS
