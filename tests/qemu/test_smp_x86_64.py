"""Several CPUs: what is particular to x86_64."""

from __future__ import annotations

import re

import pytest

pytestmark = [pytest.mark.arch("x86_64"), pytest.mark.slow]

CPUS = {"CPUS": 4}


@pytest.mark.parametrize("icount", [True, pytest.param(False, marks=pytest.mark.slow)], ids=["icount", "realtime"])
def test_a_panic_halts_cpus_that_are_masked(boot, icount):
    """By an interrupt that cannot be masked."""
    result = boot("smp_halt", CPUS, icount=icount)
    assert result.code == 255
    noise, report = result.text.split("panic: silence\n")
    assert noise.count("noise\n") >= 3
    assert "noise" not in report
    assert re.search(r"^thread 'main' \(id 1, priority \d+\) on CPU 0$", report, re.MULTILINE)


@pytest.mark.slow
def test_a_cpu_that_is_not_there_is_named(boot):
    """After a second in which it is waited for: by the machine's clock, for to count a second's instructions takes long."""
    result = boot("smp_halt", CPUS, icount=False, arguments=["-smp", "2"])
    assert result.code == 255
    assert "CPU 2 does not start: the board has fewer than CPUS (4)" in result.text
