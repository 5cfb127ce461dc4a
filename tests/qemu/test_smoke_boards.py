"""What a board must do whose board file says `tests: smoke`: boot, count time, interrupt, switch, and end.

All of it is one kernel with the menu's defaults, and the applications and expectations are those of the other tests. What does
not depend on a board's devices is tested on the first board of its architecture.
"""

from __future__ import annotations

import re

import pytest

from harness.report import report_of
from qemu.test_applications import check
from qemu.test_endings import FAULTING_FUNCTION, FAULTS, end_by, pattern

pytestmark = pytest.mark.smoke_boards

APPS = ("slices", "inheritance", "fp")
"""Deadlines and preemption by slices, priority inheritance, and the floating-point unit across preemption."""

WITHOUT_PAGES = ("qemu-riscv64-virt-m",)
"""Boards whose memory is protected by other means than an MMU, and whose faults therefore have other names."""


@pytest.mark.parametrize("app", APPS)
def test_application(boot, app):
    check(boot, app)


@pytest.mark.parametrize("code", [0, 42])
def test_exit_code(boot, code):
    result = end_by(boot, f"returns_{code}")
    assert (result.lines, result.code) == ([f"scenario returns_{code}"], code)


def test_panic(boot):
    report = report_of(end_by(boot, "panic_in_a_thread"), "panic_in_a_thread")
    assert report.message == "value 42 of a test"
    assert report.thread == "thread 'worker' (id 2, priority 20) on CPU 0"
    assert report.trace_has("endings::innermost(int) at tests/qemu/apps/endings/main.cpp:", "panic_in_a_thread()")


@pytest.mark.parametrize("scenario", ["illegal_instruction", "read_null", "write_to_text", "execute_data"])
def test_fault(boot, scenario):
    report = report_of(end_by(boot, scenario), scenario)
    expected = FAULTS[scenario][boot.board.arch]
    if boot.board.name in WITHOUT_PAGES:
        expected = expected.replace("page fault (code 0xc)", "access fault (code 0x1)") \
            .replace("page fault (code 0xd)", "access fault (code 0x5)").replace("page fault (code 0xf)", "access fault (code 0x7)")
    assert re.fullmatch(pattern(expected), report.message)
    assert FAULTING_FUNCTION.get(scenario, "") in report.frames[0]


@pytest.mark.boards("qemu-x86_64-pc-iso")
def test_boot_by_grub(boot):
    """From the CD to preemption, and to the end."""
    check(boot, "slices")
    result = end_by(boot, "returns_42")
    assert (result.lines, result.code) == (["scenario returns_42"], 42)


@pytest.mark.boards("qemu-riscv64-virt-small")
def test_64_kib_of_ram(boot):
    """With the board's own defaults: four threads, and stacks that are as small as can be."""
    result = boot("small")
    assert (result.lines[-1], result.code) == ("total 18", 0)
    check(boot, "tiny_stacks")
