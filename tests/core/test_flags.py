from __future__ import annotations

import pytest

from aiosounddevice.core.flags import CallbackFlags

NAMES = ["input_underflow", "input_overflow", "output_underflow", "output_overflow"]


@pytest.mark.parametrize(("bit", "name"), list(enumerate([*NAMES, "priming_output"])))
def test_bits(bit, name):
    flags = CallbackFlags(1 << bit)
    assert getattr(flags, name) is True
    assert bool(flags)
    assert str(flags) == name.replace("_", " ")
    assert [n for n in [*NAMES, "priming_output"] if getattr(flags, n)] == [name]


@pytest.mark.parametrize("name", NAMES)
def test_attributes_can_be_set(name):
    flags = CallbackFlags()
    setattr(flags, name, True)
    assert getattr(flags, name)
    assert flags._flags
    setattr(flags, name, False)
    assert not flags


def test_priming_is_read_only_and_nothing_else_can_be_added():
    with pytest.raises(AttributeError):
        CallbackFlags().priming_output = True
    with pytest.raises(AttributeError):
        CallbackFlags().input_overflw = True


def test_collecting_changes_the_object_itself():
    flags = seen = CallbackFlags(0x02)
    flags |= CallbackFlags(0x04)
    assert flags is seen
    assert seen._flags == 0x06
    with pytest.raises(TypeError):
        flags |= 1


def test_text():
    assert str(CallbackFlags(0x1F)) == (
        "input overflow, input underflow, output overflow, output underflow, priming output"
    )
    assert repr(CallbackFlags(2)) == "<aiosounddevice.CallbackFlags: input overflow>"
    assert repr(CallbackFlags()) == "<aiosounddevice.CallbackFlags: no flags set>"
    assert str(CallbackFlags()) == ""


def test_unknown_bits_are_dropped():
    assert not CallbackFlags(0x40)
