"""Real time on the host: preemption by signals."""

from __future__ import annotations

import os
import resource
import subprocess

import pytest

from harness import qemu

pytestmark = pytest.mark.arch("host")


def test_code_outside_the_image_is_not_preempted(boot):
    result = boot("libc_calls", icount=False)
    assert (result.lines, result.code) == (["all got on true"], 0), result.tail()


FEW = 60
"""Three sleeps, and what the process does before the image starts."""


def usage_of_idle(boot, options: dict[str, qemu.Value]) -> resource.struct_rusage:
    """What Linux has counted for an image in which nothing happens for a second."""
    process = subprocess.Popen([boot.build("idle", options)], stdout=subprocess.PIPE, text=True)
    lines = process.stdout.read().splitlines()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert (lines, process.returncode) == (["begin", "end"], 0)
    return usage


def test_tickless_idle_takes_no_cpu(boot):
    usage = usage_of_idle(boot, {})
    assert usage.ru_nvcsw < FEW, "each interrupt ends a wait"
    assert usage.ru_utime + usage.ru_stime < 0.2, "seconds"


@pytest.mark.slow
def test_periodic_tick_interrupts(boot):
    """The control. How often depends on what else the machine does."""
    assert usage_of_idle(boot, {"TICK_PERIODIC": True}).ru_nvcsw > 3 * FEW
