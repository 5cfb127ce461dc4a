"""A page below each stack that nobody may touch."""

from __future__ import annotations

import re

import pytest

from pegplan_cli.project import ROOT
from qemu.test_applications import check

pytestmark = pytest.mark.arch("x86_64", "aarch64", "riscv64")

GUARDED = {"STACK_GUARDS": True}
FAULT = {
    "x86_64": "page fault: read of an unmapped page (code 0x0)",
    "aarch64": "read of an unmapped address (code 0x96000007)",
    "riscv64": "load page fault (code 0xd)",
}
BELOW = "tests/host/apps/below_the_stack"
"""Its thread reads 64 bytes below its stack; the guard page ends there."""


def test_access_below_the_stack_faults(boot):
    result = boot(ROOT / BELOW, GUARDED)
    assert result.code == 255
    assert re.search(rf"^panic: {re.escape(FAULT[boot.board.arch])}, address 0x[0-9a-f]{{13}}fc0$", result.text, re.MULTILINE)
    assert "thread 'careless' (id 2, priority 15) on CPU 0" in result.lines


def test_overflow_is_reported_as_the_threads_own(boot):
    """Not only a stray access: the stack pointer itself runs into the page, and interrupts may come meanwhile."""
    result = boot("overflow", GUARDED)
    assert result.code == 255
    assert "thread 'deep' (id 2, priority 15) on CPU 0" in result.lines
    assert re.search(r"^panic: .*fault|^panic: .*unmapped", result.text, re.MULTILINE)
    assert "overflow::descend(int)" in result.text


def test_without_guards_nobody_notices(boot):
    """The control."""
    result = boot(ROOT / BELOW)
    assert (result.lines, result.code) == (["nobody noticed"], 0)


@pytest.mark.slow
@pytest.mark.parametrize("app", ["spawn", "leaks", "spawn_errors"])
def test_threads_come_and_go(boot, app):

    check(boot, app, {**GUARDED, "STACK_GUARD_MIB": 128})  # all RAM: one of them fills it with stacks
