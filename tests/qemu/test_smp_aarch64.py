"""Several CPUs: what is particular to aarch64."""

from __future__ import annotations

import re

import pytest

pytestmark = [pytest.mark.arch("aarch64"), pytest.mark.slow]

CPUS = {"CPUS": 4}
ENTRIES = {"EL1": (), "EL2": ("-machine", "virtualization=on")}
"""The exception level decides how firmware is called."""


@pytest.mark.parametrize("icount", [True, False], ids=["icount", "realtime"])
@pytest.mark.parametrize("entry", ENTRIES)
def test_a_panic_halts_cpus_that_are_masked(boot, entry, icount):
    """By a fast interrupt, which nothing masks for long."""
    result = boot("smp_halt", CPUS, icount=icount, arguments=ENTRIES[entry])
    assert result.code == 255
    noise, report = result.text.split("panic: silence\n")
    assert noise.count("noise\n") >= 3
    assert "noise" not in report
    assert re.search(r"^thread 'main' \(id 1, priority \d+\) on CPU 0$", report, re.MULTILINE)


@pytest.mark.parametrize("entry", ENTRIES)
def test_a_cpu_that_is_not_there_is_named(boot, entry):
    result = boot("smp_halt", CPUS, arguments=[*ENTRIES[entry], "-smp", "2"])
    assert result.code == 255
    assert "CPU 2 does not start: the board has fewer than CPUS (4)" in result.text
