from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from aiosounddevice.core import search

linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Linux")


@linux
def test_files_before_names_and_each_file_once(tmp_path, monkeypatch):
    (tmp_path / "libportaudio.so.2.0.0").touch()
    (tmp_path / "libportaudio.so.2").symlink_to("libportaudio.so.2.0.0")
    (tmp_path / "libportaudio.so").symlink_to("libportaudio.so.2.0.0")
    monkeypatch.setenv("LD_LIBRARY_PATH", f"{tmp_path}:")
    found = list(search.system())
    assert found[0] == str(tmp_path / "libportaudio.so.2")
    assert sum(path.startswith(str(tmp_path)) for path in found) == 1
    assert found[-2:] == list(search.names())
    assert all(os.path.isfile(path) for path in found[:-2])


@linux
def test_linker_configuration(tmp_path):
    more = tmp_path / "ld.so.conf.d"
    more.mkdir()
    (more / "a.conf").write_text("/opt/a/lib  # mine\n\n")
    (more / "b.conf").write_text(f"/opt/b/lib\ninclude {tmp_path}/ld.so.conf\n")  # a loop
    (tmp_path / "ld.so.conf").write_text("include ld.so.conf.d/*.conf\n/opt/c\nhwcap 1 x\n")
    found = list(search._linker_directories(str(tmp_path / "ld.so.conf")))
    assert set(found) == {"/opt/a/lib", "/opt/b/lib", "/opt/c"}
    assert list(search._linker_directories(str(tmp_path / "none"))) == []


@linux
@pytest.mark.parametrize(
    ("release", "command"),
    [
        ("ID=debian\n", "sudo apt install libportaudio2"),
        ('NAME="x"\nID=linuxmint\nID_LIKE="ubuntu debian"\n', "sudo apt install libportaudio2"),
        ("ID=fedora\n", "sudo dnf install portaudio"),
        ('ID="rocky"\nID_LIKE="rhel centos fedora"\n', "sudo dnf install portaudio"),
        ("ID=manjaro\nID_LIKE=arch\n", "sudo pacman -S portaudio"),
        ('ID="opensuse-leap"\n', "sudo zypper install libportaudio2"),
    ],
)
def test_install_command(tmp_path, release, command):
    file = tmp_path / "os-release"
    file.write_text(release)
    assert search.install_hint(str(file)) == f"Install it with: {command}"


@linux
def test_unknown_system(tmp_path):
    assert "libportaudio2" in search.install_hint(str(tmp_path / "none"))


def test_other_platforms(monkeypatch):
    monkeypatch.setattr(sys, "platform", "darwin")
    assert "brew install portaudio" in search.install_hint()
    assert "/opt/homebrew/lib" in list(search._directories())
    monkeypatch.setattr(sys, "platform", "win32")
    assert "AIOSOUNDDEVICE_PORTAUDIO" in search.install_hint()
    assert any(name.endswith(".dll") for name in search.names())


def test_bundled(tmp_path, monkeypatch):
    monkeypatch.setattr(search, "BUNDLED", tmp_path)
    (tmp_path / "README").touch()
    (tmp_path / "libPortAudio.2.dylib").touch()
    assert search.bundled() == [str(tmp_path / "libPortAudio.2.dylib")]
    monkeypatch.setattr(search, "BUNDLED", Path(tmp_path / "none"))
    assert search.bundled() == []


def test_not_found_names_what_was_tried():
    message = "cannot load library '/x/y.so': /x/y.so: file too short.  Additionally, more"
    error = search.not_found([("/x/y.so", message), ("z", "no such file")])
    assert error.args == ("PortAudio library not found",)
    lines = str(error).splitlines()
    assert lines[:4] == [
        "PortAudio library not found",
        "Tried:",
        "  /x/y.so: file too short",
        "  z: no such file",
    ]
    assert lines[4] == search.install_hint()
