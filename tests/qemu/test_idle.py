"""While all threads sleep, the CPU does too."""

from __future__ import annotations

import re

import pytest

from harness import qemu

# They read QEMU's log; what a process does is counted by Linux (tests/host/test_real_time.py).
pytestmark = [pytest.mark.arch("x86_64", "aarch64", "riscv64"), pytest.mark.slow]

TIMER_INTERRUPT = {
    "x86_64": re.compile(r"Servicing hardware INT="),
    "aarch64": re.compile(r"Taking exception 5 \[IRQ\]"),
    "riscv64": re.compile(r"desc=s_timer"),
}
"""What QEMU's log of interrupts says."""

FEW = 60
"""Three sleeps, and what the firmware needs before the image starts."""


def interrupts(boot, options: dict[str, qemu.Value]) -> int:
    """How often the timer interrupts an image in which nothing happens for a second."""
    result = boot("idle", options, arguments=["-d", "int"])
    assert (result.lines, result.code) == (["begin", "end"], 0)
    return len(TIMER_INTERRUPT[boot.board.arch].findall(result.messages))


def test_tickless_idle_is_not_interrupted(boot):
    assert interrupts(boot, {}) < FEW


@pytest.mark.core
def test_periodic_tick_interrupts_at_its_rate(boot):
    count = interrupts(boot, {"TICK_PERIODIC": True}) - interrupts(boot, {})
    assert 950 < count < 1050
