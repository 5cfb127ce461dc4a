"""A page below each stack that nobody may touch."""

from __future__ import annotations

import re

import pytest

pytestmark = pytest.mark.arch("host")


@pytest.mark.parametrize("icount", [True, False], ids=["icount", "realtime"])
def test_access_below_the_stack_faults(boot, icount):
    result = boot("below_the_stack", icount=icount)
    assert result.code == 255
    assert re.search(r"^panic: read of a protected page \(code 0xb\), address 0x[0-9a-f]{13}fc0$", result.text, re.MULTILINE)
    assert "thread 'careless' (id 2, priority 15) on CPU 0" in result.lines


def test_without_guards_nobody_notices(boot):
    """The control."""
    result = boot("below_the_stack", {"STACK_GUARDS": False})
    assert (result.lines, result.code) == (["nobody noticed"], 0)
